"""The values of the conversation. Personal data never lies in here: what a resident types of it leaves as a `Keep`
command, which the edge seals, and the state only remembers that it was given.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateKind, Language, OptionalItem, OtherWay, Subjects
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue


class Step(StrEnum):
    """Where the conversation stands; each but `IDLE` is one question."""

    IDLE = "idle"
    CERTIFICATE = "certificate"
    SUBJECTS = "subjects"
    MEMBER_NAME = "member_name"
    MEMBER_BIRTH_DATE = "member_birth_date"
    INCLUDE = "include"
    EMAIL = "email"
    CONFIRM = "confirm"
    CONFIRM_CANCEL = "confirm_cancel"
    CHOOSE_WAY = "choose_way"
    ANSWER = "answer"


class State(BaseModel):
    """One resident's conversation, as stored (without personal data)."""

    model_config = ConfigDict(frozen=True)

    language: Language = Language.JAPANESE
    step: Step = Step.IDLE
    back: tuple[Step, ...] = ()
    """The questions answered so far, for もどる."""
    certificate: CertificateKind | None = None
    subjects: Subjects | None = None
    include: tuple[OptionalItem, ...] = ()
    email_given: bool = False
    returns_to: Step = Step.IDLE
    """Where a side question (another way, cancel, a clerk's) goes back to."""
    greeted: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the resident did: typed `text`, pressed a button with `data` (`step=…&value=…`), or sent another thing."""

    text: str = ""
    data: str = ""
    other: str = ""
    """A message type the counter does not take: image, sticker, audio, …"""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """The resident's latest request, as far as the thread may speak of it."""

    request_id: str
    status: str
    """In words of the resident's language, as is the deadline (empty when there is none)."""
    deadline: str
    url: str
    """Its status page."""
    open: bool
    question_id: str = ""
    """What a clerk wants to know, if there is such a question."""
    question: str = ""
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Context:
    """All a decision may know besides the state: everything is read beforehand and passed in."""

    town: Municipality
    catalogue: Catalogue
    now: datetime
    request: OpenRequest | None = None
    looks: tuple[str, ...] = ()
    """Its access log, a line each, in words of the resident's language."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: `label` (at most 20 characters) is shown and said, `data` comes back."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the resident."""

    text: str
    choices: tuple[Choice, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Seal this piece of personal data for the request being prepared; it is stored nowhere else."""

    field: Literal["email", "member_name", "member_birth_date"]
    value: str

    def __repr__(self) -> str:
        return f"Keep({self.field})"


@dataclass(frozen=True, slots=True)
class Forget:
    """Destroy what was kept for the request being prepared."""


@dataclass(frozen=True, slots=True)
class Submit:
    """Store the request; the consent was given with this message."""

    certificate: CertificateKind
    options: CertificateOptions
    language: Language


@dataclass(frozen=True, slots=True)
class Cancel:
    """Take the open request back."""

    request_id: str


@dataclass(frozen=True, slots=True)
class TakeOtherWay:
    """End the open request in favour of the counter or the post."""

    request_id: str
    way: OtherWay


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Hand this answer to the clerk; it is sealed, and stored nowhere else."""

    request_id: str
    question_id: str
    text: str

    def __repr__(self) -> str:
        return f"AnswerQuestion({self.question_id})"


Command = Keep | Forget | Submit | Cancel | TakeOtherWay | AnswerQuestion


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer to one message: the state after it, what is said, what is to be done."""

    state: State
    replies: tuple[Reply, ...]
    commands: tuple[Command, ...] = ()
