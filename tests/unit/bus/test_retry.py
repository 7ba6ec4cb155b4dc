"""The way of a record that fails, without a broker."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from madoguchi.bus import record as r
from madoguchi.bus.codec import encode
from madoguchi.bus.dead_letters import DeadLetter, replay_of, shown
from madoguchi.bus.handling import dispatch
from madoguchi.bus.producer import NotSent, TooLarge
from madoguchi.bus.record import Record
from madoguchi.bus.retry import Patience, Processor, Transient, code_of
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event, ProofRequested
from madoguchi.contracts.flow import RETRY_DELAYS
from madoguchi.testing.events import issuance_eligible, proof_requested, request_id

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MILLIS = int(NOW.timestamp() * 1000)
QUICK = Patience(tries_at_once=3, first_wait=0.0001, longest_wait=0.001)


class Sent:
    """Stands where the producer stands; `refuse` is raised by each call as long as there is one left."""

    def __init__(self, *refuse: Exception) -> None:
        self.records: list[Record] = []
        self._refuse = list(refuse)

    async def publish(self, records: Sequence[Record]) -> None:
        if self._refuse:
            raise self._refuse.pop(0)
        self.records.extend(records)


def processor(sent: Sent, fail: Callable[[], Exception | None]) -> tuple[Processor, list[str]]:
    tries: list[str] = []

    async def handle(envelope: Envelope[Event]) -> None:
        tries.append(envelope.id)
        if (error := fail()) is not None:
            raise error

    return Processor("notify", handle, sent, lambda: NOW, QUICK), tries  # type: ignore[arg-type]


async def test_each_failure_waits_longer_until_it_is_set_aside() -> None:
    sent = Sent()
    process, tries = processor(sent, lambda: Transient("busy"))
    event = proof_requested(request_id())
    record = Record("", None, None)
    incoming = encode(event)
    incoming = Record(incoming.topic, incoming.key, incoming.value, incoming.headers, partition=3, offset=42)
    for number, (suffix, seconds) in enumerate(RETRY_DELAYS.items(), start=1):
        await process.process(incoming)
        record = sent.records[-1]
        assert record.topic == f"madoguchi.notify.retry.{suffix}"
        assert record.number(r.NOT_BEFORE) == MILLIS + seconds * 1000
        assert record.number(r.ATTEMPTS) == number
        assert (record.key, record.value) == (incoming.key, incoming.value)
        incoming = record
    await process.process(incoming)
    last = sent.records[-1]
    assert last.topic == "madoguchi.notify.dead-letter"
    assert last.header(r.ERROR) == "Transient:busy"
    assert last.header(r.NOT_BEFORE) is None
    assert last.origin == r.Origin(event.topic, 3, 42)
    assert len(tries) == 4 * QUICK.tries_at_once
    names = [name for name, _ in last.headers]
    assert len(names) == len(set(names)), "no header twice"


async def test_what_is_not_an_event_is_set_aside_at_once() -> None:
    sent = Sent()
    process, tries = processor(sent, lambda: None)
    await process.process(Record("madoguchi.requests.v1", b"k", b"{", (("x", b"\xff"),), 0, 1))
    (record,) = sent.records
    assert (record.topic, record.header(r.ERROR)) == ("madoguchi.notify.dead-letter", "missing_content-type")
    assert ("x", b"\xff") in record.headers
    assert tries == []


async def test_a_record_is_not_done_with_before_the_broker_has_it() -> None:
    sent = Sent(NotSent(), NotSent())
    process, _ = processor(sent, lambda: KeyError("name of someone"))
    await process.process(encode(proof_requested(request_id())))
    (record,) = sent.records
    assert record.header(r.ERROR) == "KeyError"
    assert b"someone" not in b"".join(value or b"" for _, value in record.headers)


async def test_what_is_too_large_with_our_headers_leaves_a_note_of_its_place() -> None:
    sent = Sent(TooLarge(), TooLarge())
    process, _ = processor(sent, KeyError)
    await process.process(encode(proof_requested(request_id())))
    (record,) = sent.records
    assert (record.topic, record.value, record.header(r.ERROR)) == ("madoguchi.notify.dead-letter", None, "too_large")
    assert record.origin.topic == "madoguchi.requests.v1"


async def test_only_the_services_own_events_reach_a_handler() -> None:
    heard: list[tuple[str, str]] = []

    async def on_proof(envelope: Envelope[ProofRequested], deps: str) -> None:
        heard.append((envelope.id, deps))

    handle = dispatch({ProofRequested: on_proof}, "deps")
    proof = proof_requested(request_id())
    await handle(proof)
    await handle(issuance_eligible(request_id()))
    assert heard == [(proof.id, "deps")]


@pytest.mark.parametrize(
    ("error", "code"), [(Transient("busy"), "Transient:busy"), (ValueError("山田太郎"), "ValueError")]
)
def test_an_error_is_named_by_class_and_code(error: Exception, code: str) -> None:
    assert code_of(error) == code


def test_a_replay_starts_from_nought_and_a_look_at_it_shows_no_seal() -> None:
    event = proof_requested(request_id())
    good = encode(event)
    headers = (*good.headers, (r.ERROR, b"X"), (r.ATTEMPTS, b"4"), (r.ORIGINAL_TOPIC, good.topic.encode()))
    letter = DeadLetter("notify:0:7", "notify", Record("dead", good.key, good.value, headers, 0, 7), replayed=False)
    again = replay_of(letter, NOW)
    assert again.topic == "madoguchi.notify.retry.10s"
    assert again.number(r.ATTEMPTS, -1) == 0
    assert again.header(r.ERROR) is None
    assert again.origin.topic == good.topic
    assert letter.readable
    assert shown(letter)["data"]["challenge_id"] == "c1"
