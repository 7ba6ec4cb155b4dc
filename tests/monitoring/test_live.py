"""Every panel's query and every alert's expression against a real Prometheus, beside a system under load in which some
things go wrong; the pictures of the dashboards; the labels as they are really scraped."""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher.plan import Layout
from monitoring.day import KINDS, make_towns, play
from monitoring.labels import LABELS, OF_LIBRARIES
from monitoring.pictures import photographed
from monitoring.prometheus import Prometheus, watching
from monitoring.promql import RULES, alerts, filled, inputs, panels
from system import layout_in, running

pytestmark = [pytest.mark.monitoring, pytest.mark.timeout(1500)]

FIRST_PORT = 10_200
PACE = {
    "CRL_PATIENCE_SECONDS": "0.3",
    "CRL_REFRESH_SECONDS": "2",
    "GAUGES_SECONDS": "1",
    "PROVIDER_SECONDS": "2",
    "REDRIVE_SECONDS": "3",
    "SWEEP_SECONDS": "0.5",
}
VARIABLES = {"municipality": ".*", "__rate_interval": "1m", "__range": "30m"}
"""What Grafana would put in."""
NOT_HERE = ("absent(", "min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes")
"""Inputs of alerts without data on a machine where all is there and that is no node of a cluster."""


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return layout_in(tmp_path_factory.mktemp("system"), first=FIRST_PORT)


@pytest.fixture(scope="module")
def live(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus after a day at the counter, with everything still running."""
    folder = tmp_path_factory.mktemp("watch")
    make_towns(layout, folder)
    with running(layout, PACE) as stack, watching(layout, folder / "prometheus") as prometheus:
        counts = asyncio.run(play(stack, folder))
        assert counts == {"begun": sum(kind[0] for kind in KINDS), "ended": sum(kind[0] for kind in KINDS)}
        time.sleep(5)  # some scrapes more
        yield prometheus


def test_every_query_of_every_panel_returns_data(live: Prometheus) -> None:
    silent = [
        f"{board} / {panel['title']}: {target['expr']}"
        for board, panel in panels()
        for target in panel["targets"]
        if not live.over_time(filled(target["expr"], VARIABLES))
    ]
    assert silent == []


def test_every_input_of_every_alert_returns_data(live: Prometheus) -> None:
    for name, rule in alerts().items():
        for expr in inputs(rule["expr"]):
            here = not expr.startswith(NOT_HERE)
            found = live.over_time(expr) if here else live.now(expr)
            assert bool(found) is here, f"{name}: {expr}"


def test_every_rule_is_evaluated(live: Prometheus) -> None:
    evaluated = live.rules()
    assert {rule["name"] for rule in evaluated if rule["type"] == "alerting"} == set(alerts())
    assert [(rule["name"], rule.get("lastError")) for rule in evaluated if rule["health"] != "ok"] == []


def test_what_went_wrong_is_alerted_and_nothing_counts_as_lost(live: Prometheus) -> None:
    raised = {labels["alertname"] for labels, _ in live.over_time("ALERTS")}
    assert {"DeadLettersGrowing", "RevocationListStale"} <= raised
    assert not {"AcceptanceErrors", "PromisesBroken", "ServiceDown", "StoreFailing", "DiskFilling"} & {
        labels["alertname"] for labels, _ in live.over_time('ALERTS{alertstate="firing"}')
    }
    assert [value for _, value in live.now("max(madoguchi_requests_unaccounted)")] == [0]
    assert [value for _, value in live.now("sum(madoguchi_events_of_unknown_requests_total)")] == [0]


def test_the_gauges_of_every_service_are_fresh(live: Prometheus) -> None:
    expr = "time() - max by (service) (madoguchi_gauges_refreshed_timestamp_seconds)"
    age = {labels["service"]: value for labels, value in live.now(expr)}
    assert set(age) == set(ALL_SERVICES)
    assert max(age.values()) < 120


def test_what_is_scraped_has_codes_for_labels_and_nothing_else(live: Prometheus, layout: Layout) -> None:
    allowed = {**LABELS, **OF_LIBRARIES}
    for name in ALL_SERVICES:
        text = httpx.get(f"{layout.url(name)}/metrics").raise_for_status().text
        assert "process_resident_memory_bytes" in text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                for label, value in sample.labels.items():
                    assert label in allowed, f"{sample.name}: {label}"
                    assert re.fullmatch(allowed[label], value), f"{sample.name}: {label}={value}"


def test_the_dashboards_have_pictures(live: Prometheus, tmp_path: Path) -> None:
    folder = Path(os.environ.get("DASHBOARD_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    made = asyncio.run(photographed(live, folder, VARIABLES))
    assert {board for board, _ in panels()} == set(made)
    for path in made.values():
        assert path.stat().st_size > 20_000, path


def test_the_rules_do_as_their_tests_say() -> None:
    tests = RULES.with_name("rules.test.yaml")
    done = subprocess.run(["promtool", "test", "rules", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["prometheus.yaml", "launcher.yaml"])
def test_the_scrape_configurations_are_right(name: str) -> None:
    done = subprocess.run(
        ["promtool", "check", "config", RULES.with_name(name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
