"""What a dashboard is made of, and how that becomes Grafana's own model (Grafana Foundation SDK)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from grafana_foundation_sdk.builders import bargauge, common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model

SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
WHOLE_WIDTH = 24
TOWN = 'municipality=~"$municipality"'
"""Selects the towns that are chosen at the top."""

Step = tuple[float, Literal["green", "orange", "red"]]


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression; `legend` names its series by their labels (`{{label}}`)."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. `description` says what one sees, and when to worry. `unit` is Grafana's id of it."""

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: Literal["lines", "areas", "number", "bars"] = "lines"
    width: int = 8
    steps: tuple[Step, ...] = ()
    """Colours of a number, from which value on."""
    least: float | None = 0
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. `since`: where its time range begins, e.g. `now/d`."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    since: str = "now-3h"
    by_town: bool = True


AnyPanel = stat.Panel | bargauge.Panel | timeseries.Panel


def dashboard(board: Board) -> model.Dashboard:
    """Grafana's model of it."""
    made = (
        build.Dashboard(board.title)
        .uid(board.uid)
        .description(board.description)
        .tags(["madoguchi"])
        .readonly()
        .timezone("Asia/Tokyo")
        .time(board.since, "now")
        .refresh("30s")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            build.DashboardLink("Madoguchi")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["madoguchi"])
            .as_dropdown(True)
        )
    )
    if board.by_town:
        made = made.with_variable(_towns())
    ids = count(1)
    for row in board.rows:
        made = made.with_row(build.Row(row.title).id(next(ids)))
        for panel in row.panels:
            made = made.with_panel(_built(panel).id(next(ids)))
    return made.build()


def _towns() -> build.QueryVariable:
    return (
        build.QueryVariable("municipality")
        .label("Town")
        .query("label_values(madoguchi_requests, municipality)")
        .datasource(SOURCE)
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _built(panel: Panel) -> AnyPanel:
    made = _of_kind(panel).title(panel.title).description(panel.description).datasource(SOURCE)
    made = made.unit(panel.unit).span(panel.width).height(4 if panel.kind == "number" else 8)
    if panel.least is not None:
        made = made.min(panel.least)
    if panel.most is not None:
        made = made.max(panel.most)
    if panel.steps:
        made = made.thresholds(_thresholds(panel.steps))
    for query, ref in zip(panel.queries, "ABCDEF", strict=False):
        target = Dataquery().expr(query.expr).legend_format(query.legend).ref_id(ref)
        made = made.with_target(target.instant() if panel.kind in ("number", "bars") else target.range())
    return made


def _of_kind(panel: Panel) -> AnyPanel:
    match panel.kind:
        case "number":
            return stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        case "bars":
            return bargauge.Panel().orientation(looks.VizOrientation.HORIZONTAL)
        case "areas":
            return _lines().stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL)).fill_opacity(40)
        case _:
            return _lines().fill_opacity(8)


def _lines() -> timeseries.Panel:
    legend = (
        common.VizLegendOptions().display_mode(looks.LegendDisplayMode.LIST).placement(looks.LegendPlacement.BOTTOM)
    )
    return timeseries.Panel().legend(legend.show_legend(True)).show_points(looks.VisibilityMode.NEVER)


def _thresholds(steps: Sequence[Step]) -> build.ThresholdsConfig:
    """Below the first step it is green."""
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps(
            [
                model.Threshold(value=None, color="green"),
                *(model.Threshold(value=at, color=colour) for at, colour in steps),
            ]
        )
    )


def most(by: str, metric: str) -> str:
    """A gauge that every instance reports alike."""
    return f"max by ({by}) ({metric})"


def quantile(share: float, bucket: str, by: str = "", window: str = "$__rate_interval") -> str:
    """A quantile of a histogram over a window; `bucket` is the metric, with its selector."""
    return f"histogram_quantile({share}, sum by ({f'le, {by}' if by else 'le'}) (rate({bucket}[{window}])))"
