"""`/download/{token}`: hands the certificate to whoever holds the link, and to nobody else."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from issuance.domain.case import Case, Standing
from issuance.domain.ledger import LedgerEntry, Status
from issuance.domain.order import WrongSubject
from issuance.handlers.deps import Town
from issuance.http.dates import date_parts
from issuance.http.doors import Doors
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from madoguchi.web.links import read_any
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.problems import Problem, responses

RESIDENT = Access("resident", Purpose.DELIVER_CERTIFICATE, LegalBasis.RESIDENT_REGISTER_ACT_12)


@dataclass(frozen=True, slots=True)
class Ready:
    """A certificate that may be handed out."""

    town: Town
    case: Case
    entry: LedgerEntry


def router(doors: Doors, pages: Pages) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["download"], responses=responses(404, 410, 429))

    @routes.get("/download/{token}", response_class=HTMLResponse)
    async def page(request: Request, token: str) -> Response:
        """What is there to fetch; looking at this page opens nothing."""
        ready = await _ready(token, doors)
        policy, asked = ready.town.policy, ready.case.asked
        language = language_of(request, policy.languages, asked.language if asked else None)
        return pages.render(
            request,
            "download.html",
            language,
            town=policy,
            token=token,
            kind=policy.certificates[ready.entry.certificate].name[language],
            entry=ready.entry,
            issued_on=date_parts(ready.entry.issued_at, language),
        )

    @routes.get("/download/{token}/certificate.pdf", response_class=Response)
    async def pdf(token: str, save: bool = False) -> Response:
        """The certificate. Fetching it is written to the access log."""
        ready = await _ready(token, doors)
        return Response(
            await _opened(ready, doors),
            media_type="application/pdf",
            headers={"Content-Disposition": _disposition(ready, save=save)},
        )

    return routes


async def _ready(token: str, doors: Doors) -> Ready:
    """Raises `LinkInvalid`, `LinkExpired`, and `Problem` 404 (not issued) or 410 (it no longer counts)."""
    municipality, request_id = read_any(doors.link_keys, token, "download", doors.clock())
    case = await doors.cases.load(request_id)
    if case is None or case.state.issuing is None or case.state.standing not in (Standing.ISSUED, Standing.REVOKED):
        raise Problem(404, "not_issued", "There is no certificate yet")
    entry = await doors.ledger.load(case.state.issuing.number)
    if entry is None or entry.state.request_id != request_id or entry.state.municipality != municipality:
        raise WrongSubject("the ledger's entry is another request's")
    if entry.state.status is not Status.VALID or case.state.standing is Standing.REVOKED:
        raise Problem(410, "certificate_ended", "This certificate no longer counts")
    if not await doors.vault.readable(request_id):
        raise _erased()
    return Ready(doors.towns[municipality], case.state, entry.state)


def _erased() -> Problem:
    return Problem(410, "erased", "The certificate's data has been erased")


async def _opened(ready: Ready, doors: Doors) -> bytes:
    """The PDF, once everything says that it is this request's. Raises `WrongSubject`, and `Problem` 410."""
    stored = await doors.certificates.get(ready.entry.number)
    if stored is None or stored.request_id != ready.case.request_id:
        raise WrongSubject("the stored certificate is another request's")
    try:
        pdf = await doors.vault.open_bytes(ready.case.request_id, stored.sealed, RESIDENT)
    except KeyErased:
        raise _erased() from None
    if hashlib.sha256(pdf).hexdigest() != ready.entry.sha256:
        raise WrongSubject("the stored certificate is not the one in the ledger")
    return pdf


def _disposition(ready: Ready, *, save: bool) -> str:
    """A name in ASCII, and a Japanese one for those who understand RFC 6266; no name of a person."""
    policy, entry = ready.town.policy, ready.entry
    kind = policy.certificates[entry.certificate].name[policy.languages[0]]
    said = quote(f"{kind}_{entry.number}.pdf", safe="")
    return f"{'attachment' if save else 'inline'}; filename=\"certificate-{entry.number}.pdf\"; filename*=UTF-8''{said}"
