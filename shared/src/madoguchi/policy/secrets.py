"""Resolving the references to secrets in a town's policy: `file:` below a folder, or `env:`."""

import os
from collections.abc import Sequence
from pathlib import Path

from madoguchi.policy.load import PolicyError


class SecretFolder:
    """Secrets of one town: files in `<folder>/<code>/`, or environment variables. Values are read when asked for."""

    def __init__(self, folder: Path, code: str) -> None:
        self._folder = folder / code

    def path(self, reference: str) -> Path:
        """The file behind a `file:` reference. Raises `PolicyError` for `env:` and for a path out of the folder."""
        kind, _, name = reference.partition(":")
        path = (self._folder / name).resolve()
        if kind != "file" or not path.is_relative_to(self._folder.resolve()):
            raise PolicyError(f"{reference}: expected a file below {self._folder}")
        return path

    def read(self, reference: str) -> bytes:
        """The secret's bytes. Raises `PolicyError` when it is missing."""
        kind, _, name = reference.partition(":")
        if kind == "env":
            value = os.environ.get(name)
            if value is None:
                raise PolicyError(f"{reference}: the environment has no variable {name}")
            return value.encode()
        path = self.path(reference)
        try:
            return path.read_bytes()
        except OSError as error:
            raise PolicyError(f"{reference}: {path} cannot be read ({error.strerror})") from error

    def read_all(self, references: Sequence[str]) -> tuple[bytes, ...]:
        """Every generation's bytes, in the same order. Raises `PolicyError` when one is missing."""
        return tuple(map(self.read, references))

    def texts(self, references: Sequence[str]) -> tuple[str, ...]:
        """The same as texts, without surrounding white space."""
        return tuple(map(self.text, references))

    def text(self, reference: str) -> str:
        """The secret as text, without surrounding white space."""
        return self.read(reference).decode().strip()
