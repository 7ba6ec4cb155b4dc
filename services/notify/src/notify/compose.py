"""A notice in words: the catalogue's text in the resident's language, the links, the town's phrase. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from madoguchi.contracts.vocabulary import Language, NoticeKind, OtherWay, Outcome
from madoguchi.policy.models import Municipality
from madoguchi.policy.rules import JAPAN
from madoguchi.text.catalogue import Catalogue
from madoguchi.web.links import download_url, status_url
from notify.domain.model import Notice, Recipient
from notify.ports import Button, Message


@dataclass(frozen=True, slots=True)
class Wording:
    """What turns a notice of one town into words and links."""

    town: Municipality
    catalogue: Catalogue
    link_key: bytes
    intake_url: str
    issuance_url: str


def compose(notice_id: str, recipient: Recipient, wording: Wording) -> Message:
    """The message for one notice of `recipient`."""
    notice, town, catalogue = recipient.notices[notice_id], wording.town, wording.catalogue
    language = recipient.language if recipient.language in town.languages else town.languages[0]
    values = _values(notice, recipient, language, wording)
    title = f"{notice.kind}.title"
    return Message(
        notice_id=notice_id,
        kind=notice.kind,
        language=language,
        town=town.name[language],
        title=catalogue.text(language, title, **_named(catalogue, language, title, values)),
        text=_text(notice, language, catalogue, values),
        phrase=catalogue.text(language, "phrase", phrase=town.branding.phrase[language]),
        footer=town.branding.contact[language],
        buttons=_buttons(notice, recipient, language, wording),
        event_at=notice.event_at,
        picture=_picture(notice, wording),
    )


def _text(notice: Notice, language: Language, catalogue: Catalogue, values: Mapping[str, str]) -> str:
    key = f"{notice.kind}.text"
    parts = [catalogue.text(language, key, **_named(catalogue, language, key, values))]
    if notice.kind is NoticeKind.PROOF_REJECTED:
        parts.append(catalogue.text(language, f"what_now.{'final' if notice.values['final'] == 'yes' else 'again'}"))
    if notice.kind is NoticeKind.QUESTION and "until" in notice.values:
        parts.append(catalogue.text(language, "question.until", until=values["until"]))
    return "\n".join(parts)


def _named(catalogue: Catalogue, language: Language, key: str, values: Mapping[str, str]) -> dict[str, str]:
    """Only the values that the text names; `str.format` would not mind more, a reader of a log would."""
    template = catalogue.texts[language][key]
    return {name: value for name, value in values.items() if "{" + name + "}" in template}


def _values(notice: Notice, recipient: Recipient, language: Language, wording: Wording) -> dict[str, str]:
    kept, town, catalogue = notice.values, wording.town, wording.catalogue
    certificate = recipient.certificate
    words = {
        "number": recipient.request_id,
        "town": town.name[language],
        "certificate": town.certificates[certificate].name[language] if certificate in town.certificates else "",
        "amount": f"{int(kept['amount']):,}" if "amount" in kept else "",
        "certificate_number": kept.get("certificate_number", ""),
        "deadline": moment(kept["deadline"], language, catalogue) if "deadline" in kept else "",
        "until": moment(kept["until"], language, catalogue) if "until" in kept else "",
    }
    if "reason" in kept:
        words["reason"] = catalogue.text(language, f"reason.{kept['reason']}")
    if "question" in kept:
        words["question"] = catalogue.text(language, f"ask.{kept['question']}")
    if "outcome" in kept:
        words["outcome"] = catalogue.text(language, f"outcome.{kept['outcome']}")
        if Outcome(kept["outcome"]) is Outcome.REDIRECTED and "way" in kept:
            words["outcome"] = town.other_ways[OtherWay(kept["way"])][language]
    return words


def moment(iso: str, language: Language, catalogue: Catalogue) -> str:
    """A moment in words, in Japan's time; with leading zeros in English, where the day is ISO 8601."""
    at = datetime.fromisoformat(iso).astimezone(JAPAN)
    width = 2 if language is Language.ENGLISH else 1
    parts = {"month": at.month, "day": at.day, "hour": at.hour}
    padded = {name: f"{part:0{width}d}" for name, part in parts.items()}
    return catalogue.text(language, "moment", year=str(at.year), **padded, minute=f"{at.minute:02d}")


def _buttons(notice: Notice, recipient: Recipient, language: Language, wording: Wording) -> tuple[Button, ...]:
    """What to press: the next step first, the status page last. A test is about no request."""
    if notice.kind is NoticeKind.CHANNEL_TEST:
        return ()
    until = notice.event_at + wording.town.deadlines.retention
    status = status_url(wording.link_key, wording.intake_url, recipient.request_id, until)
    steps = {"button.status": status}
    if notice.kind is NoticeKind.PROOF_NEEDED or notice.values.get("final") == "no":
        steps = {"button.prove": f"{status}/prove", **steps}
    elif notice.kind is NoticeKind.QUESTION:
        steps = {"button.answer": f"{status}/answer", **steps}
    elif notice.kind is NoticeKind.FEE_DUE:
        steps = {"button.pay": f"{status}/pay", **steps}
    elif notice.kind is NoticeKind.READY:
        until = datetime.fromisoformat(notice.values["until"])
        url = download_url(wording.link_key, wording.issuance_url, recipient.request_id, until)
        steps = {"button.download": url, **steps}
    return tuple(Button(wording.catalogue.text(language, key), url) for key, url in steps.items())


def _picture(notice: Notice, wording: Wording) -> str | None:
    """LINE has no file message: the certificate's notice carries a picture of one, without anybody's data."""
    if notice.kind is not NoticeKind.READY:
        return None
    return f"{wording.issuance_url.rstrip('/')}/preview/{wording.town.code}.png"
