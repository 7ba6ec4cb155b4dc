"""The shapes of the REST API, version 1."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateForm,
    CertificateKind,
    CertificateNumber,
    Channel,
    Delivery,
    IdentityReason,
    Language,
    MunicipalityCode,
    OptionalItem,
    OtherWay,
    ProofMethod,
    QuestionId,
    RefusalReason,
    RequestId,
    ResidentQuestion,
    Subjects,
    Yen,
)
from madoguchi.vault.port import LegalBasis, Purpose
from request_intake.domain.state import ConsentItem
from request_intake.domain.status import Action, Milestone, Progress, Refund, StatusCode

Texts = dict[Language, str]
"""A text in each language the town offers."""


class Out(BaseModel):
    """What it gets. Further members may be added within version 1."""

    model_config = ConfigDict(frozen=True)


class ProofOut(Out):
    """A proof of identity that is lawful today. `online`: it can be given through this API."""

    method: ProofMethod
    assurance: AssuranceLevel
    rule: str
    lawful_from: date
    lawful_until: date | None
    online: bool


class OfferOut(Out):
    """A certificate that the town offers."""

    certificate: CertificateKind
    service_code: str
    name: Texts
    fee: Yen
    charge: Literal["before_review", "after_review"]
    forms: tuple[CertificateForm, ...]
    subjects: tuple[Subjects, ...]
    include: tuple[OptionalItem, ...]
    delivery: tuple[Delivery, ...]
    proofs: tuple[ProofOut, ...]


class OtherWayOut(Out):
    """A way without card, chat or number."""

    way: OtherWay
    text: Texts


class ConsentOut(Out):
    """What the resident must agree to: which data goes to whom, for what, and for how long after the end."""

    version: str
    items: tuple[ConsentItem, ...]
    days_after_end: int


class CatalogueOut(Out):
    """What the town of this API key offers today."""

    municipality: MunicipalityCode
    name: Texts
    languages: tuple[Language, ...]
    phrase: Texts
    certificates: tuple[OfferOut, ...]
    other_ways: tuple[OtherWayOut, ...]
    consent: ConsentOut


class StepOut(Out):
    """One step of the progress."""

    step: Milestone
    progress: Progress


class FeeOut(Out):
    """The fee."""

    payment_id: str
    amount: Yen
    due_at: datetime | None
    paid: bool
    refund: Refund


class LinksOut(Out):
    """Addresses for the resident; each carries its own permission, so pass them to nobody else."""

    status_page: str
    proof_page: str
    payment_page: str | None
    download: str | None


class ChallengeOut(Out):
    """A text to sign: a detached CMS over exactly its UTF-8 bytes is the evidence."""

    challenge_id: str
    text: str
    nonce: str
    expires_at: datetime


class QuestionOut(Out):
    """What a clerk wants to know, as a code and in words. An answer after `answer_by` may come too late."""

    question_id: QuestionId
    question: ResidentQuestion
    text: str
    asked_at: datetime
    answer_by: datetime | None


class RequestOut(Out):
    """A request as its resident sees it."""

    request_id: RequestId
    municipality: MunicipalityCode
    certificate: CertificateKind
    options: CertificateOptions
    delivery: Delivery
    channel: Channel
    language: Language
    live: bool
    status: StatusCode
    title: str
    explanation: tuple[str, ...]
    next: Action | None
    actions: tuple[Action, ...]
    steps: tuple[StepOut, ...]
    deadline_at: datetime | None
    submitted_at: datetime
    late: bool
    ended: bool
    rejection: IdentityReason | None
    refusal: RefusalReason | None
    way: OtherWay | None
    question: QuestionOut | None
    certificate_number: CertificateNumber | None
    fee: FeeOut
    proofs: tuple[ProofMethod, ...]
    links: LinksOut


class AcceptedOut(RequestOut):
    """A request that is stored, with the first text to sign."""

    challenge: ChallengeOut


class LookOut(Out):
    """One look at personal data: a line of the access log, in codes and in words."""

    at: datetime
    actor: str
    purpose: Purpose
    legal_basis: LegalBasis
    fields: tuple[str, ...]
    words: Annotated[str, Field(description="The same in the request's language")]


class AccessLogOut(Out):
    """Who looked, complete and in order."""

    request_id: RequestId
    looks: tuple[LookOut, ...]
