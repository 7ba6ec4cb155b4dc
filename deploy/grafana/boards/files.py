"""Which file holds which dashboard."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from boards import counter, identity, issuance, machinery, notify, pipeline
from boards.panels import Board, dashboard

FOLDER = Path(__file__).parents[1] / "dashboards"
BOARDS = (counter.BOARD, pipeline.BOARD, identity.BOARD, issuance.BOARD, notify.BOARD, machinery.BOARD)


def text_of(board: Board) -> str:
    """The dashboard as Grafana reads it."""
    return JSONEncoder(sort_keys=True, indent=2).encode(dashboard(board)) + "\n"


FILES: dict[Path, Callable[[], str]] = {FOLDER / f"{board.uid}.json": partial(text_of, board) for board in BOARDS}
