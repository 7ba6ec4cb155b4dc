"""What all tests share: Hypothesis tries the same examples every time, and a busy machine is no failure; the rung."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from madoguchi_sandbox.launcher.plan import Layout
from madoguchi_sandbox.launcher.stack import Stack
from rungs import elsewhere, emptied
from system import layout_in

settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rung",
        choices=("embedded", "real"),
        default="embedded",
        help="real: Apache Kafka and MongoDB, started here, or at KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI",
    )


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


@pytest.fixture(scope="session")
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
