"""How the counter stands today, told from what the console has heard."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import tally, today
from console.domain.staff import Role
from console.domain.tally import Tally
from console.domain.today import Light
from madoguchi.bus.codec import encode
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import Channel, Outcome
from unit.console import given as g
from unit.console.world import World, words
from unit.shared.any_event import ENVELOPES

NOW = g.at(0)


def one(
    accepted: float | None = -5,
    *,
    noticed: float | None = None,
    answered: float | None = None,
    deadline: float | None = 1440,
    channel: Channel = Channel.LINE,
) -> Tally:
    """A request; minutes from now."""

    def moment(minutes: float | None) -> datetime | None:
        return None if minutes is None else g.at(minutes)

    return Tally(
        request_id=g.REQUEST,
        municipality=g.TOWN,
        channel=channel,
        accepted_at=moment(accepted),
        deadline=moment(deadline),
        noticed_at=moment(noticed),
        answered_at=moment(answered),
        ended_at=moment(answered),
    )


def told(*envelopes: Envelope[Any]) -> Tally | None:
    """The tally after these."""
    present: Tally | None = None
    for envelope in envelopes:
        present = tally.learn(envelope, present) or present
    return present


def closed(outcome: Outcome, minutes: float) -> Envelope[Any]:
    event = e.RequestClosed(request_id=g.REQUEST, municipality=g.TOWN, outcome=outcome, closed_at=g.at(minutes))
    return envelop(event, time=g.at(minutes))


def test_the_order_in_which_events_come_makes_no_difference() -> None:
    events = (g.submitted(), g.notice_sent(), g.issued())
    assert len({told(*order) for order in permutations(events)}) == 1
    assert told(*events) == told(*events, *events)


@given(st.lists(ENVELOPES, max_size=5))
def test_whatever_is_not_counted_adds_nothing(envelopes: list[Envelope[Any]]) -> None:
    for envelope in envelopes:
        if not isinstance(envelope.event, tally.COUNTED):
            assert tally.learn(envelope, None) is None


@pytest.mark.parametrize(
    ("outcome", "answered"),
    [(Outcome.CANCELLED, False), (Outcome.EXPIRED, False), (Outcome.REFUSED, True), (Outcome.REDIRECTED, True)],
)
def test_what_was_taken_back_has_ended_without_an_answer(outcome: Outcome, answered: bool) -> None:
    after = told(g.submitted(), closed(outcome, 9))
    assert after is not None
    assert (after.waiting, after.answered_at is not None) == (False, answered)


def test_a_rejection_that_is_not_final_is_no_answer() -> None:
    assert told(g.rejected(final=False)) is None
    final = told(g.rejected(final=True))
    assert final is not None
    assert final.answered_at == g.at(5)


@pytest.mark.parametrize(
    ("accepted", "light"),
    [
        ([], Light.UNKNOWN),
        ([-5], Light.UNKNOWN),
        ([-65, -55, -45], Light.GOOD),
        ([-121, -111, -101], Light.WATCH),
        ([-2000, -1000, -400], Light.GOOD),
    ],
)
def test_a_pause_much_longer_than_usual_is_worth_a_look(accepted: list[float], light: Light) -> None:
    assert today.accepting([one(minutes) for minutes in accepted], [], NOW).light is light


def test_what_came_today_is_counted_by_channel() -> None:
    since = [one(-30), one(-20), one(-10, channel=Channel.API)]
    assert today.accepting(since, since, NOW).by_channel == (
        (Channel.LINE, 2, g.at(-20)),
        (Channel.API, 1, g.at(-10)),
    )


@pytest.mark.parametrize(
    ("seconds", "light"), [([2] * 40, Light.GOOD), ([2] * 37 + [100] * 3, Light.WATCH), ([400], Light.BAD)]
)
def test_the_pace_is_what_nearly_all_had(seconds: list[int], light: Light) -> None:
    heard = [one(-30, noticed=-30 + pause / 60) for pause in seconds]
    assert today.pace(heard, [], NOW).light is light


@pytest.mark.parametrize(("minutes", "light"), [(1, Light.GOOD), (3, Light.WATCH), (11, Light.BAD)])
def test_who_has_not_heard_from_us_shows_although_others_have(minutes: float, light: Light) -> None:
    told_ones = [one(-30, noticed=-29.9)]
    pace = today.pace(told_ones, [one(-minutes)], NOW)
    assert (pace.light, pace.silent, pace.longest) == (light, 1, timedelta(minutes=minutes))


def test_who_was_told_long_ago_says_nothing_of_the_pace_now() -> None:
    assert today.pace([one(-90, noticed=-10)], [], NOW).light is Light.UNKNOWN


@pytest.mark.parametrize(
    ("on_time", "late", "overdue", "light"),
    [
        (0, 0, 0, Light.UNKNOWN),
        (3, 0, 0, Light.GOOD),
        (95, 5, 0, Light.WATCH),
        (94, 6, 0, Light.BAD),
        (99, 0, 1, Light.WATCH),
        (0, 0, 1, Light.BAD),
    ],
)
def test_the_promise_is_kept_by_the_share_on_time(on_time: int, late: int, overdue: int, light: Light) -> None:
    answered = [one(answered=-1, deadline=-1)] * on_time + [one(answered=-1, deadline=-2)] * late
    promise = today.promise(answered, overdue)
    assert promise.light is light
    assert promise.share == (on_time / (on_time + late + overdue) if on_time + late + overdue else None)


@pytest.mark.parametrize(("deadline", "light"), [(0, Light.BAD), (1440, Light.WATCH), (1441, Light.GOOD)])
def test_the_oldest_is_measured_by_its_own_promise(deadline: float, light: Light) -> None:
    assert today.waiting(one(deadline=deadline), NOW).light is light
    assert today.waiting(None, NOW).light is Light.GOOD


def test_the_worst_light_counts_and_the_unknown_least() -> None:
    assert today.worst([Light.UNKNOWN, Light.GOOD]) is Light.GOOD
    assert today.worst([Light.GOOD, Light.BAD, Light.WATCH]) is Light.BAD
    assert today.worst([]) is Light.UNKNOWN
    assert [today.letters_light(count) for count in (0, 1, 50)] == [Light.GOOD, Light.WATCH, Light.BAD]


async def test_before_anything_happened_the_page_says_that_there_is_nothing_to_tell_by(world: World) -> None:
    async with world.at_work("0042", Role.AUDITOR) as http:
        shown = words(await http.get("/health-today"))
    assert "Accepting requests Nothing to tell by" in shown
    assert "No request waits." in shown


async def test_the_page_tells_in_words_how_the_town_stands(world: World) -> None:
    other = "req_01kattttttttttttttttttttt2"
    await world.send(
        g.submitted(),
        g.notice_sent(),
        g.issued(),
        g.submitted(other, deadline_at=g.at(59)),
        g.issuance_referred(request_id=other),
    )
    await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", Role.CLERK) as http:
        page = await http.get("/health-today")
    shown = words(page)
    assert "Last accepted: 1 h ago" in shown
    assert "LINE: 2 today" in shown
    assert "1 have not been told that they were accepted; the longest wait is 1 h." in shown
    assert "On time: 50.0%" in shown
    assert "1 answered today, 1 on time. 1 are still open and late." in shown
    assert f"Waiting longest: 1 h ago {other}" in shown
    assert "Waiting for a clerk: 1" in shown
    assert "1 wait for somebody to act." in shown
    assert "/dead-letters" not in page.text


async def test_another_towns_day_is_not_told(world: World) -> None:
    await world.send(g.submitted("req_01kattttttttttttttttttttt2", town="131016"))
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert "Nothing has been accepted yet." in words(await http.get("/health-today"))


async def test_yesterdays_answers_are_not_todays(world: World) -> None:
    await world.send(g.submitted(), g.issued())
    world.clock.move(24 * 3600)
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert "None was answered today" in words(await http.get("/health-today"))
