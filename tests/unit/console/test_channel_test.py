"""A channel tried out: on record, with an address that is sealed, and gone afterwards."""

from typing import Any

import pytest

from console.domain.acts import What
from console.domain.staff import Role
from console.handlers import delivering
from madoguchi.contracts import events as e
from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import NoticeChannel
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from unit.console import given as g
from unit.console.world import World, form, words

CONTACT = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
ADDRESS = "staff@example.jp"


async def asked(world: World, test_id: str) -> Any:
    """What notify was asked."""
    found = await world.deps.tests.load(test_id)
    assert found is not None
    (document,) = found.sent
    return from_document(document).event


async def test_a_channel_is_tried_out_with_a_sealed_address_that_is_gone_afterwards(world: World) -> None:
    async with world.at_work("0042", Role.OPERATOR) as http:
        said = form(await http.get("/deliveries"), channel="email", address=f" {ADDRESS} ")
        assert (await http.post("/deliveries/test", data=said)).status_code == 303
        assert "Waiting for the outcome" in words(await http.get("/deliveries"))
        (test,) = await delivering.tests(world.deps, g.TOWN)
        wish = await asked(world, test.id)
        assert (await world.vault.open(test.id, wish.contact, Contact, CONTACT)).email == ADDRESS
        assert ADDRESS not in str(world.documents.collections)
        outcome = e.ChannelDelivery(channel=NoticeChannel.EMAIL, status="failed", code="550", attempts=1)
        tested = e.ChannelTested(request_id=test.id, municipality=g.TOWN, delivery=outcome, tested_at=g.at(61))
        await world.send(envelop(tested, time=g.at(61)), envelop(tested, time=g.at(61)))
        assert "Failed 550" in words(await http.get("/deliveries"))
    with pytest.raises(KeyErased):
        await world.vault.open(test.id, wish.contact, Contact, CONTACT)
    assert (wish.clerk, wish.channel) == ("0042", NoticeChannel.EMAIL)
    assert [(act.what, act.why) for act in await world.acts.about(test.id)] == [(What.TEST_SEND, "email")]
    assert await world.deps.cases.load(test.id) is None


async def test_a_test_without_an_outcome_is_given_up_and_its_address_too(world: World) -> None:
    async with world.at_work("0042", Role.OPERATOR) as http:
        said = form(await http.get("/deliveries"), channel="line", address="U" + "0123456789abcdef" * 2)
        await http.post("/deliveries/test", data=said)
        (test,) = await delivering.tests(world.deps, g.TOWN)
    world.clock.move(3599)
    await delivering.sweep(world.deps)
    assert await world.vault.readable(test.id)
    world.clock.move(1)
    await delivering.sweep(world.deps)
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert "No outcome within an hour" in words(await http.get("/deliveries"))
    assert not await world.vault.readable(test.id)
    assert await world.deps.tests.due(g.at(10_000)) == []


@pytest.mark.parametrize(
    ("channel", "address"), [("email", "nobody"), ("email", "a@b@c.jp"), ("line", ADDRESS), ("email", "")]
)
async def test_what_is_no_address_is_not_tried(world: World, channel: str, address: str) -> None:
    async with world.at_work("0042", Role.OPERATOR) as http:
        said = form(await http.get("/deliveries"), channel=channel, address=address)
        answer = await http.post("/deliveries/test", data=said)
    assert (answer.status_code, "check the address" in words(answer)) == (409, True)
    assert await world.acts.verify(g.TOWN) == 0


async def test_only_operators_try_channels(world: World) -> None:
    async with world.at_work("0042", Role.CLERK) as http:
        page = await http.get("/deliveries")
        assert "Send a test" not in page.text
        said = form(page, channel="email", address=ADDRESS)
        assert (await http.post("/deliveries/test", data=said)).status_code == 403
    assert await delivering.tests(world.deps, g.TOWN) == []
