"""Every notice in every language: complete, with the phrase, within the channels' limits."""

from datetime import datetime
from pathlib import Path

import pytest

from madoguchi.contracts.vocabulary import (
    CertificateKind,
    IdentityReason,
    Language,
    NoticeKind,
    Outcome,
    RefusalReason,
    ResidentQuestion,
)
from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from notify.adapters.line import flex
from notify.adapters.mail import compose_mail
from notify.compose import Wording, compose
from notify.domain.model import Notice, Recipient

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
CATALOGUE = Catalogue.of_package("notify")
WORDING = Wording(TOWN, CATALOGUE, b"k" * 32, "http://127.0.0.1:8401", "http://127.0.0.1:8403")
AT = "2026-11-23T01:00:00+00:00"
VALUES = {
    NoticeKind.ACCEPTED: {"deadline": AT},
    NoticeKind.PROOF_NEEDED: {"until": AT},
    NoticeKind.PROOF_REJECTED: {"reason": "certificate_revoked", "final": "no"},
    NoticeKind.WITH_CLERK: {},
    NoticeKind.FEE_DUE: {"amount": "1300", "until": AT},
    NoticeKind.READY: {"certificate_number": "990019-20261123-0123456789", "until": AT},
    NoticeKind.REFUSED: {"reason": "not_entitled"},
    NoticeKind.CLOSED: {"outcome": "redirected", "way": "counter"},
    NoticeKind.REFUNDED: {"amount": "300"},
    NoticeKind.LATE: {"deadline": AT},
    NoticeKind.REVOKED: {"certificate_number": "990019-20261123-0123456789"},
    NoticeKind.QUESTION: {"question": "which_name", "until": AT},
    NoticeKind.CHANNEL_TEST: {},
}


def message(kind: NoticeKind, language: Language, values: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    notice = Notice(kind=kind, event_at=datetime.fromisoformat(AT), values=values or VALUES[kind])
    recipient = Recipient(
        request_id="req_" + "0" * 26,
        municipality=TOWN.code,
        language=language,
        certificate=CertificateKind.RESIDENCE_CERTIFICATE,
        notices={"n": notice},
    )
    return compose("n", recipient, WORDING)


def test_the_catalogue_is_complete_in_every_language() -> None:
    assert CATALOGUE.check() == []
    codes = {f"reason.{code.value}" for code in (*IdentityReason, *RefusalReason)}
    codes |= {f"ask.{question.value}" for question in ResidentQuestion}
    assert codes | {f"outcome.{outcome.value}" for outcome in Outcome} <= CATALOGUE.keys()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_notice_carries_the_phrase_and_fits_line_and_mail(kind: NoticeKind, language: Language) -> None:
    made = message(kind, language)
    assert TOWN.branding.phrase[language] in made.phrase
    assert all(len(button.label) <= 20 for button in made.buttons)
    bubble = flex(made).to_dict()
    assert made.phrase in str(bubble)
    assert len(str(bubble).encode()) < 30_000
    mail = compose_mail(made, sender="見本市 窓口 <madoguchi@mihon.example>", to="someone@example.jp")
    for part in mail.iter_parts():
        assert made.phrase in part.get_content() or "&#" in part.get_content()
    assert mail["Message-ID"] == "<n@mihon.example>"


def test_a_question_says_by_when_only_where_the_clerk_did() -> None:
    until = CATALOGUE.text(Language.ENGLISH, "question.until", until="2026-11-23 10:00 (Japan time)")
    assert until in message(NoticeKind.QUESTION, Language.ENGLISH).text
    assert "2026" not in message(NoticeKind.QUESTION, Language.ENGLISH, {"question": "call_us"}).text


def test_the_next_step_comes_first() -> None:
    for kind, path in (
        (NoticeKind.PROOF_NEEDED, "/prove"),
        (NoticeKind.FEE_DUE, "/pay"),
        (NoticeKind.QUESTION, "/answer"),
        (NoticeKind.READY, "/download/"),
    ):
        assert path in message(kind, Language.ENGLISH).buttons[0].url
    assert message(NoticeKind.READY, Language.JAPANESE).picture == "http://127.0.0.1:8403/preview/990019.png"


def test_the_notice_of_a_referral_says_nothing_about_why() -> None:
    for language in Language:
        assert message(NoticeKind.WITH_CLERK, language).text == CATALOGUE.text(language, "with_clerk.text")


def test_an_address_that_is_none_makes_no_mail() -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library words it
        compose_mail(message(NoticeKind.LATE, Language.JAPANESE), sender="a <a@example.jp>", to="not an address")
