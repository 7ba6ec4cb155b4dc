"""`/verify`: is this certificate genuine, and does it still count? For anyone who holds one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.responses import Response

from issuance.http import verdicts
from issuance.http.dates import date_parts
from issuance.http.doors import Doors
from issuance.http.upload import uploaded_file
from issuance.http.verdicts import Answer, Result
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.problems import Problem, responses

Code = Annotated[str, Query(max_length=40, description="The check code from the QR code.")]


def router(doors: Doors, pages: Pages) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["verification"])

    @routes.get("/verify", response_class=HTMLResponse)
    async def form(request: Request) -> Response:
        """The page where a file can be checked."""
        return _form(request, doors, pages)

    @routes.post("/verify", response_class=HTMLResponse, responses=responses(400, 413, 415, 429, 503))
    async def check_file(request: Request) -> Response:
        """Check a PDF (form field `file`, or the body). Answers JSON to who accepts `application/json`."""
        pdf = await uploaded_file(request)
        if not pdf and not _wants_json(request):
            return _form(request, doors, pages, missing=True)
        result = await verdicts.by_file(pdf, doors)
        if _wants_json(request):
            return JSONResponse(result.document())
        return _page(request, result, doors, pages, of_file=True)

    @routes.get("/verify/{number}.json", responses=responses(404, 422, 429))
    async def as_json(number: str, k: Code = "") -> Response:
        """The state of a certificate, for machines."""
        result = await verdicts.by_number(number, k, doors)
        if result.entry is None:
            raise Problem(
                404,
                "not_ours",
                "No such certificate",
                what_to_do="Check number and check code; both are in the address that the QR code holds.",
            )
        return JSONResponse(result.document())

    @routes.get("/verify/{number}", response_class=HTMLResponse, responses=responses(422, 429))
    async def page(request: Request, number: str, k: Code = "") -> Response:
        """The state of a certificate, for people: where the QR code leads."""
        return _page(request, await verdicts.by_number(number, k, doors), doors, pages)

    return routes


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _form(request: Request, doors: Doors, pages: Pages, *, missing: bool = False) -> Response:
    town = _only_town(doors)
    return pages.render(request, "verify.html", _language(request, town), town=town, missing=missing)


def _only_town(doors: Doors) -> Municipality | None:
    """The look of a page about no certificate: the town's, where there is only one."""
    towns = tuple(doors.towns.values())
    return towns[0].policy if len(towns) == 1 else None


def _language(request: Request, town: Municipality | None) -> Language:
    return language_of(request, town.languages) if town else language_of(request)


def _page(request: Request, result: Result, doors: Doors, pages: Pages, *, of_file: bool = False) -> Response:
    entry = result.entry
    town = doors.towns[entry.municipality].policy if entry else _only_town(doors)
    language = _language(request, town)
    return pages.render(
        request,
        "result.html",
        language,
        town=town,
        status_code=404 if result.answer is Answer.NOT_OURS and not of_file else 200,
        result=result,
        kind=town.certificates[entry.certificate].name[language] if town and entry else "",
        issued_on=date_parts(entry.issued_at, language) if entry else None,
        ended_on=date_parts(entry.ended_at, language) if entry and entry.ended_at else None,
        of_file=of_file,
    )
