"""CloudEvents 1.0, Kafka protocol binding, binary mode. Strict: what is not exactly one of our events is not an event.

Attributes travel as `ce_*` headers in UTF-8, the media type as `content-type`, the event as JSON in the value. Headers
we do not know, of whatever bytes, are left alone.
"""

import re
from datetime import UTC, datetime

from pydantic import ValidationError

from madoguchi.bus.record import Headers, Record
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import BY_TYPE, Flow
from madoguchi.telemetry.traces import CONTEXT_FIELDS

CONTENT_TYPE = "application/json"
_REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject")
_OPTIONAL = ("ce_redrive",)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MOST_REDRIVES = 10**6


class DecodeError(Exception):
    """A record is not one of our events. `reason` is a code, fit for logs, metrics and headers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode(envelope: Envelope[Event], trace: dict[str, str] | None = None) -> Record:
    """The record of an event, with `trace` (default: the envelope's own) as its W3C trace context."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": envelope.id,
        "ce_source": envelope.source,
        "ce_type": envelope.type,
        "ce_time": envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_subject": envelope.request_id,
        **({"ce_redrive": str(envelope.redrive)} if envelope.redrive else {}),
        "content-type": CONTENT_TYPE,
        **_trace_headers(envelope.trace if trace is None else trace),
    }
    return Record(
        topic=envelope.topic,
        key=envelope.request_id.encode(),
        value=envelope.event.model_dump_json().encode(),
        headers=tuple((name, value.encode()) for name, value in attributes.items()),
    )


def decode(record: Record) -> Envelope[Event]:
    """The event of a record. Raises `DecodeError`."""
    attributes = _attributes(record.headers)
    _check_mode(attributes)
    for name in _REQUIRED:
        if not attributes.get(name):
            raise DecodeError(f"missing_{name}")
    if attributes["ce_specversion"] != "1.0":
        raise DecodeError("unknown_specversion")
    row = BY_TYPE.get(attributes["ce_type"])
    if row is None:
        raise DecodeError("unknown_type")
    event = _event(row, record.value)
    _check_place(row, event, record, attributes)
    return Envelope(
        id=attributes["ce_id"],
        source=attributes["ce_source"],
        time=_time(attributes["ce_time"]),
        event=event,
        redrive=_redrive(attributes.get("ce_redrive")),
        trace=trace_of(record.headers),
    )


def trace_of(headers: Headers) -> dict[str, str]:
    """The W3C trace context of a record: the last of each header, nothing when it is not ASCII."""
    found = ((name, value) for name, value in headers if name in CONTEXT_FIELDS and value is not None)
    return {name: value.decode("ascii") for name, value in found if value.isascii()}


def _trace_headers(trace: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in trace.items() if name in CONTEXT_FIELDS and value.isascii()}


def _attributes(headers: Headers) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in headers:
        if name not in _REQUIRED and name not in _OPTIONAL and name != "content-type":
            continue
        if name in attributes:
            raise DecodeError(f"duplicate_{name}")
        try:
            attributes[name] = (value or b"").decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError(f"not_utf8_{name}") from None
    return attributes


def _check_mode(attributes: dict[str, str]) -> None:
    """The binding decides the mode by the media type alone."""
    media_type, _, parameters = attributes.get("content-type", "").lower().partition(";")
    if media_type.strip().startswith("application/cloudevents"):
        raise DecodeError("structured_mode")
    if media_type.strip() != CONTENT_TYPE or parameters.strip() not in ("", "charset=utf-8"):
        raise DecodeError("unknown_content_type" if media_type else "missing_content-type")


def _event(row: Flow, value: bytes | None) -> Event:
    if value is None:
        raise DecodeError("no_data")
    try:
        return row.event.model_validate_json(value)
    except ValidationError:
        raise DecodeError("invalid_data") from None


def _check_place(row: Flow, event: Event, record: Record, attributes: dict[str, str]) -> None:
    """The event must be where `FLOW` says, from whom it says, under the key of its request."""
    if record.origin.topic != row.topic:
        raise DecodeError("wrong_topic")
    if attributes["ce_source"] != f"/services/{row.producer}":
        raise DecodeError("wrong_source")
    if attributes["ce_subject"] != event.request_id:
        raise DecodeError("wrong_subject")
    if record.key != event.request_id.encode():
        raise DecodeError("wrong_key")


def _time(text: str) -> datetime:
    if _RFC3339.fullmatch(text) is None:
        raise DecodeError("invalid_ce_time")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise DecodeError("invalid_ce_time") from None


def _redrive(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal()) or len(text) > 7 or int(text) > _MOST_REDRIVES:
        raise DecodeError("invalid_ce_redrive")
    return int(text)
