"""Understanding what was said: words of three languages to intents and answers. Pure."""

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs

from madoguchi.contracts.vocabulary import CertificateKind, Language, OtherWay
from request_intake.conversation.model import Said, Step

Code = TypeVar("Code", bound=StrEnum)


class Intent(StrEnum):
    """What can be said at every question."""

    BACK = "back"
    START_OVER = "start_over"
    STOP = "stop"
    WHERE = "where"
    WHO_LOOKED = "who_looked"
    LANGUAGE = "language"
    OTHER_WAY = "other_way"
    ANSWER = "answer"
    HELP = "help"


_WORDS: dict[Intent, tuple[str, ...]] = {
    Intent.BACK: ("もどる", "戻る", "まえにもどる", "back", "go back"),
    Intent.START_OVER: ("最初から", "はじめから", "さいしょから", "やりなおす", "やり直す", "start over", "restart"),
    Intent.STOP: ("やめる", "中止", "キャンセル", "取り消す", "とりけす", "取り下げる", "stop", "cancel", "quit"),
    Intent.WHERE: ("いまどこ", "今どこ", "どこまで", "状況", "進捗", "まだですか", "where is mine", "where", "status"),
    Intent.WHO_LOOKED: ("だれが見た", "誰が見た", "だれがみた", "アクセス記録", "who looked", "who saw", "access log"),
    Intent.LANGUAGE: ("ことば", "言語", "言葉", "language", "日本語", "やさしい日本語", "english", "英語", "にほんご"),
    Intent.OTHER_WAY: (
        "窓口・郵送",
        "窓口・郵送で",
        "カードなしの方法",
        "カードを つかわない",
        "カードをつかわない",
        "counter or post",
        "窓口",
        "郵送",
        "郵便",
        "ほかの方法",
        "他の方法",
        "カードがない",
        "counter",
        "post",
        "another way",
    ),
    Intent.ANSWER: ("質問に答える", "答える", "しつもんに こたえる", "しつもんにこたえる", "こたえる", "answer"),
    Intent.HELP: ("ヘルプ", "使い方", "つかいかた", "できること", "help", "menu", "メニュー"),
}

_LANGUAGES = {
    "日本語": Language.JAPANESE,
    "やさしい日本語": Language.PLAIN_JAPANESE,
    "にほんご": Language.PLAIN_JAPANESE,
    "english": Language.ENGLISH,
    "英語": Language.ENGLISH,
}
_CERTIFICATES = {
    CertificateKind.RESIDENCE_CERTIFICATE: ("住民票", "じゅうみんひょう", "juminhyo", "residence certificate",
                                            "certificate of residence", "resident certificate"),
}  # fmt: skip
_WANTS = ("証明書", "しょうめいしょ", "certificate", "申し込", "申請", "もうしこみ")
_YES = ("はい", "yes", "ok", "申し込む", "もうしこむ", "同意", "おねがいします", "お願いします", "apply")
_NO = ("いいえ", "no", "いらない", "不要", "なし", "none", "skip", "no thanks")
_ERAS = {
    era: first - 1
    for names, first in (("明治m", 1868), ("大正t", 1912), ("昭和s", 1926), ("平成h", 1989), ("令和r", 2019))
    for era in (names[:2], names[2])
}
"""Name or letter of an era → the Western year before its first."""
_DATE = re.compile(r"^(明治|大正|昭和|平成|令和|[mtshr])?(\d{1,4}|元)[年/.\-](\d{1,2})[月/.\-](\d{1,2})日?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_EMAIL = re.compile(r"^[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z]{2,24}$")


def plain(text: str) -> str:
    """`text` for comparing: half width, lower case, no white space at the ends, no closing punctuation."""
    return unicodedata.normalize("NFKC", text).strip().strip("。．.!?！？、,「」『』\"' ").lower()


def button(said: Said) -> tuple[str, str]:
    """Step (or `menu`) and value of a pressed button; both empty for anything else."""
    fields = parse_qs(said.data, keep_blank_values=True)
    return fields.get("step", [""])[0], fields.get("value", [""])[0]


def member(kind: type[Code], value: str) -> Code | None:
    """The member of an enumeration with that value, or None."""
    try:
        return kind(value)
    except ValueError:
        return None


def intent(said: Said) -> Intent | None:
    """What is asked for at any question, by button or in words."""
    step, value = button(said)
    if step == "menu":
        return member(Intent, value)
    words = plain(said.text)
    return next(
        (meant for meant, ways in _WORDS.items() if words in ways or (len(words) < 20 and _asks(words, meant))), None
    )


def _asks(words: str, meant: Intent) -> bool:
    """Questions are asked in many forms; only these two are looked for inside a short sentence."""
    return meant in (Intent.WHERE, Intent.WHO_LOOKED) and any(way in words for way in _WORDS[meant] if len(way) > 3)


def language(said: Said) -> Language | None:
    """A language named or chosen."""
    step, value = button(said)
    if step == "language":
        return member(Language, value)
    return _LANGUAGES.get(plain(said.text))


def speaks_english(said: Said) -> bool:
    """Whether this can only be English: words in ASCII, more than one of them or one that asks for something here.

    Japanese has no such test: who writes it without 漢字 may still want ordinary Japanese.
    """
    words = plain(said.text)
    if not words.isascii() or email(said.text) or not re.search("[a-z]{2}", words):
        return False
    return len(re.findall("[a-z]+", words)) > 1 or bool(certificate(said) or wants_something(said) or intent(said))


def certificate(said: Said) -> CertificateKind | None:
    """A certificate named or chosen."""
    step, value = button(said)
    if step == Step.CERTIFICATE:
        return member(CertificateKind, value)
    words = plain(said.text)
    return next((kind for kind, ways in _CERTIFICATES.items() if any(way in words for way in ways)), None)


def wants_something(said: Said) -> bool:
    """Whether a certificate is wanted, without saying which."""
    step, value = button(said)
    return (step, value) == ("menu", "start") or any(way in plain(said.text) for way in _WANTS)


def other_way(said: Said) -> OtherWay | None:
    """Counter or post, chosen or named."""
    step, value = button(said)
    if step == Step.CHOOSE_WAY:
        return member(OtherWay, value)
    return {"窓口": OtherWay.COUNTER, "counter": OtherWay.COUNTER, "郵送": OtherWay.POST, "郵便": OtherWay.POST,
            "post": OtherWay.POST}.get(plain(said.text))  # fmt: skip


def yes_or_no(said: Said, step: Step) -> bool | None:
    """A yes or a no to the question `step`."""
    asked, value = button(said)
    if asked:
        return {"yes": True, "no": False}.get(value) if asked == step else None
    words = plain(said.text)
    return True if words in _YES else False if words in _NO else None


def email(text: str) -> str | None:
    """An e-mail address, as typed (RFC 5321 lengths, no quoting, no comments)."""
    address = unicodedata.normalize("NFKC", text).strip()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) and ".." not in address else None


def birth_date(text: str) -> str | None:
    """A date in Western or Japanese form as `YYYY-MM-DD`; None when there is no such day."""
    words = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    if found := _COMPACT.match(words):
        era, year, month, day = None, *found.groups()
    elif found := _DATE.match(words):
        era, year, month, day = found.groups()
    else:
        return None
    number = 1 if year == "元" else int(year)
    try:
        return (
            date(number + (_ERAS[era] if era else 0), int(month), int(day)).isoformat()
            if era or number > 1867
            else None
        )
    except ValueError:
        return None
