"""A page that explains the API to people who build channels, made from the OpenAPI document."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from madoguchi.contracts.vocabulary import Language

router = APIRouter(include_in_schema=False)
_BODY = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, ready to be shown."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[dict[str, Any], ...]
    body: str
    answers: tuple[tuple[str, str, str], ...]
    """Status, description, name of the shape."""


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The API, operation by operation."""
    document = request.app.openapi()
    return request.app.state.pages.render(  # type: ignore[no-any-return]
        request,
        "docs.html",
        Language.ENGLISH,
        info=document["info"],
        operations=operations(document),
        shapes=document["components"]["schemas"],
        of=shape_name,
    )


def operations(document: dict[str, Any]) -> list[Operation]:
    """The operations of an OpenAPI document, in its order."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=stated["summary"],
            description=stated.get("description", ""),
            parameters=tuple(stated.get("parameters", ())),
            body=_shape(stated.get("requestBody", {})),
            answers=tuple((code, a["description"], _shape(a)) for code, a in stated["responses"].items()),
        )
        for path, methods in document["paths"].items()
        for method, stated in methods.items()
    ]


def _shape(holder: dict[str, Any]) -> str:
    return shape_name(holder.get("content", {}).get(_BODY, {}).get("schema", {}))


def shape_name(schema: dict[str, Any]) -> str:
    """A short name for a schema: that of its component, its type, or the alternatives."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(shape_name(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " | ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {shape_name(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "")
