"""Which language the conversation goes on in."""

import pytest

from madoguchi.contracts.vocabulary import Language
from unit.request_intake.test_conversation import press, talk


@pytest.mark.parametrize("words", ["I need a residence certificate", "juminhyo", "Hello there", "Help!"])
def test_who_begins_in_english_is_answered_in_english(words: str) -> None:
    turn = talk(words)
    assert turn.state.language is Language.ENGLISH
    assert not any("\u3040" <= character <= "\u30ff" for character in turn.replies[0].text)


@pytest.mark.parametrize("words", ["住民票", "じゅうみんひょう ほしい", "OK", "taro@example.jp", "7/8", "LINEで住民票"])
def test_who_does_not_stays_where_they_are(words: str) -> None:
    assert talk(words).state.language is Language.JAPANESE


def test_an_answer_in_latin_letters_changes_no_language() -> None:
    turn = talk("住民票", press("subjects", "member"), "JOHN SMITH")
    assert turn.state.language is Language.JAPANESE
