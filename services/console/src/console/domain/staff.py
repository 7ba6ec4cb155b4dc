"""Who works at the console, and what the sign-in service must say of them before they may. Pure."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum

from madoguchi.contracts.vocabulary import MunicipalityCode

_NUMBER = re.compile(r"[0-9A-Za-z-]{1,32}", re.ASCII)
_PSEUDONYM = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Role(StrEnum):
    """What someone may do."""

    CLERK = "clerk"
    """Decides cases (審査担当)."""
    APPROVER = "approver"
    """Confirms what another person decided (決裁者)."""
    OPERATOR = "operator"
    """Dead letters, deliveries, health (運用担当)."""
    AUDITOR = "auditor"
    """Reads and exports the acts (監査担当)."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of a town's staff."""

    number: str
    """職員番号, never a name."""
    roles: frozenset[Role]
    municipality: MunicipalityCode
    resident_pseudonym: str | None = None
    """Of one who is also in the town's register: their 宛名番号 under the town's index key
    (`Vault.pseudonym(municipality, "address_number", number)`). Nobody decides their own request."""

    def has(self, *roles: Role) -> bool:
        """Whether at least one of `roles` is theirs."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """How the sign-in service calls what we need to know."""

    number: str = "staff_number"
    roles: str = "roles"
    """A list of texts; those that are no `Role` are of other systems."""
    municipality: str = "municipality"
    """全国地方公共団体コード, six digits."""
    resident_pseudonym: str = "resident_pseudonym"


class Unfit(StrEnum):
    """Why someone who is who they say may not work here."""

    NO_NUMBER = "no_number"
    NO_ROLE = "no_role"
    UNKNOWN_TOWN = "unknown_town"
    BAD_PSEUDONYM = "bad_pseudonym"
    """It would not keep them from deciding their own request."""


def staff_of(claims: Mapping[str, object], names: ClaimNames, towns: Container[str]) -> Staff | Unfit:
    """The member of staff that the claims (of an accepted ID token) describe; `towns`: codes of those served here."""
    number, town = claims.get(names.number), claims.get(names.municipality)
    pseudonym = claims.get(names.resident_pseudonym)
    roles = _roles(claims.get(names.roles))
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return Unfit.NO_NUMBER
    if not isinstance(town, str) or town not in towns:
        return Unfit.UNKNOWN_TOWN
    if not roles:
        return Unfit.NO_ROLE
    if pseudonym is not None and not (isinstance(pseudonym, str) and _PSEUDONYM.fullmatch(pseudonym)):
        return Unfit.BAD_PSEUDONYM
    return Staff(number, roles, town, pseudonym)


def _roles(claimed: object) -> frozenset[Role]:
    known = {role.value: role for role in Role}
    listed = claimed if isinstance(claimed, list) else []
    return frozenset(known[name] for name in listed if isinstance(name, str) and name in known)
