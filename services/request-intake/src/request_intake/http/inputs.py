"""What channels send to the REST API, version 1."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateKind, Delivery, Language, OtherWay, QuestionId
from request_intake.domain.consent import CONSENT_VERSION
from request_intake.domain.questions import ANSWER, LONGEST_ANSWER

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""One line of text."""


class In(BaseModel):
    """What a channel sends: unknown members are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MemberIn(In):
    """The member of the household that is asked for."""

    name: Line
    birth_date: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class ContactIn(In):
    """Where notices go besides the status page."""

    email: (
        Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]+$")]
        | None
    ) = None


class ConsentIn(In):
    """The resident agreed to the catalogue's `consent` of that version."""

    accepted: Literal[True]
    version: Annotated[str, Field(max_length=20, json_schema_extra={"const": CONSENT_VERSION})]


_FOR_A_MEMBER: JsonDict = {
    "if": {
        "properties": {"options": {"properties": {"subjects": {"const": "member"}}, "required": ["subjects"]}},
        "required": ["options"],
    },
    "then": {"properties": {"member": {"type": "object"}}, "required": ["member"]},
    "else": {"properties": {"member": {"type": "null"}}},
}


class NewRequest(In):
    """A request for a certificate."""

    model_config = ConfigDict(json_schema_extra=_FOR_A_MEMBER)

    certificate: CertificateKind
    options: CertificateOptions = CertificateOptions()
    member: MemberIn | None = None
    """Needed when, and only when, `options.subjects` is `member`."""
    delivery: Delivery = Delivery.DOWNLOAD
    language: Language = Language.JAPANESE
    contact: ContactIn = ContactIn()
    consent: ConsentIn


class OtherWayIn(In):
    """The way chosen instead."""

    way: OtherWay


class AnswerIn(In):
    """The resident's answer to a clerk's question, in their own words. Never a My Number."""

    question_id: QuestionId
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ANSWER, pattern=ANSWER)]
