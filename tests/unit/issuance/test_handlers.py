"""The handlers with in-memory twins: any order and any repeat give one certificate."""

import asyncio
from dataclasses import replace
from itertools import permutations

import pytest

from issuance.handlers.progress import sweep
from madoguchi.contracts.vocabulary import Subjects
from madoguchi_sandbox.register import PERSONAS
from unit.issuance.world import REQUEST, World, card, issued, kinds


async def test_the_ordinary_case(world: World) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified)
    assert kinds(await world.sent()) == ["IssuanceEligible"]
    await world.send(settled)
    sent = await world.sent()
    assert kinds(sent) == ["IssuanceEligible", "CertificateIssued"]
    event = issued(sent)
    (entry,), (stored,) = world.entries(), world.certificates()
    assert entry["_id"] == stored["_id"] == event.certificate_number
    assert entry["state"]["sha256"] == stored["sha256"] == event.sha256
    assert world.press.made[0].persons[0].address_number == PERSONAS["hanako"].address_number
    assert event.certificate_number in world.press.made[0].verification_url


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_any_order_and_every_event_twice_gives_one_certificate(world: World, order: tuple[int, ...]) -> None:
    events = await world.thread()
    await world.send(*(events[which] for which in order for _ in range(2)))
    await world.send(*events)
    assert kinds(await world.sent()) == ["IssuanceEligible", "CertificateIssued"]
    assert len(world.entries()) == len(world.certificates()) == len(world.press.made) == 1


async def test_all_at_once_gives_one_certificate(world: World) -> None:
    events = await world.thread()
    await asyncio.gather(*(world.send(event) for event in events * 3), sweep(world.deps))
    assert kinds(await world.sent()) == ["IssuanceEligible", "CertificateIssued"]
    assert len(world.entries()) == len(world.certificates()) == 1
    assert issued(await world.sent()).sha256 == world.certificates()[0]["sha256"]


async def test_a_re_driven_event_publishes_the_same_events_again(world: World) -> None:
    events = await world.thread()
    await world.send(*events)
    found = await world.deps.cases.load(REQUEST)
    assert found is not None
    first = found.events()
    assert found.outbox
    await world.deps.cases.documents.replace(
        world.deps.cases.collection,
        {**world.documents.collections["cases"][REQUEST], "outbox": [], "version": found.version + 1},
    )
    await world.send(replace(events[0], redrive=1))
    again = await world.deps.cases.load(REQUEST)
    assert again is not None
    assert [document["id"] for document in again.outbox] == [envelope.id for envelope in first]
    assert len(world.certificates()) == 1


async def test_erased_meanwhile_the_case_is_forgotten(world: World) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified)
    await world.vault.erase(REQUEST)
    await world.send(settled)
    assert (await world.case()).forgotten
    assert not world.press.made


async def test_nothing_personal_lies_in_the_store(world: World) -> None:
    await world.send(*await world.thread("hanako", subjects=Subjects.HOUSEHOLD))
    stored = repr(world.documents.collections)
    for persona in (PERSONAS["hanako"], PERSONAS["taro"], PERSONAS["child"]):
        for secret in (persona.name, persona.birth_date, persona.address, persona.address_number):
            assert secret not in stored
    assert card("hanako").name not in stored
