"""Residents with a name to call them by: the good ordinary case, and each hard one. For demos and tests."""

from dataclasses import dataclass

from madoguchi_sandbox.pki.holders import Holder
from madoguchi_sandbox.register import cast
from madoguchi_sandbox.register.schema import Block, Resident, Sex

_SEX = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.UNKNOWN: "not_stated"}


@dataclass(frozen=True, slots=True)
class Persona:
    """One resident of the synthetic town, and what is particular about them."""

    key: str
    story: str
    resident: Resident

    @property
    def address_number(self) -> str:
        """宛名番号."""
        return self.resident.address_number

    @property
    def name(self) -> str:
        """氏名, as the register has it."""
        return self.resident.name

    @property
    def birth_date(self) -> str:
        """`YYYY-MM-DD`, `00` for unknown parts."""
        return self.resident.birth_date

    @property
    def sex(self) -> str:
        """`male`, `female` or `not_stated`."""
        return _SEX[self.resident.sex]

    @property
    def address(self) -> str:
        """From the prefecture on, with building and room."""
        return self.resident.address

    def holder(self) -> Holder:
        """For issuing a test card to this person."""
        return Holder(
            address_number=self.address_number,
            name=self.name,
            sex=self.sex,
            birth_date=self.birth_date,
            address=self.address,
        )


PERSONAS: dict[str, Persona] = {
    key: Persona(key, story, resident) for key, (story, resident) in cast.residents().items()
}
"""By key; `PERSONAS["hanako"]` is the resident of the demo."""

BLOCKS: tuple[Block, ...] = cast.blocks()
"""The disclosure blocks of the synthetic town."""
