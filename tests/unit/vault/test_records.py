"""Whoever removes, moves or changes an access record is found out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.vault import records
from madoguchi.vault.port import Access, AccessRecord, LegalBasis, Purpose, SealBroken

SUBJECT = "req_01hzzzzzzzzzzzzzzzzzzzzzzz"
START = datetime(2026, 11, 24, tzinfo=UTC)


def _chain(length: int, subject: str = SUBJECT) -> tuple[AccessRecord, ...]:
    chain: list[AccessRecord] = []
    for n in range(length):
        access = Access("identity" if n % 2 else "clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.CONSENT)
        last = chain[-1] if chain else None
        chain.append(records.following(subject, last, access, ("attributes",), START + timedelta(seconds=n)))
    return tuple(chain)


@given(st.integers(0, 12))
def test_a_chain_as_written_holds(length: int) -> None:
    chain = _chain(length)
    records.verify(SUBJECT, chain)
    assert [record.sequence for record in chain] == list(range(1, length + 1))
    assert tuple(records.from_document(records.to_document(record)) for record in chain) == chain


@given(st.integers(2, 10), st.data())
def test_a_removed_record_shows(length: int, data: st.DataObject) -> None:
    chain = _chain(length)
    gone = data.draw(st.integers(0, length - 2))
    with pytest.raises(SealBroken):
        records.verify(SUBJECT, chain[:gone] + chain[gone + 1 :])


@given(st.permutations(range(4)).filter(lambda order: order != [0, 1, 2, 3]))
def test_another_order_shows(order: list[int]) -> None:
    chain = _chain(4)
    with pytest.raises(SealBroken):
        records.verify(SUBJECT, [chain[i] for i in order])


CHANGES: dict[str, object] = {
    "sequence": 9,
    "at": START + timedelta(days=1),
    "actor": "notify",
    "purpose": Purpose.SEND_NOTICE,
    "legal_basis": LegalBasis.JPKI_ACT_17,
    "fields": ("contact",),
    "previous": "0" * 64,
    "digest": "0" * 64,
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_record_shows(name: str, place: int) -> None:
    chain = list(_chain(3))
    chain[place] = replace(chain[place], **{name: CHANGES[name]})  # type: ignore[arg-type]
    with pytest.raises(SealBroken):
        records.verify(SUBJECT, chain)


def test_a_chain_of_someone_else_shows() -> None:
    with pytest.raises(SealBroken):
        records.verify("req_01hyyyyyyyyyyyyyyyyyyyyyyy", _chain(2))


def test_the_same_moment_in_another_zone_is_the_same_record() -> None:
    access = Access("identity", Purpose.VERIFY_IDENTITY, LegalBasis.JPKI_ACT_17)
    here = START.astimezone(timezone(timedelta(hours=9)))
    assert records.following(SUBJECT, None, access, (), here) == records.following(SUBJECT, None, access, (), START)


@pytest.mark.parametrize("damage", [{"at": "yesterday"}, {"purpose": "curiosity"}, {"sequence": None}, {"fields": 1}])
def test_an_unreadable_record_shows(damage: dict[str, object]) -> None:
    with pytest.raises(SealBroken):
        records.from_document({**records.to_document(_chain(1)[0]), **damage})
