"""A town's seal as its policy and secrets describe it: material, words for the signature, time-stamp authority."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from issuance.documents.check import KnownSeal
from issuance.documents.cms import CmsTemplate
from issuance.documents.material import SealFault, SealMaterial, SealUnusable, key_in_memory, linked_chain, material
from issuance.documents.seal import Dressing
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality, RecognisedSeal
from madoguchi.policy.secrets import SecretFolder

RELOAD_AFTER = timedelta(minutes=5)
"""A renewed certificate or revocation list is taken up without a restart."""

_ROOM_BESIDE_CERTIFICATES = 6144
"""Bytes of the CMS that are not certificates we know of, with ample room for a time-stamp token."""


@dataclass(frozen=True, slots=True, repr=False)
class TownSeal:
    """All that sealing one of the town's documents needs."""

    municipality: str
    material: SealMaterial
    cms: CmsTemplate
    dressing: Dressing
    certificates: tuple[bytes, ...]
    """DER, for the DSS: the seal's chain and the time-stamp authority's."""
    crls: tuple[bytes, ...]
    tsa_url: str
    recognised: tuple[KnownSeal, ...] = ()
    """Seals besides this one that the town's documents may bear."""

    @property
    def known(self) -> tuple[KnownSeal, ...]:
        """How others recognise the town's documents."""
        return (KnownSeal(self.municipality, self.material.chain, self.material.tsa_chain), *self.recognised)

    def sign(self, attributes: bytes) -> bytes:
        """The private-key operation over signed attributes."""
        return self.material.sign(hashlib.sha256(attributes).digest())


def town_seal(town: Municipality, secrets: SecretFolder) -> TownSeal:
    """Read and check the town's seal. Raises `SealUnusable` and `PolicyError`."""
    policy = town.seal
    if policy.tsa_url is None:
        raise SealUnusable(SealFault.TSA_MISSING)
    sign, public_key = key_in_memory(secrets.read(policy.key))
    parts = material(
        sign=sign,
        public_key=public_key,
        chain_pem=secrets.read(policy.chain),
        tsa_chain_pem=secrets.read(policy.tsa_chain),
        crls_der=[secrets.read(reference) for reference in policy.crls],
    )
    name = f"{town.prefecture}{town.name[Language.JAPANESE]}"
    certificates = tuple(c.public_bytes(Encoding.DER) for c in (*parts.chain, *parts.tsa_chain))
    dressing = Dressing(
        name=town.mayor,
        reason=policy.reason,
        location=name,
        reserved=sum(map(len, certificates)) + _ROOM_BESIDE_CERTIFICATES,
    )
    return TownSeal(
        municipality=town.code,
        material=parts,
        cms=CmsTemplate(parts.certificate, parts.chain[1:]),
        dressing=dressing,
        certificates=certificates,
        crls=tuple(crl.public_bytes(Encoding.DER) for crl in parts.crls),
        tsa_url=str(policy.tsa_url),
        recognised=tuple(_recognised(town.code, other, secrets) for other in policy.recognised),
    )


def _recognised(municipality: str, other: RecognisedSeal, secrets: SecretFolder) -> KnownSeal:
    """Only certificates: the key of a seal that is no longer used is destroyed."""
    chain, tsa_chain = (linked_chain(secrets.read(reference)) for reference in (other.chain, other.tsa_chain))
    return KnownSeal(municipality, chain, tsa_chain)


class TownSeals:
    """The seals of all towns, read when first needed and again after `RELOAD_AFTER`."""

    def __init__(self, towns: Mapping[str, tuple[Municipality, SecretFolder]]) -> None:
        self._towns = towns
        self._read: dict[str, tuple[datetime, TownSeal]] = {}

    def usable(self, code: str, now: datetime) -> TownSeal:
        """The town's seal, good at `now`. Raises `SealUnusable`, `PolicyError`, and `KeyError` for an unknown town."""
        seal = self.at_hand(code, now)
        seal.material.require_usable(now)
        return seal

    def known(self, now: datetime) -> tuple[KnownSeal, ...]:
        """For recognising our documents; a seal out of date still recognises what it sealed in its day."""
        return tuple(seal for code in self._towns for seal in self.at_hand(code, now).known)

    def at_hand(self, code: str, now: datetime) -> TownSeal:
        """The town's seal, good or not. Raises as `usable` does."""
        read = self._read.get(code)
        if read is None or now - read[0] > RELOAD_AFTER:
            read = self._read[code] = (now, town_seal(*self._towns[code]))
        return read[1]
