"""What the passing of time does: late, sent again, erased; and what notify reported."""

from datetime import datetime

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from request_intake.domain import facts
from request_intake.domain.state import Notice, RequestState
from request_intake.domain.step import Pace, Step, redrive_at

_TRUER = ("failed", "gave_up", "sent", "delivered")
"""Of two reports on one notice, the later in this list holds."""


def late(state: RequestState, now: datetime) -> Step | None:
    """The promised time has passed while the resident waits for the town: said once."""
    if state.late_at is not None or not facts.in_the_towns_hands(state) or facts.promised_at(state) > now:
        return None
    event = e.RequestLate(
        request_id=state.request_id, municipality=state.municipality, deadline_at=facts.promised_at(state)
    )
    return Step(state.model_copy(update={"late_at": now}), (envelop(event, time=now),))


def redrive(state: RequestState, now: datetime, pace: Pace) -> Step | None:
    """Too quiet for too long: everything is to be sent again. None while there is time."""
    at = redrive_at(state, pace)
    if at is None or at > now:
        return None
    return Step(state.model_copy(update={"redriven_at": now, "redrives": state.redrives + 1}))


def erased(state: RequestState, now: datetime) -> Step | None:
    """The key is destroyed; what was sealed is unreadable for ever, so it need not be kept."""
    if state.erased_at is not None:
        return None
    proof = state.proof.model_copy(update={"challenges": ()})
    return Step(state.model_copy(update={"erased_at": now, "proof": proof}))


def reported(state: RequestState, envelope: Envelope[e.NoticeSent] | Envelope[e.NoticeFailed]) -> Step | None:
    """Notify sent a notice, or could not; it may say so before the notice's own event arrives here."""
    event = envelope.event
    before = state.notices.get(event.notice_id) or Notice(kind=event.kind)
    truer = max((r for r in (before.report, event.status) if r is not None), key=_TRUER.index)
    if truer == before.report:
        return None
    notices = {**state.notices, event.notice_id: before.model_copy(update={"report": truer})}
    return Step(state.model_copy(update={"notices": notices}))
