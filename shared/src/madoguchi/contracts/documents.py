"""An envelope as a stored document, for outboxes. Strict: unknown types are errors. (Kafka: `madoguchi.bus.codec`.)"""

from datetime import datetime
from typing import Any

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import BY_TYPE


class UnknownEvent(Exception):
    """No event of that type is in `FLOW`."""


def to_document(envelope: Envelope[Event]) -> dict[str, Any]:
    """Plain JSON values, for an outbox."""
    return {
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "time": envelope.time.isoformat(),
        "redrive": envelope.redrive,
        "trace": dict(envelope.trace),
        "data": envelope.event.model_dump(mode="json"),
    }


def from_document(document: dict[str, Any]) -> Envelope[Event]:
    """The envelope again. Raises `UnknownEvent` and pydantic's `ValidationError`."""
    row = BY_TYPE.get(document["type"])
    if row is None:
        raise UnknownEvent(document["type"])
    return Envelope(
        id=document["id"],
        source=document["source"],
        time=datetime.fromisoformat(document["time"]),
        event=row.event.model_validate(document["data"]),
        redrive=document["redrive"],
        trace=document["trace"],
    )
