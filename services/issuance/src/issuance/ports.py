"""What issuance needs from outside, besides the register: a press and a place for sealed certificates."""

from dataclasses import dataclass
from typing import Protocol

from issuance.domain.order import Order, Printed
from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode, RequestId


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
