"""REST v1: answering a clerk's question."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from madoguchi.web.api_keys import Caller
from madoguchi.web.idempotency import Answer, Idempotency
from madoguchi.web.problems import responses
from request_intake import handlers
from request_intake.http import inputs, views
from request_intake.http import models as m
from request_intake.http.errors import DOCUMENTED, refuse_my_number
from request_intake.http.requests import JSON, KEY_PARAMETER, IdempotencyKey, Own, World

router = APIRouter(prefix="/v1/requests/{request_id}", tags=["questions"], responses=responses(*DOCUMENTED))


@router.post(
    "/answers",
    status_code=202,
    response_model=m.RequestOut,
    dependencies=JSON,
    openapi_extra={"parameters": [KEY_PARAMETER]},
)
async def answer_question(  # noqa: PLR0917 (what the framework passes, by name)
    request: Request, deps: World, caller: Caller, state: Own, body: inputs.AnswerIn, key: IdempotencyKey
) -> Any:
    """Answer what the clerk asks (`question`). It is stored, sealed, when the answer comes; once for each question."""
    refuse_my_number(text=body.text)
    idempotency: Idempotency = request.app.state.idempotency
    content = f"POST /v1/requests/{state.request_id}/answers {body.model_dump_json()}"
    prints = deps.vault.pseudonyms(caller.municipality, "request_body", content)
    answer_id = deps.vault.pseudonym(caller.municipality, "answer_key", f"{caller.tenant} {key}")

    async def act(request_id: str) -> Answer:
        after = await handlers.answer(deps, request_id, body.question_id, answer_id, body.text)
        return Answer(202, views.request(deps, after).model_dump(mode="json"))

    answer = await idempotency.once(caller.tenant, key, prints, lambda: state.request_id, act)
    return answer.response()
