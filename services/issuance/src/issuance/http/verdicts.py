"""What verification answers: from the ledger, by number and check code, or by the file itself."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from issuance.documents.check import Verdict
from issuance.domain.certificate_number import code_fits
from issuance.domain.ledger import LedgerEntry, Status
from issuance.http.doors import Doors
from madoguchi.policy.rules import day_in_japan

_NUMBER = re.compile(r"[0-9]{6}-[0-9]{8}-[0-9A-HJKMNP-TV-Z]{10}", re.ASCII)


class Answer(StrEnum):
    """What a person who checks a certificate is told."""

    VALID = "valid"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    ALTERED = "altered"
    NOT_OURS = "not_ours"


_OF_STATUS = {
    Status.VALID: Answer.VALID,
    Status.REVOKED: Answer.REVOKED,
    Status.SUPERSEDED: Answer.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Result:
    """An answer; `entry` only when the asker holds the certificate, and then no more of it than the paper says."""

    answer: Answer
    entry: LedgerEntry | None = None

    def document(self) -> dict[str, Any]:
        """For machines."""
        if self.entry is None:
            return {"status": self.answer.value}
        return {
            "status": self.answer.value,
            "certificate": self.entry.certificate.value,
            "municipality": self.entry.municipality,
            "certificate_number": self.entry.number,
            "issued_on": day_in_japan(self.entry.issued_at).isoformat(),
            "sheets": self.entry.sheets,
            "live": self.entry.live,
            "ended_on": None if self.entry.ended_at is None else day_in_japan(self.entry.ended_at).isoformat(),
        }


NOT_OURS = Result(Answer.NOT_OURS)


async def by_number(number: str, code: str, doors: Doors) -> Result:
    """An unknown number and a wrong check code get the same answer."""
    number = number.upper()
    town = doors.towns.get(number[:6])
    if town is None or not _NUMBER.fullmatch(number) or not code_fits(town.keys, number, code):
        return NOT_OURS
    found = await doors.ledger.load(number)
    return NOT_OURS if found is None else Result(_OF_STATUS[found.state.status], found.state)


async def by_file(pdf: bytes, doors: Doors) -> Result:
    """A file counts when its seal holds, the ledger has its number, and it is byte for byte what was handed out."""
    examined = await asyncio.to_thread(doors.examine, pdf)
    if examined.verdict is Verdict.ALTERED:
        return Result(Answer.ALTERED)
    if examined.verdict is not Verdict.GENUINE or examined.number is None:
        return NOT_OURS
    found = await doors.ledger.load(examined.number)
    if found is None or found.state.municipality != examined.municipality:
        return NOT_OURS
    if found.state.sha256 != hashlib.sha256(pdf).hexdigest():
        return Result(Answer.ALTERED)
    return Result(_OF_STATUS[found.state.status], found.state)
