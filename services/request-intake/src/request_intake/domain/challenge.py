"""The exact text that the resident signs: readable, in their language and in Japanese, naming town, certificate,
options, request, time and a 256-bit nonce, and nothing about the person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateKind, Language, RequestId
from madoguchi.policy.models import Municipality
from madoguchi.policy.rules import JAPAN
from madoguchi.text.catalogue import Catalogue
from request_intake.domain.state import Challenge

NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Subject:
    """What the text is about."""

    request_id: RequestId
    certificate: CertificateKind
    options: CertificateOptions
    language: Language


def new_challenge(
    subject: Subject, town: Municipality, catalogue: Catalogue, now: datetime, randomness: Callable[[int], bytes]
) -> Challenge:
    """A new text with its nonce; `randomness(n)` gives n random bytes."""
    nonce = randomness(NONCE_BYTES).hex()
    return Challenge(
        id="chl_" + randomness(16).hex(),
        nonce=nonce,
        text=signing_text(subject, town, catalogue, nonce, now),
        issued_at=now,
        expires_at=now + town.deadlines.challenge,
    )


def signing_text(subject: Subject, town: Municipality, catalogue: Catalogue, nonce: str, now: datetime) -> str:
    """The text; lines end with a line feed. Its UTF-8 bytes are what is signed."""
    languages = dict.fromkeys((subject.language, Language.JAPANESE))
    once = {"request_id": subject.request_id, "time": _time(now), "nonce": nonce}
    return "\n".join(
        catalogue.text(language, "sign.text", **_asked(language, subject, town, catalogue), **once)
        for language in languages
    )


def _asked(language: Language, subject: Subject, town: Municipality, catalogue: Catalogue) -> dict[str, str]:
    options, offer = subject.options, town.certificates[subject.certificate]
    include = [catalogue.text(language, f"include.{item}") for item in options.include]
    separator = catalogue.text(language, "list.separator")
    return {
        "town": _in(language, town.name),
        "code": town.code,
        "certificate": _in(language, offer.name),
        "form": catalogue.text(language, f"form.{options.form}"),
        "subjects": catalogue.text(language, f"subjects.{options.subjects}"),
        "include": separator.join(include) or catalogue.text(language, "include.nothing"),
    }


def _in(language: Language, text: dict[Language, str]) -> str:
    """A town that does not offer Japanese texts is named in the language it has."""
    return text.get(language) or next(iter(text.values()))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(JAPAN):%Y-%m-%d %H:%M} (UTC+09:00)"
