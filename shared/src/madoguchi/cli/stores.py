"""Reaching the stores and the towns' keys from a command: settings from the environment, errors as one line."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from madoguchi.policy.load import PolicyError
from madoguchi.service.settings import explain
from madoguchi.store.dump import DumpBroken
from madoguchi.store.port import Unavailable
from madoguchi.vault.backup import BackupUnusable

T = TypeVar("T")
S = TypeVar("S", bound=BaseSettings)


class StoreSettings(BaseSettings):
    """Where the databases are."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mongodb_uri: str = Field(min_length=1)
    vault_mongodb_uri: str | None = None
    erasure_journal_uri: str | None = None

    @property
    def vault_uri(self) -> str:
        """The store of the vault."""
        return self.vault_mongodb_uri or self.mongodb_uri


class KeySettings(StoreSettings):
    """The towns' keys as well."""

    towns_dir: Path
    secrets_dir: Path


def settings(kind: type[S]) -> S:
    """From the environment. Exits with 2 when it is not complete."""
    try:
        return kind()
    except ValidationError as error:
        sys.stderr.write(explain(error) + "\n")
        raise typer.Exit(2) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it. Exits with 1 when it can't be done, saying why."""
    try:
        return asyncio.run(work)
    except (BackupUnusable, DumpBroken, PolicyError, Unavailable, OSError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
