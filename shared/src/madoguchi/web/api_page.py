"""The API's documentation as a page: the framework's own loads scripts from elsewhere, which our content policy (and a
town without that network) forbids. English, as the API is.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.pages import Pages

METHODS = ("get", "post", "put", "patch", "delete")


def mount(app: FastAPI, pages: Pages, path: str = "/docs") -> None:
    """Serve the page at `path`. Make the app with `docs_url=None, redoc_url=None`."""

    async def documentation(request: Request) -> HTMLResponse:
        document = app.openapi()
        return pages.render(
            request,
            "api.html",
            Language.ENGLISH,
            switch=False,
            info=document["info"],
            text=paragraphs,
            openapi_url=request.scope.get("root_path", "") + (app.openapi_url or ""),
            operations=operations(document),
            schemas=[(name, _json(schema)) for name, schema in schemas(document).items()],
        )

    app.add_route(path, documentation, include_in_schema=False)


def paragraphs(text: str) -> list[list[tuple[str, bool]]]:
    """A description's paragraphs, each in pieces: the piece, and whether it is code (`between backticks`). Pure."""
    return [
        [(piece.strip("`"), piece.startswith("`")) for piece in re.split("(`[^`]+`)", paragraph) if piece]
        for paragraph in text.split("\n\n")
    ]


def operations(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every operation of an OpenAPI 3.1 document, in its order, as the template shows it. Pure."""
    return [
        {
            "id": operation.get("operationId", f"{method}-{path}"),
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "description": operation.get("description", ""),
            "secured": bool(operation.get("security")),
            "parameters": operation.get("parameters", []),
            "body": _contents(operation.get("requestBody", {})),
            "answers": [(s, a["description"], _contents(a)) for s, a in operation.get("responses", {}).items()],
        }
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def schemas(document: Mapping[str, Any]) -> dict[str, Any]:
    """The named schemas."""
    found: dict[str, Any] = document.get("components", {}).get("schemas", {})
    return found


def _contents(part: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Media type, name of the schema (empty: it has none), the schema written out."""
    return [
        (media_type, content["schema"].get("$ref", "").rsplit("/", 1)[-1], _json(content["schema"]))
        for media_type, content in part.get("content", {}).items()
        if "schema" in content
    ]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
