"""A busy day at the counter, in minutes: residents of every kind, and some things that go wrong."""

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path

from chaos.poison import poison
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.stories import DOUBLE, PEOPLE, Plot, Story, Way
from crowd.world import opened
from e2e.faults import forget_everything
from e2e.rest import channel
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import Producer
from madoguchi.contracts.flow import TOPICS
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import TOWN_FILE, initialise
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout
from madoguchi_sandbox.launcher.stack import Stack
from towns import SECOND_TOWN, THIRD_TOWN, another_town

FOURTH_TOWN = "990043"
"""One whose time-stamp authority is away."""
PER_SECOND = 0.5
KINDS: tuple[tuple[int, Way, Plot, bool, bool], ...] = (
    (6, "chat", "plain", False, False),
    (2, "chat", "plain", True, False),
    (4, "api", "plain", True, False),
    (1, "chat", "plain", False, True),
    (1, "chat", "second_try", False, False),
    (1, "chat", "cancels", False, True),
    (1, "api", "clerk_approves", True, True),
    (1, "api", "clerk_refuses", True, True),
)
"""How many, way, plot, with e-mail, in the town where the fee comes first."""


def residents() -> Iterator[Story]:
    """One after another."""
    number = 0
    for many, way, plot, with_mail, prepaid in KINDS:
        for _ in range(many):
            person = DOUBLE if plot.startswith("clerk") else PEOPLE[number % len(PEOPLE)]
            yield Story(number, way, plot, person, with_mail, prepaid)
            number += 1


def make_towns(layout: Layout, folder: Path) -> None:
    """Four: as it should be; where the fee comes first; without a revocation list; without a time-stamp authority."""
    second = another_town(folder, SECOND_TOWN, ("charge: after_review", "charge: before_review"))
    third = another_town(folder, THIRD_TOWN, ("fee: 300", "fee: 0"))
    fourth = another_town(folder, FOURTH_TOWN, ("fee: 300", "fee: 0"))
    for file in (TOWN_FILE, second, third, fourth):
        initialise(layout.folder, layout.url(SANDBOX), utc_now(), file)
    for code, there, not_there in (
        (THIRD_TOWN, "/cards/crl.pem", "/cards/no-such-list.pem"),
        (FOURTH_TOWN, f"{layout.url(SANDBOX)}/tsa", f"{layout.url(SANDBOX)}/no-such-authority"),
    ):
        made = layout.folder / "municipalities" / f"{code}.yaml"
        text = made.read_text("utf-8")
        assert there in text
        made.write_text(text.replace(there, not_there), "utf-8")


async def play(stack: Stack, folder: Path) -> dict[str, int]:
    """All of it. Returns how many residents came, got their answer, and failed."""
    layout = stack.layout
    async with opened(layout, folder / "diary.jsonl", patience=240.0) as world, on_duty(layout) as clerk:
        crowd = Crowd(world, clerk)
        coming = asyncio.create_task(crowd.steadily(residents(), PER_SECOND))
        for town in (THIRD_TOWN, FOURTH_TOWN):
            await _asks(stack, town)
        await _poisons(layout)
        await asyncio.sleep(10)
        await forget_everything(stack)
        await coming
    return dict(crowd.counts)


async def _asks(stack: Stack, town: str) -> None:
    """Somebody asks and signs, and asks again by the same key, as channels do; whatever becomes of it."""
    async with channel(stack, town) as client:
        key = str(uuid.uuid4())
        made = (await client.create(email="asks@example.jp", key=key)).raise_for_status().json()
        (await client.create(email="asks@example.jp", key=key)).raise_for_status()
        assert (await client.create(email="asks@example.jp", certificate="no_such")).status_code == 422
        await client.sign(made, "hanako-good")


async def _poisons(layout: Layout) -> None:
    """Somebody writes to our topic what nobody can read."""
    topic = TOPICS["request-intake"]
    async with Producer(Connection(layout.bootstrap_servers), "poisoner") as producer:
        await producer.publish([record for record in poison("live") if record.topic == topic][:3])
