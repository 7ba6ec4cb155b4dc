"""Personal data that events carry only sealed: the shapes inside `SealedText`.

Nothing here may be logged or stored in clear; `madoguchi.vault` seals and opens these models.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints


class Personal(BaseModel):
    """Base of every sealed shape: frozen, and silent in logs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Contact(Personal):
    """Where notices go (field `contact`). Either may be missing."""

    line_user_id: str | None = None
    email: str | None = None


class NamedPerson(Personal):
    """The household member a resident asks for (field `member`)."""

    name: str
    birth_date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SigningEvidence(Personal):
    """The exact text shown and the detached CMS over its UTF-8 bytes (field `evidence`)."""

    text: str
    cms: str
    """DER, base64 (RFC 4648 §4)."""


class CardAttributes(Personal):
    """基本4情報 as a signature certificate states them (field `attributes`).

    Names outside JIS X 0208/0212 are replaced in the certificate; the flags (`0`/`1` per character) say where.
    """

    name: str
    name_substitutions: str
    sex: Literal["male", "female", "not_stated"]
    birth_date: str
    """`YYYY-MM-DD`; month or day `00` where the register says 不詳, all `0000-00-00` when unknown."""
    address: str
    address_substitutions: str
    certificate_serial: str
    """発行番号 of the card's certificate: for the clerk only, never a public identifier."""


class ResidentAnswer(Personal):
    """What the resident answers to a clerk's question, in their own words (field `answer`)."""

    text: str


class ReviewNote(Personal):
    """What a clerk must know and the resident must not read from a status (field `review`)."""

    reason: str
    candidates: tuple[str, ...] = ()
    """Register keys (宛名番号) of the candidates."""


class ClerkChoice(Personal):
    """The register entry a clerk chose when approving (field `choice`)."""

    address_number: str
    """宛名番号."""
