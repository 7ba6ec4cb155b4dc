"""Dead letters as the broker has them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.ports import BrokerAway
from madoguchi.bus import dead_letters
from madoguchi.bus.connection import BROKER_ERRORS, Connection
from madoguchi.bus.dead_letters import DeadLetter
from madoguchi.bus.producer import NotSent, Producer


@dataclass(frozen=True, slots=True, repr=False)
class BrokerDeadLetters:
    """See `console.ports.DeadLetters`."""

    connection: Connection
    producer: Producer
    clock: Callable[[], datetime]

    async def look(self, service: str, ids: Collection[str]) -> Mapping[str, DeadLetter]:
        """Those of them that are there. Raises `BrokerAway`."""
        try:
            return await dead_letters.picked(self.connection, service, ids)
        except BROKER_ERRORS as error:
            raise BrokerAway(type(error).__qualname__) from None

    async def send_again(self, letter: DeadLetter) -> None:
        """Let its service try it again. Raises `BrokerAway`, `AlreadySettled`."""
        try:
            await dead_letters.send_again(self.producer, letter, self.clock())
        except NotSent as error:
            raise BrokerAway(str(error)) from None

    async def put_away(self, letter: DeadLetter, reason: str) -> None:
        """Say that it needs no handling any more. Raises `BrokerAway`, `AlreadySettled`."""
        try:
            await dead_letters.put_away(self.producer, letter, reason)
        except NotSent as error:
            raise BrokerAway(str(error)) from None
