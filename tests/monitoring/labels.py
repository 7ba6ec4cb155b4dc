"""Every label of every metric, and what its values look like: codes out of fixed lists, never an id or a name."""

from typing import Final

NAME = r"madoguchi\.[a-z0-9.-]+"
CODE = r"[A-Za-z0-9_.:-]*"

LABELS: Final = {
    "certificate": r"residence_certificate",
    "channel": r"line|email|api",
    "collection": r"[a-z_]+",
    "db_collection_name": r"[a-z_]+",
    "db_operation_name": r"[a-z]+",
    "db_system_name": r"mongodb|sqlite|memory",
    "destination": NAME,
    "error_type": CODE,
    "group": r"[a-z-]+",
    "kept": r"yes|no",
    "kind": r"fee|refund",
    "municipality": r"[0-9]{6}",
    "outcome": r"[a-z_]+",
    "partition": r"[0-9]+",
    "reason": CODE,
    "standing": r"[a-z]+",
    "state": r"[a-z_]+",
    "topic": NAME,
    "type": r"jp\.madoguchi\.[a-z.]+\.v[0-9]+",
    "use": r"[a-z_]+",
    "verdict": r"[a-z]+",
}
"""Of our own metrics. A new label is added here, on purpose."""

OF_LIBRARIES: Final = {
    "generation": r"[0-9]",
    "http_request_method": r"[A-Z_]+",
    "http_response_status_code": r"[0-9]{3}|",
    "http_route": r"(/[A-Za-z0-9_.{}:-]*)*",
    "implementation": r"CPython",
    "le": r"\+Inf|[0-9.e+-]+",
    "major": r"[0-9]+",
    "minor": r"[0-9]+",
    "network_protocol_name": r"http|",
    "network_protocol_version": r"[0-9.]*",
    "patchlevel": r"[0-9]+",
    "url_scheme": r"https?|",
    "version": r"[0-9.]+",
}
"""Of FastAPI's metrics and of Prometheus' own client. A route is a template, never a path that somebody asked for."""
