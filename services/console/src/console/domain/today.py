"""Service health for humans (きょうの窓口): a few plain statements about one town, each with a light. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median, quantiles
from typing import Final

from console.domain.tally import Tally
from madoguchi.contracts.vocabulary import Channel

HOUR: Final = timedelta(hours=1)
RARE: Final = 10
"""A pause so many times as long as usual is worth a look."""
SLOW: Final = timedelta(minutes=1)
VERY_SLOW: Final = timedelta(minutes=5)
SILENT: Final = timedelta(minutes=2)
VERY_SILENT: Final = timedelta(minutes=10)
NEARLY_ALL: Final = 0.95
MANY_LETTERS: Final = 50


class Light(StrEnum):
    """How it stands; said in words beside its colour."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"
    UNKNOWN = "unknown"
    """There is nothing to tell it by."""


_WORST = (Light.BAD, Light.WATCH, Light.GOOD, Light.UNKNOWN)


def worst(lights: Sequence[Light]) -> Light:
    """Of several; what is unknown counts least."""
    return min(lights, key=_WORST.index, default=Light.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Accepting:
    """Whether requests come in."""

    light: Light
    last: datetime | None
    usual: timedelta | None
    """Between two requests, as a median of the last ones."""
    by_channel: tuple[tuple[Channel, int, datetime], ...]
    """Since midnight: how many, and the last one."""


def accepting(newest: Sequence[Tally], today: Sequence[Tally], now: datetime) -> Accepting:
    """`newest`: the last requests accepted; `today`: those since midnight."""
    moments = sorted(one.accepted_at for one in newest if one.accepted_at is not None)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    usual = _half(pauses)
    by_channel = tuple(
        (channel, len(times), max(times))
        for channel in Channel
        if (times := [one.accepted_at for one in today if one.channel is channel and one.accepted_at is not None])
    )
    last = moments[-1] if moments else None
    return Accepting(_pause_light(last, usual, now), last, usual, by_channel)


def _pause_light(last: datetime | None, usual: timedelta | None, now: datetime) -> Light:
    if last is None or usual is None:
        return Light.UNKNOWN
    return Light.WATCH if now - last > max(HOUR, RARE * usual) else Light.GOOD


@dataclass(frozen=True, slots=True)
class Pace:
    """How long it takes until residents hear of us."""

    light: Light
    half: timedelta | None
    """Half of those of the last hour heard within this."""
    most: timedelta | None
    """19 of 20 within this."""
    silent: int
    """Have not heard yet."""
    longest: timedelta | None
    """The longest of these waits."""


def pace(newest: Sequence[Tally], silent: Sequence[Tally], now: datetime) -> Pace:
    """`silent`: accepted, and not heard of yet."""
    times = [
        one.noticed_at - one.accepted_at
        for one in newest
        if one.accepted_at is not None and one.noticed_at is not None and now - one.accepted_at < HOUR
    ]
    half = _half(times)
    most = _nineteen_of_twenty(times)
    waits = [now - one.accepted_at for one in silent if one.accepted_at is not None]
    longest = max(waits, default=None)
    lights = [
        Light.UNKNOWN if most is None else _graded(most, SLOW, VERY_SLOW),
        *([] if longest is None else [_graded(longest, SILENT, VERY_SILENT)]),
    ]
    return Pace(worst(lights), half, most, len(waits), longest)


def _half(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in times)) if times else None


def _nineteen_of_twenty(times: Sequence[timedelta]) -> timedelta | None:
    if len(times) < 2:
        return times[0] if times else None
    seconds = quantiles([one.total_seconds() for one in times], n=20, method="inclusive")
    return timedelta(seconds=seconds[-1])


def _graded(span: timedelta, watch: timedelta, bad: timedelta) -> Light:
    if span > bad:
        return Light.BAD
    return Light.WATCH if span > watch else Light.GOOD


@dataclass(frozen=True, slots=True)
class Promise:
    """Whether answers come when they were promised."""

    light: Light
    answered: int
    """Today."""
    on_time: int
    overdue: int
    """Still open, and late."""

    @property
    def share(self) -> float | None:
        """On time, of all that were answered today or are late; None when there are none."""
        due = self.answered + self.overdue
        return self.on_time / due if due else None


def promise(answered: Sequence[Tally], overdue: int) -> Promise:
    """`answered`: since midnight; `overdue`: how many open ones are late."""
    kept = sum(one.deadline is None or (one.answered_at or one.deadline) <= one.deadline for one in answered)
    told = Promise(Light.UNKNOWN, len(answered), kept, overdue)
    if told.share is None:
        return told
    light = Light.GOOD if told.share == 1 else Light.WATCH if told.share >= NEARLY_ALL else Light.BAD
    return Promise(light, told.answered, kept, overdue)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request that has waited longest."""

    light: Light
    oldest: Tally | None


def waiting(oldest: Tally | None, now: datetime) -> Waiting:
    """Good while its answer is not due."""
    if oldest is None:
        return Waiting(Light.GOOD, None)
    late = oldest.deadline is not None and oldest.deadline <= now
    soon = oldest.deadline is not None and oldest.deadline - now <= timedelta(days=1)
    return Waiting(Light.BAD if late else Light.WATCH if soon else Light.GOOD, oldest)


def letters_light(count: int) -> Light:
    """Of dead letters that wait."""
    return Light.GOOD if count == 0 else Light.BAD if count >= MANY_LETTERS else Light.WATCH


def channels_light(reports: int, failing: int) -> Light:
    """Of the channels that notices go out by; `reports`: of the last hour."""
    return Light.BAD if failing else Light.GOOD if reports else Light.UNKNOWN
