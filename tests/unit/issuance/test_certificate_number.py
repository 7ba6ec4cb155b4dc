"""Numbers that say nothing, come out the same again, and fit the contract."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from issuance.domain.certificate_number import check_code, code_fits, number_of, verification_url
from madoguchi.contracts.vocabulary import CertificateNumber

KEY = b"k" * 32
REQUESTS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26).map(lambda text: f"req_{text}")
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))


@given(REQUESTS, DAYS)
def test_the_same_request_on_the_same_day_has_the_same_number_and_it_fits_the_contract(request: str, day: date) -> None:
    number = number_of(KEY, "990019", request, day)
    assert number == number_of(KEY, "990019", request, day)
    TypeAdapter(CertificateNumber).validate_python(number)
    assert number.startswith(f"990019-{day:%Y%m%d}-")


@given(REQUESTS, REQUESTS, DAYS)
def test_different_requests_and_keys_have_different_numbers(one: str, other: str, day: date) -> None:
    number = number_of(KEY, "990019", one, day)
    assert (number == number_of(KEY, "990019", other, day)) == (one == other)
    assert number != number_of(b"x" * 32, "990019", one, day)


@given(REQUESTS, DAYS)
def test_the_check_code_fits_its_number_only(request: str, day: date) -> None:
    number = number_of(KEY, "990019", request, day)
    code = check_code(KEY, number)
    assert code_fits([KEY], number, code)
    assert code_fits([KEY], number, code.lower())
    assert not code_fits([KEY], number[:-1] + ("0" if number[-1] != "0" else "1"), code)
    assert not code_fits([b"x" * 32], number, code)
    assert code_fits([b"x" * 32, KEY], number, code)
    assert verification_url("https://a.example/", KEY, number) == f"https://a.example/verify/{number}?k={code}"


@given(st.text(max_size=30))
def test_any_text_may_be_tried_as_a_code(code: str) -> None:
    assert not code_fits([KEY], "990019-20261124-0000000000", code)
