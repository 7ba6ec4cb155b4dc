"""The service's HTTP application."""

from fastapi import FastAPI

from issuance.http import download, preview, verify
from issuance.http.doors import Doors
from issuance.http.upload import MOST_BYTES
from madoguchi.telemetry import traces
from madoguchi.web import manners
from madoguchi.web.pages import Pages
from madoguchi.web.rate_limit import Rate

VERIFY_PER_MINUTE = 60
"""Per caller: enough for a counter that checks one certificate after another, too little for guessing."""
DOWNLOAD_PER_MINUTE = 600
"""Per caller, which may be all customers of a mobile carrier. A link can't be guessed: this guards the store alone."""


def application(
    doors: Doors, verify_per_minute: int = VERIFY_PER_MINUTE, download_per_minute: int = DOWNLOAD_PER_MINUTE
) -> FastAPI:
    """Verification, download, preview; nothing else."""
    app = FastAPI(
        title="Madoguchi: verification of certificates",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry=traces.HTTP,
    )
    pages = Pages.of_package("issuance")
    rates = (
        Rate("verify", quota=verify_per_minute, window=60, prefix="/verify"),
        Rate("download", quota=download_per_minute, window=60, prefix="/download"),
        Rate("preview", quota=300, window=60, prefix="/preview"),
    )
    manners.install(app, pages=pages, larger_bodies={"/verify": MOST_BYTES}, rates=rates)
    for router in (verify.router(doors, pages), download.router(doors, pages), preview.router(doors)):
        app.include_router(router)
    return app
