"""What the pages share: who looks, in which language, at which town; and the page around it all."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.domain.hand import Hand
from console.domain.staff import Staff
from console.handlers.deps import Deps
from console.http.navigation import menu
from console.http.words import Words
from console.login.desk import Login
from console.login.session import Session, session
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from madoguchi.web.pages import Pages, language_of

PACKAGE = "console"
LANGUAGES = (Language.JAPANESE, Language.ENGLISH)


def pages() -> Pages:
    """Templates and texts, for staff: in two languages."""
    return Pages.of_package(PACKAGE, Catalogue.of_package(PACKAGE, LANGUAGES))


@dataclass(frozen=True, slots=True, repr=False)
class Site:
    """The world of the pages."""

    deps: Deps
    login: Login
    trace_url: str | None = None
    """With `{trace_id}` in it."""


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """Somebody at work at one page."""

    request: Request
    site: Site
    pages: Pages
    session: Session

    @property
    def staff(self) -> Staff:
        """Who."""
        return self.session.staff

    @property
    def deps(self) -> Deps:
        """With what."""
        return self.site.deps

    @property
    def town(self) -> Municipality:
        """Their town; nobody sees another one's."""
        return self.deps.towns[self.staff.municipality]

    @property
    def language(self) -> Language:
        """The language of the page."""
        return language_of(self.request, self.pages.languages(self.town))

    def render(self, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
        """A page with the menu around it."""
        return self.pages.render(
            self.request,
            template,
            self.language,
            town=self.town,
            status_code=status_code,
            desk=self,
            menu=menu(self.staff),
            words=Words(self.pages.catalogue, self.language),
            now=self.deps.clock(),
            **context,
        )


async def desk(request: Request, present: Annotated[Session, Depends(session)]) -> Desk:
    """Whoever asks, with everything that a page needs."""
    return Desk(request, request.app.state.site, request.app.state.pages, present)


def hand_of(desk: Desk, mark: str | None = None) -> Hand:
    """Somebody who acts now; `mark` as their form says it."""
    staff = desk.staff
    return Hand(staff, desk.deps.clock(), desk.deps.rules[staff.municipality], mark, tuple(desk.deps.trace().items()))


AtDesk = Annotated[Desk, Depends(desk)]
Mark = Annotated[str, Form(max_length=32)]
"""The state of the case that a form was made from."""
