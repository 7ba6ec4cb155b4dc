"""Envelopes, stored events and notices: whatever goes in comes out, and the same thing has the same id."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from madoguchi.contracts import events as e
from madoguchi.contracts.documents import UnknownEvent, from_document, to_document
from madoguchi.contracts.envelope import Envelope, derived_id, envelop
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import BY_TYPE
from madoguchi.contracts.ids import new_request_id, payment_id_of, request_id_of
from madoguchi.contracts.notices import NOTICE_OF, notice_id
from madoguchi.contracts.personal import CardAttributes, Contact
from madoguchi.contracts.vocabulary import NoticeKind
from madoguchi.testing.events import MOMENT, identity_rejected, proof_requested, request_id
from unit.shared.any_event import ENVELOPES, INSTANTS, TEXTS


@given(ENVELOPES, st.integers(0, 5))
def test_an_envelope_comes_back_from_the_store_as_it_went(envelope: Envelope[Event], redrives: int) -> None:
    for _ in range(redrives):
        envelope = envelope.redriven()
    stored = json.loads(json.dumps(to_document(envelope)))
    assert from_document(stored) == envelope


@given(ENVELOPES, st.dictionaries(st.text(min_size=1).map("later_".__add__), st.integers()))
def test_a_reader_passes_over_fields_that_came_later(envelope: Envelope[Event], more: dict[str, Any]) -> None:
    stored = to_document(envelope)
    assert from_document({**stored, "data": {**stored["data"], **more}}) == envelope


@given(ENVELOPES)
def test_an_envelope_says_where_it_belongs(envelope: Envelope[Event]) -> None:
    row = BY_TYPE[envelope.type]
    assert envelope.source == f"/services/{row.producer}"
    assert envelope.topic == row.topic
    assert envelope.request_id == envelope.event.request_id


@given(ENVELOPES, INSTANTS, TEXTS)
def test_the_id_depends_on_what_happened_and_not_on_when_it_was_said(
    envelope: Envelope[Event], later: Any, key: str
) -> None:
    event = envelope.event
    one, again = envelop(event, time=envelope.time, key=key), envelop(event, time=later, key=key, trace={"a": "b"})
    assert one.id == again.id == one.redriven().id
    assert one.id != envelop(event, time=later, key=key + "x").id


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_different_parts_give_different_ids(some: list[str], others: list[str]) -> None:
    separator = "\x1f"
    if separator not in "".join([*some, *others]) and (some or [""]) != (others or [""]):
        assert derived_id(*some) != derived_id(*others)


def test_an_event_nobody_knows_and_one_that_is_wrong_are_errors() -> None:
    stored = to_document(proof_requested(request_id()))
    with pytest.raises(UnknownEvent):
        from_document({**stored, "type": "jp.madoguchi.unheard.of.v1"})
    with pytest.raises(ValidationError):
        from_document({**stored, "data": {**stored["data"], "request_id": "req_x"}})


@pytest.mark.parametrize("text", ["2026-11-24T01:02:03", "2026-11-24T10:02:03+09:00", "yesterday"])
def test_a_moment_is_in_utc_or_it_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        e.IssuanceEligible.model_validate({"request_id": request_id(), "municipality": "990019", "eligible_at": text})


@given(ENVELOPES)
def test_an_event_makes_one_notice_whatever_its_repeats(envelope: Envelope[Event]) -> None:
    repeats = (envelope, envelope.redriven(), replace(envelope, time=MOMENT, trace={}))
    assert len({notice_id(repeat) for repeat in repeats}) == 1
    assert (notice_id(envelope) is not None) is (type(envelope.event) in NOTICE_OF)


def test_every_kind_of_notice_has_its_event_and_two_events_never_share_a_notice() -> None:
    assert set(NOTICE_OF.values()) == set(NoticeKind)
    made = [proof_requested(request_id(), "c1"), proof_requested(request_id(), "c2"), identity_rejected(request_id())]
    assert len({notice_id(envelope) for envelope in made}) == 3


@given(INSTANTS, st.binary(min_size=10, max_size=10))
def test_a_payment_tells_its_request(now: Any, randomness: bytes) -> None:
    request = new_request_id(now, lambda _n: randomness)
    assert request_id_of(payment_id_of(request)) == request
    later = new_request_id(now + timedelta(milliseconds=1), lambda _n: bytes(10))
    assert request < later


def test_personal_data_does_not_show_itself() -> None:
    contact = Contact(line_user_id="U" + "a" * 32, email="sakura@example.jp")
    card = CardAttributes(
        name="見本　花子", name_substitutions="00000", sex="female", birth_date="1990-01-01", address="見本市1",
        address_substitutions="0000", certificate_serial="1",
    )  # fmt: skip
    assert (repr(contact), f"{contact}", repr(card)) == ("Contact(…)", "Contact(…)", "CardAttributes(…)")
    assert "sakura" not in repr({"contact": [contact]})
