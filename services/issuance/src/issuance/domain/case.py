"""The case (案件): all that issuance knows of one request, and what is to be done next. Pure.

Facts arrive in any order and more than once; `next_step` looks at what is known, never at what came last.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import (
    CertificateKind,
    CertificateNumber,
    Instant,
    Language,
    MunicipalityCode,
    RequestId,
    SealedText,
)

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)


class Standing(StrEnum):
    """Where the case stands."""

    OPEN = "open"
    """Facts are missing, or they have not been looked at yet."""
    ELIGIBLE = "eligible"
    REFERRED = "referred"
    """With a clerk."""
    REFUSED = "refused"
    ISSUED = "issued"
    REVOKED = "revoked"
    """Issued once, and taken back."""


class Step(StrEnum):
    """What issuance itself can do next."""

    ASSESS = "assess"
    ISSUE = "issue"
    WITHDRAW = "withdraw"


class Asked(BaseModel):
    """What was asked for."""

    model_config = ConfigDict(frozen=True)

    certificate: CertificateKind
    options: CertificateOptions
    member: SealedText | None = None
    live: bool = True
    language: Language | None = None
    """Of the resident who asked."""


class Issuing(BaseModel):
    """A certificate being made, or made. Fixed before the work starts, so that a repeat makes the same."""

    model_config = ConfigDict(frozen=True)

    number: CertificateNumber
    at: Instant


class Case(BaseModel):
    """One request on issuance's side. Holds sealed texts and codes only."""

    model_config = ConfigDict(frozen=True)

    request_id: RequestId
    municipality: MunicipalityCode
    asked: Asked | None = None
    attributes: SealedText | None = None
    """Sealed `CardAttributes`."""
    settled: bool = False
    closed: bool = False
    recalled: bool = False
    """A clerk took back what was issued."""
    standing: Standing = Standing.OPEN
    choice: SealedText | None = None
    """Sealed `ClerkChoice` of the clerk who approved."""
    referrals: int = 0
    issuing: Issuing | None = None
    tries: int = 0
    """How often the next step was tried in vain."""
    forgotten: bool = False
    """The request's key is destroyed: nothing can be done any more."""


def next_step(case: Case) -> Step | None:
    """What to do now; None while others must act first, or nothing is left to do."""
    if case.forgotten:
        return None
    if case.closed or case.recalled:
        return Step.WITHDRAW if case.issuing and case.standing is not Standing.REVOKED else None
    if case.standing is Standing.OPEN and case.asked and case.attributes:
        return Step.ASSESS
    if case.standing is Standing.ELIGIBLE and case.settled:
        return Step.ISSUE
    return None


def due_at(case: Case, now: datetime) -> datetime | None:
    """When the sweep should look whether the next step was done after all; later with each vain try."""
    if next_step(case) is None:
        return None
    wait: timedelta = _FIRST_WAIT * 2 ** min(case.tries, 10)
    return now + min(wait, _LONGEST_WAIT)
