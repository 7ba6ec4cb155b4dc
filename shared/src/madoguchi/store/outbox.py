"""What is still to be published, as it lies in a stored aggregate. Pure."""

from collections.abc import Sequence
from typing import Any

from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.port import Document

OUTBOX_AT = "outbox_at"
"""Top-level field: since when something waits (sortable text); not there when nothing does."""


def waiting(document: Document | None) -> list[dict[str, Any]]:
    """Events to publish, in order."""
    return [] if document is None else list(document["outbox"])


def envelopes(events: Sequence[dict[str, Any]]) -> list[Envelope[Event]]:
    """The same as envelopes. Raises `UnknownEvent` and pydantic's `ValidationError`."""
    return [from_document(event) for event in events]


def without(document: Document, published: Sequence[dict[str, Any]], at: str) -> Document:
    """The document's next version, without what was published; all else is as it was, whatever model wrote it.

    The same event, re-driven since, waits on its own account.
    """
    done = {(event["id"], event["redrive"]) for event in published}
    left = [event for event in document["outbox"] if (event["id"], event["redrive"]) not in done]
    after = {**document, "version": document["version"] + 1, "outbox": left, OUTBOX_AT: at}
    if not left:
        del after[OUTBOX_AT]
    return after
