"""Whether every look at personal data that must have happened is on record."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from chaos.evidence import Evidence
from chaos.public import Look
from chaos.threads import requests_of

IDENTITY = ("identity", "verify_identity")
REGISTER = ("issuance", "match_register")
MAKING = ("issuance", "make_certificate")
NOTICE = ("notify", "send_notice")
DELIVERY = ("resident", "deliver_certificate")

Wanted = Mapping[tuple[str, str], int]
"""(actor, purpose) → how many looks at least."""


def missing(evidence: Evidence) -> list[str]:
    """Requests with looks that are not on record, once for each; and once for a log that cannot be read, and for one
    in which a record is missing between others."""
    found: list[str] = []
    wanted = dict(_wanted(evidence))
    for request, page in sorted(evidence.pages.items()):
        if page.known:
            short = 1 if page.looks is None else _short(page.looks, wanted.get(request, {}))
            found += [request] * short
    return found


def whole(looks: Sequence[Look]) -> bool:
    """Whether the records are numbered from 1 on, and each names the one before it."""
    chained = all(after.previous == before.digest for before, after in pairwise(looks))
    return chained and [look.sequence for look in looks] == list(range(1, len(looks) + 1))


def _short(looks: Sequence[Look], wanted: Wanted) -> int:
    recorded = Counter((look.actor, look.purpose) for look in looks)
    return (not whole(looks)) + sum(max(0, least - recorded[who]) for who, least in wanted.items())


def _wanted(evidence: Evidence) -> Iterator[tuple[str, Wanted]]:
    """For each request: a certificate needs an identity, a register entry and the making; a case with a clerk an
    identity at least; each notice that arrived the look at whom to tell; each download the look of whoever got it."""
    issued = {entry.request for entry in evidence.ledger}
    notices = _notices(evidence)
    with_clerk = {notice.request for notice in evidence.notices if notice.kind == "with_clerk"}
    downloads: Counter[str] = Counter()
    for name, requests in requests_of(evidence).items():
        if len(requests) == 1:  # with more, the diary does not say which was fetched
            downloads[min(requests)] += len(evidence.threads[name].downloads)
    for request in evidence.pages:
        certificate = int(request in issued)
        yield (
            request,
            {
                IDENTITY: max(certificate, int(request in with_clerk)),
                REGISTER: certificate,
                MAKING: certificate,
                NOTICE: notices[request],
                DELIVERY: downloads[request],
            },
        )


def _notices(evidence: Evidence) -> Counter[str]:
    """How many different notices of a request arrived at least. One look serves both channels, so of each kind the
    channel counts on which most arrived."""
    keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for notice in evidence.notices:
        keys[notice.request, notice.kind, notice.channel].add(notice.key)
    most: dict[tuple[str, str], int] = defaultdict(int)
    for (request, kind, _), different in keys.items():
        most[request, kind] = max(most[request, kind], len(different))
    arrived: Counter[str] = Counter()
    for (request, _), times in most.items():
        arrived[request] += times
    return arrived
