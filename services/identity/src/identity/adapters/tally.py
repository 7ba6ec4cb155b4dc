"""Verdicts, revocation lists and roots as operators watch them; labels are codes, never people."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge

from identity.jpki.revocation import RevocationList
from madoguchi.telemetry.metrics import CERTIFICATE_EXPIRY

VERDICTS = Counter(
    "madoguchi_identity_verdicts", "Verdicts on evidence, by reason.", ("municipality", "verdict", "reason")
)
CRL_LAST_UPDATE = Gauge(
    "madoguchi_crl_last_update_timestamp_seconds",
    "When the oldest revocation list at hand was made; 0 while there is none.",
    ("municipality",),
)
CRL_NEXT_UPDATE = Gauge(
    "madoguchi_crl_next_update_timestamp_seconds",
    "Until when all revocation lists at hand may be relied on; 0 while there is none.",
    ("municipality",),
)
CRL_FAILURES = Counter(
    "madoguchi_crl_refresh_failures", "Revocation lists that could not be read.", ("municipality", "reason")
)


def tally(municipality: str, verdict: str, reason: str) -> None:
    """As `identity.ports.Tally` says."""
    VERDICTS.labels(municipality, verdict, reason).inc()


def lists_at_hand(municipality: str, lists: Iterable[RevocationList]) -> None:
    """What a town's revocation lists are now."""
    made = [one.this_update.timestamp() for one in lists]
    good_until = [one.next_update.timestamp() for one in lists]
    CRL_LAST_UPDATE.labels(municipality).set(min(made, default=0))
    CRL_NEXT_UPDATE.labels(municipality).set(min(good_until, default=0))


def list_not_read(municipality: str, reason: str) -> None:
    """A town's revocation lists could not be read; `reason` is a code."""
    CRL_FAILURES.labels(municipality, reason).inc()


def roots_end(municipality: str, ends: Iterable[datetime]) -> None:
    """When the pinned roots end."""
    CERTIFICATE_EXPIRY.labels(municipality, "jpki_root").set(min(end.timestamp() for end in ends))
