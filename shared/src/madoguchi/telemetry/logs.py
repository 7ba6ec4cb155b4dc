"""Logs: one JSON object per line on standard output, with the trace they belong to and without personal data.

Exceptions appear as their class and where they were raised: their texts may quote what a resident wrote.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

from madoguchi.telemetry.privacy import fields, masked

_OWN = frozenset({"event", "level", "timestamp", "logger", "service", "trace_id", "span_id", "exception"})
FRAMES = 12


def configure(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Set up logging for this process, that of libraries too, on standard output or `stream`. Call it once, first."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_shared(service), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(service),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn", "pymongo"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))
    if level != "debug":
        handler.addFilter(_not_routine)
    logging.raiseExceptions = False  # it would print the arguments of a line that could not be written


@contextmanager
def bound(**values: str | int) -> Iterator[None]:
    """Every line logged inside carries `values`, e.g. `request_id`."""
    with structlog.contextvars.bound_contextvars(**values):
        yield


def _shared(service: str) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _of(service),
        add_trace,
        without_exception_texts,
        without_personal_data,
    ]


def _of(service: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    return add


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Add `trace_id` and `span_id` of the span at hand."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def without_exception_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by the classes of the exception and its causes, and the innermost frames."""
    info = event.pop("exc_info", None)
    error = _error(info)
    if error is not None:
        event["exception"] = {"classes": _classes(error), "frames": _frames(error.__traceback__)}
    event.pop("stack_info", None)
    return event


def without_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop or mask what must not be shown; see `privacy`."""
    kept = {key: event[key] for key in _OWN & event.keys()}
    kept["event"] = masked(str(kept.get("event", "")).strip())
    record = {key: event[key] for key in ("_record", "_from_structlog") if key in event}
    return {**kept, **fields({k: v for k, v in event.items() if k not in _OWN and k not in record}), **record}


def _error(info: Any) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _classes(error: BaseException) -> list[str]:
    chain: list[str] = []
    present: BaseException | None = error
    while present is not None and len(chain) < FRAMES:
        chain.append(f"{type(present).__module__}.{type(present).__qualname__}")
        present = present.__cause__ or present.__context__
    return chain


def _frames(tb: TracebackType | None) -> list[str]:
    summary = traceback.StackSummary.extract(traceback.walk_tb(tb), lookup_lines=False)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in summary[-FRAMES:]]


def _not_routine(record: logging.LogRecord) -> bool:
    """aiokafka reports at error level what it then mends itself, many times a second while a broker is away."""
    return record.levelno >= logging.CRITICAL or not record.name.startswith("aiokafka")
