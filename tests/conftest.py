"""What all tests share: Hypothesis tries the same examples every time, and a busy machine is no failure; the rung."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from hypothesis import HealthCheck, settings

from madoguchi_sandbox.launcher.plan import Layout
from madoguchi_sandbox.launcher.stack import Stack
from rungs import KAFKA, MONGODB, elsewhere, emptied
from system import layout_in

settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rung",
        choices=("embedded", "real", "containers"),
        default="embedded",
        help="real: Apache Kafka and MongoDB, started here, or at KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI; "
        "containers: in containers, of the images KAFKA_IMAGE and MONGODB_IMAGE",
    )


@pytest.hookimpl(tryfirst=True)  # before pytest asks how long fixtures live
def pytest_sessionstart(session: pytest.Session) -> None:
    """Containers are servers elsewhere to everything that comes after."""
    rung = session.config.getoption("rung")
    named = elsewhere() if rung != "embedded" else None
    if rung != "containers":
        return
    if named is not None:
        raise pytest.UsageError(f"--rung=containers starts servers; {KAFKA} and {MONGODB} name some: use --rung=real")
    from containers import started

    running = ExitStack()
    session.config.add_cleanup(running.close)
    kafka, mongodb = running.enter_context(started())
    patch = running.enter_context(pytest.MonkeyPatch.context())
    patch.setenv(KAFKA, kafka)
    patch.setenv(MONGODB, mongodb)
    session.config.option.rung = "real"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what says nothing about the rung that was asked for. Nothing is skipped for want of a server."""
    out = {"real"}
    if config.getoption("rung") == "real":
        out = {"embedded"} if elsewhere() is None else {"embedded", "own_servers"}
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in out)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def real(pytestconfig: pytest.Config) -> bool:
    """Whether this session runs on real servers."""
    return bool(pytestconfig.getoption("rung") == "real")


def _while_in_use(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    """Of servers elsewhere there is one pair: the next module may want them empty."""
    return "module" if config.getoption("rung") == "real" and elsewhere() else "session"


@pytest.fixture(scope=_while_in_use)
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and the MongoDB-wire server, without services; what is left in servers elsewhere is removed at the end."""
    layout: Layout = layout_in(tmp_path_factory.mktemp("servers"), real=True)
    with emptied(layout):
        stack = Stack(layout)
        try:
            stack.start_servers()
            yield stack
        finally:
            stack.stop_all()
