"""The towns' keys. A data key rests only wrapped; who wraps it is a port, so that a KMS or a PKCS#11 token can."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.vault.port import SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12

Randomness = Callable[[int], bytes]
"""So many bytes, unpredictable."""


class KeyWrapper(Protocol):
    """Wraps the data keys of one town under a key that need not be readable here."""

    async def wrap(self, subject: str, key: bytes) -> bytes:
        """`key` so that only this wrapper can read it, and only for `subject`."""
        ...

    async def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The key again. Raises `SealBroken` when it is not one wrapped here for `subject`."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class FileKeyWrapper:
    """AES-256-GCM under a key read from a file or the environment; nonce (12 bytes) first, then ciphertext and tag.

    The town and the subject are authenticated, so a wrapped key moved to another document is refused.
    """

    municipality: str
    key: bytes
    randomness: Randomness = secrets.token_bytes

    async def wrap(self, subject: str, key: bytes) -> bytes:
        """See `KeyWrapper`."""
        nonce = self.randomness(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, key, self._context(subject))

    async def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """See `KeyWrapper`."""
        try:
            return AESGCM(self.key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._context(subject))
        except (InvalidTag, ValueError):
            raise SealBroken("the data key was not wrapped by this town's key for this subject") from None

    def _context(self, subject: str) -> bytes:
        return f"key-v1|{self.municipality}|{subject}".encode()


@dataclass(frozen=True, slots=True, repr=False)
class TownKeys:
    """Wrapping and index keys by municipality code. Nothing of one town opens anything of another."""

    wrappers: Mapping[str, KeyWrapper]
    index_keys: Mapping[str, bytes]

    @classmethod
    def from_towns(cls, towns: Mapping[str, Municipality], secrets_dir: Path) -> "TownKeys":
        """Read the keys that the towns' policies refer to. Raises `PolicyError` naming the reference."""
        wrappers: dict[str, KeyWrapper] = {}
        index_keys = {}
        for code, town in towns.items():
            folder = SecretFolder(secrets_dir, code)
            wrappers[code] = FileKeyWrapper(code, _key(folder, town.secrets.data_key))
            index_keys[code] = _key(folder, town.secrets.index_key)
        return cls(wrappers, index_keys)

    def pseudonym(self, municipality: str, kind: str, value: str) -> str:
        """HMAC-SHA-256 of `value` under the town's index key, hex; `kind` keeps different sorts of values apart."""
        return self._mac(municipality, "pseudonym-v1", kind, value)

    def chain_mac(self, municipality: str, subject: str, length: int, digest: str) -> str:
        """Authenticates the end of an access chain: without the key nobody can shorten or rewrite it unseen."""
        return self._mac(municipality, "access-chain-v1", subject, str(length), digest)

    def _mac(self, municipality: str, *parts: str) -> str:
        # Each part is preceded by its length: no two lists of parts give the same text.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self.index_keys[municipality], text.encode(), hashlib.sha256).hex()


def _key(folder: SecretFolder, reference: str) -> bytes:
    key = folder.read(reference)
    if len(key) != KEY_BYTES:
        raise PolicyError(f"{reference}: expected {KEY_BYTES} random bytes, found {len(key)}")
    return key
