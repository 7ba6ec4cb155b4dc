"""What runs in a worker process: rendering, and leaving room for the signature. It holds no key and no connection."""

import os
import signal
import threading
from datetime import datetime
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

from issuance.documents.model import RenderInput
from issuance.documents.render import Renderer
from issuance.documents.seal import Dressing, Prepared, prepare

_renderers: list[Renderer] = []
"""The one renderer of this process, made at its start."""


def start(font: Path | None) -> None:
    """Initialise a worker process: end with the parent, leave signals to it, load font and template."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent drains, then ends its workers
    _renderers[:] = [Renderer(font)]


def warm(document: RenderInput) -> int:
    """Render once, so that the first resident does not wait; tells the process id."""
    _renderers[0].render(document)
    return os.getpid()


def make(document: RenderInput, dressing: Dressing, signed_at: datetime) -> Prepared:
    """Render and prepare. Raises `CannotRender`."""
    rendered = _renderers[0].render(document)
    return prepare(rendered.pdf, dressing, contact=document.number, signed_at=signed_at, sheets=rendered.sheets)


def picture(document: RenderInput, ppi: int) -> bytes:
    """The first sheet as PNG."""
    return _renderers[0].picture(document, ppi)


def _end_with_parent() -> None:
    """A killed parent cannot tell its workers; without this they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
