"""How a request ends on intake's side: taken back, moved to counter or post, consent revoked, or out of time."""

from datetime import datetime

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.vocabulary import OtherWay, Outcome
from request_intake.domain import facts
from request_intake.domain.state import Closed, RequestState, Why
from request_intake.domain.step import NotNow, Step, pays_next


def _close(state: RequestState, closed: Closed) -> Step:
    event = e.RequestClosed(
        request_id=state.request_id,
        municipality=state.municipality,
        outcome=closed.outcome,
        way=closed.way,
        closed_at=closed.at,
    )
    return Step(state.model_copy(update={"closed": closed}), (envelop(event, time=closed.at),))


def _still_open(state: RequestState) -> None:
    if state.issuance.issued_at is not None and state.closed is None:
        raise NotNow("already_issued")
    if facts.ended_at(state) is not None:
        raise NotNow("already_ended")


def cancel(state: RequestState, now: datetime) -> Step | None:
    """The resident takes the request back (取下げ). Again is harmless. Raises `NotNow` once it ended otherwise."""
    if state.closed is not None and state.closed.outcome is Outcome.CANCELLED:
        return None
    _still_open(state)
    return _close(state, Closed(outcome=Outcome.CANCELLED, why=Why.ASKED, at=now))


def choose_other_way(state: RequestState, way: OtherWay, now: datetime) -> Step | None:
    """The resident chooses counter or post instead. Raises `NotNow` once it ended otherwise."""
    if state.closed is not None and state.closed.way is way:
        return None
    _still_open(state)
    return _close(state, Closed(outcome=Outcome.REDIRECTED, why=Why.OTHER_WAY, way=way, at=now))


def revoke_consent(state: RequestState, now: datetime) -> Step | None:
    """The resident withdraws consent: an open request is taken back, and in any case the data is erased as soon as
    nothing is owed any more, instead of after the retention."""
    if state.consent.revoked_at is not None:
        return None
    consent = state.consent.model_copy(update={"revoked_at": now})
    after = state.model_copy(update={"consent": consent})
    if facts.ended_at(state) is not None:
        return Step(after)
    return _close(after, Closed(outcome=Outcome.CANCELLED, why=Why.CONSENT_REVOKED, at=now))


def expire(state: RequestState, now: datetime) -> Step | None:
    """The time for proof or payment has run out; None while it has not."""
    if facts.proof_needed(state) and facts.proof_due_at(state) <= now:
        return _close(state, Closed(outcome=Outcome.EXPIRED, why=Why.NO_PROOF, at=now))
    due = state.fee.due_at
    if pays_next(state) and due is not None and due <= now:
        return _close(state, Closed(outcome=Outcome.EXPIRED, why=Why.NO_PAYMENT, at=now))
    return None
