"""Looking into the register for one case: open what is sealed, record the look, match, judge. Saves nothing."""

from dataclasses import dataclass
from datetime import date

from issuance.domain import eligibility
from issuance.domain.case import Asked, Case
from issuance.domain.eligibility import Entitled, NotEntitled
from issuance.domain.matching import Found, ReviewReason, Unclear, match
from issuance.handlers.deps import Deps
from madoguchi.contracts.personal import CardAttributes, ClerkChoice, NamedPerson
from madoguchi.contracts.vocabulary import SealedText
from madoguchi.vault.port import Access, LegalBasis, Purpose

ACTOR = "issuance"
REGISTER_FIELD = "register"


@dataclass(frozen=True, slots=True)
class Known:
    """A case of which everything needed for a look is known."""

    case: Case
    asked: Asked
    attributes: SealedText


def known(case: Case) -> Known:
    """Raises `ValueError` when the case is not that far; `next_step` says when it is."""
    if case.asked is None or case.attributes is None:
        raise ValueError("the case is not ready for the register")
    return Known(case, case.asked, case.attributes)


async def look(about: Known, deps: Deps, *, purpose: Purpose, today: date) -> Entitled | NotEntitled | Unclear:
    """Who goes on the certificate, or why not. Every look leaves its records, before it happens."""
    case = about.case
    access = Access(ACTOR, purpose, LegalBasis.RESIDENT_REGISTER_ACT_12)
    register = deps.towns[case.municipality].register
    member = None
    if about.asked.member is not None:
        member = await deps.vault.open(case.request_id, about.asked.member, NamedPerson, access)
    if case.choice is None:
        card = await deps.vault.open(
            case.request_id, about.attributes, CardAttributes, access, beside=(REGISTER_FIELD,)
        )
        found = match(card, await register.born(card.birth_date))
    else:
        choice = await deps.vault.open(case.request_id, case.choice, ClerkChoice, access, beside=(REGISTER_FIELD,))
        chosen = await register.entry(choice.address_number)
        found = Unclear(ReviewReason.CHOICE_NOT_FOUND) if chosen is None else Found(chosen)
    if isinstance(found, Unclear):
        return found
    household = await register.household(found.entry.household_number)
    return eligibility.judge(
        found.entry,
        household,
        about.asked.options,
        member=member,
        today=today,
        released=case.choice is not None,
    )
