"""What the console needs from outside."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Protocol

from console.domain.acts import Act, What
from madoguchi.bus.dead_letters import DeadLetter
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.register.port import Register, RegisterSearch


class TownRegister(Register, RegisterSearch, Protocol):
    """A town's register, for looking and for searching."""


class Acts(Protocol):
    """The record of everything that staff do. Written before it is done: no record, no act."""

    async def record(self, town: MunicipalityCode, staff: str, what: What, *, why: str = "", about: str = "") -> Act:
        """Append an act, durably. `staff`: 職員番号; `why`: a code; `about`: a request id. Raises `ActsBroken`."""
        ...

    async def renew(self, town: MunicipalityCode) -> bool:
        """Authenticate the end of a town's acts by its newest key; whether it was done. Raises `ActsBroken`."""
        ...

    async def about(self, subject: str) -> tuple[Act, ...]:
        """The acts on one request, oldest first."""
        ...

    async def latest(self, town: MunicipalityCode) -> tuple[Act, ...]:
        """The latest acts of a town, newest first."""
        ...

    def every(self, town: MunicipalityCode) -> AsyncIterator[Act]:
        """All acts of a town, oldest first."""
        ...

    async def verify(self, town: MunicipalityCode) -> int:
        """How many acts there are, all genuine and complete. Raises `ActsBroken`."""
        ...


class BrokerAway(ConnectionError):
    """The broker does not answer: nothing was done, or it is not known."""


class DeadLetters(Protocol):
    """Dead letters as the broker has them."""

    async def look(self, service: str, ids: Collection[str]) -> Mapping[str, DeadLetter]:
        """Those of them that are there, by id, with what markers say of them. Raises `BrokerAway`."""
        ...

    async def send_again(self, letter: DeadLetter) -> None:
        """Let its service try it again, and mark it. Raises `BrokerAway`, `AlreadySettled`."""
        ...

    async def put_away(self, letter: DeadLetter, reason: str) -> None:
        """Mark that it needs no handling any more. Raises `BrokerAway`, `AlreadySettled`."""
        ...
