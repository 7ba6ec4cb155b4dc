"""Taking out of an outbox what was published."""

from hypothesis import given
from hypothesis import strategies as st

from madoguchi.contracts.documents import to_document
from madoguchi.store.outbox import OUTBOX_AT, envelopes, waiting, without
from madoguchi.testing.events import identity_rejected, request_id

names = st.lists(st.sampled_from("abcdef"), unique=True)


def events(*keys: str) -> list[dict[str, object]]:
    return [to_document(identity_rejected(request_id(), key)) for key in keys]


@given(names, names)
def test_given_some_published_then_the_rest_waits_in_order_and_all_else_is_kept(
    had: list[str], gone: list[str]
) -> None:
    document = {"_id": "a", "version": 4, "state": {"x": 1}, "outbox": events(*had), OUTBOX_AT: "before", "more": 1}
    after = without(document, events(*gone), "now")
    left = [name for name in had if name not in gone]
    assert waiting(after) == events(*left)
    assert after.get(OUTBOX_AT) == ("now" if left else None)
    assert (OUTBOX_AT in after) == bool(left)
    assert {k: after[k] for k in ("_id", "state", "more")} == {k: document[k] for k in ("_id", "state", "more")}
    assert after["version"] == 5


def test_given_the_same_event_redriven_since_then_that_one_waits() -> None:
    event = identity_rejected(request_id())
    document = {"_id": "a", "version": 1, "outbox": [to_document(event.redriven())]}
    assert envelopes(waiting(without(document, [to_document(event)], "now"))) == [event.redriven()]


def test_nothing_waits_in_what_is_not_there() -> None:
    assert waiting(None) == []
