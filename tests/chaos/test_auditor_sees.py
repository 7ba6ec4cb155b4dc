"""A bug planted into the services makes the auditor's figure other than 0: it would not overlook one."""

import asyncio
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest
from rich.console import Console

from chaos.audit import Report
from chaos.run import Orders, run
from chaos.schedule import Strike
from chaos.strikes import PLANTED
from madoguchi_sandbox.launcher.plan import Rung
from system import layout_in

pytestmark = [pytest.mark.processes, pytest.mark.embedded, pytest.mark.chaos, pytest.mark.timeout(300)]

THREADS = 24


def played(folder: Path, bug: str, plan: Sequence[Strike]) -> Report:
    """A short run with that bug in every service, one instance of each."""
    orders = Orders(
        rung=Rung.EMBEDDED,
        threads=THREADS,
        per_second=1.5,
        plan=tuple(plan),
        seed=11,
        folder=folder / "run",
        base_port=layout_in(folder).base_port,
        instances=(1,),
        patience=40.0,
        silence=3.0,
        more={"PYTHONPATH": str(PLANTED), "PLANTED_BUG": bug},
    )
    return asyncio.run(run(orders, Console(quiet=True)))


def killed(*names: str, every: float, until: float) -> list[Strike]:
    """These in turn, again and again."""
    times = [every * number for number in range(1, int(until / every) + 1)]
    return [Strike(at, "kill", f"{name}-1") for at, name in zip(times, cycle(names), strict=False)]


def test_without_a_bug_nothing_is_found(tmp_path: Path) -> None:
    report = played(tmp_path, "", killed("request-intake", "issuance", every=4, until=14))
    told = report.as_json()
    assert (report.bad, told["threads"], told["kills"]) == ([], THREADS, 3)


def test_commit_before_save(tmp_path: Path) -> None:
    report = played(tmp_path, "commit_before_save", killed("request-intake", every=2.5, until=16))
    assert "lost" in report.bad


def test_publish_before_save(tmp_path: Path) -> None:
    report = played(tmp_path, "publish_before_save", killed("request-intake", every=2.5, until=16))
    assert "duplicate_notices_by_channel" in report.bad


def test_a_certificate_id_by_chance(tmp_path: Path) -> None:
    report = played(tmp_path, "certificate_id_by_chance", killed("issuance", every=3, until=21))
    assert "duplicate_certificates" in report.bad


def test_sweep_off(tmp_path: Path) -> None:
    restarts = [Strike(at, "broker_restart", "broker") for at in (4.0, 8.0, 12.0, 16.0)]
    report = played(tmp_path, "sweep_off", restarts)
    assert "stuck" in report.bad
