"""What goes wrong in the use cases, as problems."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue
from madoguchi.text.my_number import contains_my_number
from madoguchi.vault.port import KeyErased
from madoguchi.web.problems import Problem, answer
from request_intake.domain.step import NotNow
from request_intake.handlers import NoSuchRequest, NotOffered

DOCUMENTED = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
"""The problems that every operation documents: all that the manners, the checks and the use cases can raise."""

_REASONS = {
    "not_offered": "This municipality does not offer it; see the catalogue.",
    "no_online_proof": "No way of proving identity online is lawful here today; use another way of the catalogue.",
    "missing": "It is needed here.",
    "not_asked_for": "It belongs to a request for one other member of the household only.",
    "not_current": "The consent must be given to the version in the catalogue.",
}


def install(app: FastAPI, catalogue: Catalogue) -> None:
    """Make the use cases' errors problems."""

    async def unknown(request: Request, _: Exception) -> Response:
        return answer(request, Problem(404, "no_such_request", "There is no request with this id"))

    async def not_now(request: Request, error: Exception) -> Response:
        code = error.args[0]
        return answer(request, Problem(409, code, catalogue.text(Language.ENGLISH, f"sorry.{code}")))

    async def not_offered(request: Request, error: Exception) -> Response:
        objections = error.objections if isinstance(error, NotOffered) else ()
        errors = [
            {"pointer": "#/" + field.replace(".", "/"), "code": code, "detail": _REASONS[code]}
            for field, code in objections
        ]
        return answer(
            request, Problem(422, "not_offered", "The town cannot take this request", extra={"errors": errors})
        )

    async def erased(request: Request, _: Exception) -> Response:
        return answer(request, Problem(409, "erased", "The data of this request has been erased"))

    app.add_exception_handler(NoSuchRequest, unknown)
    app.add_exception_handler(NotNow, not_now)
    app.add_exception_handler(NotOffered, not_offered)
    app.add_exception_handler(KeyErased, erased)


def refuse_my_number(**texts: str | None) -> None:
    """Raise a 422 problem when a free text holds what must be taken for a My Number (番号法 §20); nothing is kept."""
    found = [name for name, text in texts.items() if text and contains_my_number(text, context=name)]
    if found:
        raise Problem(
            422,
            "my_number_refused",
            "A My Number must not be sent",
            "A text holds what looks like a 12-digit My Number (個人番号). It was not taken and is not stored.",
            "Never ask residents for their My Number. Send the request again without it.",
            extra={"errors": [_my_number_at(name) for name in found]},
        )


def _my_number_at(name: str) -> dict[str, str]:
    pointer = "#/" + name.replace("_", "/", 1)
    return {"pointer": pointer, "code": "my_number", "detail": "This text holds what looks like a My Number."}
