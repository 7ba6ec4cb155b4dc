from hypothesis import given
from hypothesis import strategies as st

from madoguchi.text.my_number import contains_my_number, is_my_number

VALID = "123456789018"


def test_the_published_example_is_one() -> None:
    assert is_my_number(VALID)
    assert not is_my_number("123456789019")
    assert not is_my_number("12345678901")


def test_any_way_of_writing_it_is_seen() -> None:
    for text in (
        VALID,
        "1234 5678 9018",
        "1234-5678-9018です",
        "１２３４５６７８９０１８",
        "一二三四五六七八九〇一八",
        "番号は 1234　5678　9018 でいいですか",
        "1 2 3 4 5 6 7 8 9 0 1 8",
        "1234・5678・9018",
    ):
        assert contains_my_number(text), text


def test_a_longer_or_shorter_number_is_not_one() -> None:
    assert not contains_my_number("1234567890180")
    assert not contains_my_number("090-1234-5678")
    assert not contains_my_number("受付番号 12345678901")


def test_a_licence_number_is_not_mistaken_where_the_words_say_licence() -> None:
    assert not contains_my_number(f"免許証の番号は {VALID} です")
    assert not contains_my_number(VALID, context="運転免許証の番号を送ってください")
    assert contains_my_number(f"免許ではなくマイナンバー {VALID}")


@given(st.integers(0, 10**11 - 1), st.sampled_from(["", " ", "-", "　", "・"]))
def test_every_number_with_a_right_check_digit_is_seen(stem: int, gap: str) -> None:
    eleven = f"{stem:011d}"
    whole = next(eleven + str(d) for d in range(10) if is_my_number(eleven + str(d)))
    assert contains_my_number(gap.join((whole[:4], whole[4:8], whole[8:])))


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    contains_my_number(text)
