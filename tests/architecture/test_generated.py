"""Generated files are the code's; events only ever gain; every text is there in every language."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from madoguchi.contracts import asyncapi, picture
from madoguchi.contracts.compatibility import breaks
from madoguchi.contracts.flow import BY_TYPE, CONSOLE, FLOW, TOPICS
from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue
from madoguchi_sandbox import generate

ROOT = Path(__file__).parents[2]
STAFF_LANGUAGES = (Language.JAPANESE, Language.ENGLISH)
PROMISED: dict[str, Any] = json.loads(generate.EVENTS.read_text("utf-8"))


@pytest.mark.parametrize("path", generate.GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_committed_file_is_what_the_code_makes(path: Path) -> None:
    assert path.read_text("utf-8") == generate.GENERATED[path](), "run: make generate"


@pytest.mark.parametrize("name", PROMISED)
def test_an_event_keeps_what_its_version_promised(name: str) -> None:
    assert name in BY_TYPE, "an event was removed"
    assert breaks(PROMISED[name], BY_TYPE[name].event.model_json_schema()) == []


def test_a_change_that_breaks_is_not_generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "events.json"
    promised = {"jp.madoguchi.gone.v1": {"type": "object"}, **PROMISED}
    file.write_text(json.dumps(promised))
    monkeypatch.setattr(generate, "EVENTS", file)
    with pytest.raises(generate.NotOnlyAdded, match=r"jp\.madoguchi\.gone\.v1: removed"):
        generate.events()


def test_the_asyncapi_document_is_flow() -> None:
    document = asyncapi.document()
    channels = {channel["address"]: name for name, channel in document["channels"].items()}
    assert set(channels) == set(TOPICS.values())
    for row in FLOW:
        name = row.event.__name__
        assert document["components"]["messages"][name]["name"] == row.event.TYPE
        message = {"$ref": f"#/channels/{channels[row.topic]}/messages/{name}"}
        using = {key for key, operation in document["operations"].items() if message in operation["messages"]}
        expected = {f"{reader}-receives-{row.producer}" for reader in row.consumers}
        assert using == {f"{row.producer}-sends", *expected}


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()
    for reference in _references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_the_picture_has_an_arrow_for_every_row_of_flow() -> None:
    arrows = set(re.findall(r'(\w+) -->\|"([\w.-]+)<br/>[^"]*"\| (\w+)', picture.mermaid()))
    expected = {
        (row.producer.replace("-", "_"), row.topic, reader.replace("-", "_"))
        for row in FLOW
        for reader in row.consumers
        if reader != CONSOLE
    }
    assert arrows == expected
    assert f"{picture.EVERYTHING} -.-> {CONSOLE}" in picture.mermaid()


@pytest.mark.parametrize("path", sorted((ROOT / "deploy/municipalities").glob("*.yaml")), ids=lambda path: path.name)
def test_a_towns_file_fits_the_schema(path: Path) -> None:
    schema = json.loads((path.parent / "schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    town = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
    jsonschema.Draft202012Validator(schema).validate(town)
    town["unheard_of"] = 1
    with pytest.raises(jsonschema.ValidationError, match="unheard_of"):
        jsonschema.Draft202012Validator(schema).validate(town)


def _packages_with_messages() -> list[str]:
    found = []
    for top in ("services", "shared", "deploy"):
        for file in (ROOT / top).rglob("messages/ja.yaml"):
            parts = file.parent.parent.parts
            found.append(".".join(parts[parts.index("src") + 1 :]))
    return sorted(found)


@pytest.mark.parametrize("package", _packages_with_messages())
def test_every_text_is_there_in_every_language(package: str) -> None:
    assert Catalogue.of_package(package, _languages(package)).check() == []


def _languages(package: str) -> tuple[Language, ...]:
    """The staff's pages are in two languages, the residents' in all."""
    return STAFF_LANGUAGES if package == "console" else tuple(Language)


def test_the_catalogues_are_found() -> None:
    assert {"notify", "request_intake", "console", "issuance", "madoguchi.web"} <= set(_packages_with_messages())
