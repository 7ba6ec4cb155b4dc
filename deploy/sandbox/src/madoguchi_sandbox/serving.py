"""Running the outside world as a process of its own."""

import sys

import uvicorn

from madoguchi.policy.load import PolicyError
from madoguchi_sandbox.app import Settings, create_app

GRACE_SECONDS = 1


def run(host: str, port: int, settings: Settings) -> None:
    """Serve until SIGTERM. Ends with status 1 and a word on what to do when it can't start.

    Nothing here asks who you are, so `host` is loopback, or an address of a container. Nothing is logged about
    requests: their addresses hold chat user ids.
    """
    try:
        app = create_app(settings)
    except (PolicyError, OSError) as error:
        sys.exit(f"The sandbox can't start: {error}\nRun `madoguchi-sandbox init --dir {settings.folder}` first.")
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
