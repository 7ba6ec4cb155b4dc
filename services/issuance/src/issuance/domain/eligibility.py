"""May this person have what they ask for? One's own record or that of the same household (住民基本台帳法 §12).

A block on anybody in the household sends the case to a clerk, whatever is asked for and before anything else is
decided: no outcome that a resident can see depends on whether there is one.
"""

from dataclasses import dataclass
from datetime import date

from issuance.domain.matching import ReviewReason, Unclear, named, nearly_named
from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.personal import NamedPerson
from madoguchi.contracts.vocabulary import CertificateForm, RefusalReason, Subjects
from madoguchi.register.model import Entry, Household

YOUNGEST_HOLDER = 15
"""Years; nobody younger is given a signature certificate."""


@dataclass(frozen=True, slots=True, repr=False)
class Entitled:
    """Who goes on the sheets, in their order."""

    persons: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class NotEntitled:
    """The law does not allow it."""

    reason: RefusalReason


Judgement = Entitled | NotEntitled | Unclear


def judge(
    applicant: Entry,
    household: Household,
    options: CertificateOptions,
    *,
    member: NamedPerson | None,
    today: date,
    released: bool = False,
) -> Judgement:
    """Decide. `released`: a clerk looked at this case and let it pass, so blocks and age hold it up no more."""
    if not released:
        if household.blocked & {entry.address_number for entry in household.entries}:
            return Unclear(ReviewReason.DISCLOSURE_BLOCK, (applicant.address_number,))
        if _too_young(applicant.birth_date, today):
            return Unclear(ReviewReason.UNDER_AGE, (applicant.address_number,))
    if applicant.removed or applicant.address_number not in {entry.address_number for entry in household.present}:
        return Unclear(ReviewReason.REMOVED_ENTRY, (applicant.address_number,))
    judgement = _persons(applicant, household, options.subjects, member)
    if isinstance(judgement, Entitled) and options.form is CertificateForm.HOUSEHOLD:
        return _on_one_sheet(judgement)
    return judgement


def _persons(applicant: Entry, household: Household, subjects: Subjects, member: NamedPerson | None) -> Judgement:
    if subjects is Subjects.SELF:
        return Entitled((applicant,))
    if subjects is Subjects.HOUSEHOLD:
        return Entitled(household.present)
    if member is None:
        return Unclear(ReviewReason.MEMBER_UNCLEAR, (applicant.address_number,))
    return _member(household, member)


def _member(household: Household, member: NamedPerson) -> Judgement:
    meant = [entry for entry in household.present if named(member.name, member.birth_date, entry)]
    if len(meant) == 1:
        return Entitled((meant[0],))
    near = [entry for entry in household.entries if nearly_named(member.name, member.birth_date, entry)]
    if near:
        return Unclear(ReviewReason.MEMBER_UNCLEAR, tuple(entry.address_number for entry in near))
    return NotEntitled(RefusalReason.NOT_ENTITLED)


def _on_one_sheet(entitled: Entitled) -> Judgement:
    """The household sheet states address and head once; a register that disagrees with itself is for a clerk."""
    if len({(entry.address, entry.head) for entry in entitled.persons}) > 1:
        return Unclear(ReviewReason.HOUSEHOLD_UNCLEAR, tuple(entry.address_number for entry in entitled.persons))
    return entitled


def _too_young(birth_date: str, today: date) -> bool:
    """Counted in the person's favour where the date is not fully known."""
    year, month, day = (int(part) for part in birth_date.split("-"))
    if not year:
        return False
    return (today.year - year, today.month, today.day) < (YOUNGEST_HOLDER, month, day)
