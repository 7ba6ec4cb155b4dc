"""Who may have what."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from issuance.domain.eligibility import Entitled, NotEntitled, judge
from issuance.domain.matching import ReviewReason, Unclear
from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.personal import NamedPerson
from madoguchi.contracts.vocabulary import CertificateForm, RefusalReason, Subjects
from madoguchi.register.model import Entry, Household
from unit.issuance.test_matching import entry

TODAY = date(2026, 11, 24)
HEAD = entry("1", household_number="h", name="例野　太郎")
WIFE = entry("2", household_number="h", name="例野　花子", birth_date="1991-04-12")
CHILD = entry("3", household_number="h", name="例野　そら", birth_date="2019-08-30")
GONE = entry("4", household_number="h", name="例野　先子", birth_date="1960-01-01", removed=True)
HOME = Household((HEAD, WIFE, CHILD, GONE))
BLOCKED = replace(HOME, blocked=frozenset({"3"}))


def judged(
    applicant: Entry = WIFE, home: Household = HOME, member: NamedPerson | None = None, **other: Any
) -> Entitled | NotEntitled | Unclear:
    options = CertificateOptions(**{k: v for k, v in other.items() if k in ("subjects", "form")})
    released = bool(other.get("released"))
    return judge(applicant, home, options, member=member, today=TODAY, released=released)


def test_oneself() -> None:
    assert judged() == Entitled((WIFE,))


def test_the_whole_household_without_those_who_left_in_the_order_of_the_sheet() -> None:
    assert judged(subjects=Subjects.HOUSEHOLD, form=CertificateForm.HOUSEHOLD) == Entitled((HEAD, WIFE, CHILD))


def test_a_member_of_the_household() -> None:
    member = NamedPerson(name="例野 そら", birth_date="2019-08-30")
    assert judged(member=member, subjects=Subjects.MEMBER) == Entitled((CHILD,))


@pytest.mark.parametrize(
    "member",
    [
        NamedPerson(name="例野　空", birth_date="2019-08-30"),
        NamedPerson(name="例野　そら", birth_date="2019-08-31"),
        NamedPerson(name="例野　先子", birth_date="1960-01-01"),
        None,
    ],
)
def test_a_member_who_is_not_plainly_meant_goes_to_a_clerk(member: NamedPerson | None) -> None:
    found = judged(member=member, subjects=Subjects.MEMBER)
    assert isinstance(found, Unclear)
    assert found.reason is ReviewReason.MEMBER_UNCLEAR


def test_somebody_of_another_household_is_refused() -> None:
    stranger = NamedPerson(name="架木　遠", birth_date="1970-01-01")
    assert judged(member=stranger, subjects=Subjects.MEMBER) == NotEntitled(RefusalReason.NOT_ENTITLED)


@pytest.mark.parametrize("subjects", Subjects)
@pytest.mark.parametrize(
    "member",
    [NamedPerson(name="例野　そら", birth_date="2019-08-30"), NamedPerson(name="架木　遠", birth_date="1970-01-01")],
)
def test_a_block_in_the_household_sends_everything_to_a_clerk(subjects: Subjects, member: NamedPerson) -> None:
    """Also what would be refused without it: otherwise the difference would tell."""
    found = judged(home=BLOCKED, member=member if subjects is Subjects.MEMBER else None, subjects=subjects)
    assert found == Unclear(ReviewReason.DISCLOSURE_BLOCK, ("2",))


def test_a_clerk_can_release_a_block() -> None:
    assert judged(home=BLOCKED, released=True) == Entitled((WIFE,))


@pytest.mark.parametrize(
    ("birth_date", "young"),
    [
        ("2011-11-24", False),
        ("2011-11-25", True),
        ("2011-00-00", False),
        ("2012-00-00", True),
        ("0000-00-00", False),
    ],
)
def test_nobody_under_fifteen_has_a_signature_certificate(birth_date: str, young: bool) -> None:
    child = replace(CHILD, birth_date=birth_date)
    found = judged(child, Household((HEAD, child)))
    assert isinstance(found, Unclear) == young


def test_a_removed_entry_goes_to_a_clerk_even_when_a_clerk_chose_it() -> None:
    found = judged(GONE, released=True)
    assert found == Unclear(ReviewReason.REMOVED_ENTRY, ("4",))


def test_a_household_that_disagrees_about_its_address_cannot_share_a_sheet() -> None:
    home = Household((HEAD, replace(WIFE, address="見本県見本市例示台三丁目2番2号")))
    found = judged(home=home, applicant=home.entries[1], subjects=Subjects.HOUSEHOLD, form=CertificateForm.HOUSEHOLD)
    assert isinstance(found, Unclear)
    assert found.reason is ReviewReason.HOUSEHOLD_UNCLEAR
    assert isinstance(judged(home=home, applicant=home.entries[1], subjects=Subjects.HOUSEHOLD), Entitled)
