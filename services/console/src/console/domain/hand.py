"""Who acts on a case, under which rules, and why an act may not be possible. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from console.domain.staff import Staff


class Refusal(StrEnum):
    """Why something can't be done; each has its words in the catalogues."""

    CHANGED = "changed"
    NOTHING_AWAITED = "nothing_awaited"
    CLAIMED = "claimed"
    """Somebody else works on it."""
    NOT_CLAIMED = "not_claimed"
    NOT_OPENED = "not_opened"
    OWN_REQUEST = "own_request"
    PROPOSED = "proposed"
    """It waits for a second person already."""
    NOT_PROPOSED = "not_proposed"
    SAME_PERSON = "same_person"
    ROLE = "role"
    ASKED = "asked"
    """The same question waits for its answer."""
    NO_CHOICE = "no_choice"
    NO_REASON = "no_reason"
    NO_QUESTION = "no_question"
    NO_PURPOSE = "no_purpose"
    NOTHING_TO_SEARCH = "nothing_to_search"
    RESEND_PENDING = "resend_pending"
    """It is being sent again already."""
    NO_ADDRESS = "no_address"
    ERASED = "erased"
    """The key of the request is destroyed: nothing sealed can be read."""


class NotNow(Exception):
    """The step is not possible; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Rules:
    """What the town decided about reviews."""

    two_persons: frozenset[str]
    """Kinds of decision (`approve_issuance`, …) that a second person confirms."""
    claim_lasts: timedelta


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts, when, on which state of the case (`mark`; None: whichever), under which rules, in which trace."""

    staff: Staff
    now: datetime
    rules: Rules
    mark: str | None = None
    trace: tuple[tuple[str, str], ...] = ()
