"""Health and metrics for the cluster: `/health/live`, `/health/ready`, `/metrics`. They say codes, never details."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

Check = Callable[[], Awaitable[None]]
"""Returns when the thing answers; raises, or takes too long, otherwise."""

CHECK_SECONDS = 2.0


@dataclass(slots=True)
class Health:
    """What health is judged by. Ready: every check passes and the service is not draining."""

    checks: dict[str, Check] = field(default_factory=dict)
    alive: Callable[[], bool] = field(default=lambda: True)
    """False when only a restart helps."""
    draining: bool = False

    async def verdicts(self) -> dict[str, str]:
        """`ok` or `failing` for every check, run side by side."""
        answers = await asyncio.gather(*(_passes(check) for check in self.checks.values()))
        verdicts = {name: "ok" if passed else "failing" for name, passed in zip(self.checks, answers, strict=True)}
        return {**verdicts, "draining": "failing"} if self.draining else verdicts


def mount(app: FastAPI, checks: Mapping[str, Check] | None = None) -> Health:
    """Give `app` its health routes. Called again for the same app, it only adds checks."""
    present = getattr(app.state, "health", None)
    if isinstance(present, Health):
        present.checks.update(checks or {})
        return present
    health = app.state.health = Health(dict(checks or {}))

    @app.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        return JSONResponse({"status": "alive" if health.alive() else "stuck"}, 200 if health.alive() else 503)

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> Response:
        verdicts = await health.verdicts()
        good = all(verdict == "ok" for verdict in verdicts.values())
        return JSONResponse({"status": "ready" if good else "not_ready", "checks": verdicts}, 200 if good else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), media_type=content_type)

    return health


async def _passes(check: Check) -> bool:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except Exception:  # noqa: BLE001 - whatever it is, the thing does not answer
        return False
    return True
