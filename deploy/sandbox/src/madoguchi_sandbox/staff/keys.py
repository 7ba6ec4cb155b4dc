"""Two keys, made by `init`: what the provider signs tokens with, and what the console proves itself with."""

from pathlib import Path

from joserfc.jwk import ECKey, KeySet

from madoguchi_sandbox.pki.authority import key_pem, p256_key
from madoguchi_sandbox.staff import CLIENT_KEY


def signing_key(folder: Path) -> ECKey:
    """The provider's. `folder`: the run-time folder."""
    return _with_kid(folder / "sandbox" / "staff" / "signing-key.pem")


def client_keys(folder: Path) -> KeySet:
    """The public half of the console's key: what a provider is told when a client is registered."""
    key = _with_kid(folder / "secrets" / "console" / CLIENT_KEY)
    return KeySet([ECKey.import_key(key.as_dict(private=False))])


def make(folder: Path) -> None:
    """Make both, unless they are there."""
    signing_key(folder)
    client_keys(folder)


def _with_kid(path: Path) -> ECKey:
    key = ECKey.import_key(key_pem(p256_key(path)))
    key.ensure_kid()
    return key
