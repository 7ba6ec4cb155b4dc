"""Which event makes which notice (通知): the one rule that intake (waits for it) and notify (sends it) share."""

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, derived_id
from madoguchi.contracts.vocabulary import NoticeKind

NOTICE_OF: dict[type[e.Event], NoticeKind] = {
    e.RequestSubmitted: NoticeKind.ACCEPTED,
    e.ProofRequested: NoticeKind.PROOF_NEEDED,
    e.IdentityRejected: NoticeKind.PROOF_REJECTED,
    e.IdentityReferred: NoticeKind.WITH_CLERK,
    e.IssuanceReferred: NoticeKind.WITH_CLERK,
    e.FeeDue: NoticeKind.FEE_DUE,
    e.CertificateIssued: NoticeKind.READY,
    e.IssuanceRefused: NoticeKind.REFUSED,
    e.RequestClosed: NoticeKind.CLOSED,
    e.FeeRefunded: NoticeKind.REFUNDED,
    e.RequestLate: NoticeKind.LATE,
    e.CertificateRevoked: NoticeKind.REVOKED,
    e.ResidentAsked: NoticeKind.QUESTION,
    e.ChannelTestRequested: NoticeKind.CHANNEL_TEST,
}


def notice_id(envelope: Envelope[e.Event]) -> str | None:
    """The id of the notice this event makes, or None. One event makes at most one notice, whatever the repeats."""
    kind = NOTICE_OF.get(type(envelope.event))
    return None if kind is None else derived_id("notice", kind, envelope.id)
