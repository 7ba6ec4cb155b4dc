"""REST v1: requests."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request

from madoguchi.contracts.personal import Contact, NamedPerson
from madoguchi.contracts.vocabulary import Channel
from madoguchi.store.port import Document
from madoguchi.web.api_keys import ApiKey, Caller
from madoguchi.web.idempotency import Answer, AsItIs, Idempotency, parse_key
from madoguchi.web.media_type import takes
from madoguchi.web.problems import responses
from request_intake import handlers
from request_intake.domain.state import RequestState
from request_intake.domain.submit import Wish
from request_intake.handlers import Deps, NoSuchRequest, Sender
from request_intake.http import inputs, views
from request_intake.http import models as m
from request_intake.http.errors import DOCUMENTED, refuse_my_number

router = APIRouter(prefix="/v1", tags=["requests"], responses=responses(*DOCUMENTED))
JSON = [Depends(takes("application/json"))]


async def deps_of(request: Request) -> Deps:
    """The world of the handlers."""
    deps: Deps = request.app.state.deps
    return deps


World = Annotated[Deps, Depends(deps_of)]
RequestIdInPath = Annotated[
    str, Path(alias="request_id", pattern=r"^req_[0-9a-z]{26}$", examples=["req_01jd0000000000000000000000"])
]


async def own_request(deps: World, caller: Caller, request_id: RequestIdInPath) -> RequestState:
    """The request, if this channel made it for this town. Raises `NoSuchRequest`."""
    state = await deps.load(request_id)
    if state.municipality != caller.municipality or state.client != caller.tenant:
        raise NoSuchRequest(request_id)
    return state


Own = Annotated[RequestState, Depends(own_request)]


KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new random key (say, a UUID) for each new request; the same key to repeat one",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": r"""^([!#-+\--:<-~]+|"([ !#-\[\]-~]|\\["\\])+")$""",
    },
}
"""Said in the API's document."""


async def idempotency_key(request: Request) -> str:
    """The key of this request. Raises a 400 problem, which the framework would make a 422."""
    return parse_key(request.headers.get("idempotency-key"))


IdempotencyKey = Annotated[str, Depends(idempotency_key)]


class WithoutLinks(AsItIs):
    """Keeps answers without the addresses in them: each is a permission, and is made anew."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def keep(self, answer: Answer, reserved: str) -> Document:
        """See `Recorder`."""
        body = {name: value for name, value in answer.body.items() if name != "links"}
        return await super().keep(Answer(answer.status, body, answer.headers), reserved)

    async def give(self, kept: Document, reserved: str) -> Answer:
        """See `Recorder`."""
        answer = await super().give(kept, reserved)
        addresses = views.links(self._deps, await self._deps.load(reserved)).model_dump(mode="json")
        return Answer(answer.status, {**answer.body, "links": addresses}, answer.headers)


@router.get("/catalogue")
async def read_catalogue(deps: World, caller: Caller) -> m.CatalogueOut:
    """What the town offers today: certificates, options, fees, lawful proofs, delivery, other ways, consent."""
    return views.catalogue(deps.towns[caller.municipality], deps.clock())


@router.post(
    "/requests",
    status_code=202,
    response_model=m.AcceptedOut,
    dependencies=JSON,
    openapi_extra={"parameters": [KEY_PARAMETER]},
)
async def create_request(
    request: Request,
    deps: World,
    caller: Caller,
    body: inputs.NewRequest,
    key: IdempotencyKey,
) -> Any:
    """Ask for a certificate. It is stored when the answer comes; the same `Idempotency-Key` gives the same answer."""
    member, contact = body.member, body.contact
    refuse_my_number(member_name=member.name if member else None, contact_email=contact.email)
    idempotency: Idempotency = request.app.state.idempotency
    content = f"POST /v1/requests {body.model_dump_json()}"
    prints = deps.vault.pseudonyms(caller.municipality, "request_body", content)

    async def act(request_id: str) -> Answer:
        state = await _submit(deps, caller, body, request_id)
        accepted = views.accepted(deps, state).model_dump(mode="json")
        return Answer(202, accepted, {"Location": f"/v1/requests/{request_id}"})

    answer = await idempotency.once(caller.tenant, key, prints, lambda: handlers.reserve(deps), act)
    return answer.response()


async def _submit(deps: Deps, caller: ApiKey, body: inputs.NewRequest, request_id: str) -> RequestState:
    include = tuple(dict.fromkeys(body.options.include))
    wish = Wish(
        certificate=body.certificate,
        options=body.options.model_copy(update={"include": include}),
        delivery=body.delivery,
        language=body.language,
        consent_version=body.consent.version,
    )
    sender = Sender(caller.municipality, Channel.API, caller.tenant, caller.live)
    member = NamedPerson(name=body.member.name, birth_date=body.member.birth_date) if body.member else None
    contact = Contact(email=body.contact.email)
    sealed = await handlers.seal(deps, sender, wish, request_id=request_id, contact=contact, member=member)
    return await handlers.submit(deps, sender, sealed)


@router.get("/requests/{request_id}")
async def read_request(deps: World, state: Own) -> m.RequestOut:
    """Where the request is, what comes next, and until when."""
    return views.request(deps, state)


@router.post("/requests/{request_id}/cancel")
async def cancel_request(deps: World, state: Own) -> m.RequestOut:
    """Take the request back (取下げ). A fee that was paid is returned."""
    return views.request(deps, await handlers.cancel(deps, state.request_id))


@router.post("/requests/{request_id}/other-way", dependencies=JSON)
async def choose_other_way(deps: World, state: Own, body: inputs.OtherWayIn) -> m.RequestOut:
    """Go on at the counter or by post instead. A fee that was paid is returned."""
    return views.request(deps, await handlers.choose_other_way(deps, state.request_id, body.way))


@router.get("/requests/{request_id}/access-log")
async def read_access_log(deps: World, state: Own) -> m.AccessLogOut:
    """Who looked at the personal data of this request, when, what for and under which law."""
    return views.access_log(deps, state, await handlers.access_log(deps, state.request_id))
