"""An answer is taken once, in the browser that asked, from the issuer that was asked; `next` never leads away."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.login.attempt import PATIENCE, Mismatch, authorization_url, begun, challenge, digest, mismatch, safe_path

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
ISSUER = "https://signin.test"
RANDOM = iter(b"snv")
ATTEMPT = begun("secret of the browser", "/queue", NOW, lambda length: bytes([next(RANDOM)]) * length)
ANSWER = {"state": ATTEMPT.state, "code": "c", "iss": ISSUER}


def _mismatch(
    answer: dict[str, str],
    browser: str = "secret of the browser",
    *,
    names: bool = True,
    after: timedelta = timedelta(0),
) -> Mismatch | None:
    return mismatch(ATTEMPT, browser, answer, ISSUER, names_issuer=names, now=NOW + after)


def test_the_answer_to_an_attempt_finishes_it() -> None:
    assert _mismatch(ANSWER) is None
    assert _mismatch({"code": "c"}, names=False) is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({**ANSWER, "iss": "https://evil.test"}, Mismatch.OTHER_ISSUER),
        ({"code": "c"}, Mismatch.OTHER_ISSUER),
        ({"iss": ISSUER}, Mismatch.NO_CODE),
        ({"iss": ISSUER, "code": ""}, Mismatch.NO_CODE),
        ({**ANSWER, "error": "access_denied"}, Mismatch.DENIED),
    ],
)
def test_another_answer_does_not(answer: dict[str, str], reason: Mismatch) -> None:
    assert _mismatch(answer) is reason


def test_it_must_come_to_the_same_browser_in_time() -> None:
    assert _mismatch(ANSWER, "another") is Mismatch.OTHER_BROWSER
    assert _mismatch(ANSWER, "") is Mismatch.OTHER_BROWSER
    assert _mismatch(ANSWER, after=PATIENCE - timedelta(microseconds=1)) is None
    assert _mismatch(ANSWER, after=PATIENCE) is Mismatch.UNKNOWN
    assert mismatch(None, "b", ANSWER, ISSUER, names_issuer=True, now=NOW) is Mismatch.UNKNOWN


def test_an_issuer_is_checked_even_if_it_need_not_be_named() -> None:
    assert _mismatch({**ANSWER, "iss": "https://evil.test"}, names=False) is Mismatch.OTHER_ISSUER


@pytest.mark.parametrize("path", ["/", "/queue", "/cases/req_01hz?tab=log&x=%2F", "/search?q=a+b"])
def test_a_path_on_the_console_is_kept(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", " //evil.test",
        "///evil.test", "javascript:alert(1)", "queue", "",
        "/a\r\nSet-Cookie: x=y", "/ü", "/" + "a" * 600, "/login?next=/login", "/logout",
        "/callback?code=x", "/\x00", "/#//evil.test",
    ],
)  # fmt: skip
def test_anything_else_leads_to_the_first_page(wanted: str) -> None:
    assert safe_path(wanted) == "/"


@given(st.text(max_size=60) | st.from_regex(r"[/\\.:@a-z?#%&;\s]{1,40}", fullmatch=True))
def test_nothing_leads_to_another_site(wanted: str) -> None:
    at = urlsplit(urljoin("https://console.test/login", safe_path(wanted)))
    assert (at.scheme, at.netloc) == ("https", "console.test")


def test_the_challenge_is_that_of_rfc_7636() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # appendix B
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_way_there_tells_the_challenge_and_not_the_verifier() -> None:
    url = authorization_url(
        "https://signin.test/authorize?realm=x",
        ATTEMPT,
        client_id="console",
        redirect_uri="https://console.test/callback",
        max_age=timedelta(hours=1),
        again=True,
        language="ja",
    )
    asked = parse_qs(urlsplit(url).query)
    assert ATTEMPT.verifier not in url
    assert asked["code_challenge"] == [challenge(ATTEMPT.verifier)]
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["realm"], asked["prompt"], asked["max_age"]) == (["x"], ["login"], ["3600"])


def test_what_is_kept_of_the_browser_is_a_digest() -> None:
    assert ATTEMPT.browser == digest("secret of the browser")
