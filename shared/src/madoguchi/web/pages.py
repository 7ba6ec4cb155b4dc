"""Pages for people: server-rendered with Jinja2, one look for all services, no script and no style inside the HTML.

A service has `<package>/templates/*.html` that extend `base.html`, `<package>/messages/*.yaml`, and, when it needs
scripts or pictures, `<package>/static/`. In a template: `{{ t("key", name=value) }}`, `town`, `language`, `request`.

`<html lang>` carries the language's tag as it is: `ja-x-easy` is a well-formed and valid BCP 47 tag (RFC 5646 §2.2.7,
private-use subtag), and readers of it (voices, hyphenation, fonts) fall back to its primary language `ja`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from madoguchi.web.colours import darker, readable_on_white
from madoguchi.web.problems import Problem
from madoguchi.web.security_headers import ASSETS

OWN = "madoguchi.web"
LANGUAGE_COOKIE = "lang"
NAMES = {Language.JAPANESE: "日本語", Language.PLAIN_JAPANESE: "やさしい日本語", Language.ENGLISH: "English"}
"""Each language in its own words, for the switch."""
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one service."""

    package: str
    environment: Environment
    catalogue: Catalogue

    @classmethod
    def of_package(cls, package: str, catalogue: Catalogue | None = None) -> "Pages":
        """Templates and messages of `package` over the shared ones; `catalogue` instead of `<package>/messages`."""
        messages = Catalogue.of_package(OWN)
        if package != OWN:
            messages = messages.joined(catalogue or Catalogue.of_package(package))
        loaders = [PackageLoader(name) for name in dict.fromkeys((package, OWN))]
        environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return cls(package, environment, messages)

    def render(
        self,
        request: Request,
        template: str,
        language: Language,
        *,
        town: Municipality | None = None,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        switch: bool = True,
        **context: Any,
    ) -> HTMLResponse:
        """A page in `language` in the look of `town` (none: neutral). A language chosen by `?lang=` is remembered.

        `switch` false: no language switch, for a page that exists in one language only.
        """
        offered = self.languages(town) if switch else ()
        body = self.environment.get_template(template).render(
            request=request,
            town=town,
            language=language,
            languages=[(tag, NAMES[tag], _with_language(request, tag)) for tag in offered],
            assets=request.scope.get("root_path", "") + ASSETS,
            t=partial(self.catalogue.text, language),
            **context,
        )
        response = HTMLResponse(body, status_code, {"Content-Language": language.value, **(headers or {})})
        if request.query_params.get("lang") == language.value:
            secure = request.url.scheme == "https"
            response.set_cookie(LANGUAGE_COOKIE, language.value, _YEAR, httponly=True, samesite="lax", secure=secure)
        return response

    def languages(self, town: Municipality | None = None) -> tuple[Language, ...]:
        """The languages these pages are written in, of those that `town` offers."""
        return tuple(tag for tag in (town.languages if town else Language) if tag in self.catalogue.texts)

    def problem_page(self, request: Request, problem: Problem) -> Response:
        """A problem as a page, for `problems.install(app, pages.problem_page)`."""
        language = language_of(request, self.languages())
        code = problem.code if f"problem.{problem.code}.title" in self.catalogue.texts[language] else "other"
        return self.render(
            request,
            "problem.html",
            language,
            status_code=problem.status_code,
            code=code,
            trace_id=problem.document().get("trace_id") if problem.status_code >= 500 else None,
        )

    def mount(self, app: FastAPI) -> None:
        """Serve the style sheets and the package's own `static/` below `/assets`."""
        app.router.routes.append(Route(f"{ASSETS}/town/{{colour}}.css", _town_css, include_in_schema=False))
        app.router.routes.append(Mount(f"{ASSETS}/shared", StaticFiles(packages=[(OWN, "static")])))
        own = files(self.package) / "static"
        if self.package != OWN and own.is_dir():
            app.router.routes.append(Mount(f"{ASSETS}/own", StaticFiles(packages=[(self.package, "static")])))


def language_of(
    request: Request, offered: Sequence[Language] = tuple(Language), default: Language | None = None
) -> Language:
    """The language to answer in: `?lang=`, else the remembered one, else the `default` of what the page is about, else
    what the browser prefers, else the first."""
    asked = [request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)]
    asked += [default.value] if default else []
    asked += _preferred(request.headers.get("accept-language", ""))
    by_tag = {language.value: language for language in offered}
    return next((by_tag[tag] for tag in asked if tag in by_tag), offered[0])


def _preferred(header: str) -> list[str]:
    """Primary tags of `Accept-Language` (RFC 9110 §12.5.4), best first."""
    weighted: list[tuple[float, int, str]] = []
    for part in header[:1000].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), len(weighted), tag.strip()))
        except ValueError:
            continue
    tags = [tag for weight, _, tag in sorted(weighted) if weight < 0]
    return [form for tag in tags for form in (tag, tag.split("-")[0].lower())]


def _with_language(request: Request, language: Language) -> str:
    return "?" + str(request.url.include_query_params(lang=language.value).query)


async def _town_css(request: Request) -> Response:
    """The key colour as custom properties: in a file, because the content policy forbids styles inside the page."""
    colour = "#" + request.path_params["colour"].lower()
    if len(colour) != 7 or not set(colour[1:]) <= set("0123456789abcdef"):
        raise Problem(404)
    key = readable_on_white(colour)
    css = f":root{{--key:{key};--key-hover:{darker(key, 75)};--key-active:{darker(key, 50)}}}\n"
    return Response(css, media_type="text/css", headers={"Cache-Control": "public, max-age=86400"})
