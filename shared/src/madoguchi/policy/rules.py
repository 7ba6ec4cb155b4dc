"""Questions asked of a town's policy. Pure: the day is passed in."""

from datetime import date, datetime, timedelta, timezone

from madoguchi.contracts.vocabulary import CertificateKind, ProofMethod
from madoguchi.policy.models import Municipality, Proof

JAPAN = timezone(timedelta(hours=9), "JST")
"""Japan has no daylight saving time."""

ONLINE = (ProofMethod.JPKI_SIGNATURE,)
"""Methods this software can take today; the policy may name others, which then appear as not yet offered."""


def day_in_japan(moment: datetime) -> date:
    """The calendar day in Japan at `moment`; law counts days there."""
    return moment.astimezone(JAPAN).date()


def lawful_proofs(town: Municipality, certificate: CertificateKind, on: date) -> tuple[Proof, ...]:
    """The proofs that are lawful for `certificate` in `town` on the day `on`, as the policy orders them."""
    offer = town.certificates.get(certificate)
    return () if offer is None else tuple(proof for proof in offer.proofs if proof.lawful_on(on))


def lawful_proof(town: Municipality, certificate: CertificateKind, method: ProofMethod, on: date) -> Proof | None:
    """The rule under which `method` is lawful that day, or None."""
    return next((p for p in lawful_proofs(town, certificate, on) if p.method is method), None)


def online_proofs(town: Municipality, certificate: CertificateKind, on: date) -> tuple[Proof, ...]:
    """The lawful proofs that can be given without coming to the counter."""
    return tuple(p for p in lawful_proofs(town, certificate, on) if p.method in ONLINE)
