"""Running the outside world as a process of its own."""

import sys
from pathlib import Path

import uvicorn

from madoguchi.policy.load import PolicyError
from madoguchi_sandbox.app import Settings, create_app

HOST = "127.0.0.1"
"""Loopback only: nothing here asks who you are."""
GRACE_SECONDS = 1


def run(
    folder: Path, *, port: int, smtp_port: int, intake_url: str, issuance_url: str = "", console_url: str = ""
) -> None:
    """Serve until SIGTERM. Ends with status 1 and a word on what to do when it can't start.

    Nothing is logged about requests: their addresses hold chat user ids.
    """
    settings = Settings(folder, f"http://{HOST}:{port}", intake_url, smtp_port, issuance_url, console_url)
    try:
        app = create_app(settings)
    except (PolicyError, OSError) as error:
        sys.exit(f"The sandbox can't start: {error}\nRun `madoguchi-sandbox init --dir {folder}` first.")
    uvicorn.run(
        app,
        host=HOST,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
