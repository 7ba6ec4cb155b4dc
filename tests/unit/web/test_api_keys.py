"""Only a known key gets in, and a test key only where nothing is real."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from madoguchi.policy.load import PolicyError, load_town
from madoguchi.web import api_keys, problems
from madoguchi.web.api_keys import ApiKey, ApiKeys, Caller, StoredKey, make_key

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
TEST, TEST_STORED = make_key("portal-1", "portal", live=False)
LIVE, LIVE_STORED = make_key("portal-2", "portal", live=True)


def _keys(folder: Path, *stored: StoredKey, town: Any = TOWN) -> ApiKeys:
    (folder / "990019").mkdir(exist_ok=True)
    (folder / "990019/api-keys.json").write_text(json.dumps([key.model_dump() for key in stored]))
    return ApiKeys.from_towns({"990019": town}, folder)


def test_a_key_names_its_channel_and_town(tmp_path: Path) -> None:
    keys = _keys(tmp_path, TEST_STORED, LIVE_STORED)
    assert keys.authenticate(TEST) == ApiKey("portal-1", "portal", "990019", live=False)
    assert keys.authenticate(LIVE).tenant == "990019/portal/live"
    assert keys.authenticate(TEST).tenant == "990019/portal/test"


def test_the_key_itself_is_not_kept(tmp_path: Path) -> None:
    assert TEST.startswith("mdg_test_")
    assert LIVE.startswith("mdg_live_")
    assert TEST.removeprefix("mdg_test_") not in TEST_STORED.model_dump_json()
    assert make_key("a", "b", live=True)[0] != make_key("a", "b", live=True)[0]


def test_a_test_key_does_not_work_in_a_real_town(tmp_path: Path) -> None:
    keys = _keys(tmp_path, TEST_STORED, LIVE_STORED, town=TOWN.model_copy(update={"sandbox": False}))
    assert keys.authenticate(LIVE).live
    with pytest.raises(problems.Problem) as caught:
        keys.authenticate(TEST)
    assert (caught.value.status_code, caught.value.code) == (403, "test_key")


@pytest.mark.parametrize(
    "key",
    ["", "mdg_live_", TEST[:-1], TEST + "0", TEST.replace("test", "live"), "鍵"],
    ids=["empty", "prefix", "cut", "longer", "other kind", "not ascii"],
)
def test_an_unknown_key_is_refused(tmp_path: Path, key: str) -> None:
    keys = _keys(tmp_path, TEST_STORED)
    with pytest.raises(problems.Problem) as caught:
        keys.authenticate(key)
    assert (caught.value.status_code, caught.value.code) == (401, "unknown_api_key")


@pytest.mark.parametrize(
    ("content", "said"),
    [("[{}]", "0.id"), ("{}", "whole file"), ("nothing", "JSON"), ('[{"id":"A b"}]', "0.id"), (None, "cannot be read")],
)
def test_a_wrong_file_is_refused_by_place(tmp_path: Path, content: str | None, said: str) -> None:
    (tmp_path / "990019").mkdir()
    if content is not None:
        (tmp_path / "990019/api-keys.json").write_text(content)
    with pytest.raises(PolicyError, match=said) as caught:
        ApiKeys.from_towns({"990019": TOWN}, tmp_path)
    assert "api-keys.json" in str(caught.value)


async def test_a_route_asks_for_a_key(tmp_path: Path) -> None:
    app = FastAPI()
    problems.install(app)
    api_keys.install(app, _keys(tmp_path, TEST_STORED))

    @app.get("/v1/me")
    async def me(caller: Caller) -> str:
        return caller.id

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/v1/me", headers={"Authorization": f"bearer {TEST}"})).json() == "portal-1"
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {TEST}"}):
            answer = await client.get("/v1/me", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer realm="madoguchi"'
            assert answer.headers["content-type"] == "application/problem+json"
    assert app.openapi()["components"]["securitySchemes"]["API key"]["scheme"] == "bearer"
