"""What a copy of a residence record (住民票の写し) says: the input of rendering.

`None` in an item that may be left out means 省略 (住民基本台帳法 §12 (5)): the sheet says so and shows no value.
Dates arrive as the text to be printed, since a register may hold 不詳 wordings; `issuance.documents.era` makes and
checks them.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from madoguchi.contracts.vocabulary import CertificateForm, CertificateNumber, MunicipalityCode

Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
"""One line of text for the sheet, as the register has it: never normalised."""


class Quiet(BaseModel):
    """Frozen, strict, and silent in logs and in validation errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Issuer(Quiet):
    """The town that issues (交付者)."""

    code: MunicipalityCode
    name: Line
    prefecture: Line
    mayor: Line
    """Title and name as printed under the attestation (職氏名), e.g. 見本市長　窓口　花子."""
    sandbox: bool = False
    """Every sheet then says 見本."""


class ResidenceStatus(Quiet):
    """Items of a foreign resident that are left out unless asked for (法第30条の45)."""

    nationality: Line
    category: Line
    """区分, e.g. 中長期在留者."""
    status: Line | None = None
    period: Line | None = None
    expires_on: Line | None = None
    """In the Western calendar."""
    card_number: Line | None = None


class ForeignResident(Quiet):
    """Marks a foreign resident (外国人住民)."""

    status: ResidenceStatus | None = None
    """None: 省略."""


class Person(Quiet):
    """One resident on the sheet."""

    name: Line
    kana: Line | None = None
    """氏名の振り仮名 (statutory since 26 May 2025)."""
    former_surname: Line | None = None
    """旧氏; shown only when there is one."""
    alias: Line | None = None
    """通称; shown only when there is one."""
    birth_date: Line
    """Era date of a Japanese, Western date of a foreign resident."""
    sex: Line
    address: Line
    """住所 with 方書."""
    head: Line | None = None
    """世帯主; None with `relationship` None: 省略."""
    relationship: Line | None = None
    """続柄."""
    domicile: Line | None = None
    """本籍; None with `registrant` None: 省略. A foreign resident has none."""
    registrant: Line | None = None
    """筆頭者."""
    resident_since: Line | None = None
    """住民となった年月日 (外国人住民となった年月日)."""
    address_since: Line | None = None
    """住所を定めた年月日."""
    notified_on: Line | None = None
    """届出年月日."""
    previous_address: Line | None = None
    """転入前住所."""
    foreign: ForeignResident | None = None

    @model_validator(mode="after")
    def _whole_items(self) -> Self:
        if (self.head is None) != (self.relationship is None):
            raise ValueError("世帯主 and 続柄 are one item: give both or neither")
        if (self.domicile is None) != (self.registrant is None):
            raise ValueError("本籍 and 筆頭者 are one item: give both or neither")
        if self.foreign is not None and self.domicile is not None:
            raise ValueError("a foreign resident has no 本籍")
        return self


class RenderInput(Quiet):
    """One certificate."""

    issuer: Issuer
    number: CertificateNumber
    form: CertificateForm
    persons: tuple[Person, ...] = Field(min_length=1, max_length=60)
    """In the order of the standard specification (世帯員の並び順)."""
    attestation: Line
    """認証文, on the last sheet only."""
    issued_on: date
    """A day in Japan."""
    verification_url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,300}$")]
    """What the QR code holds."""

    @model_validator(mode="after")
    def _one_household(self) -> Self:
        if not self.number.startswith(f"{self.issuer.code}-"):
            raise ValueError("the number belongs to another town")
        shared = {(person.address, person.head) for person in self.persons}
        if self.form is CertificateForm.HOUSEHOLD and len(shared) > 1:
            raise ValueError("a household shares 住所 and 世帯主")
        return self
