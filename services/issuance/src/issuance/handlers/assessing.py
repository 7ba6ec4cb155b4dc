"""Assessing a case: who is it, may they have it, can it be printed? Reasons for a clerk stay sealed."""

from datetime import datetime

from issuance.domain import outcomes
from issuance.domain.case import Case
from issuance.domain.certificate_number import number_of, verification_url
from issuance.domain.eligibility import Entitled, NotEntitled
from issuance.domain.matching import ReviewReason, Unclear
from issuance.domain.order import Order
from issuance.handlers.deps import Deps
from issuance.handlers.look import Known, known, look
from issuance.ports import CannotPrint
from madoguchi.contracts.personal import ReviewNote
from madoguchi.contracts.vocabulary import CertificateNumber
from madoguchi.policy.rules import day_in_japan
from madoguchi.store.aggregates import Aggregate
from madoguchi.vault.port import Purpose

REVIEW_FIELD = "review"
NOTE_BLOCK = 512
"""Bytes; sealed notes have a multiple of it, and all but those with dozens of candidates the same."""


async def assess(present: Aggregate[Case], deps: Deps) -> Aggregate[Case] | None:
    """Match, judge, try the glyphs; before the fee is asked for, so that nobody pays for what can't be made."""
    case = present.state
    about = known(case)
    now = deps.clock()
    today = day_in_japan(now)
    found = await look(about, deps, purpose=Purpose.MATCH_REGISTER, today=today)
    if isinstance(found, Entitled):
        number = number_of(deps.towns[case.municipality].key, case.municipality, case.request_id, today)
        try:
            deps.press.check(order_of(about, number, found, deps, now))
        except CannotPrint:
            return await settle(present, unprintable(found), deps)
        return await deps.apply(case.request_id, outcomes.eligible(now), known=present)
    return await settle(present, found, deps)


async def settle(present: Aggregate[Case], found: NotEntitled | Unclear, deps: Deps) -> Aggregate[Case] | None:
    """Refuse, or refer to a clerk with a sealed note."""
    now, request_id = deps.clock(), present.state.request_id
    if isinstance(found, NotEntitled):
        return await deps.apply(request_id, outcomes.refused(found.reason, now), known=present)
    note = ReviewNote(reason=found.reason.value, candidates=found.candidates)
    review = await deps.vault.seal(request_id, REVIEW_FIELD, _of_even_length(note))
    return await deps.apply(request_id, outcomes.referred(review, now), known=present)


def _of_even_length(note: ReviewNote) -> bytes:
    """JSON with spaces behind it: the length of what is sealed must not tell one reason from another."""
    text = note.model_dump_json().encode()
    return text.ljust(-(-len(text) // NOTE_BLOCK) * NOTE_BLOCK)


def unprintable(entitled: Entitled) -> Unclear:
    """For a clerk: these are the right people, but the sheet can't be made."""
    numbers = tuple(person.address_number for person in entitled.persons)
    return Unclear(ReviewReason.CANNOT_BE_PRINTED, numbers)


def order_of(about: Known, number: CertificateNumber, entitled: Entitled, deps: Deps, at: datetime) -> Order:
    """The order for the press."""
    town = deps.towns[about.case.municipality]
    return Order(
        municipality=about.case.municipality,
        number=number,
        options=about.asked.options,
        persons=entitled.persons,
        issued_on=day_in_japan(at),
        verification_url=verification_url(deps.public_url, town.key, number),
    )
