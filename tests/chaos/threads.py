"""Whether the town kept its word: no request lost, none left lying, no more of them than were asked for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from chaos.diary import Thread
from chaos.evidence import Evidence
from chaos.journals import EMAIL, LINE

ENDS = frozenset({"ready", "refused", "cancelled", "expired", "redirected", "revoked"})
"""Statuses in which nothing will change any more by itself."""


def consented(evidence: Evidence) -> list[Thread]:
    """The threads that count: those whose resident agreed."""
    return [thread for thread in evidence.threads.values() if thread.consented]


def requests_of(evidence: Evidence) -> dict[str, frozenset[str]]:
    """The requests of each thread, by its name: those in its diary, and those that its receiver was told were accepted
    unless they are in another's diary."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for notice in evidence.notices:
        if notice.kind == "accepted":
            told[notice.channel, notice.receiver].add(notice.request)
    owner = {request: thread.name for thread in evidence.threads.values() for request in thread.requests}
    found = {}
    for thread in consented(evidence):
        heard = told.get((LINE, thread.user_id or ""), set()) | told.get((EMAIL, thread.email or ""), set())
        mine = {request for request in heard if owner.get(request, thread.name) == thread.name}
        found[thread.name] = thread.requests | mine
    return found


def lost(evidence: Evidence) -> list[str]:
    """What the town said yes to and does not know: ids of requests whose page says so, although they were accepted or
    told of; names of threads whose agreement the bot acknowledged and of which no request came."""
    requests = requests_of(evidence)
    nameless = [
        thread.name
        for thread in consented(evidence)
        if thread.consents & evidence.acknowledged and not requests[thread.name]
    ]
    return sorted(request for request in evidence.requests if _is_unknown(evidence, request)) + nameless


def unanswered(evidence: Evidence) -> list[str]:
    """Requests of which nothing can be said: their page gave no answer, or nobody knows its address."""
    silent = []
    for request in sorted(evidence.requests):
        page = evidence.pages.get(request)
        if page is None or not (page.known or page.unknown):
            silent.append(request)
    return silent


def stuck(evidence: Evidence) -> list[str]:
    """Known and not ended; or a thread that waited in vain, or has no end, or led nowhere, and that is not lost."""
    requests, gone = requests_of(evidence), set(lost(evidence))
    lying = {request for request, page in evidence.pages.items() if page.known and page.status not in ENDS}
    return sorted(lying) + list(_in_vain(evidence, requests, gone | lying))


def _in_vain(evidence: Evidence, requests: Mapping[str, frozenset[str]], counted: set[str]) -> Iterator[str]:
    """Also those who never came so far as to agree: a greeting that never comes is the town's fault too."""
    for thread in evidence.threads.values():
        own = requests.get(thread.name, frozenset())
        nowhere = thread.gave_up or not thread.outcome or not own
        if nowhere and not counted & (own | {thread.name}):
            yield thread.name


def duplicate_requests(evidence: Evidence) -> list[str]:
    """Requests beyond those that a thread agreed to."""
    found: list[str] = []
    agreed = {thread.name: max(1, len(thread.consents)) for thread in consented(evidence)}
    for name, requests in requests_of(evidence).items():
        found += sorted(requests)[agreed[name] :]
    return found


def _is_unknown(evidence: Evidence, request: str) -> bool:
    page = evidence.pages.get(request)
    return page is not None and page.unknown
