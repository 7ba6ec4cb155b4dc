"""The public pages, through the whole app."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from issuance.documents.check import Examination, Verdict
from issuance.domain import ledger
from issuance.domain.certificate_number import check_code
from issuance.http.app import application
from issuance.http.doors import Doors
from issuance.http.upload import MOST_BYTES
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from madoguchi.web.links import sign
from madoguchi_sandbox.register import PERSONAS
from unit.issuance.world import CODE, KEY, MOMENT, REQUEST, World, issued

LINK_KEY = b"l" * 32
LANGUAGES = ("ja", "ja-x-easy", "en")
STATUS_PAGES = pytest.mark.parametrize("language", LANGUAGES)


class Door:
    """A browser in front of the app; `judged` is what examining a file will say."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.judged = Examination(Verdict.NOT_OURS)
        self.pictures = 0
        deps = world.deps

        async def picture(town: Municipality) -> bytes:
            self.pictures += 1
            return b"\x89PNG" + town.code.encode()

        doors = Doors(
            cases=deps.cases,
            ledger=deps.ledger,
            certificates=deps.certificates,
            vault=deps.vault,
            towns=deps.towns,
            link_keys={CODE: (LINK_KEY,)},
            examine=lambda _: self.judged,
            picture=picture,
            clock=world.clock,
        )
        transport = httpx.ASGITransport(application(doors), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://issuance", headers={"accept": "text/html"})

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.http.get(path, **kwargs)

    async def upload(self, pdf: bytes = b"%PDF", accept: str = "text/html") -> httpx.Response:
        files = {"file": ("certificate.pdf", pdf, "application/pdf")}
        return await self.http.post("/verify", files=files, headers={"accept": accept})

    async def issue(self, **options: Any) -> str:
        """A certificate; gives its number."""
        await self.world.send(*await self.world.thread(**options))
        number = issued(await self.world.sent()).certificate_number
        self.judged = Examination(Verdict.GENUINE, number, CODE, MOMENT)
        return number

    def pdf(self) -> bytes:
        return f"%PDF {self.world.press.made[0].number} copy 1".encode()


@pytest.fixture
async def door(world: World) -> AsyncIterator[Door]:
    door = Door(world)
    async with door.http:
        yield door


def token(ahead: timedelta = timedelta(days=1), request_id: str = REQUEST) -> str:
    return sign(LINK_KEY, "download", request_id, MOMENT + ahead)


def without_whereabouts(page: str) -> str:
    """Nothing about the person may be in a page."""
    for persona in (PERSONAS["hanako"], PERSONAS["taro"]):
        for secret in (persona.name, persona.address, persona.birth_date, persona.address_number, REQUEST):
            assert secret not in page
    return page


def test_the_catalogue_is_complete() -> None:
    assert Catalogue.of_package("issuance").check() == []


@STATUS_PAGES
async def test_a_valid_certificate_in_every_language(door: Door, language: str) -> None:
    number = await door.issue()
    answer = await door.get(f"/verify/{number}", params={"k": check_code(KEY, number), "lang": language})
    page = without_whereabouts(answer.text)
    assert answer.status_code == 200
    assert Catalogue.of_package("issuance").texts[door_language(language)]["result.valid.title"] in page
    assert number in page
    assert f'lang="{language}"' in page


def door_language(tag: str) -> Any:
    return next(language for language in Catalogue.of_package("issuance").texts if language.value == tag)


async def test_the_machine_readable_answer_says_what_the_paper_says_and_no_more(door: Door) -> None:
    number = await door.issue()
    answer = await door.get(f"/verify/{number}.json", params={"k": check_code(KEY, number)})
    assert answer.json() == {
        "status": "valid",
        "certificate": "residence_certificate",
        "municipality": CODE,
        "certificate_number": number,
        "issued_on": "2026-11-24",
        "sheets": 1,
        "live": True,
        "ended_on": None,
    }


async def test_the_check_code_is_needed_and_a_wrong_one_looks_like_an_unknown_number(door: Door) -> None:
    number = await door.issue()
    unknown = number[:-1] + ("0" if number[-1] != "0" else "1")
    answers = [
        await door.get(f"/verify/{number}"),
        await door.get(f"/verify/{number}", params={"k": "0000000000"}),
        await door.get(f"/verify/{unknown}", params={"k": check_code(KEY, unknown)}),
        await door.get("/verify/nothing-like-it"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    # But for the address in the language links, the pages are the same.
    assert len({answer.text.partition("<main")[2].partition("</main")[0] for answer in answers}) == 1
    problem = await door.get(f"/verify/{number}.json", headers={"accept": "application/json"})
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "not_ours"


@pytest.mark.parametrize(
    ("successor", "status", "words"),
    [(None, "revoked", "取り消された"), ("990019-20261125-1111111111", "superseded", "新しい")],
)
async def test_a_certificate_that_ended(door: Door, successor: str | None, status: str, words: str) -> None:
    number = await door.issue()
    await door.world.deps.ledger.apply(number, ledger.end(MOMENT, successor))
    code = check_code(KEY, number)
    page = await door.get(f"/verify/{number}", params={"k": code})
    assert words in page.text
    assert str(successor) not in page.text
    answer = (await door.get(f"/verify/{number}.json", params={"k": code})).json()
    assert answer["status"] == status
    assert answer["ended_on"] == "2026-11-24"
    assert json.loads((await door.upload(door.pdf(), "application/json")).text)["status"] == status


async def test_what_a_test_key_asked_for_says_so(door: Door) -> None:
    number = await door.issue(live=False)
    page = await door.get(f"/verify/{number}", params={"k": check_code(KEY, number)})
    assert "試験用に発行" in page.text


async def test_a_file_is_checked_without_a_script_and_kept_nowhere(door: Door) -> None:
    assert 'type="file"' in (await door.get("/verify")).text
    await door.issue()
    before = repr(door.world.documents.collections)
    answer = await door.upload(door.pdf())
    assert "有効な証明書です" in without_whereabouts(answer.text)
    assert repr(door.world.documents.collections) == before


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.ALTERED, "altered"), (Verdict.NOT_OURS, "not_ours"), (Verdict.GENUINE, "not_ours")]
)
async def test_a_file_that_is_not_in_order(door: Door, verdict: Verdict, status: str) -> None:
    """GENUINE here: sealed by us, but never entered in the ledger."""
    door.judged = Examination(verdict, "990019-20261124-0000000000", CODE, MOMENT)
    answer = await door.upload(accept="application/json")
    assert answer.json() == {"status": status}
    assert (await door.upload()).status_code == 200


