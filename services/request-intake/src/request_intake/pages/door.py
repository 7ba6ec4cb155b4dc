"""From a link to the request behind it, and the page in the resident's language."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.web.pages import LANGUAGE_COOKIE, Pages
from madoguchi.web.problems import Problem
from request_intake.domain.state import RequestState
from request_intake.domain.status import Status, status
from request_intake.domain.step import NotNow
from request_intake.domain.words import Words
from request_intake.handlers import Deps
from request_intake.ports import ProviderAway

SAME_SITE = ("same-origin", "none")
"""Values of `Sec-Fetch-Site` that our own forms, and typed addresses, have."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A resident at the page of their request."""

    request: Request
    deps: Deps
    pages: Pages
    town: Municipality
    language: Language
    state: RequestState
    token: str

    @property
    def words(self) -> Words:
        """Texts in the visitor's language."""
        return Words(self.pages.catalogue, self.language)

    @property
    def status(self) -> Status:
        """The status as of now."""
        return status(self.state, self.deps.clock())

    def url(self, below: str = "") -> str:
        """The public address of this request's page, or of one below it."""
        own = f"{self.deps.links.intake_url.rstrip('/')}/r/{self.token}"
        return f"{own}/{below}" if below else own

    def path(self, below: str = "") -> str:
        """The same, for links inside our pages."""
        return urlsplit(self.url(below)).path

    def render(self, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
        """A page about this request."""
        own = {"visit": self, "words": self.words, **context}
        return self.pages.render(self.request, template, self.language, town=self.town, status_code=status_code, **own)

    def sorry(self, error: NotNow | ProviderAway) -> HTMLResponse:
        """What was asked for can't be done: say why, and lead back."""
        away = isinstance(error, ProviderAway)
        return self.render(
            "sorry.html", status_code=503 if away else 409, code="provider_away" if away else error.args[0]
        )


async def visit(request: Request, token: Annotated[str, Path(max_length=200)]) -> Visit:
    """The visit for a status link. Raises `LinkInvalid`, `LinkExpired`, `NoSuchRequest`."""
    deps: Deps = request.app.state.deps
    municipality, request_id = deps.links.request_of(token, deps.clock())
    state, town = await deps.load(request_id), deps.towns[municipality]
    chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    offered = {tag.value: tag for tag in town.languages}
    language = next((offered[tag] for tag in chosen if tag in offered), state.language)
    return Visit(request, deps, request.app.state.pages, town, language, state, token)


async def own_form(request: Request) -> None:
    """Refuse a form that another site sends. The link itself is the key, so this is a second lock (CSRF)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    deps: Deps = request.app.state.deps
    ours = {f"{part.scheme}://{part.netloc}" for part in (urlsplit(deps.links.intake_url), urlsplit(str(request.url)))}
    foreign = site not in SAME_SITE if site is not None else origin is not None and origin not in ours
    if foreign:
        raise Problem(403, "foreign_form", "This form was sent from another site")


Visiting = Annotated[Visit, Depends(visit)]
