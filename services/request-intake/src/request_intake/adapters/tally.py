"""Requests as operators watch them; labels are codes, never people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from madoguchi.contracts.vocabulary import Channel
from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import Aggregates, instant
from madoguchi.store.gauges import MOST_COUNTED
from request_intake.domain import watching
from request_intake.domain.state import RequestState
from request_intake.domain.status import StatusCode
from request_intake.domain.watching import PROMISED_BY, STAGE, UNACCOUNTED_AT, stage_key

_OF: Final = ("municipality", "certificate")
_BUCKETS: Final = (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 43200, 86400, 259200, 604800)
"""Seconds: from at once to a week."""
AT_RISK: Final = 0.75
"""Share of the promised time after which a request counts as at risk."""

ACCEPTED = Counter("madoguchi_requests_accepted", "Requests accepted.", (*_OF, "channel"))
ENDED = Counter("madoguchi_requests_ended", "Requests that came to their end.", (*_OF, "outcome"))
PROMISES = Counter(
    "madoguchi_promises",
    "Answers that the town gave in time (yes), and promised times that passed (no).",
    (*_OF, "kept"),
)
TO_NOTICE = Histogram(
    "madoguchi_request_to_notice_seconds",
    "From the acceptance of a request until its resident was told the answer.",
    (*_OF, "outcome"),
    buckets=_BUCKETS,
)
ANSWER = Histogram(
    "madoguchi_answer_seconds",
    "From the resident's last act (evidence, payment) until they were told the answer.",
    (*_OF, "outcome"),
    buckets=_BUCKETS,
)
UNKNOWN = Counter("madoguchi_events_of_unknown_requests", "Events of requests that intake does not hold.")
REQUESTS = Gauge("madoguchi_requests", "Requests not at their end, by state; counted up to 10,000.", (*_OF, "state"))
OLDEST = Gauge(
    "madoguchi_oldest_waiting_seconds", "Age of the request that has waited longest for the town.", (*_OF, "state")
)
RISK = Gauge(
    "madoguchi_requests_at_risk", "Requests that waited three quarters of the promised time, or more.", (*_OF, "state")
)
UNACCOUNTED = Gauge(
    "madoguchi_requests_unaccounted",
    "Accepted, not at an end with everybody told, and not waiting for a person: another service owes an answer.",
)
PAYMENTS = Gauge("madoguchi_payments_pending", "Fees to be paid, and refunds owed.", ("municipality", "kind"))


@dataclass(frozen=True, slots=True)
class PrometheusTally:
    """See `request_intake.ports.Tally`."""

    def saved(self, before: RequestState | None, after: RequestState, now: datetime) -> None:
        """Count what the save brought."""
        of, news = (after.municipality, after.certificate.value), watching.news(before, after)
        if news.accepted:
            ACCEPTED.labels(*of, after.channel.value).inc()
        if news.ended:
            ENDED.labels(*of, news.ended).inc()
        if news.promise_kept is not None:
            PROMISES.labels(*of, "yes" if news.promise_kept else "no").inc()
        if news.told:
            TO_NOTICE.labels(*of, news.told).observe((now - after.submitted_at).total_seconds())
            ANSWER.labels(*of, news.told).observe((now - watching.last_act_at(after)).total_seconds())

    def unknown(self) -> None:
        """An event came for a request that is not held here."""
        UNKNOWN.inc()


@dataclass(frozen=True, slots=True)
class RequestGauges:
    """Requests by state. Each count reads one value of an index that holds only what waits, up to 10,000 entries;
    every instance reports the whole store: of several take the maximum."""

    requests: Aggregates[RequestState]
    towns: Mapping[str, Municipality]
    clock: Callable[[], datetime]

    def __post_init__(self) -> None:
        """Counters begin at 0: the first event of each kind counts as an increase, too."""
        for code, town in self.towns.items():
            for certificate in town.certificates:
                of = (code, certificate.value)
                for counter, values in ((ACCEPTED, Channel), (ENDED, watching.ENDS), (PROMISES, ("yes", "no"))):
                    for value in values:
                        counter.labels(*of, value)

    async def refresh(self) -> None:
        """Read them all."""
        for code, town in self.towns.items():
            fees = refunds = 0
            for certificate in town.certificates:
                fees += await self._states(code, certificate.value, town.deadlines.promise)
                refunds += await self._count({STAGE: stage_key(code, certificate.value, watching.REFUND_OWED)})
            PAYMENTS.labels(code, "fee").set(fees)
            PAYMENTS.labels(code, "refund").set(refunds)
        UNACCOUNTED.set(await self._count({}, (UNACCOUNTED_AT, instant(self.clock()))))

    async def _states(self, code: str, certificate: str, promise: timedelta) -> int:
        """All states of one certificate of one town; returns how many have a fee to pay."""
        counts = {}
        for state in watching.STAGES:
            key = stage_key(code, certificate, state.value)
            counts[state] = await self._count({STAGE: key})
            REQUESTS.labels(code, certificate, state.value).set(counts[state])
            if state in watching.WITH_THE_TOWN:
                await self._waiting((code, certificate, state.value), key, promise)
        return counts[StatusCode.FEE_DUE]

    async def _waiting(self, labels: tuple[str, str, str], key: str, promise: timedelta) -> None:
        now = self.clock()
        end, soon = "9999", instant(now + promise * (1 - AT_RISK))
        first = await self.requests.documents.find(
            self.requests.collection, equal={STAGE: key}, at_most=(PROMISED_BY, end), order_by=PROMISED_BY, limit=1
        )
        since = watching.last_act_at(self.requests.parse(first[0]).state) if first else now
        OLDEST.labels(*labels).set(max(0.0, (now - since).total_seconds()))
        RISK.labels(*labels).set(await self._count({STAGE: key}, (PROMISED_BY, soon)))

    async def _count(self, equal: Mapping[str, str], at_most: tuple[str, str] | None = None) -> int:
        documents, collection = self.requests.documents, self.requests.collection
        return await documents.count(collection, equal=equal, at_most=at_most, limit=MOST_COUNTED)
