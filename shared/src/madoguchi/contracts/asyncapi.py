"""The AsyncAPI 3.1 document of the system, generated from `FLOW` and the event models. Pure."""

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from madoguchi.contracts.flow import ALL_SERVICES, FLOW, TOPICS, Flow

VERSION: Final = "3.1.0"
_REF: Final = "#/components/schemas/{model}"
_KEY: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^req_[0-9a-z]{26}$",
    "description": "The request id: events of one request stay in order.",
}
_HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode; W3C trace context.",
    "required": [
        "content-type",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
    ],
    "properties": {
        "content-type": {"const": "application/json"},
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "The same for every repeat of an event."},
        "ce_source": {"type": "string", "pattern": "^/services/[a-z-]+$"},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "The request id; also the Kafka key."},
        "ce_redrive": {
            "type": "string",
            "pattern": "^[0-9]{1,7}$",
            "description": "How often a sweep sent it again; a reader that has it answers again.",
        },
        "traceparent": {"type": "string"},
        "tracestate": {"type": "string"},
    },
}


def document() -> dict[str, Any]:
    """The whole document, as plain JSON values in a fixed order."""
    _, definitions = models_json_schema([(row.event, "validation") for row in FLOW], ref_template=_REF)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Madoguchi events",
            "version": "1.0.0",
            "description": (
                "Events of the counter. Personal data appears only sealed. Every event may come twice, late, or out of "
                "order; `ce_id` tells a repeat. Retry and dead-letter topics are private to each service."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {producer: _channel(producer) for producer in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {row.event.__name__: _message(row) for row in FLOW},
            "schemas": {**definitions["$defs"], "CloudEventHeaders": _HEADERS},
        },
    }


def _channel(producer: str) -> dict[str, Any]:
    return {
        "address": TOPICS[producer],
        "description": f"Written by {producer} alone.",
        "messages": {
            row.event.__name__: {"$ref": f"#/components/messages/{row.event.__name__}"}
            for row in FLOW
            if row.producer == producer
        },
        "bindings": {"kafka": {"topic": TOPICS[producer]}},
    }


def _message(row: Flow) -> dict[str, Any]:
    return {
        "name": row.event.TYPE,
        "title": row.event.__name__,
        "summary": (row.event.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": _REF.format(model=row.event.__name__)},
        "bindings": {"kafka": {"key": _KEY}},
    }


def _operations() -> dict[str, Any]:
    sends = {
        f"{producer}-sends": _operation("send", producer, [row for row in FLOW if row.producer == producer])
        for producer in TOPICS
    }
    receives = {
        f"{service}-receives-{producer}": _operation("receive", producer, rows)
        for service in ALL_SERVICES
        for producer in ALL_SERVICES
        if (rows := [row for row in FLOW if row.producer == producer and service in row.consumers])
    }
    return {**sends, **receives}


def _operation(action: str, producer: str, rows: list[Flow]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{producer}"},
        "messages": [{"$ref": f"#/channels/{producer}/messages/{row.event.__name__}"} for row in rows],
    }
