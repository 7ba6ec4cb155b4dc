"""Reading what a run left: its files, the public pages, personal data in clear."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from chaos.audit import audit
from chaos.evidence import addresses, narrowed, of_folder
from chaos.plaintext_scan import Place, ours, scanned, texts_of
from chaos.public import Asking, asked
from e2e.plaintext import Scanner, forms
from sandbox_world import listening
from unit.chaos.given import Run, clean, request_id, status_url

NAME, ADDRESS = ("name", "例野　花子"), ("email", "hanako.r@example.jp")
FORMS = [form for form, _ in forms(NAME[1])]


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def left_by(run: Run, folder: Path) -> None:
    """The run's files."""
    journals = {
        "chaos/diary": run.diary, "chaos/faults": run.faults, "sandbox/line": run.line, "sandbox/mail": run.mail,
        "sandbox/books": run.books,
    }  # fmt: skip
    for name, lines in journals.items():
        write(folder / f"{name}.jsonl", "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())


def test_the_files_of_a_run_say_what_happened(tmp_path: Path) -> None:
    run = clean()
    left_by(run, tmp_path)
    with (tmp_path / "chaos/diary.jsonl").open("a") as diary:
        diary.write('{"at": "2026-11-25T09')  # the driver was killed
    read, line, mail = of_folder(tmp_path)
    expected = run.evidence()
    assert (read.threads, read.faults, read.notices) == (expected.threads, expected.faults, expected.notices)
    assert (read.movements, read.acknowledged) == (expected.movements, frozenset({"EVENT1", "EVENT3"}))
    assert addresses(read.threads.values(), line, mail) == {request_id(n): status_url(n) for n in (1, 2, 3, 4)}
    assert mail.receivers == {"r1@example.jp", "r2@example.jp", "r4@example.jp"}


def test_a_folder_in_which_nothing_happened(tmp_path: Path) -> None:
    assert audit(of_folder(tmp_path)[0]).bad == []


def test_the_link_that_is_good_for_longest_is_followed() -> None:
    run = clean()
    later = status_url(1).replace(".1803376744.", ".1903376744.")
    run.says(1, "accepted", request_id=request_id(1), status_url=later)
    assert addresses(run.evidence().threads.values())[request_id(1)] == later


def test_other_peoples_threads_can_be_left_out() -> None:
    run = clean()
    run.diary = [line for line in run.diary if line["thread"] in ("t000001", "t000003")]
    run.entered(2)
    run.stands(4, "issuing", [("identity", "verify_identity")], notices=4)
    assert audit(run.evidence()).bad == ["duplicate_certificates", "stuck"]
    mine = narrowed(run.evidence())
    assert audit(mine).bad == []
    assert mine.requests == {request_id(1), request_id(3)}


def town(answers: dict[str, list[Callable[[], Response]]]) -> FastAPI:
    """A town that answers each path as it is told, one answer after the other, and then with the last."""
    app = FastAPI()

    @app.get("/{path:path}")
    async def answer(request: Request) -> Response:
        left = answers.get(request.url.path.removeprefix("/r/"), [])
        if not left:
            return JSONResponse({}, 404)
        return (left.pop(0) if len(left) > 1 else left[0])()

    return app


async def test_the_pages_are_asked_until_they_answer() -> None:
    look = {"sequence": 1, "actor": "notify", "purpose": "send_notice", "previous": "a", "digest": "b", "fields": []}
    state = JSONResponse({"mark": "m", "status": "ready"})
    answers: dict[str, list[Callable[[], Response]]] = {
        "one/state": [
            lambda: JSONResponse({}, 503),
            lambda: JSONResponse({}, 429, headers={"retry-after": "0"}),
            lambda: state,
        ],
        "one/access-log.json": [lambda: JSONResponse({"request_id": "one", "looks": [look]})],
        "gone/state": [lambda: JSONResponse({}, 410)],
        "broken/state": [lambda: state],
        "broken/access-log.json": [lambda: JSONResponse({}, 500)],
        "down/state": [lambda: JSONResponse({}, 500)],
    }
    async with listening(town(answers)) as url:
        names = ("one", "gone", "never", "broken", "down")
        pages = await asked({name: f"{url}/r/{name}" for name in names}, Asking(side_by_side=2, patience=1.5))
    assert [pages[name].code for name in names] == [200, 410, 404, 200, 500]
    assert pages["one"].status == pages["broken"].status == "ready"
    assert [look.actor for look in pages["one"].looks or ()] == ["notify"]
    assert pages["broken"].looks is None
    silent = await asked({"x": f"{url}/r/one"}, Asking(patience=0.1))
    assert silent["x"].code is None
    assert httpx.codes.is_server_error(pages["down"].code or 0)


def test_what_is_not_ours_to_seal_is_not_searched(tmp_path: Path) -> None:
    inside = [
        "data/vault.sqlite3",
        "logs/notify.log",
        "secrets/990019/line.txt",
        "servers/kafka/0.log",
        "traces/a.jsonl",
    ]
    outside = ["sandbox/line.jsonl", "chaos/diary.jsonl", "demo/thread.html", "secrets/990019/register.sqlite"]
    for name in (*inside, *outside):
        write(tmp_path / name, b"1991 " + ADDRESS[1].encode())
    assert [path.relative_to(tmp_path).as_posix() for path in ours(tmp_path)] == inside
    places = scanned(Scanner([ADDRESS]), tmp_path)
    assert {place.where for place in places} == set(inside)
    assert not any(ADDRESS[1] in str(place) for place in places)


def test_databases_and_topics_are_searched(tmp_path: Path) -> None:
    scanner = Scanner([NAME, ADDRESS])
    documents = ["{}", f'{{"a": "{NAME[1]}"}}', "{}"]
    records = [("madoguchi.requests.v1", b"x" + ADDRESS[1].encode("utf-16-le")), ("madoguchi.identity.v1", b"{}")]
    places = scanned(scanner, tmp_path, documents, records, piece=4)
    assert places == (Place("databases", "name", "utf-8"), Place("madoguchi.requests.v1", "email", "utf-16-le"))


@given(
    st.integers(0, 200), st.integers(0, 200), st.integers(1, 64), st.sampled_from([form for form, _ in forms(NAME[1])])
)
def test_nothing_is_cut_where_pieces_meet(before: int, after: int, piece: int, form: str) -> None:
    data = b"\0" * before + dict(forms(NAME[1]))[form] + b"\0" * after
    assert Place("a", "name", form) in _places(Scanner([NAME]), data, piece)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.sampled_from([b"", b"7", b":"]))
