"""Every error is a problem: one form, a stable code, what to do, and nothing of what was sent."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, File, Query, Request, UploadFile
from jsonschema import Draft202012Validator
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from madoguchi.contracts.vocabulary import Language, RequestId
from madoguchi.web import manners
from madoguchi.web.links import LinkExpired, LinkInvalid
from madoguchi.web.media_type import takes
from madoguchi.web.problems import SCHEMA, Problem, responses
from madoguchi.web.rate_limit import Rate

SECRET = "山田花子"


class Body(BaseModel, extra="forbid"):
    name: Annotated[str, Field(max_length=3)]
    birth_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = "2000-01-01"
    language: Language = Language.JAPANESE
    amounts: list[int] = []


def _app() -> FastAPI:
    app = FastAPI()
    manners.install(app, body_limit=1000, larger_bodies={"/files": 5000}, rates=(Rate("slow", 1, 60, "/slow"),))

    @app.post("/requests", dependencies=[Depends(takes("application/json"))], responses=responses(413, 415, 422))
    async def requests(body: Body) -> str:
        return body.name

    @app.get("/requests/{request_id}")
    async def one(request_id: RequestId, limit: Annotated[int, Query(le=10)] = 1) -> str:
        return f"{request_id} {limit}"

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @app.post("/files")
    async def files(file: Annotated[UploadFile, File()]) -> int:
        return len(await file.read())

    @app.post("/unread")
    async def unread() -> str:
        return "never read"

    @app.get("/slow")
    async def slow() -> str:
        return "ok"

    _failing(app)
    return app


def _failing(app: FastAPI) -> None:
    @app.get("/raise/{what}")
    async def raising(what: str) -> str:
        raise {
            "bug": ValueError(SECRET),
            "validation": _validation_error(),
            "teapot": HTTPException(418, "short and stout"),
            "odd": HTTPException(499),
            "busy": Problem(503, headers={"Retry-After": "5"}),
            "own": Problem(409, "already_paid", "Already paid", "Paid.", "Nothing to do.", extra={"paid_at": "today"}),
            "expired": LinkExpired(),
            "invalid": LinkInvalid(),
            "unchanged": HTTPException(304),
        }[what]

    @app.get("/broken-off")
    async def broken_off() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise ValueError(SECRET)

        return StreamingResponse(parts())


def _validation_error() -> Exception:
    try:
        Body(name=SECRET * 2)
    except ValueError as error:
        return error
    raise AssertionError


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://test") as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert document["type"] == f"https://madoguchi.example/problems/{code}"
    assert document["what_to_do"]
    assert SECRET not in answer.text
    Draft202012Validator(SCHEMA).validate(document)
    return document


async def test_404(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nothing"), 404, "not_found")


async def test_405_names_the_methods(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/requests")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_415(client: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "image/png", "nonsense", "application/json2"):
        answer = await client.post("/requests", content=b'{"name":"x"}', headers={"Content-Type": kind})
        problem(answer, 415, "unsupported_media_type")
        assert answer.headers["accept-post"] == "application/json"
    problem(await client.post("/requests", content=b"x"), 415, "unsupported_media_type")
    accepted = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await client.post("/requests", content=b'{"name":"x"}', headers=accepted)).status_code == 200


async def test_422_names_places_but_never_the_input(client: httpx.AsyncClient) -> None:
    sent = {"name": SECRET, "birth_date": SECRET, "language": SECRET, "amounts": [1, SECRET], SECRET: 1, "extra": 2}
    errors = problem(await client.post("/requests", json=sent), 422, "invalid")["errors"]
    assert {(error["pointer"], error["code"]) for error in errors} == {
        ("#/name", "string_too_long"),
        ("#/birth_date", "string_pattern_mismatch"),
        ("#/language", "enum"),
        ("#/amounts/1", "int_parsing"),
        ("#/(unknown)", "extra_forbidden"),
        ("#/extra", "extra_forbidden"),
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [{"pointer": "#", "code": "missing", "detail": "Field required"}]),
        (b'{"name": 1, ', [{"pointer": "#", "code": "json_invalid", "detail": "JSON decode error"}]),
        (b"[]", [{"pointer": "#", "code": "model_attributes_type"}]),
        (b"null", [{"pointer": "#", "code": "model_attributes_type"}]),
        (b"{}", [{"pointer": "#/name", "code": "missing"}]),
    ],
)
async def test_422_for_bodies_of_the_wrong_shape(
    client: httpx.AsyncClient, content: bytes, expected: list[dict[str, str]]
) -> None:
    headers = {"Content-Type": "application/json"}
    (error,) = problem(await client.post("/requests", content=content, headers=headers), 422, "invalid")["errors"]
    assert expected[0].items() <= error.items()


async def test_a_body_that_is_not_text_is_a_problem_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/requests", content=b'{"name":"\xff"}', headers={"Content-Type": "application/json"})
    problem(answer, 400, "bad_request")


async def test_422_for_path_and_query(client: httpx.AsyncClient) -> None:
    errors = problem(await client.get(f"/requests/{SECRET}?limit=11"), 422, "invalid")["errors"]
    assert [(e["in"], e["parameter"], e["code"]) for e in errors] == [
        ("path", "request_id", "string_pattern_mismatch"),
        ("query", "limit", "less_than_equal"),
    ]


async def test_413_whatever_the_length_says_and_whoever_reads(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    json_kind = {"Content-Type": "application/json"}
    for path in ("/requests", "/raw", "/unread", "/nothing"):
        problem(await client.post(path, content=b"x" * 1001, headers=json_kind), 413, "too_large")
    for path in ("/requests", "/raw"):
        problem(await client.post(path, content=chunks(), headers=json_kind), 413, "too_large")
    assert (await client.post("/raw", content=b"x" * 1000)).json() == 1000
    problem(await client.post("/raw", content=b"x", headers={"Content-Length": "-1"}), 400, "bad_request")


async def test_413_with_another_limit_for_files(client: httpx.AsyncClient) -> None:
    assert (await client.post("/files", files={"file": b"x" * 3000})).json() == 3000
    problem(await client.post("/files", files={"file": b"x" * 6000}), 413, "too_large")
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(await client.post("/files", content=b"nonsense", headers=broken), 400, "bad_request")


async def test_429_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    assert (await client.get("/slow")).status_code == 200
    answer = await client.get("/slow")
    problem(answer, 429, "too_many_requests")
    assert int(answer.headers["retry-after"]) == 60


@pytest.mark.parametrize("what", ["bug", "validation"])
async def test_500_hides_everything_and_the_log_names_the_place_only(client: httpx.AsyncClient, what: str) -> None:
    with capture_logs() as logs:
        document = problem(await client.get(f"/raise/{what}"), 500, "internal")
    (line,) = logs
    assert line["trace_id"] == document["trace_id"]
    assert len(document["trace_id"]) == 32
    assert line["error"] in {"ValueError", "ValidationError"}
    assert SECRET not in str(line)
    assert any("raising" in place for place in line["places"])


async def test_500_in_the_middle_of_an_answer_breaks_it_off_without_a_word(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs, pytest.raises(RuntimeError, match="broken off") as caught:
        await client.get("/broken-off")
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert SECRET not in str(logs)


async def test_others_keep_status_detail_headers_and_extras(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/raise/teapot"), 418, "http_418")["detail"] == "short and stout"
    problem(await client.get("/raise/odd"), 499, "http_499")
    busy = await client.get("/raise/busy")
    problem(busy, 503, "unavailable")
    assert busy.headers["retry-after"] == "5"
    own = problem(await client.get("/raise/own"), 409, "already_paid")
    assert (own["title"], own["what_to_do"], own["paid_at"]) == ("Already paid", "Nothing to do.", "today")
    problem(await client.get("/raise/expired"), 410, "link_expired")
    problem(await client.get("/raise/invalid"), 404, "link_invalid")
    unchanged = await client.get("/raise/unchanged")
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_the_trace_of_the_request_is_named(client: httpx.AsyncClient) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        document = problem(await client.get("/nothing"), 404, "not_found")
    assert document["trace_id"] == f"{span.get_span_context().trace_id:032x}"


def test_the_documentation_knows_them() -> None:
    documented = _app().openapi()["paths"]["/requests"]["post"]["responses"]
    assert set(documented) == {"200", "413", "415", "422"}
    assert documented["422"]["content"]["application/problem+json"]["schema"]["title"] == "Problem"
