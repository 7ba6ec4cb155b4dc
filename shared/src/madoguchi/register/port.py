"""What a service may ask of a town's register."""

from dataclasses import dataclass
from typing import Protocol

from madoguchi.register.model import Entry, Household
from madoguchi.register.search import Search


class RegisterUnavailable(ConnectionError):
    """The register did not answer; try again later."""


@dataclass(frozen=True, slots=True, repr=False)
class Results:
    """What a search found, in the order of 宛名番号."""

    entries: tuple[Entry, ...]
    more: bool
    """Whether there are others that the limit left out."""


class Register(Protocol):
    """A town's resident register, read only. Whoever calls has written the access record before.

    Every call may raise `RegisterUnavailable`."""

    async def born(self, birth_date: str) -> tuple[Entry, ...]:
        """Every entry, 除票 included, whose birth date may be `birth_date` (`YYYY-MM-DD`, `00` for unknown parts)."""
        ...

    async def entry(self, address_number: str) -> Entry | None:
        """The entry with that 宛名番号."""
        ...

    async def household(self, household_number: str) -> Household:
        """The household and the blocks on its members."""
        ...


class RegisterSearch(Protocol):
    """The same register for a clerk who looks for somebody. May raise `RegisterUnavailable`."""

    async def search(self, search: Search, limit: int) -> Results:
        """At most `limit` of the entries, 除票 included, that the search means."""
        ...
