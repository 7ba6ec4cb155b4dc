"""The claims of somebody who works here; and of somebody who does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.staff import ClaimNames, Role, Staff, Unfit, staff_of

NAMES = ClaimNames()
TOWNS = {"990019"}
GOOD: dict[str, Any] = {
    "staff_number": "1003",
    "roles": ["clerk", "approver", "printer-admin"],
    "municipality": "990019",
    "resident_pseudonym": "0a" * 32,
}


def test_the_claims_make_a_member_of_staff() -> None:
    staff = staff_of(GOOD, NAMES, TOWNS)
    assert staff == Staff("1003", frozenset({Role.CLERK, Role.APPROVER}), "990019", "0a" * 32)
    assert isinstance(staff, Staff)
    assert staff.has(Role.CLERK)
    assert staff.has(Role.AUDITOR, Role.APPROVER)
    assert not staff.has(Role.AUDITOR)


def test_who_is_no_resident_has_no_pseudonym() -> None:
    without = {name: value for name, value in GOOD.items() if name != "resident_pseudonym"}
    staff = staff_of(without, NAMES, TOWNS)
    assert isinstance(staff, Staff)
    assert staff.resident_pseudonym is None


def test_a_town_may_call_its_claims_otherwise() -> None:
    names = ClaimNames("shokuin", "groups", "dantai", "atena")
    claims = {"shokuin": "A-1", "groups": ["auditor"], "dantai": "990019"}
    assert staff_of(claims, names, TOWNS) == Staff("A-1", frozenset({Role.AUDITOR}), "990019")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"staff_number": None}, Unfit.NO_NUMBER),
        ({"staff_number": 1003}, Unfit.NO_NUMBER),
        ({"staff_number": "窓口　受子"}, Unfit.NO_NUMBER),
        ({"staff_number": "1" * 33}, Unfit.NO_NUMBER),
        ({"municipality": "990027"}, Unfit.UNKNOWN_TOWN),
        ({"municipality": ["990019"]}, Unfit.UNKNOWN_TOWN),
        ({"municipality": None}, Unfit.UNKNOWN_TOWN),
        ({"roles": []}, Unfit.NO_ROLE),
        ({"roles": "clerk"}, Unfit.NO_ROLE),
        ({"roles": ["CLERK", "root", 1, None, ["clerk"]]}, Unfit.NO_ROLE),
        ({"resident_pseudonym": "0000000102"}, Unfit.BAD_PSEUDONYM),
        ({"resident_pseudonym": ""}, Unfit.BAD_PSEUDONYM),
        ({"resident_pseudonym": False}, Unfit.BAD_PSEUDONYM),
    ],
)
def test_who_is_not_fully_known_may_not_work_here(changed: dict[str, Any], why: Unfit) -> None:
    assert staff_of({**GOOD, **changed}, NAMES, TOWNS) is why


anything = st.none() | st.booleans() | st.integers() | st.text(max_size=70) | st.lists(st.text(max_size=10), max_size=4)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, anything)))
def test_whatever_is_claimed_nobody_gets_more_than_a_role_in_a_town_served(claims: dict[str, Any]) -> None:
    staff = staff_of(claims, NAMES, TOWNS)
    if isinstance(staff, Staff):
        assert staff.municipality in TOWNS
        assert staff.roles
        assert {role.value for role in staff.roles} <= set(claims["roles"])
