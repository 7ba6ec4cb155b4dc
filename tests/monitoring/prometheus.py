"""A real Prometheus and a node_exporter beside a running system, for as long as a block lasts."""

import math
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher.plan import Layout
from monitoring.promql import RULES

PROMETHEUS, EXPORTER = 90, 91
"""Added to the system's first port."""
READY_WITHIN = 60.0
Series = tuple[dict[str, str], list[tuple[float, float]]]
"""Labels, and (time in seconds, value)."""


class NotInstalled(RuntimeError):
    """A program is missing that this test cannot do without."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Its HTTP API."""

    url: str
    began: float

    def over_time(self, expr: str, step: float = 5.0) -> list[Series]:
        """The expression from the beginning until now; only series with a number in them."""
        when = {"start": self.began, "end": time.time(), "step": step}
        found = self._get("query_range", query=expr, **when)["result"]
        series = [(each["metric"], [(float(at), float(value)) for at, value in each["values"]]) for each in found]
        return [one for one in series if any(math.isfinite(value) for _, value in one[1])]

    def now(self, expr: str) -> list[tuple[dict[str, str], float]]:
        """The expression at this moment."""
        return [(each["metric"], float(each["value"][1])) for each in self._get("query", query=expr)["result"]]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule as it was last evaluated."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, what: str, **parameters: Any) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=parameters, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json()["data"])


@contextmanager
def watching(layout: Layout, folder: Path) -> Iterator[Prometheus]:
    """Both, scraping the system of that layout once a second."""
    programs = [_program(name) for name in ("prometheus", "prometheus-node-exporter")]
    ports = [layout.base_port + offset for offset in (PROMETHEUS, EXPORTER)]
    folder.mkdir(parents=True)
    config = _configured(layout, folder, ports[1])
    url = f"http://127.0.0.1:{ports[0]}"
    lines = (
        [programs[1], f"--web.listen-address=127.0.0.1:{ports[1]}", "--collector.disable-defaults",
         "--collector.filesystem"],
        [programs[0], f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
         f"--web.listen-address=127.0.0.1:{ports[0]}", "--log.level=warn"],
    )  # fmt: skip
    with ExitStack() as stack:
        for line, name in zip(lines, ("exporter", "prometheus"), strict=True):
            stack.enter_context(_process(line, folder / f"{name}.log"))
        _wait_ready(url, folder / "prometheus.log")
        yield Prometheus(url, time.time())


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"{name} is missing; on Debian: apt-get install prometheus prometheus-node-exporter")
    return found


def _configured(layout: Layout, folder: Path, exporter: int) -> Path:
    """The launcher's scrape configuration and the rules, for these ports, and in a hurry."""
    config = yaml.safe_load(RULES.with_name("launcher.yaml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    services, node = config["scrape_configs"]
    services["static_configs"] = [
        {"targets": [f"127.0.0.1:{layout.port(name)}"], "labels": {"service": name}} for name in ALL_SERVICES
    ]
    node["static_configs"] = [{"targets": [f"127.0.0.1:{exporter}"]}]
    rules = RULES.read_text("utf-8")
    assert "interval: 30s" in rules
    (folder / "rules.yaml").write_text(rules.replace("interval: 30s", "interval: 2s"), "utf-8")
    made = folder / "prometheus.yaml"
    made.write_text(yaml.safe_dump(config), "utf-8")
    return made


@contextmanager
def _process(line: list[str], log: Path) -> Iterator[None]:
    with log.open("ab") as said:
        child = subprocess.Popen(line, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _wait_ready(url: str, log: Path) -> None:
    end = time.monotonic() + READY_WITHIN
    while True:
        try:
            if httpx.get(f"{url}/-/ready").status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > end:
            raise RuntimeError(f"Prometheus is not ready: {log.read_text()[-2000:]}")
        time.sleep(0.2)
