"""What issuance needs from outside: the town's register, a press, and a place for sealed certificates."""

from dataclasses import dataclass
from typing import Protocol

from issuance.domain.order import Order, Printed
from issuance.domain.register import Entry, Household
from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode, RequestId


class RegisterUnavailable(ConnectionError):
    """The register did not answer; try again later."""


class Register(Protocol):
    """A town's resident register, read only. Whoever calls has written the access record before.

    Every call may raise `RegisterUnavailable`."""

    async def born(self, birth_date: str) -> tuple[Entry, ...]:
        """Every entry, 除票 included, whose birth date may be `birth_date` (`YYYY-MM-DD`, `00` for unknown parts)."""
        ...

    async def entry(self, address_number: str) -> Entry | None:
        """The entry with that 宛名番号."""
        ...

    async def household(self, household_number: str) -> Household:
        """The household and the blocks on its members."""
        ...


class CannotPrint(Exception):
    """The certificate can't be put on paper as it must be (a character no font has, a text too long); for a clerk."""


class Press(Protocol):
    """Renders and seals certificates."""

    def check(self, order: Order) -> None:
        """Raise `CannotPrint` if that is plain before printing."""
        ...

    async def make(self, order: Order) -> Printed:
        """The sealed certificate. Raises `CannotPrint`; any other error means: not now, nothing was made."""
        ...


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate as it lies in the store: sealed under the request's key."""

    number: CertificateNumber
    request_id: RequestId
    municipality: MunicipalityCode
    sealed: str
    sha256: str
    """Of the PDF inside."""
    sheets: int


class Certificates(Protocol):
    """Where sealed certificates lie."""

    async def keep(self, certificate: StoredCertificate) -> StoredCertificate:
        """Store it, once: if there is one with that number, that one stays and is returned."""
        ...

    async def get(self, number: CertificateNumber) -> StoredCertificate | None:
        """The certificate with that number."""
        ...
