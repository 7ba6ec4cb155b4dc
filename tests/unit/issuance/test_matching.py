"""Who in the register is the card's holder: exactly one, or a clerk."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.domain.matching import Found, ReviewReason, Unclear, birth_may_be, match
from madoguchi.contracts.personal import CardAttributes
from madoguchi.register.model import Entry, Sex

NAME, ADDRESS, BIRTH = "例野　花子", "見本県見本市見本町一丁目1番1号", "1991-04-12"


def entry(number: str = "1", **other: object) -> Entry:
    values = {
        "address_number": number,
        "household_number": "h" + number,
        "removed": False,
        "name": NAME,
        "birth_date": BIRTH,
        "sex": Sex.FEMALE,
        "address": ADDRESS,
        "head": NAME,
        "relationship": "世帯主",
    }
    return Entry(**{**values, **other})  # type: ignore[arg-type]


def a_card(**other: str) -> CardAttributes:
    name, address = other.get("name", NAME), other.get("address", ADDRESS)
    values = {
        "name": name,
        "name_substitutions": "0" * len(name),
        "sex": "female",
        "birth_date": BIRTH,
        "address": address,
        "address_substitutions": "0" * len(address),
        "certificate_serial": "1",
    }
    return CardAttributes.model_validate({**values, **other})


def reason(card: CardAttributes, *entries: Entry) -> ReviewReason:
    found = match(card, entries)
    assert isinstance(found, Unclear)
    return found.reason


def test_given_one_who_agrees_in_everything_then_found() -> None:
    assert match(a_card(), [entry()]) == Found(entry())


def test_given_nobody_then_a_clerk() -> None:
    assert reason(a_card()) is ReviewReason.NO_MATCH


@pytest.mark.parametrize(
    "other",
    [
        {"address": "見本県見本市例示台三丁目2番2号"},
        {"sex": "male"},
        {"birth_date": "1991-04-00"},
        {"name": "例野　花子" + "\U000e0101"},
    ],
)
def test_given_a_difference_in_one_thing_then_a_clerk_with_the_candidate(other: dict[str, str]) -> None:
    found = match(a_card(**other), [entry("7")])
    assert found == Unclear(ReviewReason.DIFFERENCES, ("7",))


def test_given_another_name_then_no_match() -> None:
    assert reason(a_card(), entry(name="架木　花子")) is ReviewReason.NO_MATCH


def test_given_a_card_that_replaced_a_character_then_a_clerk_who_is_told_whom_it_means() -> None:
    said = a_card(name="高橋　花子", name_substitutions="10000")
    assert match(said, [entry("3", name="髙橋　花子"), entry("4")]) == Unclear(
        ReviewReason.SUBSTITUTED_CHARACTERS, ("3",)
    )


def test_given_a_card_that_replaced_a_character_of_the_address_then_a_clerk() -> None:
    said = a_card(address_substitutions="1" + "0" * (len(ADDRESS) - 1))
    assert reason(said, entry()) is ReviewReason.SUBSTITUTED_CHARACTERS


def test_given_twins_then_the_name_decides() -> None:
    twin = entry("2", name="例野　百子")
    assert match(a_card(), [entry(), twin]) == Found(entry())


def test_given_namesakes_then_the_address_decides() -> None:
    namesake = entry("2", address="見本県見本市例示台三丁目2番2号")
    assert match(a_card(), [entry(), namesake]) == Found(entry())


def test_given_a_double_entry_then_a_clerk() -> None:
    assert reason(a_card(), entry(), entry("2")) is ReviewReason.DOUBLE_ENTRY


def test_given_a_double_entry_under_another_spelling_then_a_clerk() -> None:
    said = a_card(name="渡邊　花子")
    assert reason(said, entry(name="渡邊　花子"), entry("2", name="渡辺　花子")) is ReviewReason.DOUBLE_ENTRY


def test_given_a_card_without_sex_and_two_who_differ_in_it_then_a_clerk() -> None:
    both = (entry(), entry("2", sex=Sex.MALE))
    assert reason(a_card(sex="not_stated"), *both) is ReviewReason.SEVERAL_MATCHES
    assert match(a_card(sex="not_stated"), both[:1]) == Found(entry())


def test_given_only_a_removed_entry_then_a_clerk() -> None:
    assert reason(a_card(), entry(removed=True)) is ReviewReason.REMOVED_ENTRY


def test_given_a_removed_entry_beside_the_present_one_then_found() -> None:
    assert match(a_card(), [entry("9", removed=True), entry()]) == Found(entry())


def test_given_a_name_used_besides_the_main_one_then_a_clerk_not_a_match() -> None:
    assert reason(a_card(name="王野　見子"), entry(common_name="王野　見子")) is ReviewReason.DIFFERENCES


@pytest.mark.parametrize("birth", ["1938-05-00", "1938-00-00", "0000-00-00"])
def test_given_the_same_unknown_birth_date_then_found(birth: str) -> None:
    assert match(a_card(birth_date=birth), [entry(birth_date=birth)]) == Found(entry(birth_date=birth))


@pytest.mark.parametrize(
    ("said", "held", "may_be"),
    [
        ("1938-05-00", "1938-05-17", True),
        ("0000-00-00", "1938-05-17", True),
        ("1938-05-17", "1938-00-00", True),
        ("1938-05-00", "1938-06-17", False),
        ("1957-02-29", "1957-02-29", True),
    ],
)
def test_birth_dates(said: str, held: str, may_be: bool) -> None:
    assert birth_may_be(said, held) is may_be


PEOPLE = st.lists(
    st.builds(
        entry,
        st.uuids().map(str),
        name=st.sampled_from([NAME, "髙橋　花子", "高橋　花子", "渡邊　花子", "渡辺　花子"]),
        birth_date=st.sampled_from([BIRTH, "1991-04-00", "1991-04-13"]),
        sex=st.sampled_from(Sex),
        address=st.sampled_from([ADDRESS, "見本県見本市見本町1-1-1", "見本県見本市例示台三丁目2番2号"]),
        removed=st.booleans(),
    ),
    max_size=6,
)


@given(PEOPLE, st.sampled_from([NAME, "高橋　花子", "渡邊　花子"]), st.booleans())
def test_found_means_one_present_entry_agrees_in_everything_and_no_other(
    people: list[Entry], name: str, was_replaced: bool
) -> None:
    said = a_card(name=name, name_substitutions="10000" if was_replaced else "00000")
    found = match(said, people)
    exact = [p for p in people if not p.removed and (p.name, p.birth_date, p.sex) == (name, BIRTH, Sex.FEMALE)]
    if isinstance(found, Found):
        assert not was_replaced
        assert found.entry in exact
        assert not any(
            replace(p, address_number=found.entry.address_number) == found.entry for p in exact if p is not found.entry
        )
    else:
        assert set(found.candidates) <= {p.address_number for p in people}


@given(PEOPLE)
def test_the_order_of_entries_does_not_matter(people: list[Entry]) -> None:
    one, other = match(a_card(), people), match(a_card(), people[::-1])
    if isinstance(one, Found):
        assert one == other
    else:
        assert isinstance(other, Unclear)
        assert (one.reason, set(one.candidates)) == (other.reason, set(other.candidates))
