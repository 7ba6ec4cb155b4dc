"""Rules, runbook, rule tests and dashboards fit together, and name only metrics that there are."""

import importlib
import re
from collections import defaultdict
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from boards.files import FILES
from boards.panels import WHOLE_WIDTH
from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher.plan import Layout
from monitoring.promql import RULES, alerts, inputs, metrics, panels, rules
from unit.telemetry.test_metrics import MEASURING

RUNBOOK = RULES.parents[1] / "alerts.md"
OF_OTHERS = {
    "http_server_request_duration_seconds",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "up",
}


def entries() -> dict[str, str]:
    """Anchor → what the runbook says there."""
    parts = re.split(r"^### (\S+)$", RUNBOOK.read_text("utf-8"), flags=re.MULTILINE)
    return {title.lower(): text.strip() for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_every_alert_has_its_entry_and_every_entry_its_alert() -> None:
    assert set(entries()) == {name.lower() for name in alerts()}
    for name, rule in alerts().items():
        assert rule["annotations"]["runbook_url"] == f"deploy/alerts.md#{name.lower()}"
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]


@pytest.mark.parametrize("anchor", entries())
def test_an_entry_says_something(anchor: str) -> None:
    assert len(entries()[anchor].split("\n\n")[0].split()) >= 12 or "As " in entries()[anchor]


def test_the_entries_name_real_dashboards() -> None:
    titles = {board for board, _ in panels()}
    named = set(re.findall(r"\*([A-Z][A-Za-z&, ]+)\*", RUNBOOK.read_text("utf-8"))) - {"Critical"}
    assert named <= titles


def test_every_alert_is_tried_both_ways() -> None:
    fires: dict[str, set[bool]] = defaultdict(set)
    for case in yaml.safe_load(RULES.with_name("rules.test.yaml").read_text("utf-8"))["tests"]:
        for tried in case["alert_rule_test"]:
            fires[tried["alertname"]].add(bool(tried["exp_alerts"]))
    assert fires == {name: {True, False} for name in alerts()}


def _known() -> set[str]:
    for module in MEASURING:
        importlib.import_module(module)
    ours = {name for names in REGISTRY._collector_to_names.values() for name in names}
    return ours | OF_OTHERS | {rule["record"] for rule in rules() if "record" in rule}


def _base(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def test_rules_and_panels_name_metrics_that_there_are() -> None:
    known = _known()
    for expr in [*(rule["expr"] for rule in rules()), *(t["expr"] for _, p in panels() for t in p["targets"])]:
        found = metrics(expr)
        assert found, expr
        assert {name for name in found if name not in known and _base(name) not in known} == set(), expr


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_a_committed_dashboard_is_what_the_code_makes(path: Any) -> None:
    assert path.read_text("utf-8") == FILES[path](), "run: make generate"


def test_there_is_no_dashboard_that_the_code_does_not_make() -> None:
    assert {path.name for path in next(iter(FILES)).parent.iterdir()} == {path.name for path in FILES}


def test_panels_say_what_they_show_and_fit_the_page() -> None:
    widths: dict[tuple[str, int], int] = defaultdict(int)
    for board, panel in panels():
        assert len(panel["description"]) > 15, panel["title"]
        assert panel["targets"], panel["title"]
        widths[board, panel["gridPos"]["y"]] += panel["gridPos"]["w"]
    assert set(widths.values()) == {WHOLE_WIDTH}


def test_the_launcher_is_scraped_where_it_listens() -> None:
    (services, _node) = yaml.safe_load(RULES.with_name("launcher.yaml").read_text("utf-8"))["scrape_configs"]
    layout = Layout(RULES.parent)
    told = {each["labels"]["service"]: each["targets"] for each in services["static_configs"]}
    assert told == {name: [f"127.0.0.1:{layout.port(name)}"] for name in ALL_SERVICES}


def test_every_service_is_scraped_in_compose() -> None:
    jobs = yaml.safe_load(RULES.with_name("prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    assert [job["job_name"] for job in jobs] == [*ALL_SERVICES, "node"]
    down = alerts()["ServiceDown"]["expr"]
    assert all(f'absent(up{{service="{name}"}})' in down for name in ALL_SERVICES)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("a > 1", ["a"]),
        ("(a > 14.4 * 0.001 and b > 1)\nor\n(c < 6)", ["a", "b", "c"]),
        ('sum(rate(x{a=~"or > and"}[5m])) / sum(y) > 0', ['sum(rate(x{a=~"or > and"}[5m])) / sum(y)']),
        ("sum(a unless b offset 5m) > 0", ["sum(a unless b offset 5m)"]),
        ("(sum(a) or vector(0)) / sum(b) > 0.5", ["(sum(a) or vector(0)) / sum(b)"]),
    ],
)
def test_an_expression_is_taken_apart(expr: str, expected: list[str]) -> None:
    assert inputs(expr) == expected
