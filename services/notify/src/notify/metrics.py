"""What operators watch of the notices; labels are codes, never a person."""

from typing import Final

from prometheus_client import Counter, Histogram

from madoguchi.contracts.vocabulary import MunicipalityCode, NoticeChannel

DELIVERIES = Counter(
    "madoguchi_deliveries_total", "Attempts to deliver a notice.", ("municipality", "channel", "outcome")
)
DELIVERY_SECONDS = Histogram(
    "madoguchi_delivery_seconds",
    "Time a channel took to answer an attempt.",
    ("channel",),
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)

OUTCOMES: Final = ("accepted", "delivered", "retry", "refused", "quota_exhausted", "no_address")


def begin(municipality: MunicipalityCode, channel: NoticeChannel) -> None:
    """Counters begin at 0: the first attempt counts as an increase, too."""
    for outcome in OUTCOMES:
        DELIVERIES.labels(municipality, channel.value, outcome)
