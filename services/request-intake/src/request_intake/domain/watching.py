"""What operators watch of a request: where it stands, how much of the promise is used, whether it is accounted for.

Every accepted request is at an end with everybody told, or waits for a person (its resident, a clerk), or another
service owes the next event. What a service has owed for too long is *unaccounted for*: accepted − ended − waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from madoguchi.contracts.vocabulary import NoticeKind
from madoguchi.store.aggregates import instant
from request_intake.domain import facts
from request_intake.domain.state import RequestState
from request_intake.domain.status import StatusCode, code_of

STAGE: Final = "stage"
PROMISED_BY: Final = "promised_by"
UNACCOUNTED_AT: Final = "unaccounted_at"
INDEXED: Final = (STAGE, PROMISED_BY, UNACCOUNTED_AT)
"""Top-level fields of a stored request. One that is over has none of them, so each index holds only what waits."""

REFUND_OWED: Final = "refund_owed"
WITH_THE_TOWN: Final = (StatusCode.CHECKING, StatusCode.WITH_CLERK, StatusCode.ISSUING)
"""The states in which the resident can do nothing but wait."""
STAGES: Final = (StatusCode.PROOF_NEEDED, *WITH_THE_TOWN, StatusCode.FEE_DUE)
"""The states of a request that is not at its end."""

ENDS: Final = ("ready", "refused", "cancelled", "expired", "redirected")
"""How a request can come to its end."""

DECISION_WITHIN: Final = timedelta(minutes=15)
"""Identity and issuance answer in seconds; a register or time-stamp authority may be away for some minutes."""
NOTICE_WITHIN: Final = timedelta(hours=26)
"""Notify tries for a day, and then says that it could not."""

_ANSWERS: Final = frozenset({NoticeKind.READY, NoticeKind.REFUSED})
_TOLD: Final = frozenset({"sent", "delivered"})


def stage_key(municipality: str, certificate: str, stage: str) -> str:
    """The value of `stage`."""
    return f"{municipality}/{certificate}/{stage}"


def fields(state: RequestState) -> dict[str, str]:
    """The indexed fields that the request has now."""
    stage = REFUND_OWED if facts.refund_owed(state) else code_of(state).value
    waits = facts.ended_at(state) is None or stage == REFUND_OWED
    found = {
        STAGE: stage_key(state.municipality, state.certificate, stage) if waits else None,
        PROMISED_BY: instant(facts.promised_at(state)) if facts.in_the_towns_hands(state) else None,
        UNACCOUNTED_AT: _unaccounted_at(state),
    }
    return {field: value for field, value in found.items() if value is not None}


def _unaccounted_at(state: RequestState) -> str | None:
    if facts.decision_missing(state):
        return instant(state.progress_at + DECISION_WITHIN)
    return instant(state.progress_at + NOTICE_WITHIN) if facts.missing_notices(state) else None


@dataclass(frozen=True, slots=True)
class News:
    """What one save brought that operators count."""

    accepted: bool = False
    ended: str = ""
    """The outcome: a status code."""
    promise_kept: bool | None = None
    """The town answered in time (True), or the promised time has passed (False)."""
    told: str = ""
    """The outcome that the resident has now been told: `ready` or `refused`."""


def news(before: RequestState | None, after: RequestState) -> News:
    """The difference between two states of one request."""
    ended = facts.ended_at(after) is not None and (before is None or facts.ended_at(before) is None)
    outcome = code_of(after).value if ended else ""
    late = after.late_at is not None and (before is None or before.late_at is None)
    answered = ended and after.closed is None
    in_time = True if answered and after.late_at is None else None
    return News(
        accepted=before is None,
        ended=outcome,
        promise_kept=False if late else in_time,
        told=_told(after) if _told(after) != (_told(before) if before else "") else "",
    )


def _told(state: RequestState) -> str:
    kinds = [n.kind.value for n in state.notices.values() if n.kind in _ANSWERS and n.report in _TOLD]
    return kinds[0] if kinds else ""


def last_act_at(state: RequestState) -> datetime:
    """When the resident last did something; from then on the promise runs."""
    return facts.promised_at(state) - state.terms.promise
