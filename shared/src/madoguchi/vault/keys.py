"""The towns' keys. A data key rests only wrapped; who wraps it is a port, so that a KMS or a PKCS#11 token can.

Of every key there may be several generations: the first makes what is new, each is accepted. So a key can be changed
while services with the old list and with the new one run side by side.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
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

    async def rewrapped(self, subject: str, wrapped: bytes) -> bytes | None:
        """The same key wrapped by the newest generation; None when it is already. Raises `SealBroken`."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class FileKeyWrapper:
    """AES-256-GCM under a key read from a file or the environment; nonce (12 bytes) first, then ciphertext and tag.

    The town and the subject are authenticated, so a wrapped key moved to another document is refused.
    """

    municipality: str
    key: bytes
    older: tuple[bytes, ...] = ()
    """Further keys that what is there may be wrapped under."""
    randomness: Randomness = secrets.token_bytes

    async def wrap(self, subject: str, key: bytes) -> bytes:
        """See `KeyWrapper`."""
        nonce = self.randomness(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, key, self._context(subject))

    async def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """See `KeyWrapper`."""
        for generation in (self.key, *self.older):
            if (key := self._under(generation, subject, wrapped)) is not None:
                return key
        raise SealBroken("the data key was not wrapped by this town's key for this subject")

    async def rewrapped(self, subject: str, wrapped: bytes) -> bytes | None:
        """See `KeyWrapper`."""
        if self._under(self.key, subject, wrapped) is not None:
            return None
        return await self.wrap(subject, await self.unwrap(subject, wrapped))

    def _under(self, generation: bytes, subject: str, wrapped: bytes) -> bytes | None:
        try:
            return AESGCM(generation).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._context(subject))
        except (InvalidTag, ValueError):
            return None

    def _context(self, subject: str) -> bytes:
        return f"key-v1|{self.municipality}|{subject}".encode()


@dataclass(frozen=True, slots=True, repr=False)
class TownKeys:
    """Wrapping and index keys by municipality code, newest first. Nothing of one town opens anything of another."""

    wrappers: Mapping[str, KeyWrapper]
    index_keys: Mapping[str, tuple[bytes, ...]]

    @classmethod
    def from_towns(cls, towns: Mapping[str, Municipality], secrets_dir: Path) -> "TownKeys":
        """Read the keys that the towns' policies refer to. Raises `PolicyError` naming the reference."""
        wrappers: dict[str, KeyWrapper] = {}
        index_keys: dict[str, tuple[bytes, ...]] = {}
        for code, town in towns.items():
            folder = SecretFolder(secrets_dir, code)
            newest, *older = _keys(folder, town.secrets.data_key)
            wrappers[code] = FileKeyWrapper(code, newest, tuple(older))
            index_keys[code] = _keys(folder, town.secrets.index_key)
        return cls(wrappers, index_keys)

    def pseudonyms(self, municipality: str, kind: str, value: str) -> tuple[str, ...]:
        """HMAC-SHA-256 of `value` under each of the town's index keys, hex, newest first; `kind` keeps different sorts
        of values apart."""
        return self._macs(municipality, "pseudonym-v1", kind, value)

    def chain_macs(self, municipality: str, subject: str, length: int, digest: str) -> tuple[str, ...]:
        """Authenticate the end of an access chain: without a key nobody can shorten or rewrite it unseen. By each
        index key, newest first."""
        return self._macs(municipality, "access-chain-v1", subject, str(length), digest)

    def chain_mac(self, municipality: str, subject: str, length: int, digest: str) -> str:
        """The same by the newest index key: how a chain is left."""
        return self.chain_macs(municipality, subject, length, digest)[0]

    def generation(self, municipality: str) -> str:
        """Names the town's newest index key: 64 bits of a hash under it, hex."""
        return self._macs(municipality, "generation-v1")[0][:16]

    def _macs(self, municipality: str, *parts: str) -> tuple[str, ...]:
        # Each part is preceded by its length: no two lists of parts give the same text.
        text = "".join(f"{len(part)}:{part}" for part in parts).encode()
        return tuple(hmac.digest(key, text, hashlib.sha256).hex() for key in self.index_keys[municipality])


def _keys(folder: SecretFolder, references: Sequence[str]) -> tuple[bytes, ...]:
    keys = folder.read_all(references)
    for reference, key in zip(references, keys, strict=True):
        if len(key) != KEY_BYTES:
            raise PolicyError(f"{reference}: expected {KEY_BYTES} random bytes, found {len(key)}")
    return keys
