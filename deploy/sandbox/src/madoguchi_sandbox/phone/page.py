"""The phone as an app, mounted at `/phone`. What a person does goes to the platform's far side (`/line/_control`)."""

import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, FastAPI, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.security_headers import SecurityHeaders, content_policy
from madoguchi_sandbox.line import acts
from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.model import Json, User
from madoguchi_sandbox.line.platform import Platform
from madoguchi_sandbox.phone.thread import PACKAGE, fragments, quick_replies
from madoguchi_sandbox.register import PERSONAS

FIRST = "hanako"
PLAYING = "sandbox_who"
"""Cookie: whose phone this is, so that the card app lays out that person's cards first."""
LARGEST_FORM = 1024
_POLICY = content_policy().replace("img-src 'self' data:", "img-src 'self' data: http: https:")
"""Messages show pictures of other origins, as chats do."""

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Player:
    """Who the person at the screen is: a user of the platform, or somebody who could become one."""

    key: str
    """A persona's key, or a user id."""
    name: str
    user: User | None


def phone_app(platform: Platform) -> FastAPI:
    """The page, its news, its look."""
    app = FastAPI(title="Sandbox: phone", openapi_url=None)
    app.state.platform = platform
    app.state.pages = Pages.of_package(PACKAGE)
    app.include_router(router)
    app.add_middleware(SecurityHeaders)
    app.state.pages.mount(app)
    return app


@router.get("/")
async def show(request: Request, town: str | None = None, who: str | None = None) -> Response:
    """The chat of one resident; or the invitation to begin it."""
    platform, channel = _channel(request, town)
    code, player = channel.account.municipality, _player(channel, who)
    language = language_of(request)
    user = player.user
    pages: Pages = request.app.state.pages
    query = {"town": code, "user": user.user_id if user else "", "lang": language.value}
    page = pages.render(
        request,
        "phone.html",
        language,
        headers={"Content-Security-Policy": _POLICY},
        town_name=channel.account.name,
        town_code=code,
        towns=[(one.account.municipality, one.account.name) for one in platform.channels.values()],
        who=player.key,
        name=player.name,
        user=user,
        choices=_choices(channel),
        news=f"news?{urlencode(query)}",
        acts=f"../line/_control/users/{user.user_id}/acts?{urlencode({'municipality': code})}" if user else "",
        mail="../mail/",
        home="../",
    )
    page.set_cookie(PLAYING, player.key, httponly=True, samesite="lax")
    return page


@router.post("/start")
async def start(request: Request) -> Response:
    """Become somebody: register with the platform and add the account as a friend."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise HTTPException(413)
    form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    platform, channel = _channel(request, form.get("town"))
    player = _player(channel, form.get("who"))
    code = channel.account.municipality
    if player.user is None:
        user_id, language = _user_id(code, player.key), language_of(request)
        acts.register(channel, user_id, player.name, "en" if language is Language.ENGLISH else "ja")
        platform.postmen[code].take([acts.follow(channel, user_id, platform.clock())], user_id)
    return RedirectResponse(f"./?{urlencode({'town': code, 'who': player.key})}", 303)


@router.get("/news")
async def news(request: Request, town: str, user: str, after: int = 0) -> Json:
    """What is new after entry number `after`, as HTML; and the replies offered now."""
    _, channel = _channel(request, town)
    if user not in channel.memory.threads:
        raise HTTPException(404)
    entries, language = channel.memory.threads[user], language_of(request)
    fresh = entries[max(after, 0) :]
    return {
        "last": len(entries),
        "html": fragments(fresh, language, channel.account.name),
        "quick": quick_replies(entries, language),
        "taken_back": [e["message"]["messageId"] for e in fresh if e["message"]["type"] == "unsend"],
    }


def _channel(request: Request, town: str | None) -> tuple[Platform, Channel]:
    platform: Platform = request.app.state.platform
    try:
        return platform, platform.of_town(town)
    except (KeyError, StopIteration):
        raise HTTPException(404) from None


def _player(channel: Channel, who: str | None) -> Player:
    """The one asked for; else whoever is in use; else the resident of the demo."""
    users, code = channel.memory.users, channel.account.municipality
    key = who or next((_key(code, user) for user in users.values()), FIRST)
    if key in PERSONAS:
        user = users.get(_user_id(code, key))
        return Player(key, user.display_name if user else PERSONAS[key].name, user)
    if key in users:
        return Player(key, users[key].display_name, users[key])
    raise HTTPException(404)


def _choices(channel: Channel) -> list[tuple[str, list[tuple[str, str]]]]:
    code = channel.account.municipality
    started = [(_key(code, user), user.display_name) for user in channel.memory.users.values()]
    taken = {key for key, _ in started}
    others = [(key, f"{one.name} ({one.story})") for key, one in PERSONAS.items() if key not in taken]
    return [group for group in (("started", started), ("others", others)) if group[1]]


def _user_id(code: str, key: str) -> str:
    """The same user for the same persona at every start."""
    return "U" + hashlib.sha256(f"resident:{code}:{key}".encode()).hexdigest()[:32]


def _key(code: str, user: User) -> str:
    by_id = {_user_id(code, key): key for key in PERSONAS}
    return by_id.get(user.user_id, user.user_id)
