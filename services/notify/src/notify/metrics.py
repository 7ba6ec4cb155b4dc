"""What operators watch of the notices; labels are codes, never a person."""

from prometheus_client import Counter

DELIVERIES = Counter("madoguchi_deliveries_total", "Attempts to deliver a notice.", ("channel", "outcome"))
