"""Errors of the console's own, as problems."""

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from console.domain.acts import ActsBroken
from console.handlers.acting import NoSuchCase
from madoguchi.web.problems import Problem, answer


def install(app: FastAPI) -> None:
    """Make them answers."""

    async def no_such_case(request: Request, _: Exception) -> Response:
        return answer(request, Problem(404))

    async def acts_broken(request: Request, error: Exception) -> Response:
        """Nothing is done any more until somebody has looked into it: what is done would not be on record."""
        structlog.get_logger("console").error("acts_broken", detail=str(error))
        return answer(request, Problem(503, "acts_broken", "The record of acts is broken"))

    app.add_exception_handler(NoSuchCase, no_such_case)
    app.add_exception_handler(ActsBroken, acts_broken)
