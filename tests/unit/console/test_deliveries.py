"""The delivery log: channel by channel, sent again once, and a channel tried out."""

from typing import Any

import httpx
import pytest

from console.domain.acts import What
from console.domain.delivery import Notice, channel_health, learn
from console.domain.staff import Role
from console.handlers.watching import forget
from madoguchi.contracts import events as e
from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import NoticeChannel, NoticeKind
from madoguchi.store.aggregates import Aggregates
from unit.console import given as g
from unit.console.world import World, form, words


def delivery(channel: NoticeChannel, status: Any = "sent", code: str = "200", attempts: int = 1) -> e.ChannelDelivery:
    return e.ChannelDelivery(channel=channel, status=status, code=code, attempts=attempts, provider_id="p-1")


def sent(
    *deliveries: e.ChannelDelivery, minutes: float = 1, notice_id: str = "n1", resend_id: str | None = None
) -> Envelope[Any]:
    event = e.NoticeSent(
        request_id=g.REQUEST,
        municipality=g.TOWN,
        notice_id=notice_id,
        kind=NoticeKind.ACCEPTED,
        channels=tuple(one.channel for one in deliveries),
        status="sent",
        deliveries=deliveries,
        resend_id=resend_id,
        sent_at=g.at(minutes),
    )
    return envelop(event, time=g.at(minutes), key=f"{notice_id}{minutes}")


def failed(*deliveries: e.ChannelDelivery, minutes: float = 1, notice_id: str = "n1") -> Envelope[Any]:
    event = e.NoticeFailed(
        request_id=g.REQUEST,
        municipality=g.TOWN,
        notice_id=notice_id,
        kind=NoticeKind.READY,
        status="failed",
        deliveries=deliveries,
        failed_at=g.at(minutes),
    )
    return envelop(event, time=g.at(minutes), key=f"{notice_id}{minutes}")


def notice(*envelopes: Envelope[Any]) -> Notice:
    told = None
    for envelope in envelopes:
        told = learn(envelope, told)
    assert told is not None
    return told


async def published(kind: Aggregates[Any], key: str) -> list[Any]:
    found = await kind.load(key)
    return [] if found is None else [from_document(document).event for document in found.sent]


async def again(http: httpx.AsyncClient, **said: Any) -> httpx.Response:
    return await http.post("/deliveries/n1/resend", data={**form(await http.get("/deliveries/n1")), **said})


def test_reports_count_once_in_whatever_order_they_come() -> None:
    first, second = sent(delivery(NoticeChannel.LINE)), sent(delivery(NoticeChannel.EMAIL), minutes=5)
    assert notice(first, second) == notice(second, first) == notice(second, first, second, first)


@pytest.mark.parametrize(
    ("failures", "successes", "minutes_ago", "failing"),
    [(5, 0, 1, True), (4, 0, 1, False), (5, 5, 1, True), (5, 6, 1, False), (9, 0, 61, False)],
)
def test_a_channel_fails_when_half_of_its_last_reports_do(
    failures: int, successes: int, minutes_ago: float, failing: bool
) -> None:
    bad = [failed(delivery(NoticeChannel.LINE, "failed", "401"), minutes=n / 100) for n in range(failures)]
    good = [sent(delivery(NoticeChannel.LINE), minutes=n / 100) for n in range(successes)]
    line, email = channel_health([notice(one) for one in (*bad, *good)], g.at(minutes_ago))
    assert (line.channel, line.failing) == (NoticeChannel.LINE, failing)
    assert (email.reports, email.failing) == (0, False)
    assert line.codes == (("401",) if line.failed else ())


def test_only_the_last_reports_of_a_channel_count() -> None:
    bad = [failed(delivery(NoticeChannel.EMAIL, "gave_up", "550"), minutes=n) for n in range(20)]
    good = [sent(delivery(NoticeChannel.EMAIL), minutes=20 + n) for n in range(20)]
    _, email = channel_health([notice(one) for one in (*bad, *good)], g.at(41))
    assert (email.reports, email.failed) == (20, 0)


async def test_the_log_tells_status_answer_and_attempts_of_each_channel(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE), delivery(NoticeChannel.EMAIL, "gave_up", "451", 9)))
    async with world.at_work("0042", Role.OPERATOR) as http:
        shown, one = words(await http.get("/deliveries")), words(await http.get("/deliveries/n1"))
    assert "LINE Sent 1 attempts, Answer 200" in shown
    assert "E-mail Given up 9 attempts, Answer 451" in shown
    assert "E-mail Given up 9 451 p-1" in one


