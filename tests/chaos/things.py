"""Certificates and money: one of each, and no money kept for nothing."""

from collections import Counter, defaultdict

from chaos.evidence import Evidence
from chaos.threads import requests_of

WITHOUT_CERTIFICATE = frozenset({"refused", "cancelled", "expired", "redirected"})
"""Ends for which nothing is owed to the town."""


def duplicate_certificates(evidence: Evidence) -> list[str]:
    """Requests with more than one entry in the ledger, once for each beyond the first; with downloads that differ; with
    downloads that are not what the ledger says, once for each."""
    entries: dict[str, set[str]] = defaultdict(set)
    for entry in evidence.ledger:
        entries[entry.request].add(entry.sha256)
    times = Counter(entry.request for entry in evidence.ledger)
    found = [request for request in sorted(times) for _ in range(times[request] - 1)]
    owners = requests_of(evidence)
    for name, thread in sorted(evidence.threads.items()):
        own = sorted(owners.get(name, ()))
        who = own[0] if own else name
        genuine = {digest for request in own for digest in entries.get(request, ())}
        found += [who] if len(set(thread.downloads)) > max(1, len(own)) else []
        found += [who for digest in thread.downloads if digest not in genuine]
    return found


def missing_certificates(evidence: Evidence) -> list[str]:
    """Requests that are said to be ready, and the ledger has no valid certificate for them."""
    valid = {entry.request for entry in evidence.ledger if entry.valid}
    ready = (request for request, page in evidence.pages.items() if page.known and page.status == "ready")
    return sorted(request for request in ready if request not in valid)


def double_charges(evidence: Evidence) -> list[str]:
    """Requests that were charged again, once for each time."""
    times = Counter(movement.request for movement in evidence.movements if movement.kind == "charge")
    return [request for request in sorted(times) for _ in range(times[request] - 1)]


def unrefunded(evidence: Evidence) -> list[str]:
    """Requests that were charged, ended without a certificate, and did not get everything back."""
    balance = _balance(evidence)
    ended = {r for r, page in evidence.pages.items() if page.known and page.status in WITHOUT_CERTIFICATE}
    return sorted(request for request, yen in balance.items() if yen > 0 and request in ended)


def wrongly_refunded(evidence: Evidence) -> list[str]:
    """Requests that got money back and have a valid certificate, or got more back than they were charged."""
    valid = {entry.request for entry in evidence.ledger if entry.valid}
    refunded = {movement.request for movement in evidence.movements if movement.kind == "refund"}
    too_much = {request for request, yen in _balance(evidence).items() if yen < 0}
    return sorted(refunded & valid | too_much)


def _balance(evidence: Evidence) -> dict[str, int]:
    """Yen that the town kept, by request."""
    kept: dict[str, int] = defaultdict(int)
    for movement in evidence.movements:
        kept[movement.request] += movement.amount if movement.kind == "charge" else -movement.amount
    return kept
