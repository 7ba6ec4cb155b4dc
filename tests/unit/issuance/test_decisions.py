"""Clerks decide, residents take back."""

from dataclasses import replace
from typing import Any

from issuance.domain.case import Case, Standing
from issuance.ports import StoredCertificate
from madoguchi.store.aggregates import Change
from madoguchi_sandbox.register import PERSONAS
from unit.issuance.world import CODE, REQUEST, World, kinds


def _closed(case: Case | None) -> Change[Case] | None:
    return None if case is None else Change(case.model_copy(update={"closed": True}))


async def test_a_clerk_approves_and_the_chosen_entry_is_printed(world: World) -> None:
    submitted, verified, settled = await world.thread("double")
    await world.send(submitted, verified)
    await world.send(await world.decided("approve", PERSONAS["double"].address_number))
    assert kinds(await world.sent()) == ["IssuanceReferred", "IssuanceEligible"]
    await world.send(settled)
    assert kinds(await world.sent())[-1] == "CertificateIssued"
    assert world.press.made[0].persons[0].address_number == PERSONAS["double"].address_number


async def test_a_clerk_chooses_an_entry_that_is_not_there(world: World) -> None:
    await world.send(*(await world.thread("double"))[:2], await world.decided("approve", "9999999999"))
    assert kinds(await world.sent()) == ["IssuanceReferred", "IssuanceReferred"]
    assert (await world.note()).reason == "choice_not_found"


async def test_a_clerk_refuses(world: World) -> None:
    await world.send(*await world.thread("double"), await world.decided("refuse"))
    assert kinds(await world.sent()) == ["IssuanceReferred", "IssuanceRefused"]
    assert (await world.case()).standing is Standing.REFUSED


async def test_a_clerk_takes_back_what_was_issued(world: World) -> None:
    await world.send(*await world.thread(), await world.decided("refuse"))
    assert kinds(await world.sent())[-1] == "CertificateRevoked"
    assert world.entries()[0]["state"]["status"] == "revoked"


async def test_closed_before_the_fee_nothing_is_made(world: World) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified, world.closed(), settled)
    assert kinds(await world.sent()) == ["IssuanceEligible"]
    assert not world.press.made


async def test_closed_first_of_all_nothing_happens_ever(world: World) -> None:
    await world.send(world.closed(), *await world.thread())
    assert await world.sent() == []
    assert await world.vault.access_log(REQUEST) == ()


async def test_closed_after_issue_revokes_once(world: World) -> None:
    await world.send(*await world.thread(), world.closed(), world.closed())
    assert kinds(await world.sent()) == ["IssuanceEligible", "CertificateIssued", "CertificateRevoked"]
    assert [entry["state"]["status"] for entry in world.entries()] == ["revoked"]


async def test_closed_while_printing_leaves_nothing_that_counts(world: World) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified)
    keep = world.deps.certificates.keep

    class Slow:
        get = world.deps.certificates.get

        async def keep(self, certificate: StoredCertificate) -> StoredCertificate:
            await good.cases.apply(REQUEST, _closed)
            return await keep(certificate)

    good = world.deps
    world.deps = replace(world.deps, certificates=Slow())
    await world.send(settled)
    assert kinds(await world.sent()) == ["IssuanceEligible"]
    assert [entry["state"]["status"] for entry in world.entries()] == ["revoked"]


async def test_a_block_set_between_review_and_payment_stops_the_certificate(world: World) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified)
    register = world.deps.towns[CODE].register

    class Guarded:
        born, entry = register.born, register.entry

        async def household(self, number: str) -> Any:
            return replace(await register.household(number), blocked=frozenset({PERSONAS["hanako"].address_number}))

    towns: Any = {CODE: replace(world.deps.towns[CODE], register=Guarded())}
    world.deps = replace(world.deps, towns=towns)
    await world.send(settled)
    assert kinds(await world.sent()) == ["IssuanceEligible", "IssuanceReferred"]
    assert not world.entries()
