"""What intake knows of one request. Facts are only ever added; what they mean together is derived (`domain.facts`)."""

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import (
    CertificateKind,
    CertificateNumber,
    Channel,
    Delivery,
    IdentityReason,
    Instant,
    Language,
    MunicipalityCode,
    NoticeKind,
    OtherWay,
    Outcome,
    ProofMethod,
    QuestionId,
    RefusalReason,
    RequestId,
    ResidentQuestion,
    SealedText,
    Yen,
)


class Part(BaseModel):
    """Frozen; tolerant of fields that a newer version wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Terms(Part):
    """What the town promised when it accepted the request; a later change of its policy does not touch it."""

    promise: timedelta
    proof: timedelta
    payment: timedelta
    challenge: timedelta
    retention: timedelta
    charge_before_review: bool


class Shared(StrEnum):
    """A kind of data that consent names."""

    CONTACT = "contact"
    PROOF = "proof"
    REGISTER_ENTRY = "register_entry"
    FEE = "fee"


class Recipient(StrEnum):
    """Who receives it."""

    TOWN = "town"
    MESSAGE_CARRIER = "message_carrier"
    PAYMENT_PROVIDER = "payment_provider"


class Use(StrEnum):
    """What for."""

    NOTICES = "notices"
    IDENTITY = "identity"
    CERTIFICATE = "certificate"
    PAYMENT = "payment"


class ConsentItem(Part):
    """One line of the consent: which data goes to whom, for what."""

    data: Shared
    recipient: Recipient
    use: Use


class Consent(Part):
    """What the resident agreed to (同意), word by word in `version`; holds until `retention` after the end."""

    version: str
    items: tuple[ConsentItem, ...]
    given_at: Instant
    revoked_at: Instant | None = None


class Challenge(Part):
    """A text to sign once. It names town, certificate, options, request, nonce and time, and nothing personal."""

    id: str
    nonce: str
    text: str
    issued_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


class Rejection(Part):
    """One *no* of identity."""

    event_id: str
    reason: IdentityReason
    final: bool
    at: Instant


class Proof(Part):
    """Proving who the resident is."""

    methods: tuple[ProofMethod, ...]
    challenges: tuple[Challenge, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    referred_at: Instant | None = None
    verified_at: Instant | None = None


class Checkout(Part):
    """The payment page that the provider opened."""

    id: str
    url: str
    opened_at: Instant


class Fee(Part):
    """The fee (手数料). `ask_at`: do not talk to the provider before; `tries`: how often that was put off."""

    payment_id: str
    amount: Yen
    due_at: Instant | None = None
    checkout: Checkout | None = None
    paid_at: Instant | None = None
    refunded_at: Instant | None = None
    odd_amounts: tuple[Yen, ...] = ()
    """Amounts paid that are not the fee: never booked, for a person to look at."""
    ask_at: Instant | None = None
    tries: int = 0


class Issuance(Part):
    """What issuance said."""

    eligible_at: Instant | None = None
    referred_at: Instant | None = None
    number: CertificateNumber | None = None
    issued_at: Instant | None = None
    download_until: Instant | None = None
    refused: RefusalReason | None = None
    refused_at: Instant | None = None
    revoked_at: Instant | None = None


class Question(Part):
    """What a clerk asked (照会). The answer itself is in its event only, sealed."""

    id: QuestionId
    question: ResidentQuestion
    asked_at: Instant
    answer_by: Instant | None = None
    answered_at: Instant | None = None
    answer_id: str = ""
    """By which a repeat of the answer is known."""


class Why(StrEnum):
    """What closed a request."""

    ASKED = "asked"
    CONSENT_REVOKED = "consent_revoked"
    NO_PROOF = "no_proof"
    NO_PAYMENT = "no_payment"
    OTHER_WAY = "other_way"


class Closed(Part):
    """Intake ended the request."""

    outcome: Outcome
    why: Why
    way: OtherWay | None = None
    at: Instant


class Notice(Part):
    """A notice, as its event announced it (`expected`) and as notify reported it (`report`), in either order."""

    kind: NoticeKind
    expected: bool = False
    report: str | None = None


class RequestState(Part):
    """One request. Personal data only sealed."""

    request_id: RequestId
    municipality: MunicipalityCode
    certificate: CertificateKind
    service_code: str
    options: CertificateOptions
    member: SealedText | None = None
    delivery: Delivery
    channel: Channel
    client: str
    """Id of the API key it came with, or the name of the channel."""
    language: Language
    contact: SealedText
    live: bool
    terms: Terms
    consent: Consent
    proof: Proof
    fee: Fee
    issuance: Issuance = Issuance()
    questions: tuple[Question, ...] = ()
    """Oldest first."""
    closed: Closed | None = None
    notices: dict[str, Notice] = {}
    submitted_at: Instant
    late_at: Instant | None = None
    progress_at: Instant
    """When something new was last learned."""
    redriven_at: Instant | None = None
    redrives: int = 0
    """Sweeps that sent everything again since then."""
    erased_at: Instant | None = None
