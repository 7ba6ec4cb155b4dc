"""What goes wrong when: a plan made from a seed before anything runs. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from madoguchi.contracts.flow import SERVICES

CALM_HEAD = 0.03
CALM_TAIL = 0.06
"""Parts of the run, at its beginning and end, in which nothing is done: what recovers must have time to show."""

ROLLING_EVERY = 5.0
CLOCK_WRONG_FOR = 25.0
"""Seconds."""

LINE_FAULTS = ("500", "429_rate", "timeout_after_success", "duplicate", "late", "drop")
"""Not among them: a reply token refused within its minute (LINE promises the minute), the month's messages used up
and a mailbox that does not exist (both are final; nobody is told by that way any more)."""
MAIL_FAULTS = ("421", "451", "451_data", "lost_answer")
PAY_FAULTS = ("500", "timeout_after_success", "duplicate_webhook", "late_webhook", "drop_webhook")


@dataclass(frozen=True, slots=True)
class Strike:
    """One deed. `seconds`: how long it lasts, where it lasts."""

    at: float
    """Seconds from the beginning."""
    kind: str
    target: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """How often what."""

    kills: int
    broker_restarts: int
    store_restarts: int
    others: int = 2
    """Of each other kind: pauses, cuts, a full disk, a clock set back, poison, a rolling restart."""
    outside: int = 6
    """Of each of the outside world's faults: chat, mail, payment."""


def planned(
    seed: int, seconds: float, wanted: Wanted, instances: Sequence[int], others: Sequence[str]
) -> tuple[Strike, ...]:
    """The plan of a run of so many seconds, in order. `others`: the further kinds this rung knows."""
    chance = random.Random(seed)
    keys = [f"{name}-{instance}" for name in SERVICES for instance in instances]
    strikes = [
        Strike(at, "kill", key)
        for at, key in zip(_spread(chance, wanted.kills, seconds), _fairly(chance, keys, wanted.kills), strict=True)
    ]
    strikes += [Strike(at, "broker_restart", "broker") for at in _spread(chance, wanted.broker_restarts, seconds)]
    strikes += [Strike(at, "store_restart", "store") for at in _spread(chance, wanted.store_restarts, seconds)]
    for kind in others:
        for at in _spread(chance, wanted.others, seconds):
            strikes += _others(kind, at, keys, chance.choice(keys), chance.uniform(2.0, 6.0))
    for kind, faults in (("line_fault", LINE_FAULTS), ("mail_fault", MAIL_FAULTS), ("pay_fault", PAY_FAULTS)):
        for fault in faults:
            strikes += [Strike(at, kind, fault, 0.5) for at in _spread(chance, wanted.outside, seconds)]
    return tuple(sorted(strikes, key=lambda strike: strike.at))


def _others(kind: str, at: float, keys: Sequence[str], key: str, lasts: float) -> list[Strike]:
    """A rolling restart takes one instance after another; a clock that was set back is right again some time later."""
    if kind == "rolling":
        return [Strike(at + ROLLING_EVERY * number, kind, each) for number, each in enumerate(keys)]
    if kind == "clock_back":
        return [Strike(at, kind, key), Strike(at + CLOCK_WRONG_FOR, "clock_right", key)]
    return [Strike(at, kind, key, lasts)]


def _spread(chance: random.Random, count: int, seconds: float) -> Iterator[float]:
    """`count` moments, one somewhere in each of as many equal parts of the time that is not calm."""
    start, whole = seconds * CALM_HEAD, seconds * (1 - CALM_HEAD - CALM_TAIL)
    for number in range(count):
        yield start + whole * (number + chance.random()) / count


def _fairly(chance: random.Random, keys: Sequence[str], count: int) -> list[str]:
    """`count` keys, all of them about equally often, in no order."""
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += chance.sample(keys, len(keys))
    return drawn[:count]