async def test_another_file_under_a_number_of_ours_is_not_what_was_handed_out(door: Door) -> None:
    await door.issue()
    assert (await door.upload(b"%PDF another", "application/json")).json() == {"status": "altered"}


async def test_a_pdf_may_be_sent_as_the_body(door: Door) -> None:
    await door.issue()
    headers = {"content-type": "application/pdf", "accept": "application/json"}
    answer = await door.http.post("/verify", content=door.pdf(), headers=headers)
    assert answer.json()["status"] == "valid"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"x" * (MOST_BYTES + 1), "application/pdf", 413),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b", 400),
        (b"", "multipart/form-data", 400),
    ],
)
async def test_what_cannot_be_a_file_is_a_problem(door: Door, content: bytes, kind: str, status: int) -> None:
    headers = {"content-type": kind, "accept": "application/json"}
    answer = await door.http.post("/verify", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_guessing_is_slowed_down(door: Door) -> None:
    answers = [await door.get("/verify/990019-20261124-0000000000.json") for _ in range(61)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_the_picture_is_made_once(door: Door) -> None:
    for _ in range(2):
        answer = await door.get(f"/preview/{CODE}.png")
        assert answer.headers["content-type"] == "image/png"
        assert "public" in answer.headers["cache-control"]
    assert door.pictures == 1
    assert (await door.get("/preview/000000.png")).status_code == 404
