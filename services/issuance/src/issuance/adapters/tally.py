"""Issuance as operators watch it; labels are codes, never people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from issuance.documents.material import SealUnusable
from issuance.documents.render import CannotRender
from issuance.documents.town_seal import TownSeal
from issuance.domain.case import Case
from madoguchi.policy.load import PolicyError
from madoguchi.telemetry.metrics import CERTIFICATE_EXPIRY

STANDINGS = Counter(
    "madoguchi_issuance_standings", "Cases that came to stand so, among them issued.", ("municipality", "standing")
)
SEAL_SECONDS = Histogram(
    "madoguchi_seal_seconds",
    "Time from an order until the sealed, time-stamped and checked certificate, waiting for a worker included.",
    ("municipality",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SEAL_ERRORS = Counter(
    "madoguchi_seal_errors",
    "Certificates that could not be sealed, to be tried again; what a clerk must look at is not among them.",
    ("municipality", "reason"),
)
PRESS_WAITING = Gauge("madoguchi_press_waiting", "Orders that this process's press has taken and not finished.")

USES: Final = ("seal", "time_stamp", "seal_revocation_list")


def saved(before: Case | None, after: Case) -> None:
    """A case was saved by this process."""
    if before is not None and before.standing is not after.standing:
        STANDINGS.labels(after.municipality, after.standing.value).inc()


@contextmanager
def sealing(municipality: str) -> Iterator[None]:
    """Count and time the making of a certificate."""
    try:
        with PRESS_WAITING.track_inprogress(), SEAL_SECONDS.labels(municipality).time():
            yield
    except CannotRender:
        raise
    except Exception as error:
        SEAL_ERRORS.labels(municipality, _reason(error)).inc()
        raise


def _reason(error: Exception) -> str:
    return f"SealUnusable:{error.fault.value}" if isinstance(error, SealUnusable) else type(error).__qualname__


@dataclass(frozen=True, slots=True)
class SealGauges:
    """When what the seals are made of ends. A seal that can't be read counts as ended."""

    seal_of: Callable[[str, datetime], TownSeal]
    towns: Iterable[str]
    clock: Callable[[], datetime]

    async def refresh(self) -> None:
        """All towns; files are read again every few minutes."""
        for code in self.towns:
            for use, end in self._ends(code).items():
                CERTIFICATE_EXPIRY.labels(code, use).set(end)

    def _ends(self, code: str) -> Mapping[str, float]:
        try:
            material = self.seal_of(code, self.clock()).material
        except (SealUnusable, PolicyError):
            return dict.fromkeys(USES, 0.0)
        lists = (crl.next_update_utc for crl in material.crls)
        ends = (
            min(one.not_valid_after_utc for one in material.chain).timestamp(),
            min(one.not_valid_after_utc for one in material.tsa_chain).timestamp(),
            min((end.timestamp() if end else 0.0 for end in lists), default=0.0),
        )
        return dict(zip(USES, ends, strict=True))
