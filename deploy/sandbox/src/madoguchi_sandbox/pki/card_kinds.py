"""The kinds of test cards, and how each differs from a good one."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from cryptography import x509


class CardKind(StrEnum):
    """What is wrong with a card, if anything."""

    GOOD = "good"
    OLDER_GENERATION = "older_generation"  # good; issued under the authority's older key
    REVOKED = "revoked"  # 失効
    ON_HOLD = "on_hold"  # 一時停止
    EXPIRED = "expired"  # 有効期間切れ
    FUTURE = "future"  # 有効期間前
    AUTHENTICATION = "authentication"  # 利用者証明用
    ROGUE = "rogue"  # an issuer of the same name


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kind is made."""

    authority: str = "current"
    age: timedelta = timedelta(days=200)
    """How long ago it was issued; negative: it will be."""
    revoked: x509.ReasonFlags | None = None


RECIPES = {
    CardKind.GOOD: Recipe(),
    CardKind.OLDER_GENERATION: Recipe(authority="older"),
    CardKind.REVOKED: Recipe(revoked=x509.ReasonFlags.affiliation_changed),
    CardKind.ON_HOLD: Recipe(revoked=x509.ReasonFlags.certificate_hold),
    CardKind.EXPIRED: Recipe(authority="older", age=timedelta(days=6 * 365 + 60)),
    CardKind.FUTURE: Recipe(age=timedelta(days=-10)),
    CardKind.AUTHENTICATION: Recipe(authority="authentication"),
    CardKind.ROGUE: Recipe(authority="rogue"),
}
