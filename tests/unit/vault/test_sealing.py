"""A seal opens only for the subject and field it was made for, and only unchanged."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.vault.port import SealBroken
from madoguchi.vault.sealing import field_of, seal, unseal

keys = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=12, max_size=12)
fields = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
subjects = st.text(min_size=1, max_size=40)
KEY, NONCE, SUBJECT = b"k" * 32, b"n" * 12, "req_01hzzzzzzzzzzzzzzzzzzzzzzz"
SEALED = seal(KEY, SUBJECT, "contact", "見本 花子".encode(), NONCE)


@given(keys, subjects, fields, st.binary(max_size=300), nonces)
def test_what_is_sealed_opens_again(key: bytes, subject: str, field: str, plain: bytes, nonce: bytes) -> None:
    sealed = seal(key, subject, field, plain, nonce)
    assert unseal(key, subject, sealed) == plain
    assert field_of(sealed) == field
    assert sealed.startswith(f"sealed:v1:{field}:")
    assert "=" not in sealed


@given(st.data())
def test_any_other_character_anywhere_breaks_the_seal(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(SEALED) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != SEALED[place]))
    with pytest.raises(SealBroken):
        unseal(KEY, SUBJECT, SEALED[:place] + other + SEALED[place + 1 :])


@given(st.data())
def test_any_flipped_bit_breaks_the_seal(data: st.DataObject) -> None:
    head, _, body = SEALED.rpartition(":")
    raw = bytearray(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        unseal(KEY, SUBJECT, f"{head}:{base64.urlsafe_b64encode(bytes(raw)).rstrip(b'=').decode()}")


@given(st.text(max_size=80) | st.from_regex(r"sealed:v1:[a-z_]+:[A-Za-z0-9_-]{0,60}", fullmatch=True))
def test_what_was_never_sealed_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, SUBJECT, text)


@given(subjects.filter(lambda s: s != SUBJECT))
def test_a_seal_does_not_open_for_another_subject(subject: str) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, subject, SEALED)


@given(fields.filter(lambda f: f != "contact"))
def test_a_seal_does_not_open_as_another_field(field: str) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, SUBJECT, SEALED.replace(":contact:", f":{field}:"))


@given(keys.filter(lambda k: k != KEY))
def test_a_seal_does_not_open_with_another_key(key: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(key, SUBJECT, SEALED)


@pytest.mark.parametrize("field", ["", "Contact", "a:b", "a|b", "姓"])
def test_a_field_has_a_plain_name(field: str) -> None:
    with pytest.raises(ValueError, match="field name"):
        seal(KEY, SUBJECT, field, b"", NONCE)
