"""The synthetic town's hard cases, end to end through the handlers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from issuance.domain.order import WrongSubject
from madoguchi.contracts import events as e
from madoguchi.contracts.personal import NamedPerson
from madoguchi.contracts.vocabulary import RefusalReason, Subjects
from madoguchi.register.port import RegisterUnavailable
from madoguchi.vault.port import Purpose
from madoguchi_sandbox.register import PERSONAS
from unit.issuance.world import CODE, REQUEST, World, kinds

REFERRALS = {
    "takahashi_hashigo": "substituted_characters",
    "yoshida_tsuchi": "substituted_characters",
    "yamasaki_tatsu": "substituted_characters",
    "ivs_known": "substituted_characters",
    "double": "double_entry",
    "moved_out": "removed_entry",
    "deceased": "removed_entry",
    "blocked": "disclosure_block",
    "blocked_provisional": "disclosure_block",
    "blocked_overdue": "disclosure_block",
    "blocks_wife": "disclosure_block",
    "child": "under_age",
}


@pytest.mark.parametrize(("key", "why"), [*REFERRALS.items()])
async def test_the_hard_cases_go_to_a_clerk_who_is_told_why(world: World, key: str, why: str) -> None:
    await world.send(*await world.thread(key))
    assert kinds(await world.sent()) == ["IssuanceReferred"]
    note = await world.note()
    assert note.reason == why
    assert PERSONAS[key].address_number in note.candidates
    assert not world.press.made


@pytest.mark.parametrize(
    "key",
    ["hanako", "solo", "twin", "namesake", "came_back", "foreign", "foreign_special", "block_lifted", "former_surname",
     "birth_day_unknown", "birth_unknown", "birth_not_a_day", "era_last_day", "big_lodger", "long_address"],
)  # fmt: skip
async def test_the_clear_cases_pass_and_bear_the_right_person(world: World, key: str) -> None:
    await world.send(*await world.thread(key))
    assert kinds(await world.sent()) == ["IssuanceEligible", "CertificateIssued"]
    assert [p.address_number for p in world.press.made[0].persons] == [PERSONAS[key].address_number]


async def test_a_block_shows_in_no_event_but_sealed(world: World, extract: Path) -> None:
    """What is published of a blocked case differs from any other referral in the sealed note only."""
    await world.send(*await world.thread("blocked"))
    other = World(extract)
    await other.send(*await other.thread("double"))
    ours, theirs = await world.sent(), await other.sent()
    assert len({len(event.review) for event in (*ours, *theirs) if isinstance(event, e.IssuanceReferred)}) == 1
    hide = {"review": "sealed"}
    assert [event.model_copy(update=hide) for event in ours] == [event.model_copy(update=hide) for event in theirs]
    assert "block" not in repr(world.documents.collections)


async def test_a_household_copy_and_a_member(world: World) -> None:
    member = NamedPerson(name=PERSONAS["child"].name, birth_date=PERSONAS["child"].birth_date)
    await world.send(*await world.thread("hanako", member=member, subjects=Subjects.MEMBER))
    assert [p.name for p in world.press.made[0].persons] == [PERSONAS["child"].name]


async def test_a_stranger_is_refused(world: World) -> None:
    member = NamedPerson(name="架木　遠", birth_date="1970-01-01")
    await world.send(*await world.thread("hanako", member=member, subjects=Subjects.MEMBER))
    (event,) = await world.sent()
    assert isinstance(event, e.IssuanceRefused)
    assert event.reason is RefusalReason.NOT_ENTITLED


async def test_every_look_is_recorded_before_it_happens(world: World) -> None:
    class Deaf:
        async def born(self, birth_date: str) -> None:
            raise RegisterUnavailable("the extract is being replaced")

    deaf: Any = Deaf()
    towns = {CODE: replace(world.deps.towns[CODE], register=deaf)}
    world.deps = replace(world.deps, towns=towns)
    with pytest.raises(RegisterUnavailable):
        await world.send(*await world.thread())
    log = await world.vault.access_log(REQUEST)
    assert [(record.purpose, record.fields) for record in log] == [
        (Purpose.MATCH_REGISTER, ("attributes",)),
        (Purpose.MATCH_REGISTER, ("register",)),
    ]


async def test_what_cannot_be_printed_goes_to_a_clerk_before_anyone_pays(world: World) -> None:
    world.press.unprintable = True
    await world.send(*await world.thread())
    assert kinds(await world.sent()) == ["IssuanceReferred"]
    assert (await world.note()).reason == "cannot_be_printed"


@pytest.mark.parametrize("mix_up", [{"names": ("架木　遠",)}, {"number": "990019-20261124-0000000000"}])
async def test_somebody_elses_sheet_is_never_released(world: World, mix_up: dict[str, Any]) -> None:
    world.press.mix_up = mix_up
    with pytest.raises(WrongSubject):
        await world.send(*await world.thread())
    assert kinds(await world.sent()) == ["IssuanceEligible"]
    assert not world.entries()
    assert not world.certificates()