async def test_the_log_can_be_narrowed_to_a_request_or_to_what_failed(world: World) -> None:
    other = "req_01kattttttttttttttttttttt2"
    await world.send(sent(delivery(NoticeChannel.LINE)), failed(notice_id="n2"))
    async with world.at_work("0042", Role.CLERK) as http:
        assert "/deliveries/n1" not in (await http.get("/deliveries?undelivered=true")).text
        assert "/deliveries/n2" in (await http.get("/deliveries?undelivered=true")).text
        assert "Nobody to reach" in words(await http.get("/deliveries"))
        assert "/deliveries/n1" in (await http.get(f"/deliveries?request={g.REQUEST}")).text
        assert "There are no notices." in words(await http.get(f"/deliveries?request={other}"))
        assert f"/deliveries?request={g.REQUEST}" in (await http.get(f"/cases/{g.REQUEST}")).text


async def test_the_newest_are_on_top(world: World) -> None:
    await world.send(sent(notice_id="n1", minutes=5), sent(notice_id="n2", minutes=3), sent(notice_id="n3", minutes=9))
    async with world.at_work("0042", Role.CLERK) as http:
        shown = (await http.get("/deliveries")).text
    places = [shown.index(f"/deliveries/{one}") for one in ("n3", "n1", "n2")]
    assert places == sorted(places)


async def test_a_channel_that_fails_is_cried_out(world: World) -> None:
    line = delivery(NoticeChannel.LINE, "failed", "401")
    await world.send(*[failed(line, minutes=50 + n, notice_id=f"n{n}") for n in range(6)])
    async with world.at_work("0042", Role.OPERATOR) as http:
        shown = words(await http.get("/deliveries"))
    assert "LINE seems to fail. Of the last 6 within an hour, 6 were not delivered (answers: 401)." in shown
    assert "E-mail seems to fail" not in shown


async def test_a_notice_is_sent_again_as_a_new_message_on_record(world: World) -> None:
    await world.send(g.submitted(), sent(delivery(NoticeChannel.LINE)))
    async with world.at_work("0042", Role.CLERK) as http:
        assert (await again(http, channels=["email"])).status_code == 303
        assert "It is being sent again already" in words(await http.get("/deliveries/n1"))
        shown = words(await http.get(f"/cases/{g.REQUEST}"))
    (wish,) = await published(world.deps.notices, "n1")
    assert isinstance(wish, e.NoticeResendRequested)
    assert (wish.notice_id, wish.channels, wish.clerk) == ("n1", (NoticeChannel.EMAIL,), "0042")
    assert "Sent a notice again Reason Accepted Clerk 0042" in shown
    assert [(act.what, act.why) for act in await world.acts.about(g.REQUEST)] == [(What.RESEND, "accepted")]


async def test_who_presses_twice_or_on_an_old_page_sends_once(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE)))
    async with world.at_work("0042", Role.CLERK) as http, world.at_work("0043", Role.OPERATOR) as other:
        old, page = form(await other.get("/deliveries/n1")), form(await http.get("/deliveries/n1"))
        assert (await http.post("/deliveries/n1/resend", data=page)).status_code == 303
        assert (await http.post("/deliveries/n1/resend", data=page)).status_code == 409
        assert "changed meanwhile" in words(await other.post("/deliveries/n1/resend", data=old))
    assert len(await published(world.deps.notices, "n1")) == 1
    assert len(await world.acts.about(g.REQUEST)) == 1


async def test_once_it_was_sent_again_it_can_be_sent_once_more_under_another_key(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE)))
    async with world.at_work("0042", Role.CLERK) as http:
        await again(http)
        found = await world.deps.notices.load("n1")
        assert found is not None
        await world.send(sent(delivery(NoticeChannel.LINE), minutes=61, resend_id=found.state.resends[0].id))
        world.clock.move(1)
        assert (await again(http)).status_code == 303
    present = await world.deps.notices.load("n1")
    assert present is not None
    assert len({document["id"] for document in present.sent}) == 2


async def test_nobody_sees_another_towns_log_and_auditors_none(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE)))
    document = world.documents.collections["notices"]["n1"]
    document["state"]["municipality"] = document["town"] = "131016"
    async with world.at_work("0042", Role.CLERK) as http:
        assert "There are no notices." in words(await http.get("/deliveries"))
        assert (await http.get("/deliveries/n1")).status_code == 404
    async with world.at_work("0003", Role.AUDITOR) as http:
        assert (await http.get("/deliveries")).status_code == 403


async def test_the_address_of_a_form_leads_back(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE)))
    async with world.at_work("0042", Role.CLERK) as http:
        assert (await http.get("/deliveries/test")).headers["location"] == "/deliveries"
        assert (await http.get("/deliveries/n1/resend")).headers["location"] == "/deliveries/n1"


async def test_old_reports_are_forgotten(world: World) -> None:
    await world.send(sent(delivery(NoticeChannel.LINE)))
    world.clock.move(91 * 24 * 3600)
    await forget(world.deps)
    assert world.documents.collections["notices"] == {}
