"""`FLOW`: every event, who publishes it, who reads it. Topics, subscriptions, AsyncAPI, the README picture follow."""

from dataclasses import dataclass

from madoguchi.contracts import events as e

SERVICES = ("request-intake", "identity", "issuance", "notify")
"""The four services that a request goes through; one name for folder, script, container and consumer group."""

CONSOLE = "console"
"""The clerk's console: reads everything, publishes decisions. A request that needs no clerk does not need it."""

ALL_SERVICES = (*SERVICES, CONSOLE)
"""All that are run, and have topics of their own."""

TOPICS = {
    "request-intake": "madoguchi.requests.v1",
    "identity": "madoguchi.identity.v1",
    "issuance": "madoguchi.issuance.v1",
    "notify": "madoguchi.notify.v1",
    CONSOLE: "madoguchi.decisions.v1",
}
"""Producer → its topic. One writer per topic."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One row: `event` goes from `producer` to `consumers`."""

    event: type[e.Event]
    producer: str
    consumers: tuple[str, ...]

    @property
    def topic(self) -> str:
        """The topic it travels on."""
        return TOPICS[self.producer]


FLOW: tuple[Flow, ...] = (
    Flow(e.RequestSubmitted, "request-intake", ("identity", "issuance", "notify", CONSOLE)),
    Flow(e.ProofRequested, "request-intake", ("notify", CONSOLE)),
    Flow(e.EvidenceSubmitted, "request-intake", ("identity", CONSOLE)),
    Flow(e.FeeDue, "request-intake", ("notify", CONSOLE)),
    Flow(e.FeeSettled, "request-intake", ("issuance", CONSOLE)),
    Flow(e.FeeRefunded, "request-intake", ("notify", CONSOLE)),
    Flow(e.RequestClosed, "request-intake", ("identity", "issuance", "notify", CONSOLE)),
    Flow(e.RequestLate, "request-intake", ("notify", CONSOLE)),
    Flow(e.ResidentAnswered, "request-intake", (CONSOLE,)),
    Flow(e.IdentityVerified, "identity", ("request-intake", "issuance", CONSOLE)),
    Flow(e.IdentityRejected, "identity", ("request-intake", "notify", CONSOLE)),
    Flow(e.IdentityReferred, "identity", ("request-intake", "notify", CONSOLE)),
    Flow(e.IssuanceEligible, "issuance", ("request-intake", CONSOLE)),
    Flow(e.IssuanceReferred, "issuance", ("request-intake", "notify", CONSOLE)),
    Flow(e.CertificateIssued, "issuance", ("request-intake", "notify", CONSOLE)),
    Flow(e.IssuanceRefused, "issuance", ("request-intake", "notify", CONSOLE)),
    Flow(e.CertificateRevoked, "issuance", ("request-intake", "notify", CONSOLE)),
    Flow(e.NoticeSent, "notify", ("request-intake", CONSOLE)),
    Flow(e.NoticeFailed, "notify", ("request-intake", CONSOLE)),
    Flow(e.ChannelTested, "notify", (CONSOLE,)),
    Flow(e.IdentityDecided, CONSOLE, ("identity",)),
    Flow(e.IssuanceDecided, CONSOLE, ("issuance",)),
    Flow(e.ResidentAsked, CONSOLE, ("request-intake", "notify")),
    Flow(e.NoticeResendRequested, CONSOLE, ("notify",)),
    Flow(e.ChannelTestRequested, CONSOLE, ("notify",)),
)

BY_TYPE = {row.event.TYPE: row for row in FLOW}
"""CloudEvents `type` → row."""

RETRY_DELAYS = {"10s": 10.0, "1m": 60.0, "10m": 600.0}
"""Suffix of a retry topic → seconds a message waits there, in this order."""


def retry_topic(service: str, delay: str) -> str:
    """Where `service` parks a message it could not process, for `delay` (a key of `RETRY_DELAYS`)."""
    return f"madoguchi.{service}.retry.{delay}"


def retry_delay(topic: str) -> float:
    """Seconds that a message waits in that topic; 0 when it is no retry topic."""
    before, _, suffix = topic.rpartition(".")
    return RETRY_DELAYS.get(suffix, 0.0) if before.endswith(".retry") else 0.0


def dead_letter_topic(service: str) -> str:
    """Where a message goes that `service` cannot process at all."""
    return f"madoguchi.{service}.dead-letter"


WATCHERS = f"{CONSOLE}-troubles"
"""The console's second consumer group, on the topics of `DETOURS`."""

DETOURS = {
    **{retry_topic(service, delay): service for service in ALL_SERVICES for delay in RETRY_DELAYS},
    **{dead_letter_topic(service): service for service in ALL_SERVICES},
}
"""Retry or dead-letter topic → the service whose it is."""


def subscriptions(service: str) -> tuple[str, ...]:
    """The topics `service` reads: those of `FLOW`, then its own retry topics."""
    topics = sorted({row.topic for row in FLOW if service in row.consumers})
    return (*topics, *(retry_topic(service, delay) for delay in RETRY_DELAYS))


def all_topics() -> tuple[str, ...]:
    """Every topic that must exist."""
    return (*TOPICS.values(), *DETOURS)
