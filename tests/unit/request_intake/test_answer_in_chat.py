"""The resident answers a clerk's question in the thread."""

import json
from dataclasses import replace

import pytest

from madoguchi.contracts.personal import ResidentAnswer
from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import Access, LegalBasis, Purpose
from request_intake.conversation.model import AnswerQuestion, Cancel, OpenRequest, State, Step
from request_intake.line.record import CONVERSATIONS
from unit.request_intake.test_conversation import OPEN, labels, press, said_in, talk
from unit.request_intake.test_line_desk import TOWN, World

QUESTION = "qst_" + "1" * 26
ASKS = "どのような字ですか。"
assert OPEN.request is not None
ASKED = replace(OPEN, request=replace(OPEN.request, question_id=QUESTION, question=ASKS))
CLERK = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)


def test_where_is_mine_tells_of_the_question_and_offers_to_answer() -> None:
    turn = talk("いまどこ", context=ASKED)
    assert ASKS in said_in(turn)
    assert "質問に答える" in labels(turn)
    assert "質問に答える" not in labels(talk("いまどこ", context=OPEN))


@pytest.mark.parametrize("words", ["質問に答える", "はしごの髙です"])
def test_the_question_is_asked_before_anything_counts_as_the_answer(words: str) -> None:
    turn = talk(words, context=ASKED)
    assert (turn.state.step, turn.commands) == (Step.ANSWER, ())
    assert ASKS in said_in(turn)


def test_the_next_message_is_the_answer_and_stays_out_of_the_state() -> None:
    turn = talk("質問に答える", "はしごの髙です", context=ASKED)
    (command,) = turn.commands
    assert isinstance(command, AnswerQuestion)
    assert (command.question_id, command.text) == (QUESTION, "はしごの髙です")
    assert turn.state.step is Step.IDLE
    assert "はしご" not in repr(command) + turn.state.model_dump_json()


def test_a_my_number_is_no_answer() -> None:
    turn = talk("質問に答える", "123456789018", context=ASKED)
    assert (turn.state.step, turn.commands) == (Step.ANSWER, ())
    assert ASKS in said_in(turn)


def test_too_many_words_are_asked_for_again() -> None:
    turn = talk("質問に答える", "あ" * 1001, context=ASKED)
    assert (turn.state.step, turn.commands) == (Step.ANSWER, ())


@pytest.mark.parametrize("words", ["もどる", "やめる"])
def test_nobody_has_to_answer_and_nothing_is_taken_back(words: str) -> None:
    turn = talk("質問に答える", words, context=ASKED)
    assert turn.state.step is Step.IDLE
    assert not any(isinstance(command, Cancel) for command in turn.commands)


def test_in_the_middle_of_a_new_request_it_is_answered_and_the_request_goes_on() -> None:
    turn = talk("住民票がほしい", "質問に答える", "はしごの髙です", context=ASKED)
    assert isinstance(turn.commands[0], AnswerQuestion)
    assert turn.state.step is Step.SUBJECTS


def test_without_a_question_there_is_nothing_to_answer() -> None:
    assert talk("質問に答える", context=OPEN).state.step is Step.IDLE
    meanwhile = talk("もう決まりましたか", context=OPEN, state=State(greeted=True, step=Step.ANSWER))
    assert (meanwhile.state.step, meanwhile.commands) == (Step.IDLE, ())


def test_a_button_of_an_older_question_does_not_count_as_the_answer() -> None:
    turn = talk("質問に答える", press("email", "no"), context=ASKED)
    assert turn.commands == ()


async def test_the_desk_seals_the_answer_before_it_saves_and_hands_it_over_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    await world.documents.prepare([CONVERSATIONS])
    assert ASKED.request is not None
    request_id = ASKED.request.request_id
    await world.vault.create_key(request_id, TOWN.code)

    async def view(_request_id: str, _language: Language) -> OpenRequest | None:
        return ASKED.request

    monkeypatch.setattr(world.acts, "view", view)
    for text in ("住民票がほしい", "本人だけ", "何も載せない", "いらない", "はい", "質問に答える"):
        await world.hear(text=text)
    key = await world.hear(text="はしごの髙です")
    assert "はしご" not in json.dumps(await world.document(), ensure_ascii=False)
    await world.answer()
    await world.hear(text="はしごの髙です", event_id=key)
    await world.answer()
    (given,) = world.acts.answered
    assert (given.question_id, given.answer_id) == (QUESTION, key)
    assert (await world.vault.open(request_id, given.sealed, ResidentAnswer, CLERK)).text == "はしごの髙です"


def test_the_words_are_there_in_every_language() -> None:
    assert Catalogue.of_package("request_intake.conversation").check() == []
