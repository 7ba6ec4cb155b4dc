"""Who comes, and what becomes of them: a seeded mixture. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from towns import SECOND_TOWN, TOWN

Way = Literal["chat", "api"]
Plot = Literal["plain", "second_try", "cancels", "clerk_approves", "clerk_refuses"]

PEOPLE = ("hanako", "taro", "solo")
"""Of the register's cast: those whom everything is plain about."""
DOUBLE = "double"
"""Somebody whom the register has twice, so that a clerk must say which."""


@dataclass(frozen=True, slots=True)
class Story:
    """One resident. `prepaid`: in a town where the fee comes before the review."""

    number: int
    way: Way
    plot: Plot
    person: str
    with_mail: bool
    prepaid: bool = False

    @property
    def thread(self) -> str:
        """Their name in the diary."""
        return f"t{self.number:06d}"

    @property
    def town(self) -> str:
        """Municipality code."""
        return SECOND_TOWN if self.prepaid else TOWN

    @property
    def email(self) -> str | None:
        """An address of their own, if they have one."""
        return f"{self.thread}@example.jp" if self.with_mail else None

    @property
    def card(self) -> str:
        """The card they sign with."""
        return f"{self.person}-good"


MIXTURE: Sequence[tuple[int, Way, Plot, bool, bool]] = (
    (46, "chat", "plain", False, False),
    (14, "chat", "plain", True, False),
    (8, "chat", "plain", False, True),
    (20, "api", "plain", True, False),
    (4, "chat", "second_try", False, False),
    (4, "chat", "cancels", False, True),
    (2, "api", "clerk_approves", True, True),
    (2, "api", "clerk_refuses", True, True),
)
"""Of a hundred: way, plot, with e-mail, in the town where the fee comes first."""


def mixed(seed: int, count: int) -> Iterator[Story]:
    """So many residents, the same for the same seed."""
    chance = random.Random(seed)
    weights = [weight for weight, *_ in MIXTURE]
    for number in range(count):
        ((_, way, plot, with_mail, prepaid),) = chance.choices(MIXTURE, weights)
        person = DOUBLE if plot.startswith("clerk") else chance.choice(PEOPLE)
        yield Story(number, way, plot, person, with_mail, prepaid)


def plain(count: int) -> Iterator[Story]:
    """The same thread so many times: a chat, without e-mail, in the town where the fee comes last."""
    for number in range(count):
        yield Story(number, "chat", "plain", PEOPLE[number % len(PEOPLE)], with_mail=False)
