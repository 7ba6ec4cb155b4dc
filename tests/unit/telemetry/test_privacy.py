"""Nothing personal gets into logs and traces, however it is put."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.telemetry import logs, privacy

SECRETS = ("taro@example.jp", "U4af4980629d9a3b4e0f1c2d3e4f5a6b7", "1234 5678 9012", "123456789018")


@pytest.fixture
def lines() -> Iterator[Any]:
    """Configure logging as a service does; gives a function that reads what was written."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("notify", "info", written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = True
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", SECRETS)
def test_what_has_the_shape_of_personal_data_is_masked(secret: str) -> None:
    assert secret not in privacy.masked(f"failed for {secret}: try again")
    assert privacy.masked(f"failed for {secret}: try again").endswith(": try again")


@pytest.mark.parametrize(
    "text",
    [
        "req_01kb2m3n4p5q6r7s8t9v0w1x2y",
        "990019-20261124-0A1B2C3D4E",
        "jp.madoguchi.request.late.v1",
        "a5c1e8f0-1234-5678-9012-abcdefabcdef",
        "2026-11-24T01:02:03.123456Z",
        "madoguchi.notify.retry.10s",
        "127.0.0.1:8492",
    ],
)
def test_identifiers_stay_readable(text: str) -> None:
    assert privacy.masked(text) == text


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.binary(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_whatever_is_shown_is_plain_json_and_short(value: Any) -> None:
    json.dumps(privacy.cleaned(value))


def test_forbidden_fields_keep_only_their_names() -> None:
    shown = privacy.fields({"name": "山田太郎", "Address": "東京都", "request_id": "req_1", "inner": {"email": "x"}})
    assert shown == {
        "name": privacy.MASK,
        "Address": privacy.MASK,
        "request_id": "req_1",
        "inner": {"email": privacy.MASK},
    }


def test_a_log_line_is_json_with_its_ids_and_without_texts_of_errors(lines: Any) -> None:
    log = structlog.get_logger("x")
    with logs.bound(request_id="req_1"):
        try:
            raise KeyError("山田太郎") from ValueError("secret@example.jp")
        except KeyError:
            log.exception("went_wrong", text="山田太郎", tries=3, what=object())
    (line,) = lines()
    assert line["event"] == "went_wrong"
    assert line["service"] == "notify"
    assert line["request_id"] == "req_1"
    assert line["tries"] == 3
    assert line["exception"]["classes"] == ["builtins.KeyError", "builtins.ValueError"]
    assert "test_privacy.py" in line["exception"]["frames"][-1]
    assert "山田" not in json.dumps(line, ensure_ascii=False)
    assert "secret@" not in json.dumps(line)


def test_lines_of_libraries_take_the_same_way(lines: Any) -> None:
    logging.getLogger("some.library").warning("could not deliver to %s", "taro@example.jp")
    logging.getLogger("some.library").info("detail", extra={"name_": 1})
    logging.getLogger("aiokafka.client").error("Unable to connect")
    warning, info = lines()
    assert (warning["level"], warning["event"]) == ("warning", f"could not deliver to {privacy.MASK}")
    assert info["logger"] == "some.library"
