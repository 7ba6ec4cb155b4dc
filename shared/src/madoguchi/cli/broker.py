"""Reaching the broker from a command: settings from the environment, errors as one line."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from madoguchi.bus.connection import BROKER_ERRORS, Connection
from madoguchi.service.settings import KafkaSettings, explain

T = TypeVar("T")


def connection() -> Connection:
    """From `KAFKA_BOOTSTRAP_SERVERS` and its like. Exits with 2 when they are not set."""
    try:
        return KafkaSettings().kafka
    except ValidationError as error:
        sys.stderr.write(explain(error) + "\n")
        raise typer.Exit(2) from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it. Exits with 1 when the broker does not answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except BROKER_ERRORS as error:
        sys.stderr.write(f"The broker does not answer: {type(error).__name__}\n")
        raise typer.Exit(1) from None
