"""All manners at once, in the order that works: headers outermost, then the rate, the load, the size, the problems."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import FastAPI
from starlette.types import Scope

from madoguchi.web import problems
from madoguchi.web.body_cap import DEFAULT_BYTES, BodyCap
from madoguchi.web.load_shedding import LoadShedding
from madoguchi.web.pages import Pages
from madoguchi.web.rate_limit import Rate, RateLimit, client_address
from madoguchi.web.security_headers import SecurityHeaders


def install(
    app: FastAPI,
    *,
    pages: Pages | None = None,
    body_limit: int = DEFAULT_BYTES,
    larger_bodies: Mapping[str, int] | None = None,
    rates: Sequence[Rate] = (),
    who: Callable[[Scope], str] = client_address,
    form_targets: Sequence[str] = (),
) -> None:
    """Teach `app` its manners; with `pages`, people get errors as pages, and `/assets` is served.

    `larger_bodies`: limits in bytes by path prefix. `form_targets`: other origins that a form may lead to.
    """
    problems.install(app, pages.problem_page if pages else None)
    if pages is not None:
        pages.mount(app)
    # The last one added is the outermost.
    app.add_middleware(BodyCap, limit=body_limit, larger=larger_bodies)
    app.add_middleware(LoadShedding)
    app.add_middleware(RateLimit, rates=rates, who=who)
    app.add_middleware(SecurityHeaders, form_targets=form_targets)
