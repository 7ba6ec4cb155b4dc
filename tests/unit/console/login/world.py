"""A console in memory and the sandbox's sign-in service, with a browser that reaches both; nothing listens anywhere."""

import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI
from joserfc.jwk import ECKey, KeySet

from console.domain.acts import What
from console.domain.staff import Role, Staff
from console.login.attempts import Attempts
from console.login.client_auth import ClientAuth, PrivateKeyJwt
from console.login.desk import Login
from console.login.provider import Provider
from console.login.routes import router
from console.login.session import Session, having, own_form, session
from console.login.sessions import Sessions
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.load import load_town
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.text.catalogue import Catalogue
from madoguchi.web import manners
from madoguchi.web.pages import Pages
from madoguchi_sandbox.staff.app import staff_app
from madoguchi_sandbox.staff.directory import made_up
from madoguchi_sandbox.staff.provider import Client
from madoguchi_sandbox.staff.provider import Provider as SandboxProvider

TOWN, OTHER_TOWN = "990019", "990027"
CONSOLE, ISSUER, CLIENT_ID = "https://console.test", "https://signin.test/staff", "madoguchi-console"
CLERK, RESIDENT, APPROVER, AUDITOR, NOBODY = "1001", "1003", "2001", "4001", "9001"
HTML = {"Accept": "text/html", "Accept-Language": "en"}
PAGES = Pages.of_package("console", Catalogue.of_package("console", (Language.JAPANESE, Language.ENGLISH)))


def console_app(login: Login) -> FastAPI:
    """A console of three pages."""
    app = FastAPI()
    app.state.login, app.state.pages = login, PAGES
    app.include_router(router)

    @app.get("/")
    async def home(present: Annotated[Session, Depends(session)]) -> dict[str, Any]:
        who = present.staff
        return {
            "number": who.number,
            "name": present.name,
            "roles": sorted(who.roles),
            "town": who.municipality,
            "resident": who.resident_pseudonym,
            "csrf": present.csrf,
        }

    @app.get("/cases/{case}")
    async def case(case: str, who: Annotated[Staff, Depends(having(Role.CLERK, Role.APPROVER))]) -> dict[str, str]:
        return {"case": case, "number": who.number}

    @app.post("/claim", dependencies=[Depends(own_form)])
    async def claim() -> dict[str, str]:
        return {"claimed": "yes"}

    manners.install(app, pages=PAGES)
    return app


@dataclass
class World:
    """What a test works with."""

    clock: HandClock
    documents: MemoryDocuments
    login: Login
    signin: SandboxProvider
    transports: dict[str, httpx.AsyncBaseTransport]
    acts: list[tuple[str, What]]
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> httpx.AsyncClient:
        """Another browser, with cookies of its own."""
        client = httpx.AsyncClient(mounts=self.transports, base_url=CONSOLE, headers=HTML, follow_redirects=True)
        self.browsers.append(client)
        return client

    async def at_the_choice(self, browser: httpx.AsyncClient, wanted: str = "/", again: str = "") -> httpx.Response:
        """Go from a page to where the sign-in service asks who it is."""
        more = {"again": again} if again else {}
        page = await browser.get("/login/start", params={"next": wanted, **more})
        assert page.status_code == 200
        assert "practice sign-in service" in page.text
        return page

    async def answer(self, browser: httpx.AsyncClient, number: str, town: str = TOWN, wanted: str = "/") -> str:
        """Choose somebody; returns the address that the browser would be sent back to."""
        page = await self.at_the_choice(browser, wanted)
        sent = await browser.post(page.url, data={"member": f"{town}-{number}"}, follow_redirects=False)
        assert sent.status_code == 303
        return sent.headers["location"]

    async def sign_in(
        self, browser: httpx.AsyncClient, number: str = CLERK, town: str = TOWN, wanted: str = "/"
    ) -> httpx.Response:
        """The whole way."""
        return await browser.get(await self.answer(browser, number, town, wanted))


def shown(page: httpx.Response) -> str:
    """The first heading."""
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found, page.text
    return html.unescape(found[1])


def client_key() -> ECKey:
    key = ECKey.generate_key("P-256")
    key.ensure_kid()
    return key


@asynccontextmanager
async def console_world(
    auth: ClientAuth | None = None, client: Callable[[KeySet], Client] | None = None
) -> AsyncIterator[World]:
    """Both services, ready."""
    clock, documents, key = HandClock(), MemoryDocuments(), client_key()
    public = KeySet([ECKey.import_key(key.as_dict(private=False))])
    registered = (client or _registered)(public)
    members = [m for town in (TOWN, OTHER_TOWN) for m in made_up(town, lambda number: f"{int(number):064x}")]
    signin = SandboxProvider(ISSUER, client_key(), [registered], members, clock)
    outer = FastAPI()
    outer.mount("/staff", staff_app(signin))
    acts: list[tuple[str, What]] = []

    async def record(staff: Staff, act: What) -> None:
        acts.append((staff.number, act))

    towns = {TOWN: load_town(Path(__file__).parents[4] / f"deploy/municipalities/{TOWN}.yaml")}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outer)) as back_channel:
        login = Login(
            provider=Provider(back_channel, ISSUER, auth or PrivateKeyJwt(CLIENT_ID, key), clock),
            attempts=Attempts(documents, clock),
            sessions=Sessions(documents, clock),
            towns=towns,
            public_url=CONSOLE,
            record=record,
        )
        transports: dict[str, httpx.AsyncBaseTransport] = {
            CONSOLE: httpx.ASGITransport(console_app(login), raise_app_exceptions=False),
            "https://signin.test": httpx.ASGITransport(outer),
        }
        world = World(clock, documents, login, signin, transports, acts)
        yield world
        for browser in world.browsers:
            await browser.aclose()


def _registered(public: KeySet) -> Client:
    return Client(CLIENT_ID, (f"{CONSOLE}/callback",), (f"{CONSOLE}/signed-out",), public)
