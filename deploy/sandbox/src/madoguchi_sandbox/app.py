"""The outside world as one web app on one port, with a mail server beside it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.load import load_towns
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.service.clock import utc_now
from madoguchi.web import problems
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.security_headers import SecurityHeaders
from madoguchi_sandbox import mail, tsa
from madoguchi_sandbox.calling import Calls, direct
from madoguchi_sandbox.cards.app import build as cards_app
from madoguchi_sandbox.init import Places, authorities_of
from madoguchi_sandbox.line.api import messaging_api
from madoguchi_sandbox.line.model import Account as ChatAccount
from madoguchi_sandbox.line.platform import Platform, bot_user_id
from madoguchi_sandbox.payment.api import payment_app
from madoguchi_sandbox.payment.provider import Account as PaymentAccount
from madoguchi_sandbox.payment.provider import Provider
from madoguchi_sandbox.phone.page import phone_app
from madoguchi_sandbox.phone.thread import in_japan
from madoguchi_sandbox.staff import PATH as STAFF
from madoguchi_sandbox.staff.app import build as staff_app

PHONE = "/phone/"
MAIL = "/mail/"
DATA = {
    "cards": "/cards/_control/cards",
    "pay": "/pay/_control/books",
    "line": "/line/_control/statistics",
}
"""What machines read, by the key of its words on the index page."""
DOCS = ("/line/openapi.json", "/pay/openapi.json", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are."""

    folder: Path
    """The run-time folder: `municipalities/`, `secrets/`, `sandbox/`."""
    url: str
    """Our own address, as others reach it."""
    intake_url: str
    smtp_port: int
    issuance_url: str = ""
    """Where certificates are checked, to be linked from the index page."""
    console_url: str = ""
    """Where staff work: it may use the sign-in service, and is linked from the index page."""
    smtp_host: str = "127.0.0.1"
    """Address to take mail at."""
    calls: Calls = direct
    """How to call `intake_url` from here."""


def create_app(settings: Settings) -> FastAPI:
    """Everything mounted: `/line /pay /cards /tsa /mail /phone /staff`, and the index at `/`.

    Raises `PolicyError` and `OSError` when `madoguchi-sandbox init` has not made the folder's contents.
    """
    towns = load_towns(settings.folder / "municipalities")
    first = next(iter(towns.values()))
    own, calls = settings.folder / "sandbox", settings.calls
    platform = Platform(chat_accounts(settings, towns), own, calls=calls)
    provider = Provider(payment_accounts(settings, towns), own, f"{settings.url}/pay", calls=calls)
    mailbox = mail.Mailbox.opened(own)
    client = calls()

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(client)
            await stack.enter_async_context(mail.receiving(mailbox, settings.smtp_port, settings.smtp_host))
            for peer in (platform, provider):
                peer.open()
                stack.push_async_callback(peer.close)
            yield

    app = FastAPI(title="Madoguchi sandbox: the outside world", lifespan=running, docs_url=None, redoc_url=None)
    app.state.mailbox = mailbox
    app.state.pages = Pages.of_package("madoguchi_sandbox")
    app.state.accounts = [channel.account for channel in platform.channels.values()]
    app.include_router(mail.router, prefix="/mail")
    app.include_router(tsa.build(_stamper(settings.folder, first), utc_now))
    app.mount("/line", messaging_api(platform))
    app.mount("/pay", payment_app(provider))
    app.mount("/cards", cards_app(settings.folder, first.code, client, utc_now))
    app.mount("/phone", phone_app(platform))
    app.mount(STAFF, staff_app(settings.folder, list(towns), settings.url, settings.console_url, utc_now))
    _add_pages(app, settings)
    app.add_middleware(SecurityHeaders)
    return app


def chat_accounts(settings: Settings, towns: dict[str, Municipality]) -> list[ChatAccount]:
    """The official account of every town that has one."""
    found = []
    for code, town in towns.items():
        if town.line is not None:
            secrets = SecretFolder(settings.folder / "secrets", code)
            found.append(
                ChatAccount(
                    municipality=code,
                    name=town.name[Language.JAPANESE],
                    secret=secrets.text(town.line.channel_secret[0]),
                    access_token=secrets.text(town.line.channel_access_token),
                    webhook_url=f"{settings.intake_url}/line/webhook/{code}",
                    bot_user_id=bot_user_id(code),
                    earlier_tokens=_earlier(settings.folder, code),
                )
            )
    return found


def payment_accounts(settings: Settings, towns: dict[str, Municipality]) -> list[PaymentAccount]:
    """Every town's account at the payment provider."""
    found = []
    for code, town in towns.items():
        secrets = SecretFolder(settings.folder / "secrets", code)
        key, secret = secrets.text(town.payment.api_key), secrets.text(town.payment.webhook_secret[0])
        earlier = _earlier(settings.folder, code)
        found.append(PaymentAccount(code, town.name[Language.JAPANESE], key, secret, earlier))
    return found


def _earlier(folder: Path, code: str) -> tuple[str, ...]:
    """What the peers issued to the town before and still accept: lines of a file that need not be there."""
    path = folder / "sandbox" / code / "still-accepted.txt"
    return tuple(path.read_text().split()) if path.exists() else ()


def _stamper(folder: Path, town: Municipality) -> tsa.TimeStamper:
    signer = authorities_of(Places(folder, town.code), town, utc_now()).time_stamps
    return tsa.TimeStamper(signer.certificate, signer.key)


def _add_pages(app: FastAPI, settings: Settings) -> None:
    pages: Pages = app.state.pages
    pages.mount(app)
    problems.install(app, pages.problem_page)
    links = {"mail": MAIL, "docs_page": f"{settings.intake_url}/docs"}
    if settings.issuance_url:
        links = {"verify": f"{settings.issuance_url}/verify", **links}
    if settings.console_url:
        links = {"console": settings.console_url, **links}

    @app.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        """Everything there is."""
        return pages.render(
            request,
            "index.html",
            language_of(request),
            phone=PHONE,
            pages=links.items(),
            data=DATA.items(),
            docs=DOCS,
            accounts=request.app.state.accounts,
        )

    @app.get("/mail/", include_in_schema=False)
    async def mail_page(request: Request) -> Response:
        """Received e-mail, newest first."""
        messages = request.app.state.mailbox.messages()[::-1]
        return pages.render(request, "mail.html", language_of(request), messages=messages, in_japan=in_japan)
