"""Revocation lists come over HTTP or from a file, are kept, and never step back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from asn1crypto import pem

from identity.adapters.card_check import JpkiCheck, TownTrust
from identity.adapters.revocation_feed import FileSource, HttpSource, RevocationFeed
from identity.adapters.trust import card_check
from identity.domain.verdict import Shortcoming
from identity.jpki.profile import profile
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi.policy.load import PolicyError, load_town
from madoguchi_sandbox.pki.authority import Validity
from unit.identity.world import ATTRIBUTES, NOW, World

URL = "http://lists.test/crl.pem"


@dataclass
class Server:
    """Serves one file with an entity tag; `fails` answers are 503 first."""

    content: bytes = b""
    tag: str = '"1"'
    fails: int = 0
    seen: list[int] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = httpx.Response(200, content=self.content, headers={"ETag": self.tag})
        if self.fails:
            self.fails -= 1
            answer = httpx.Response(503)
        elif request.headers.get("if-none-match") == self.tag:
            answer = httpx.Response(304)
        self.seen.append(answer.status_code)
        return answer


@dataclass
class Now:
    """A clock to turn."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def server(world: World) -> Server:
    return Server(b"".join(pem.armor("X509 CRL", der) for der in world.box.revocation_lists()))


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(server)) as client:
        yield client


def feed(client: httpx.AsyncClient, world: World, clock: Now, keep: Path | None = None) -> RevocationFeed:
    return RevocationFeed(HttpSource(client, URL), world.trust.roots, clock, "990019", keep)


def list_of(world: World, start: datetime) -> bytes:
    validity = Validity(start, start + timedelta(hours=24))
    return world.box.authorities.current.crl((), validity=validity, number=9)


async def test_both_generations_are_read_once_and_then_only_news_are_asked_for(
    client: httpx.AsyncClient, world: World, server: Server
) -> None:
    lists = feed(client, world, Now())
    assert len(await lists.current()) == 2
    assert len(await lists.current()) == 2
    await lists.refresh()
    assert server.seen == [200, 304]


async def test_a_busy_server_is_asked_again(client: httpx.AsyncClient, world: World, server: Server) -> None:
    server.fails = 2
    assert len(await feed(client, world, Now()).current()) == 2
    assert server.seen == [503, 503, 200]


async def test_while_none_can_be_had_nobody_waits_twice(
    client: httpx.AsyncClient, world: World, server: Server
) -> None:
    server.fails = 100
    clock = Now()
    lists = feed(client, world, clock)
    assert await lists.current() == ()
    asked = len(server.seen)
    assert await lists.current() == ()
    assert len(server.seen) == asked
    clock.at += timedelta(seconds=5)
    server.fails = 0
    assert len(await lists.current()) == 2


async def test_a_stale_list_is_renewed_on_demand(client: httpx.AsyncClient, world: World, server: Server) -> None:
    clock = Now()
    server.content = list_of(world, NOW)
    lists = feed(client, world, clock)
    (first,) = await lists.current()
    clock.at = NOW + timedelta(days=2)
    server.content, server.tag = list_of(world, clock.at), '"2"'
    (second,) = await lists.current()
    assert not first.fresh(clock.at)
    assert second.fresh(clock.at)


async def test_an_older_list_never_replaces_a_newer(client: httpx.AsyncClient, world: World, server: Server) -> None:
    server.content = list_of(world, NOW)
    lists = feed(client, world, Now())
    before = await lists.current()
    server.content, server.tag = list_of(world, NOW - timedelta(hours=5)), '"2"'
    await lists.refresh()
    assert lists.lists == before


async def test_rubbish_changes_nothing(client: httpx.AsyncClient, world: World, server: Server) -> None:
    lists = feed(client, world, Now())
    before = await lists.current()
    server.content, server.tag = b"<html>", '"2"'
    await lists.refresh()
    assert lists.lists == before


async def test_what_was_kept_is_there_after_a_restart(
    client: httpx.AsyncClient, world: World, server: Server, tmp_path: Path
) -> None:
    keep = tmp_path / "kept" / "990019.crl"
    await feed(client, world, Now(), keep).refresh()
    server.fails = 100
    restarted = feed(client, world, Now(), keep)
    await restarted.restore()
    assert len(await restarted.current()) == 2


async def test_a_file_that_something_else_keeps_fresh(world: World, tmp_path: Path) -> None:
    path = tmp_path / "jpki.crl"
    clock = Now()
    lists = RevocationFeed(FileSource(path), world.trust.roots, clock, "990019")
    assert await lists.current() == ()
    path.write_bytes(list_of(world, NOW))
    clock.at += timedelta(seconds=5)
    assert len(await lists.current()) == 1
    await lists.refresh()
    assert len(lists.lists) == 1


async def test_the_check_uses_the_feed_of_the_town(client: httpx.AsyncClient, world: World) -> None:
    own = TownTrust(world.trust.roots, profile(sandbox=True), feed(client, world, Now()))
    check = JpkiCheck({"990019": own})
    await check.refresh()
    who = await check.check("990019", world.evidence(), at=NOW, now=NOW)
    assert who.name == ATTRIBUTES.name


async def test_missing_lists_are_waited_for_a_little_and_then_are_a_clerks_matter(
    client: httpx.AsyncClient, world: World, server: Server
) -> None:
    server.fails = 1000
    own = TownTrust(world.trust.roots, profile(sandbox=True), feed(client, world, Now()))
    check = JpkiCheck({"990019": own}, patience=timedelta(seconds=8))
    with pytest.raises(ConnectionError):
        await check.check("990019", world.evidence(), at=NOW, now=NOW + timedelta(seconds=7))
    with pytest.raises(Shortcoming) as short:
        await check.check("990019", world.evidence(), at=NOW, now=NOW + timedelta(seconds=8))
    assert short.value.reason is IdentityReason.REVOCATION_UNKNOWN


async def test_a_town_without_any_list_waits_for_none(world: World) -> None:
    check = JpkiCheck({"990019": TownTrust(world.trust.roots, profile(sandbox=True), None)}, timedelta(days=1))
    with pytest.raises(Shortcoming):
        await check.check("990019", world.evidence(), at=NOW, now=NOW)


async def test_a_policy_becomes_trust(client: httpx.AsyncClient, world: World, tmp_path: Path) -> None:
    town = load_town(Path(__file__).parents[3] / "deploy" / "municipalities" / "990019.yaml")
    (tmp_path / "990019").mkdir()
    (tmp_path / "990019" / "jpki-root.pem").write_bytes(world.box.authorities.roots())
    here = town.jpki.model_copy(update={"crl_url": URL})
    towns = {"990019": town.model_copy(update={"jpki": here})}
    check = await card_check(towns, tmp_path, client, Now(), keep=tmp_path / "lists", patience=timedelta(0))
    await check.refresh()
    assert (await check.check("990019", world.evidence(), at=NOW, now=NOW)).sex == "female"
    assert (tmp_path / "lists" / "990019.crl").exists()


async def test_a_policy_with_an_unreadable_root_is_explained(client: httpx.AsyncClient, tmp_path: Path) -> None:
    town = load_town(Path(__file__).parents[3] / "deploy" / "municipalities" / "990019.yaml")
    (tmp_path / "990019").mkdir()
    (tmp_path / "990019" / "jpki-root.pem").write_bytes(b"not PEM")
    with pytest.raises(PolicyError, match=r"990019: jpki\.roots"):
        await card_check({"990019": town}, tmp_path, client, Now(), keep=None, patience=timedelta(0))
