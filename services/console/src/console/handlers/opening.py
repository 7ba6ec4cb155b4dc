"""Opening a case: what is sealed and what the register holds, for one person, for one purpose, on record.

Nothing that is opened here is stored; only that it was, and by whom.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from console.domain import review
from console.domain.acts import What
from console.domain.case import Case, Enquiry, Question, Referral, awaited
from console.domain.hand import Hand
from console.domain.review import pending
from console.domain.staff import Staff
from console.handlers.acting import case_of
from console.handlers.deps import Deps
from madoguchi.contracts.personal import CardAttributes, ClerkChoice, NamedPerson, ResidentAnswer, ReviewNote
from madoguchi.contracts.vocabulary import RequestId, SealedText
from madoguchi.register.model import Entry
from madoguchi.register.names import Agreement, agreement
from madoguchi.register.search import Search
from madoguchi.vault.port import Access, LegalBasis, Purpose

ADDRESS_NUMBER = "address_number"
"""The kind of pseudonym that staff are compared with."""
REGISTER_FIELD = "register"
FOUND_AT_MOST = 20


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What is shown, once."""

    case: Case
    asked: Referral | None
    card: CardAttributes | None
    note: ReviewNote | None
    member: NamedPerson | None
    answers: tuple[tuple[Enquiry, str | None], ...]
    """What the resident was asked, and answered."""
    entries: tuple[Entry, ...]
    """Worth looking at: those that issuance named or that are like the card, and those searched for."""
    chosen: str | None
    """宛名番号 of the proposed entry."""
    more: bool
    """Whether the search found others, too."""
    own: bool
    """Whether the reader seems to be the person it is about."""


def access_of(staff: Staff, asked: Referral | None) -> Access:
    """Who looks, why, under which law; the resident reads it."""
    identity = asked is not None and asked.question is Question.IDENTITY
    basis = LegalBasis.JPKI_ACT_17 if identity else LegalBasis.RESIDENT_REGISTER_ACT_12
    return Access(f"clerk:{staff.number}", Purpose.CLERK_REVIEW, basis)


def is_own(deps: Deps, staff: Staff, entries: Iterable[str]) -> bool:
    """Whether one of the entries (宛名番号) is the staff member's own."""
    if staff.resident_pseudonym is None:
        return False
    own = staff.resident_pseudonym
    return any(own in deps.vault.pseudonyms(staff.municipality, ADDRESS_NUMBER, number) for number in entries)


async def open_case(
    deps: Deps, request_id: RequestId, hand: Hand, purpose: str, search: Search | None = None
) -> Opened:
    """Open everything a clerk may need. Raises `NoSuchCase`, and what vault and register raise."""
    staff = hand.staff
    case = await case_of(deps, staff, request_id)
    what, why = (What.OPEN, purpose) if search is None else (What.SEARCH_REGISTER, "")
    await deps.acts.record(staff.municipality, staff.number, what, why=why, about=request_id)
    asked = awaited(case)
    opened = await _look(deps, staff, case, asked, search)
    step = partial(review.opened, own=opened.own)
    after = await deps.cases.apply(request_id, lambda present: step(present or case, hand))
    return opened if after is None else replace(opened, case=after.state)


async def _look(deps: Deps, staff: Staff, case: Case, asked: Referral | None, search: Search | None) -> Opened:
    access, subject = access_of(staff, asked), case.request_id
    vault, register = deps.vault, deps.registers[staff.municipality]
    identity = asked is not None and asked.question is Question.IDENTITY
    stated = asked.sealed if identity and asked else case.attributes
    card = await vault.open(subject, stated, CardAttributes, access) if stated else None
    review_note = asked.sealed if asked and not identity else None
    note = await vault.open(subject, review_note, ReviewNote, access) if review_note else None
    member = await vault.open(subject, case.member, NamedPerson, access) if case.member else None
    answers = [(one, await _answer(deps, subject, one, access)) for one in case.enquiries]
    proposed = pending(case)
    chosen = await _chosen(deps, subject, proposed.choice if proposed else None, access)
    await vault.record(subject, access, (REGISTER_FIELD,))
    likely = await register.born(card.birth_date) if card and note is None else ()
    named = [*(note.candidates if note else ()), *([chosen] if chosen else [])]
    given = [entry for number in dict.fromkeys(named) if (entry := await register.entry(number))]
    found = await register.search(search, FOUND_AT_MOST) if search else None
    about = [*given, *(entry for entry in likely if card and _like(card, entry))]
    entries = _once([*about, *(found.entries if found else ())])
    return Opened(
        case=case,
        asked=asked,
        card=card,
        note=note,
        member=member,
        answers=tuple(answers),
        entries=entries,
        chosen=chosen,
        more=found is not None and found.more,
        own=is_own(deps, staff, (entry.address_number for entry in about)),
    )


async def _answer(deps: Deps, subject: str, enquiry: Enquiry, access: Access) -> str | None:
    if enquiry.answer is None:
        return None
    return (await deps.vault.open(subject, enquiry.answer, ResidentAnswer, access)).text


async def _chosen(deps: Deps, subject: str, sealed: SealedText | None, access: Access) -> str | None:
    """The entry that was proposed."""
    if sealed is None:
        return None
    return (await deps.vault.open(subject, sealed, ClerkChoice, access)).address_number


def _like(card: CardAttributes, entry: Entry) -> bool:
    names = (entry.name, *entry.other_names)
    return any(agreement(card.name, card.name_substitutions, held) > Agreement.DIFFERENT for held in names)


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple({entry.address_number: entry for entry in entries}.values())
