"""Which store an address names."""

from pathlib import Path

import pytest

from madoguchi.store.open import connected, sqlite_file


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
