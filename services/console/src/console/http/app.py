"""The app: routes, manners, and what they work with."""

from fastapi import FastAPI

from console.http import acts, case, dead_letters, deliveries, errors, health_today, queue, review, search
from console.http.site import Site, pages
from console.login import routes as login
from madoguchi.telemetry import traces
from madoguchi.web import manners
from madoguchi.web.rate_limit import Rate

ROUTERS = (
    login.router,
    queue.router,
    case.router,
    review.router,
    search.router,
    dead_letters.router,
    deliveries.router,
    health_today.router,
    acts.router,
)
"""One for each page; a page that is added adds its router here."""


def application(site: Site, rate_per_minute: int) -> FastAPI:
    """Everything that staff see."""
    app = FastAPI(title="console", docs_url=None, redoc_url=None, openapi_url=None, telemetry=traces.HTTP)
    app.state.site, app.state.login, app.state.pages = site, site.login, pages()
    for router in ROUTERS:
        app.include_router(router)
    errors.install(app)
    manners.install(app, pages=app.state.pages, rates=(Rate("pages", rate_per_minute, 60),))
    return app
