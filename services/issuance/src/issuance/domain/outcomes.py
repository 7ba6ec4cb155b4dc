"""What issuance's own steps make of a case. Each decision looks again whether the step is still the right one: between
the work and the save, the request may have been closed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from issuance.domain.case import Case, Issuing, Standing, Step, due_at, next_step
from issuance.domain.facts import refusal
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import RefusalReason, SealedText
from madoguchi.store.aggregates import Change, Decide


def eligible(now: datetime) -> Decide[Case]:
    """Assessed: one person, entitled."""

    def change(case: Case) -> Change[Case]:
        after = case.model_copy(update={"standing": Standing.ELIGIBLE, "tries": 0})
        event = e.IssuanceEligible(request_id=case.request_id, municipality=case.municipality, eligible_at=now)
        return Change(after, emit=(envelop(event, time=now),), due_at=due_at(after, now))

    return _while_due(change, Step.ASSESS)


def referred(review: SealedText, now: datetime) -> Decide[Case]:
    """A clerk must look; `review` is the sealed `ReviewNote`. Also when it shows only while issuing."""

    def change(case: Case) -> Change[Case]:
        count = case.referrals + 1
        # A number that was fixed was not used: the certificate is dated when it is made.
        learned = {"standing": Standing.REFERRED, "referrals": count, "issuing": None, "tries": 0}
        after = case.model_copy(update=learned)
        event = e.IssuanceReferred(
            request_id=case.request_id, municipality=case.municipality, review=review, referred_at=now
        )
        return Change(after, emit=(envelop(event, time=now, key="" if count == 1 else str(count)),))

    return _while_due(change, Step.ASSESS, Step.ISSUE)


def refused(reason: RefusalReason, now: datetime) -> Decide[Case]:
    """The law does not allow it."""

    def change(case: Case) -> Change[Case]:
        after = case.model_copy(update={"standing": Standing.REFUSED})
        return Change(after, emit=(refusal(after, reason, now),))

    return _while_due(change, Step.ASSESS, Step.ISSUE)


def begun(issuing: Issuing, now: datetime) -> Decide[Case]:
    """Number and day are fixed, once, before anything is made."""

    def change(case: Case) -> Change[Case]:
        after = case if case.issuing else case.model_copy(update={"issuing": issuing})
        return Change(after, due_at=due_at(after, now))

    return _while_due(change, Step.ISSUE)


def issued(sha256: str, sheets: int, download: timedelta) -> Decide[Case]:
    """The certificate is stored and in the ledger; `download`: how long its link is good."""

    def change(case: Case) -> Change[Case]:
        if case.issuing is None or case.asked is None:
            return Change(case)
        event = e.CertificateIssued(
            request_id=case.request_id,
            municipality=case.municipality,
            certificate=case.asked.certificate,
            certificate_number=case.issuing.number,
            sha256=sha256,
            sheets=sheets,
            issued_at=case.issuing.at,
            download_until=case.issuing.at + download,
        )
        after = case.model_copy(update={"standing": Standing.ISSUED, "tries": 0})
        return Change(after, emit=(envelop(event, time=case.issuing.at, key=case.issuing.number),))

    return _while_due(change, Step.ISSUE)


def withdrawn(now: datetime) -> Decide[Case]:
    """The ledger says revoked. Those who heard of the certificate hear of its end; nobody else."""

    def change(case: Case) -> Change[Case]:
        after = case.model_copy(update={"standing": Standing.REVOKED})
        heard = case.standing is Standing.ISSUED and case.issuing is not None
        return Change(after, emit=(_revocation(case, now),) if heard else ())

    return _while_due(change, Step.WITHDRAW)


def tried(now: datetime) -> Decide[Case]:
    """The sweep is about to try again: if it is in vain, the next try comes later."""

    def decide(case: Case | None) -> Change[Case] | None:
        if case is None:
            return None
        after = case.model_copy(update={"tries": case.tries + 1})
        return Change(after, due_at=due_at(after, now))

    return decide


def forgotten(case: Case | None) -> Change[Case] | None:
    """The request's key was destroyed: stop."""
    return None if case is None else Change(case.model_copy(update={"forgotten": True}))


def _while_due(change: Callable[[Case], Change[Case]], *steps: Step) -> Decide[Case]:
    def decide(case: Case | None) -> Change[Case] | None:
        return change(case) if case is not None and next_step(case) in steps else None

    return decide


def _revocation(case: Case, now: datetime) -> Envelope[e.Event]:
    if case.issuing is None:
        raise ValueError("nothing was issued")
    event = e.CertificateRevoked(
        request_id=case.request_id,
        municipality=case.municipality,
        certificate_number=case.issuing.number,
        revoked_at=now,
    )
    return envelop(event, time=now, key=case.issuing.number)
