"""Revocation lists and roots as operators watch them."""

from dataclasses import dataclass

import pytest
from asn1crypto import pem
from prometheus_client import REGISTRY

from identity.adapters.revocation_feed import NotRead, RevocationFeed
from identity.adapters.tally import roots_end
from unit.identity.world import NOW, World

TOWN = "990019"


@dataclass
class Source:
    content: bytes | None = None

    async def news(self) -> bytes | None:
        if self.content is None:
            raise NotRead("status_503")
        return self.content


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.fixture
def lists(world: World) -> bytes:
    return b"".join(pem.armor("X509 CRL", der) for der in world.box.revocation_lists())


async def test_without_a_list_its_age_is_that_of_the_epoch(world: World) -> None:
    feed = RevocationFeed(Source(), world.trust.roots, lambda: NOW, TOWN)
    before = value("madoguchi_crl_refresh_failures_total", municipality=TOWN, reason="status_503") or 0
    await feed.restore()
    await feed.refresh()
    assert value("madoguchi_crl_last_update_timestamp_seconds", municipality=TOWN) == 0
    assert value("madoguchi_crl_refresh_failures_total", municipality=TOWN, reason="status_503") == before + 1


async def test_the_oldest_list_counts(world: World, lists: bytes) -> None:
    feed = RevocationFeed(Source(lists), world.trust.roots, lambda: NOW, TOWN)
    await feed.refresh()
    oldest = min(one.this_update for one in feed.lists).timestamp()
    assert value("madoguchi_crl_last_update_timestamp_seconds", municipality=TOWN) == oldest
    ends = min(one.next_update for one in feed.lists).timestamp()
    assert value("madoguchi_crl_next_update_timestamp_seconds", municipality=TOWN) == ends


def test_the_first_root_to_end_counts(world: World) -> None:
    ends = [root.not_valid_after_utc for root in world.trust.roots.values()]
    roots_end(TOWN, ends)
    labels = {"municipality": TOWN, "use": "jpki_root"}
    assert value("madoguchi_certificate_expiry_timestamp_seconds", **labels) == min(ends).timestamp()
