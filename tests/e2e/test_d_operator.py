"""An operator at the console of a running system: what a service set aside is seen, tried dry, discarded or replayed; a
notice is sent again; a channel is tried out; the day is told."""

from collections import Counter
from dataclasses import replace

import pytest

from console.domain.staff import Role
from e2e.desk import at_work
from e2e.inside import broker_of, publish
from e2e.outside import comes_true
from e2e.rest import Client, Json
from madoguchi.bus import dead_letters
from madoguchi.bus.codec import encode
from madoguchi.bus.dead_letters import DeadLetter
from madoguchi.bus.producer import Producer
from madoguchi.bus.record import Record
from madoguchi.bus.retry import moved
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.events import RequestLate
from madoguchi.contracts.flow import ALL_SERVICES, dead_letter_topic, subscriptions
from madoguchi.contracts.vocabulary import NoticeKind
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.launcher.stack import Stack
from staff import Desk
from towns import SECOND_TOWN

pytestmark = pytest.mark.processes
OPERATOR = "1005"


def late(request_id: str) -> Record:
    """An event as request-intake publishes it."""
    now = utc_now()
    event = RequestLate(request_id=request_id, municipality=SECOND_TOWN, deadline_at=now)
    return encode(envelop(event, time=now, key="operator"))


async def letters_of(stack: Stack, request_id: str) -> list[DeadLetter]:
    """What was set aside of that request, by any service."""
    there = await dead_letters.listed(broker_of(stack))
    return [one for one in there if one.record.key == request_id.encode()]


async def seen(desk: Desk, letter: DeadLetter) -> None:
    """Until the console shows it."""

    async def shown() -> bool:
        desk.page = await desk.http.get(f"/dead-letters/{letter.id}")
        return desk.page.status_code == 200

    await comes_true(shown)


async def test_a_poisoned_event_is_seen_and_discarded_and_waits_nowhere_any_more(
    stack: Stack, second_api: Client
) -> None:
    made: Json = (await second_api.create(email="poison@example.jp")).json()
    good = late(made["request_id"])
    await publish(stack, [replace(good, value=b'{"none": "of ours"}')])

    readers = {name for name in ALL_SERVICES if good.topic in subscriptions(name)}

    async def aside() -> bool:
        return {one.service for one in await letters_of(stack, made["request_id"])} == readers

    await comes_true(aside)
    async with at_work(stack, SECOND_TOWN, OPERATOR, Role.OPERATOR) as operator:
        for letter in await letters_of(stack, made["request_id"]):
            await seen(operator, letter)
            assert "invalid_data" in operator.page.text
            assert "of ours" not in operator.page.text
            assert "cannot be read" in await operator.press("dry-run")
            assert "Discarded" in await operator.press("discard", reason="not_an_event")
        assert "set aside" in await operator.look(made["request_id"])
    after = await letters_of(stack, made["request_id"])
    assert [(one.waiting, one.discarded) for one in after] == [(False, "not_an_event")] * len(readers)


async def test_a_dead_letter_is_replayed_once_and_its_service_handles_it(stack: Stack, second_api: Client) -> None:
    address = "replayed@example.jp"
    made: Json = (await second_api.create(email=address)).json()
    record = moved(
        late(made["request_id"]),
        dead_letter_topic("notify"),
        {"original-topic": "madoguchi.requests.v1", "attempts": "4", "error": "ValueError"},
        {},
    )
    async with Producer(broker_of(stack), "test") as producer:
        await producer.publish([record])
    (letter,) = await letters_of(stack, made["request_id"])
    async with at_work(stack, SECOND_TOWN, OPERATOR, Role.OPERATOR) as operator:
        await seen(operator, letter)
        assert "The service tries it again" in await operator.press("dry-run")
        assert "Replayed" in await operator.press("replay")

        async def told() -> bool:
            return (await second_api.mails(address, at_least=1)).count("late") == 1

        await comes_true(told)
        assert "What was set aside was replayed" in await operator.look(made["request_id"])
    (after,) = await letters_of(stack, made["request_id"])
    assert after.replayed


async def test_a_notice_is_sent_again_and_a_channel_tried_out(stack: Stack, second_api: Client) -> None:
    address = "again@example.jp"
    made: Json = (await second_api.create(email=address)).json()
    await second_api.mails(address, at_least=1)
    async with at_work(stack, SECOND_TOWN, OPERATOR, Role.OPERATOR) as operator:

        async def reported() -> bool:
            operator.page = await operator.http.get("/deliveries", params={"request": made["request_id"]})
            return 'href="/deliveries/' in operator.page.text.partition("<table")[2]

        await comes_true(reported)
        place = operator.page.text.partition("<table")[2].partition('href="/deliveries/')[2].partition('"')[0]
        operator.page = await operator.http.get(f"/deliveries/{place}")
        assert "It is being sent again already" in await operator.press("resend")

        async def once_more() -> bool:
            return sorted(Counter(await second_api.mails(address, at_least=1)).values())[-1] == 2

        await comes_true(once_more)
        operator.page = await operator.http.get("/deliveries")
        operator.http.headers["Accept-Language"] = "ja"  # the message is in the language of the page
        await operator.press("test", channel="email", address="operator@example.jp")
        operator.http.headers["Accept-Language"] = "en"
        assert await second_api.mails("operator@example.jp", at_least=1) == [NoticeKind.CHANNEL_TEST]

        async def tested() -> bool:
            operator.page = await operator.http.get("/deliveries")
            tests = operator.page.text.partition('id="tests"')[2]
            return "Sent" in tests and "Waiting for the outcome" not in tests

        await comes_true(tested)
        assert "operator@example.jp" not in operator.page.text
        day = (await operator.http.get("/health-today")).raise_for_status().text
    assert "Last accepted" in day