def test_a_date_among_more_digits_is_a_clock_wherever_pieces_meet(
    before: int, after: int, piece: int, beside: bytes
) -> None:
    for data in (
        b"." * before + beside + b"419910412" + b"." * after,
        b"." * before + b"419910412" + beside + b"." * after,
    ):
        found = _places(Scanner([("birth date", "419910412")]), data, piece)
        assert bool(found) == (beside != b"7")


@given(st.binary(max_size=9), st.binary(max_size=9), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_a_date_in_base64_is_found_and_the_time_in_a_certificate_is_not_one(
    before: bytes, after: bytes, encode: Callable[[bytes], bytes]
) -> None:
    scanner, letters = Scanner([("birth date", "120100328")]), bytes(byte | 0x40 for byte in before + after)
    left, right = letters[: len(before)], letters[len(before) :]
    assert scanner.scan(encode(left + b"120100328" + right))
    assert scanner.scan(base64.encodebytes(bytes(36) + left + b"120100328" + right))
    assert not scanner.scan(encode(left + b"23120100328" + right + b"..."))
    assert not scanner.scan(encode(left + b"231201003209Z" + right))
    assert not scanner.scan(base64.encodebytes(bytes(30) + b"\x17\r231201003209Z" + right))


def _places(scanner: Scanner, data: bytes, piece: int) -> tuple[Place, ...]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "a").write_bytes(data)
        return scanned(scanner, Path(folder), piece=piece)


def test_everybody_is_looked_for() -> None:
    texts = texts_of(["U1"], ["a@example.jp"], [("my number", "123456789018")])
    assert {kind for kind, _ in texts} == {"name", "address", "birth date", "chat user", "email", "my number"}
    assert NAME in texts


@pytest.mark.parametrize("digits", [b"419910412", b" 419910412 "])
def test_a_date_at_the_end_of_a_file_is_found(digits: bytes) -> None:
    assert _places(Scanner([("birth date", "419910412")]), digits, 4)
