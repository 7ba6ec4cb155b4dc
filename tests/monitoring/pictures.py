"""Pictures of the dashboards: their committed JSON, drawn as SVG from a live Prometheus, photographed by Chromium. For
looking at where no Grafana can run; a panel stands where Grafana would put it."""

import html
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from playwright.async_api import async_playwright

from monitoring.prometheus import Prometheus, Series
from monitoring.promql import DASHBOARDS, filled

COLUMN, LINE, GAP = 60, 34, 8
"""Pixels of the grid."""
COLOURS: Final = ("#3274d9", "#e0752d", "#299c46", "#8f3bb8", "#c4162a", "#0a7d8c", "#b58900", "#6b6b6b", "#d683ce")
_STYLE: Final = """body{margin:0;background:#f4f5f5;font:12px 'Noto Sans CJK JP',sans-serif;color:#24292e}
h1{font-size:20px;margin:12px} .b{position:relative;width:1440px}
.p{position:absolute;background:#fff;border:1px solid #d8d9da;box-sizing:border-box;overflow:hidden}
.p h2{font-size:13px;margin:6px 8px 0} .r{position:absolute;font-size:14px;font-weight:bold;padding:6px}
.n{font-size:34px;text-align:center;padding-top:22px} .none{color:#c4162a;text-align:center;padding-top:40px}
.l{position:absolute;bottom:4px;left:8px;right:8px;height:30px;overflow:hidden;line-height:15px}
.l span{margin-right:10px}
.l i{display:inline-block;width:10px;height:4px;margin-right:4px;vertical-align:middle}"""
Drawn = tuple[str, list[tuple[float, float]]]
"""Legend, and points."""


async def photographed(prometheus: Prometheus, folder: Path, variables: Mapping[str, str]) -> dict[str, Path]:
    """Title of each dashboard → its picture (PNG) in `folder`."""
    made = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        for path in sorted(DASHBOARDS.glob("*.json")):
            board = json.loads(path.read_text("utf-8"))
            await page.set_content(drawn(board, prometheus, variables))
            made[board["title"]] = folder / f"{path.stem}.png"
            await page.screenshot(path=made[board["title"]], full_page=True)
        await browser.close()
    return made


def drawn(board: dict[str, Any], prometheus: Prometheus, variables: Mapping[str, str]) -> str:
    """A dashboard as a page."""
    boxes = [_box(panel, _series(panel, prometheus, variables)) for panel in board["panels"]]
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    title = html.escape(board["title"])
    height = bottom * LINE
    return f"<style>{_STYLE}</style><h1>{title}</h1><div class=b style='height:{height}px'>{''.join(boxes)}</div>"


def _series(panel: dict[str, Any], prometheus: Prometheus, variables: Mapping[str, str]) -> list[Drawn]:
    found: list[Drawn] = []
    for target in panel.get("targets", ()):
        series = prometheus.over_time(filled(target["expr"], variables), step=2.0)
        found += [(_legend(target["legendFormat"], one), _finite(one)) for one in series]
    return found


def _legend(pattern: str, series: Series) -> str:
    return re.sub(r"{{(\w+)}}", lambda match: series[0].get(match[1], ""), pattern).strip()


def _finite(series: Series) -> list[tuple[float, float]]:
    return [(at, value) for at, value in series[1] if math.isfinite(value)]


def _box(panel: dict[str, Any], series: list[Drawn]) -> str:
    at = panel["gridPos"]
    left, top, width, height = at["x"] * COLUMN, at["y"] * LINE, at["w"] * COLUMN - GAP, at["h"] * LINE - GAP
    title = html.escape(panel["title"])
    if panel["type"] == "row":
        return f"<div class=r style='left:{left}px;top:{top}px'>{title}</div>"
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    inside = "<div class=none>no data</div>"
    if series:
        inside = _content(panel, series, unit, width, height)
    place = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    return f"<div class=p style='{place}'><h2>{title}</h2>{inside}</div>"


def _content(panel: dict[str, Any], series: list[Drawn], unit: str, width: int, height: int) -> str:
    match panel["type"]:
        case "stat":
            return f"<div class=n>{shown(series[0][1][-1][1], unit)}</div>"
        case "bargauge":
            return _bars(series, unit, width)
        case _:
            stacked = "stacking" in panel["fieldConfig"]["defaults"].get("custom", {})
            lines = _stacked(series) if stacked else series
            return _chart(lines, unit, width, height - 64, filled_in=stacked) + _key(series)


def _bars(series: list[Drawn], unit: str, width: int) -> str:
    last = [(name, points[-1][1]) for name, points in series]
    most = max(abs(value) for _, value in last) or 1
    rows = []
    for name, value in last:
        long = max(2, abs(value) / most * (width - 24))
        bar = f"<div style='height:10px;background:{COLOURS[0]};width:{long:.0f}px'></div>"
        rows.append(f"<div style='margin:4px 8px'>{html.escape(name)}: {shown(value, unit)}{bar}</div>")
    return "".join(rows)


def _stacked(series: list[Drawn]) -> list[Drawn]:
    """Each on top of those before; drawn from the top down."""
    sums: dict[float, float] = {}
    piled: list[Drawn] = []
    for name, points in series:
        for at, value in points:
            sums[at] = sums.get(at, 0.0) + value
        piled.append((name, [(at, sums[at]) for at, _ in points]))
    return piled[::-1]


def _chart(series: list[Drawn], unit: str, width: int, height: int, *, filled_in: bool) -> str:
    times = [at for _, points in series for at, _ in points]
    values = [value for _, points in series for _, value in points]
    low, high = min(0.0, *values), max(values) if max(values) > min(0.0, *values) else 1.0
    first, span = min(times), (max(times) - min(times)) or 1.0
    edge, across = 58, width - 70

    def point(at: float, value: float) -> str:
        return f"{edge + (at - first) / span * across:.1f},{height - (value - low) / (high - low) * (height - 12):.1f}"

    lines = []
    for share in (0.0, 0.5, 1.0):
        y = height - share * (height - 12)
        lines.append(f"<text x=2 y={y + 4:.0f} font-size=10>{shown(low + share * (high - low), unit)}</text>")
        lines.append(f"<line x1={edge} x2={width - 12} y1={y:.0f} y2={y:.0f} stroke=#e5e5e5 />")
    for number, (_, points) in enumerate(series):
        colour = COLOURS[(len(series) - 1 - number if filled_in else number) % len(COLOURS)]
        path = " ".join(point(at, value) for at, value in points)
        if filled_in:
            path = f"{point(points[0][0], low)} {path} {point(points[-1][0], low)}"
        fill = colour if filled_in else "none"
        lines.append(f"<polyline points='{path}' fill='{fill}' stroke='{colour}' stroke-width=1.5 />")
    return f"<svg width={width} height={height + 6}>{''.join(lines)}</svg>"


def _key(series: list[Drawn]) -> str:
    marks = [
        f"<span><i style='background:{COLOURS[number % len(COLOURS)]}'></i>{html.escape(name)}</span>"
        for number, (name, _) in enumerate(series)
    ]
    return f"<div class=l>{''.join(marks)}</div>"


def shown(value: float, unit: str) -> str:
    """A number as Grafana would write it, roughly."""
    if unit == "s":
        return f"{value / 3600:.3g} h" if abs(value) >= 3600 else f"{value:.3g} s"
    factor, sign = {"percentunit": (100.0, " %"), "bytes": (2.0**-20, " MiB"), "d": (1.0, " d")}.get(unit, (1.0, ""))
    return f"{value * factor:.3g}{sign}"
