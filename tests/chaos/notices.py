"""Whether everybody was told everything, once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from chaos.evidence import Evidence
from chaos.journals import EMAIL, LINE
from chaos.threads import consented, requests_of

CHANNELS = (LINE, EMAIL)
REJECTED, PROOF = "proof_rejected", "proof_needed"

END_TOLD = {
    "ready": frozenset({"ready"}),
    "refused": frozenset({"refused", REJECTED, "closed"}),
    "cancelled": frozenset({"closed"}),
    "expired": frozenset({"closed"}),
    "redirected": frozenset({"closed"}),
    "revoked": frozenset({"revoked"}),
}
"""How a request ended → the notices of which one says so. A last *no* to the proof is the refusal itself."""

Told = Mapping[tuple[str, str, str, str], list[str]]
"""(channel, receiver, kind, request) → the keys of the notices that arrived."""


def told(evidence: Evidence) -> Told:
    """All notices that arrived."""
    found: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for notice in evidence.notices:
        found[notice.channel, notice.receiver, notice.kind, notice.request].append(notice.key)
    return found


def duplicates(evidence: Evidence, channel: str) -> list[str]:
    """Requests of which something was told again on a channel, once for each time. A mail with the Message-ID of an
    earlier one is known for a repeat by whoever receives it; a chat message is not."""
    found: list[str] = []
    arrived = told(evidence)
    rightly = _rightly(evidence, arrived)
    for (where, _, kind, request), keys in sorted(arrived.items()):
        if where == channel:
            distinct = len(set(keys))
            repeats = len(keys) - distinct if channel == LINE else 0
            found += [request] * (repeats + max(0, distinct - rightly.get((kind, request), 1)))
    return found


def _rightly(evidence: Evidence, arrived: Told) -> dict[tuple[str, str], int]:
    """How often a notice that belongs to a try may come: a rejection for each signature that was handed in, a text to
    sign at first and after each rejection. What was handed in for a request outside the diary, nobody knows."""
    signed: Counter[str] = Counter()
    owners = requests_of(evidence)
    for thread in consented(evidence):
        for request in owners[thread.name]:
            signed[request] += thread.signed
    rejected: Counter[str] = Counter()
    for (_, _, kind, request), keys in arrived.items():
        if kind == REJECTED:
            rejected[request] = max(rejected[request], len(set(keys)))
    most = {request: min(times, max(1, signed.get(request, times))) for request, times in rejected.items()}
    rejections = {(REJECTED, request): times for request, times in most.items()}
    return rejections | {(PROOF, request): 1 + times for request, times in most.items()}


def repeated_mails(evidence: Evidence) -> list[str]:
    """Requests of which a mail came again with the same Message-ID, once for each time: SMTP promises no better."""
    found: list[str] = []
    for (channel, _, _, request), keys in sorted(told(evidence).items()):
        found += [request] * (len(keys) - len(set(keys)) if channel == EMAIL else 0)
    return found


def missing(evidence: Evidence) -> list[str]:
    """Requests whose end, or whose refund, was not told on a channel of theirs, once for each channel. Mail for an
    address is not missed as often as the mail server said that it never takes it."""
    found: list[str] = []
    heard: dict[tuple[str, str], set[str]] = defaultdict(set)
    for notice in evidence.notices:
        heard[notice.request, notice.channel].add(notice.kind)
    excused = Counter(evidence.refused)
    wanted = dict(_wanted(evidence))
    for (request, channel), receiver in sorted(_receivers(evidence).items()):
        for kinds in wanted.get(request, ()):
            if heard[request, channel] & kinds:
                continue
            if channel == EMAIL and excused[receiver] > 0:
                excused[receiver] -= 1
            else:
                found.append(request)
    return found


def _wanted(evidence: Evidence) -> Iterator[tuple[str, list[frozenset[str]]]]:
    """For each request that the town knows: the kinds of notices of which one must have come."""
    refunded = {movement.request for movement in evidence.movements if movement.kind == "refund"}
    for request, page in evidence.pages.items():
        if page.known:
            ended = [END_TOLD[page.status]] if page.status in END_TOLD else []
            yield request, ended + ([frozenset({"refunded"})] if request in refunded else [])


def _receivers(evidence: Evidence) -> dict[tuple[str, str], str]:
    """(request, channel) → whom a request is told: what its thread's diary says; outside the diary, whoever was told
    anything of it."""
    found = {(notice.request, notice.channel): notice.receiver for notice in sorted(evidence.notices)}
    return found | {(request, channel): receiver for request, channel, receiver in _in_diary(evidence)}


def _in_diary(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    owners = requests_of(evidence)
    for thread in consented(evidence):
        for channel, receiver in zip(CHANNELS, (thread.user_id, thread.email), strict=True):
            if receiver:
                yield from ((request, channel, receiver) for request in sorted(owners[thread.name]))
