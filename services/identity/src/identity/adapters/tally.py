"""Verdicts as operators watch them; labels are codes, never people."""

from prometheus_client import Counter

VERDICTS = Counter(
    "madoguchi_identity_verdicts", "Verdicts on evidence, by reason.", ("municipality", "verdict", "reason")
)


def tally(municipality: str, verdict: str, reason: str) -> None:
    """As `identity.ports.Tally` says."""
    VERDICTS.labels(municipality, verdict, reason).inc()
