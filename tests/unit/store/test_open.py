"""Which store an address names."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from madoguchi.store.open import connected, prepared, sqlite_file
from madoguchi.store.port import Collection, Documents, Unavailable


def test_a_sqlite_address_is_a_folder() -> None:
    assert sqlite_file("sqlite:///var/lib/x", "request-intake") == Path("/var/lib/x/request-intake.sqlite3")
    assert sqlite_file("sqlite:///with%20space/%E7%94%BA", "vault") == Path("/with space/町/vault.sqlite3")


@pytest.mark.parametrize("uri", ["sqlite://relative/path", "sqlite:relative", "sqlite://"])
def test_a_sqlite_address_is_absolute(uri: str) -> None:
    with pytest.raises(ValueError, match="three slashes"):
        sqlite_file(uri, "vault")


@pytest.mark.parametrize(
    ("uri", "database", "says"),
    [
        ("postgres://user:secret@host/x", "vault", "not 'postgres'"),
        ("nothing", "vault", "not ''"),
        ("sqlite:///tmp", "../vault", "not a name"),
    ],
)
async def test_another_address_is_refused_without_quoting_it(uri: str, database: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        async with connected(uri, database):
            pass
    assert "secret" not in str(refused.value)


class Away:
    """A store that is there at the third try."""

    tries = 0

    async def prepare(self, _collections: Sequence[Collection]) -> None:
        self.tries += 1
        if self.tries < 3:
            raise Unavailable("not yet")


async def test_who_begins_before_the_store_waits_for_it_and_says_so() -> None:
    store = Away()
    with capture_logs() as logs:
        await prepared(cast(Documents, store), [])
    assert store.tries == 3
    assert [(line["event"], line["attempts"]) for line in logs] == [("store_not_there", 1), ("store_not_there", 2)]
