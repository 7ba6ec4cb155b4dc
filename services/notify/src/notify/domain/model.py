"""One request's notices, as stored: who is to be told (sealed) and how far each notice has come on each channel."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import (
    CertificateKind,
    Language,
    MunicipalityCode,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    RequestId,
    SealedText,
)


class Part(BaseModel):
    """Frozen; tolerant of fields that a newer version wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Delivery(Part):
    """A notice on one channel (配信記録)."""

    status: NoticeStatus = "queued"
    attempts: int = 0
    first_attempt_at: datetime | None = None
    last_attempt_at: datetime | None = None
    next_at: datetime | None = None
    """When it is tried (again); None once there is nothing more to try."""
    code: str = ""
    """What the channel answered last: a code, never its words."""
    provider_id: str = ""
    """LINE's request id, or the mail's Message-ID."""


class Notice(Part):
    """One message to the resident. `values` are what its text names: amounts, days, codes; nothing personal."""

    kind: NoticeKind
    event_at: datetime
    values: dict[str, str] = {}
    deliveries: dict[NoticeChannel, Delivery] = {}
    """Empty until it is known which channels the resident has."""
    reported: bool = False
    only: tuple[NoticeChannel, ...] = ()
    """The channels it is for, where not all that the resident has are meant."""
    resend_of: str = ""
    """The notice that this sends once more because a clerk asked for it."""
    resend_id: str = ""
    """Id of the event by which the clerk asked."""
    trace: dict[str, str] = {}
    """W3C trace context of the event that made it."""


class Recipient(Part):
    """All notices of one request, in the order in which they became known."""

    request_id: RequestId
    municipality: MunicipalityCode
    language: Language | None = None
    certificate: CertificateKind | None = None
    contact: SealedText | None = None
    """Sealed `Contact`; None until the submission is heard (events may come in any order)."""
    notices: dict[str, Notice] = {}


class Outcome(Part):
    """What a channel said to one attempt."""

    verdict: Literal["accepted", "delivered", "retry", "refused", "quota_exhausted", "no_address"]
    code: str = ""
    provider_id: str = ""
    retry_after: float | None = None
    """Seconds the channel asked us to wait."""
