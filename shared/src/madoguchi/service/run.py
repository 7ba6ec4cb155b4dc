"""Starting a service and letting it end well.

`launch` is the whole of a console script; `serve` runs HTTP, consumer and background work side by side until SIGTERM.
"""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from madoguchi.policy.load import PolicyError
from madoguchi.service.health import Check, Health, mount
from madoguchi.service.settings import ServiceSettings, explain
from madoguchi.telemetry import logs, metrics, traces

S = TypeVar("S", bound=ServiceSettings)

HTTP_GRACE_SECONDS = 5
"""How long open HTTP answers (event streams among them) may go on once everything else has drained."""
LEAVE_SECONDS = 10
"""How long leaving the group may take, after draining, when the broker is slow or away."""

_log = structlog.get_logger("madoguchi.service")


class Consuming(Protocol):
    """What `serve` needs of a consumer (`madoguchi.bus.consumer.Consumer`)."""

    @property
    def was_assigned(self) -> bool:
        """Whether the broker was reached and gave it partitions, once."""
        ...

    @property
    def stalled(self) -> bool:
        """Whether it makes no progress though there is work."""
        ...

    async def run(self) -> None:
        """Read and handle until drained; outlives the loss of the broker."""
        ...

    async def drain(self, within: float | None = None) -> None:
        """Take nothing new, finish within so many seconds what is at hand, commit, leave the group."""
        ...


def launch(name: str, settings_type: type[S], main: Callable[[S], Coroutine[Any, Any, None]]) -> None:
    """Read the settings, set up telemetry, run `main(settings)`. Exits with 2 when the environment or
    a town's policy is not complete, saying what is missing."""
    try:
        settings = settings_type()
    except ValidationError as error:
        sys.stderr.write(f"{name}: {explain(error)}\n")
        raise SystemExit(2) from None
    logs.configure(name, settings.log_level)
    metrics.configure()
    with traces.configured(name, settings.trace_file, settings.otel_exporter_otlp_endpoint):
        try:
            asyncio.run(main(settings))
        except PolicyError as error:
            sys.stderr.write(f"{name}: {error}\n")
            raise SystemExit(2) from None


async def serve(
    name: str,
    settings: ServiceSettings,
    app: FastAPI,
    consumer: Consuming,
    background: Sequence[Callable[[], Awaitable[None]]] = (),
    *,
    checks: Mapping[str, Check] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, then: not ready, stop reading, finish and commit, end HTTP, end the background.

    `background`: work that goes on until it is cancelled (relay, sweeps). `checks`: what readiness asks, e.g.
    `{"store": documents.ping}`. An error of HTTP or of background work ends the service; loss of the broker does not.
    """
    health = mount(app, {**(checks or {}), "consumer": _assigned(consumer)})
    health.alive = lambda: not consumer.stalled
    server = _http(settings, app)
    stopping = asyncio.Event()
    _log.info("starting", service=name, port=settings.http_port)
    # What is there by now stays for good. Unless told so, the collector walks over all of it every so often, and for a
    # tenth of a second nothing else happens.
    gc.freeze()
    with _signals(stopping):
        async with asyncio.TaskGroup() as group:
            http = group.create_task(_listen(server), name="http")
            tasks = [group.create_task(_forever(work), name="background") for work in (consumer.run, *background)]
            await _until_either(stopping, http)
            await _wind_down(settings, health, consumer, server)
            await http
            for task in tasks:
                task.cancel()
    _log.info("stopped", service=name)


async def _wind_down(settings: ServiceSettings, health: Health, consumer: Consuming, server: uvicorn.Server) -> None:
    health.draining = True
    _log.info("draining")
    try:
        await asyncio.wait_for(consumer.drain(settings.drain_seconds), settings.drain_seconds + LEAVE_SECONDS)
    except TimeoutError:
        _log.warning("drain_cut_short")
    server.should_exit = True


async def _until_either(stopping: asyncio.Event, http: "asyncio.Task[None]") -> None:
    waiting = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({waiting, http}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _listen(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    finally:
        for listener in getattr(server, "servers", ()):  # still open when something else ended the service
            listener.close()


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def _assigned(consumer: Consuming) -> Check:
    """Once assigned, a service stays ready without its broker: what it accepts waits in its outbox."""

    async def check() -> None:
        if not consumer.was_assigned:
            raise ConnectionError("no partitions yet")

    return check


class _Server(uvicorn.Server):
    """Leaves the signals to `serve`, which drains first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _http(settings: ServiceSettings, app: FastAPI) -> uvicorn.Server:
    """No access log: paths carry tokens."""
    return _Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=HTTP_GRACE_SECONDS,
        )
    )


@contextlib.contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
