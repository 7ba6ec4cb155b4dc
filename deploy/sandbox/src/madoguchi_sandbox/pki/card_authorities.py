"""The authorities behind the cards: two generations of one name, the one for authentication, and an impostor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from madoguchi_sandbox.pki.authority import Authority, Validity, issuing, kept, pem, rsa_key, write_private
from madoguchi_sandbox.pki.card_certificates import authority_name

YEAR = timedelta(days=365)
_SIGNATURE, _AUTHENTICATION = "digital signature", "user authentication"


@dataclass(frozen=True, slots=True)
class CardAuthorities:
    """All four sign with RSA-2048, and none has an intermediate."""

    current: Authority
    older: Authority
    """Same name as `current`, another key, still valid."""
    authentication: Authority
    rogue: Authority
    """Same name as `current`, a key that nobody vouches for."""

    def roots(self) -> bytes:
        """What a relying party pins: both generations, PEM."""
        return pem(self.current.certificate, self.older.certificate)

    def by_name(self, name: str) -> Authority:
        """One of the fields, by name."""
        found = {"current": self.current, "older": self.older, "authentication": self.authentication}
        return found.get(name, self.rogue)


def opened(folder: Path, now: datetime) -> CardAuthorities:
    """The authorities kept in `folder`, made when missing; keys stay when a certificate is renewed."""
    return CardAuthorities(
        current=_authority(folder, "current", _SIGNATURE, now, ages=(3, 7), serial=108816929),
        older=_authority(folder, "older", _SIGNATURE, now, ages=(7, 3), serial=1),
        authentication=_authority(folder, "authentication", _AUTHENTICATION, now, ages=(3, 7), serial=114393094),
        rogue=_authority(folder, "rogue", _SIGNATURE, now, ages=(3, 7), serial=108816929),
    )


def _authority(
    folder: Path, label: str, purpose: str, now: datetime, *, ages: tuple[int, int], serial: int
) -> Authority:
    """`ages`: since how many years, for how many more."""
    key = rsa_key(folder / f"{label}.key.pem")
    path = folder / f"{label}.pem"
    certificate: x509.Certificate | None = kept(path, key, now, keep=YEAR)
    if certificate is not None:
        return Authority(certificate, key)
    start = now.replace(microsecond=0) - ages[0] * YEAR
    authority = issuing(
        authority_name(purpose), key, Validity(start, start + (ages[0] + ages[1]) * YEAR), serial=serial
    )
    write_private(path, pem(authority.certificate))
    return authority
