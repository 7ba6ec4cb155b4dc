"""What happened to a request (経過), one line for each event: when, where, and codes. Nothing sealed, nothing personal.

Which fields of an event are codes is said here, event by event; whatever is not named is not kept.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.vocabulary import Instant

FACTS: Final[dict[type[e.Event], tuple[str, ...]]] = {
    e.RequestSubmitted: ("certificate", "channel", "language", "delivery", "live"),
    e.ProofRequested: ("methods",),
    e.EvidenceSubmitted: ("method",),
    e.FeeDue: ("amount",),
    e.FeeSettled: ("amount",),
    e.FeeRefunded: ("amount",),
    e.RequestClosed: ("outcome", "way"),
    e.RequestLate: (),
    e.IdentityVerified: ("method", "assurance_level"),
    e.IdentityRejected: ("reason", "final"),
    e.IdentityReferred: ("reason",),
    e.IssuanceEligible: (),
    e.IssuanceReferred: (),
    e.CertificateIssued: ("certificate_number", "sheets"),
    e.IssuanceRefused: ("reason",),
    e.CertificateRevoked: ("certificate_number", "superseded_by"),
    e.NoticeSent: ("kind", "channels", "status"),
    e.NoticeFailed: ("kind", "status"),
    e.IdentityDecided: ("decision", "clerk", "approver"),
    e.IssuanceDecided: ("decision", "clerk", "approver"),
    e.ResidentAsked: ("question", "clerk"),
    e.ResidentAnswered: ("question",),
    e.NoticeResendRequested: ("channels", "clerk"),
    e.ChannelTestRequested: ("channel", "clerk"),
    e.ChannelTested: (),
}
"""Event → the fields that are kept. An event that is missing here is kept without any."""

_PREFIX: Final = "jp.madoguchi."


class Happening(BaseModel):
    """One line of a timeline."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Of the event."""
    type: str
    """CloudEvents `type`."""
    source: str
    """The service that said it."""
    time: Instant
    trace_id: str = ""
    """32 hex digits, when there was a trace."""
    facts: dict[str, str] = {}

    @property
    def word(self) -> str:
        """Short name of the event, e.g. `request.submitted`."""
        return word_of(self.type)


def word_of(event_type: str) -> str:
    """`jp.madoguchi.request.submitted.v1` → `request.submitted`."""
    return event_type.removeprefix(_PREFIX).rpartition(".")[0]


def happening(envelope: Envelope[e.Event]) -> Happening:
    """What a timeline keeps of an event."""
    event = envelope.event
    said = ((name, getattr(event, name)) for name in FACTS.get(type(event), ()))
    return Happening(
        id=envelope.id,
        type=envelope.type,
        source=envelope.source.rpartition("/")[2],
        time=envelope.time,
        trace_id=_trace_id(envelope.trace.get("traceparent", "")),
        facts={name: _text(value) for name, value in said if value is not None},
    )


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value)
    return str(value)


def _trace_id(traceparent: str) -> str:
    """The trace id of a W3C `traceparent`; empty when it is none."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 and len(parts[1]) == 32 else ""
