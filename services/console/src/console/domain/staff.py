"""Who works here (職員). Pure."""

from dataclasses import dataclass
from enum import StrEnum

from madoguchi.contracts.vocabulary import MunicipalityCode


class Role(StrEnum):
    """What somebody may do; one person may have several."""

    CLERK = "clerk"  # 審査担当
    APPROVER = "approver"  # 決裁者
    OPERATOR = "operator"  # 運用担当
    AUDITOR = "auditor"  # 監査担当


@dataclass(frozen=True, slots=True)
class Staff:
    """One person at work, of one town."""

    number: str
    """職員番号. Never a name."""
    roles: frozenset[Role]
    municipality: MunicipalityCode
    resident_pseudonym: str | None = None
    """Keyed hash of their own 宛名番号 if they live in the town: nobody decides their own request."""
