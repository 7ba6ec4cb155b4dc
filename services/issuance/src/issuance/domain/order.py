"""What is to be printed for whom, and the check that what was printed is that (one order, one request, its persons)."""

from dataclasses import dataclass
from datetime import date

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode
from madoguchi.register.model import Entry


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """One certificate to be made."""

    municipality: MunicipalityCode
    number: CertificateNumber
    options: CertificateOptions
    persons: tuple[Entry, ...]
    issued_on: date
    """A day in Japan."""
    verification_url: str


@dataclass(frozen=True, slots=True, repr=False)
class Printed:
    """A sealed certificate as the press hands it over, with what it says that it put on paper."""

    pdf: bytes
    sha256: str
    sheets: int
    number: CertificateNumber
    names: tuple[str, ...]
    """氏名 on the sheets, in order."""


class WrongSubject(Exception):
    """The artefact is not the one that was ordered; it is not released. Says nothing personal."""


def printed_name(entry: Entry) -> str:
    """氏名 as it is printed: a foreign resident's Latin name with the kanji name behind it."""
    kanji = entry.foreign.kanji_name if entry.foreign else ""
    return f"{entry.name}（{kanji}）" if kanji else entry.name


def require_same_subject(order: Order, printed: Printed) -> None:
    """Raise `WrongSubject` unless the artefact bears the ordered number and exactly the ordered persons' names."""
    if printed.number != order.number:
        raise WrongSubject("the number is another request's")
    if printed.names != tuple(printed_name(person) for person in order.persons):
        raise WrongSubject("the persons are not the ones ordered")
