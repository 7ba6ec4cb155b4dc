"""The conversation, given / when / then: no store, no clock, no channel."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.contracts.vocabulary import CertificateForm, Language, OptionalItem, OtherWay, Subjects
from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from request_intake.conversation.decide import decide
from request_intake.conversation.model import (
    Cancel,
    Context,
    Forget,
    Keep,
    OpenRequest,
    Said,
    State,
    Step,
    Submit,
    TakeOtherWay,
    Turn,
)
from request_intake.conversation.turns import followed

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
CATALOGUE = Catalogue.of_package("request_intake.conversation")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NOTHING = Context(TOWN, CATALOGUE, NOW)
OPEN = Context(
    TOWN,
    CATALOGUE,
    NOW,
    OpenRequest("req_" + "0" * 26, "手数料のお支払いをお待ちしています", "11月24日", "http://127.0.0.1/r/x", open=True),
)


def talk(*words: str | Said, state: State | None = None, context: Context = NOTHING) -> Turn:
    """Say one thing after another; the last answer counts."""
    turn = Turn(state or State(greeted=True), ())
    for said in words:
        turn = decide(turn.state, said if isinstance(said, Said) else Said(text=said), context)
    return turn


def press(step: str, value: str) -> Said:
    return Said(data=f"step={step}&value={value}")


def said_in(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


def labels(turn: Turn) -> list[str]:
    return [choice.label for reply in turn.replies for choice in reply.choices]


def test_the_catalogue_is_complete_in_every_language() -> None:
    assert CATALOGUE.check() == []


def test_the_shortest_way_from_a_wish_to_a_request() -> None:
    turn = talk("住民票がほしい", "本人だけ", "何も載せない", "メールはいらない", press("confirm", "yes"))
    (command,) = turn.commands
    assert isinstance(command, Submit)
    assert command.options.subjects is Subjects.SELF
    assert command.options.form is CertificateForm.INDIVIDUAL
    assert command.options.include == ()
    assert turn.state.step is Step.IDLE
    assert TOWN.branding.phrase[Language.JAPANESE] in said_in(turn)


def test_a_household_gets_the_joint_form_and_the_chosen_items() -> None:
    turn = talk(
        "住民票",
        press("subjects", "household"),
        press("include", "registered_domicile"),
        press("include", "head_and_relationship"),
        press("include", "done"),
        "hanako@example.jp",
        "はい",
    )
    (command,) = turn.commands
    assert isinstance(command, Submit)
    assert command.options.form is CertificateForm.HOUSEHOLD
    assert command.options.include == (OptionalItem.HEAD_AND_RELATIONSHIP, OptionalItem.REGISTERED_DOMICILE)


def test_what_is_personal_leaves_as_a_command_and_never_stays_in_the_state() -> None:
    state = talk("住民票", press("subjects", "member")).state
    named = decide(state, Said(text="見本　源五郎"), NOTHING)
    born = decide(named.state, Said(text="昭和59年3月4日"), NOTHING)
    mailed = talk(press("include", "done"), "Taro@Example.jp", state=born.state)
    assert named.commands == (Keep("member_name", "見本　源五郎"),)
    assert born.commands == (Keep("member_birth_date", "1984-03-04"),)
    assert mailed.commands == (Keep("email", "Taro@Example.jp"),)
    for turn in (named, born, mailed):
        stored = turn.state.model_dump_json() + said_in(turn)
        assert not any(secret in stored for secret in ("源五郎", "1984", "昭和59", "Taro@Example.jp"))
        assert "源五郎" not in repr(turn.commands)


@pytest.mark.parametrize("words", ["もどる", "back", "戻る"])
def test_back_asks_the_question_before_again(words: str) -> None:
    turn = talk("住民票", "本人だけ", press("include", "done"), words)
    assert turn.state.step is Step.INCLUDE
    assert talk(words, state=turn.state).state.step is Step.SUBJECTS
    assert talk(words, words, state=turn.state).state.step is Step.SUBJECTS


def test_start_over_and_stop_forget_what_was_given() -> None:
    state = talk("住民票", "本人だけ", press("include", "done"), "a@example.jp").state
    again = talk("最初から", state=state)
    assert again.commands == (Forget(),)
    assert again.state.step is Step.SUBJECTS
    assert not again.state.email_given
    stopped = talk("やめる", state=state)
    assert stopped.commands == (Forget(),)
    assert stopped.state.step is Step.IDLE


def test_where_is_mine_answers_and_goes_on_with_the_open_question() -> None:
    turn = talk("住民票", "いまどこ？", context=OPEN)
    assert "手数料" in turn.replies[0].text
    assert turn.replies[0].link is not None
    assert turn.state.step is Step.SUBJECTS
    assert len(turn.replies) == 2


def test_who_looked_shows_the_latest_looks() -> None:
    context = Context(TOWN, CATALOGUE, NOW, OPEN.request, ("10:01 本人確認（署名の検証）",))
    assert "署名の検証" in said_in(talk("だれが見た？", context=context))
    assert "まだだれも見ていません" in said_in(talk("だれが見た？", context=OPEN))


def test_the_counter_and_the_post_are_open_at_every_question() -> None:
    for words in ([], ["住民票"], ["住民票", "本人だけ"], ["住民票", "本人だけ", press("include", "done")]):
        turn = talk(*words, "窓口・郵送で", press("choose_way", "counter"))
        assert said_in(turn) == TOWN.other_ways[OtherWay.COUNTER][Language.JAPANESE]
        assert turn.state.step is Step.IDLE


def test_another_way_ends_an_open_request_and_staying_returns_to_the_question() -> None:
    assert OPEN.request
    turn = talk("窓口・郵送で", press("choose_way", "post"), context=OPEN)
    assert turn.commands == (TakeOtherWay(OPEN.request.request_id, OtherWay.POST),)
    assert talk("住民票", "窓口", press("choose_way", "stay")).state.step is Step.SUBJECTS


def test_cancelling_an_open_request_is_asked_back_first() -> None:
    assert OPEN.request
    asked = talk("やめる", context=OPEN)
    assert asked.commands == ()
    assert talk("はい", state=asked.state, context=OPEN).commands == (Cancel(OPEN.request.request_id),)
    assert talk(press("confirm_cancel", "no"), state=asked.state, context=OPEN).commands == ()


def test_the_language_can_change_in_the_middle() -> None:
    turn = talk("住民票", "English")
    assert turn.state.language is Language.ENGLISH
    assert turn.state.step is Step.SUBJECTS
    assert "Only mine" in labels(turn)
    assert talk("やさしい日本語", state=turn.state).state.language is Language.PLAIN_JAPANESE


@pytest.mark.parametrize("number", ["123456789018", "１２３４ ５６７８ ９０１８", "一二三四五六七八九〇一八"])
def test_a_my_number_is_refused_at_every_question_and_changes_nothing(number: str) -> None:
    for words in ([], ["住民票"], ["住民票", press("subjects", "member")]):
        before = talk(*words).state
        turn = talk(f"番号は{number}です", state=before)
        assert turn.state == before
        assert turn.commands == ()
        assert "マイナンバー" in said_in(turn)
        assert number not in said_in(turn)


def test_other_kinds_of_messages_are_answered_kindly() -> None:
    turn = talk("住民票", Said(other="sticker"))
    assert "文字とボタン" in said_in(turn)
    assert turn.state.step is Step.SUBJECTS


def test_a_button_of_an_earlier_question_changes_nothing() -> None:
    state = talk("住民票", "本人だけ").state
    turn = talk(press("subjects", "household"), state=state)
    assert turn.state == state
    assert "前の質問" in said_in(turn)


def test_the_first_words_carry_the_phrase_and_say_that_nobody_is_forced() -> None:
    text = said_in(followed(State(), NOTHING))
    assert TOWN.branding.phrase[Language.JAPANESE] in text
    assert "マイナンバー" in text
    assert "窓口や郵送" in text


@pytest.mark.parametrize("language", list(Language))
def test_every_label_fits_a_quick_reply(language: Language) -> None:
    menu = [
        key
        for key in sorted(CATALOGUE.keys())
        if key.split(".")[0] in {"menu", "subjects", "include", "certificate", "way"}
    ]
    buttons = [*menu, "email.no", "confirm.yes", "cancel.yes", "cancel.no"]
    for key in buttons:
        assert len(CATALOGUE.text(language, key)) <= 20, key


_WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["住民票", "もどる", "やめる", "最初から", "窓口", "English", "日本語", "はい", "いまどこ", "a@b.jp", "help"]
    ),
)
_BUTTONS = st.builds(
    press,
    st.sampled_from([*Step, "menu", "language", "?"]),
    st.sampled_from(["yes", "no", "self", "member", "done", "x", "stay"]),
)
_SAID = st.one_of(_WORDS.map(lambda text: Said(text=text)), _BUTTONS, st.just(Said(other="image")))


@settings(max_examples=300)
@given(st.lists(_SAID, max_size=12), st.booleans())
def test_whatever_is_said_there_is_an_answer_within_the_channels_limits(words: list[Said], open_request: bool) -> None:
    state = State()
    for said in words:
        turn = decide(state, said, OPEN if open_request else NOTHING)
        assert 1 <= len(turn.replies) <= 5
        for reply in turn.replies:
            assert 0 < len(reply.text) <= 5000
            assert len(reply.choices) <= 13
            assert all(0 < len(c.label) <= 20 and len(c.data) <= 300 for c in reply.choices)
        state = turn.state
