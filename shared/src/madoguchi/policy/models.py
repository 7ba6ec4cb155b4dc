"""One town's policy (自治体ごとの設定) as data: what `deploy/municipalities/<code>.yaml` may say.

Unknown keys are errors. A change of law is a new dated entry under `proofs`; a town goes live by writing this file.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, field_validator, model_validator

from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateForm,
    CertificateKind,
    Delivery,
    Language,
    MunicipalityCode,
    OptionalItem,
    OtherWay,
    ProofMethod,
    Subjects,
    Yen,
)
from madoguchi.policy.references import SecretRef, SecretRefs

Duration = Annotated[timedelta, Field(gt=timedelta(0))]
"""ISO 8601 duration, e.g. `P7D`, `PT30M`."""

Text = dict[Language, Annotated[str, StringConstraints(min_length=1)]]
"""One text per language the town offers."""


class Model(BaseModel):
    """Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class Branding(Model):
    """What makes a message recognisably this town's."""

    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
    phrase: Text
    """The anti-phishing phrase (合言葉)."""
    contact: Text


class Proof(Model):
    """A proof that is lawful from `from` until `until` (both included) under `rule`."""

    method: ProofMethod
    from_: date = Field(alias="from")
    until: date | None = None
    assurance: AssuranceLevel
    rule: str

    def lawful_on(self, day: date) -> bool:
        """Whether the rule is in force on `day` (a day in Japan)."""
        return self.from_ <= day and (self.until is None or day <= self.until)

    @model_validator(mode="after")
    def _ordered(self) -> "Proof":
        if self.until is not None and self.until < self.from_:
            raise ValueError("`until` is before `from`")
        return self


class CertificateOffer(Model):
    """A certificate the town offers in the chat."""

    service_code: str
    name: Text
    fee: Annotated[Yen, Field(ge=0, le=100_000)]
    charge: Literal["before_review", "after_review"]
    forms: tuple[CertificateForm, ...] = Field(min_length=1)
    subjects: tuple[Subjects, ...] = Field(min_length=1)
    include: tuple[OptionalItem, ...] = ()
    delivery: tuple[Delivery, ...] = Field(min_length=1)
    proofs: tuple[Proof, ...] = Field(min_length=1)


class Deadlines(Model):
    """How long things may take."""

    promise: Duration
    proof: Duration
    payment: Duration
    challenge: Duration
    download: Duration
    conversation: Duration
    retention: Duration


class ReviewedDecision(StrEnum):
    """What a clerk can decide about a referred case."""

    APPROVE_IDENTITY = "approve_identity"
    REFUSE_IDENTITY = "refuse_identity"
    APPROVE_ISSUANCE = "approve_issuance"
    REFUSE_ISSUANCE = "refuse_issuance"


class Review(Model):
    """How clerks decide about referred cases (審査)."""

    two_persons: tuple[ReviewedDecision, ...] = ()
    """Decisions that one clerk proposes and another, an approver, confirms; the others a clerk takes alone."""
    claim_minutes: Annotated[int, Field(ge=1, le=480)] = 30
    """After this, a case that a clerk has claimed and not decided is free for the others again."""


class Register(Model):
    """Where the town's resident register (住民記録) is read."""

    source: SecretRef


class Secrets(Model):
    """Keys of the town, by reference."""

    data_key: SecretRefs
    index_key: SecretRefs
    link_key: SecretRefs
    certificate_key: SecretRefs | None = None
    """Makes certificate numbers and the check codes in their QR; the link key unless named. Its older generations stay
    as long as certificates made under them are to be checked."""

    @property
    def certificate_keys(self) -> tuple[str, ...]:
        """References of what certificate numbers and check codes are made with, newest first."""
        return self.certificate_key or self.link_key


class LineChannel(Model):
    """The town's LINE official account."""

    channel_secret: SecretRefs
    channel_access_token: SecretRef
    api_url: HttpUrl = HttpUrl("https://api.line.me")


class PaymentProvider(Model):
    """The town's payment provider."""

    api_url: HttpUrl | None = None
    api_key: SecretRef
    webhook_secret: SecretRefs


class Email(Model):
    """Who e-mail comes from."""

    sender: Annotated[str, StringConstraints(pattern=r"^([^<>@]+ <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$")]
    """`Name <address>`, or the address alone."""


class RecognisedSeal(Model):
    """Certificates of a seal that is not (or not yet) in use: documents that bear it are recognised."""

    chain: SecretRef
    tsa_chain: SecretRef


class Seal(Model):
    """The electronic seal (PAdES B-LT): key, certificates and what the DSS dictionary needs."""

    key: SecretRef
    chain: SecretRef
    """PEM: the seal's certificate first, then its issuers, the root last."""
    crls: tuple[SecretRef, ...]
    tsa_chain: SecretRef
    tsa_url: HttpUrl | None = None
    reason: str
    recognised: tuple[RecognisedSeal, ...] = ()
    """Seals of other issuers or other time stamps than the present one: those of the past, and the next one before it
    is used. A renewed certificate of the same name and issuer is recognised anyway."""


class Jpki(Model):
    """Roots of the signature certificates, and where their CRL is read."""

    roots: tuple[SecretRef, ...] = Field(min_length=1)
    crl_url: HttpUrl | None = None
    """One list in DER, or those of several generations in PEM."""
    crl_file: SecretRef | None = None
    """Instead of `crl_url`: a file that something else keeps fresh."""
    card_app_url: HttpUrl | None = None
    """The app that signs with the card; opened with `challenge=<URL>` and `return=<URL>` in its query."""


class Municipality(Model):
    """One town."""

    code: MunicipalityCode
    name: Text
    prefecture: str
    mayor: str
    languages: tuple[Language, ...] = Field(min_length=1)
    sandbox: bool = False
    branding: Branding
    certificates: dict[CertificateKind, CertificateOffer]
    other_ways: dict[OtherWay, Text] = Field(min_length=1)
    deadlines: Deadlines
    max_proof_attempts: Annotated[int, Field(ge=1, le=10)]
    review: Review = Review()
    register_: Register = Field(alias="register")
    secrets: Secrets
    line: LineChannel | None = None
    payment: PaymentProvider
    email: Email | None = None
    seal: Seal
    jpki: Jpki

    @field_validator("code")
    @classmethod
    def _check_digit(cls, code: str) -> str:
        expected = check_digit(code[:5])
        if code[5] != expected:
            raise ValueError(f"the check digit of {code[:5]} is {expected}, not {code[5]}")
        return code

    @model_validator(mode="after")
    def _every_language(self) -> "Municipality":
        for path, text in _texts(self):
            for language in self.languages:
                if language not in text:
                    raise ValueError(f"{path} has no text in {language.value}")
        return self


def check_digit(five: str) -> str:
    """Check digit of a 全国地方公共団体コード: weights 6,5,4,3,2, eleven minus the remainder by 11, last digit."""
    total = sum(int(d) * w for d, w in zip(five, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def _texts(value: Any, path: str = "") -> list[tuple[str, Text]]:
    """Every multilingual text below `value`, with its path."""
    if isinstance(value, BaseModel):
        items = [(f"{path}.{name}".lstrip("."), getattr(value, name)) for name in type(value).model_fields]
    elif isinstance(value, dict):
        if value and all(isinstance(key, Language) for key in value):
            return [(path, value)]
        items = [(f"{path}.{key}", item) for key, item in value.items()]
    else:
        items = []
    return [found for sub, item in items for found in _texts(item, sub)]
