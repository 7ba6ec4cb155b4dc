"""Errors in the shape LINE gives them: `{"message": …, "details": [{"message": …, "property": …}]}`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong, and where."""

    message: str
    property: str


class LineError(Exception):
    """An answer that is not 200."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Sequence[Detail] = (),
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = tuple(details)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self) -> JSONResponse:
        """The answer as LINE sends it: no `details` when there are none."""
        body: dict[str, Any] = {"message": self.message, **self.extra}
        if self.details:
            body["details"] = [{"message": d.message, "property": d.property} for d in self.details]
        return JSONResponse(body, self.status, self.headers)


def invalid_body(details: Sequence[Detail]) -> LineError:
    """400 for a body with errors."""
    return LineError(400, f"The request body has {len(details)} error(s)", details)


def rate_limited() -> LineError:
    """429, first meaning: slow down and try again."""
    return LineError(429, "The API rate limit has been exceeded. Try again later.")


def quota_exhausted() -> LineError:
    """429, second meaning: no message more this month; trying again is useless."""
    return LineError(429, "You have reached your monthly limit.")
