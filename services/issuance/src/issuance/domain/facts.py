"""What events teach a case. Each decision takes the present case (None: nothing known yet) and gives what to store."""

from datetime import datetime
from typing import Any

from issuance.domain.case import Asked, Case, Standing, due_at
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.vocabulary import RefusalReason
from madoguchi.store.aggregates import Change, Decide


class DecisionIncomplete(Exception):
    """An approval that names no register entry; the console must send it again."""


def submitted(event: e.RequestSubmitted, now: datetime) -> Decide[Case]:
    """What is asked for."""
    asked = Asked(
        certificate=event.certificate,
        options=event.options,
        member=event.member,
        live=event.live,
        language=event.language,
    )
    return _learn(event, now, asked=asked)


def verified(event: e.IdentityVerified, now: datetime) -> Decide[Case]:
    """Who asks. The first verdict counts; a later one changes nothing."""

    def decide(case: Case | None) -> Change[Case] | None:
        known = case is not None and case.attributes is not None
        return _learn(event, now, **({} if known else {"attributes": event.attributes}))(case)

    return decide


def settled(event: e.FeeSettled, now: datetime) -> Decide[Case]:
    """The fee is paid, or there is none."""
    return _learn(event, now, settled=True)


def closed(event: e.RequestClosed, now: datetime) -> Decide[Case]:
    """The request ended on intake's side."""
    return _learn(event, now, closed=True)


def decided(event: e.IssuanceDecided, now: datetime) -> Decide[Case]:
    """A clerk decided a referred case, or takes back what was issued; any other case stays as it is.

    Raises `DecisionIncomplete`."""
    if event.decision == "approve" and event.choice is None:
        raise DecisionIncomplete(event.request_id)

    def decide(case: Case | None) -> Change[Case] | None:
        if case is not None and case.standing is Standing.ISSUED and event.decision == "refuse":
            return _learn(event, now, recalled=True, tries=0)(case)
        if case is None or case.standing is not Standing.REFERRED or case.closed:
            return None if case is None else Change(case, due_at=due_at(case, now))
        if event.decision == "approve":
            return _learn(event, now, choice=event.choice, standing=Standing.OPEN, tries=0)(case)
        refused = case.model_copy(update={"standing": Standing.REFUSED})
        return Change(refused, emit=(refusal(refused, RefusalReason.REFUSED_BY_CLERK, now),))

    return decide


def refusal(case: Case, reason: RefusalReason, now: datetime) -> Any:
    """The event that says so."""
    event = e.IssuanceRefused(request_id=case.request_id, municipality=case.municipality, reason=reason, refused_at=now)
    return envelop(event, time=now)


def _learn(event: e.Event, now: datetime, **facts: Any) -> Decide[Case]:
    def decide(case: Case | None) -> Change[Case]:
        before = case or Case(request_id=event.request_id, municipality=event.municipality)
        after = before.model_copy(update=facts)
        return Change(after, due_at=due_at(after, now))

    return decide
