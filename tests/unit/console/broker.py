"""The broker's retry and dead-letter topics in memory, with the real markers and the real reading of them."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from console.ports import BrokerAway
from madoguchi.bus import dead_letters
from madoguchi.bus import record as r
from madoguchi.bus.dead_letters import DeadLetter
from madoguchi.bus.producer import NotSent
from madoguchi.bus.record import Record
from madoguchi.bus.retry import moved
from madoguchi.contracts.flow import dead_letter_topic, retry_topic


@dataclass
class MemoryBroker:
    """See `console.ports.DeadLetters`. `away`: nothing is answered; `full`: nothing is taken."""

    clock: Callable[[], datetime]
    topics: dict[str, list[Record]] = field(default_factory=dict)
    away: bool = False
    full: bool = False

    async def publish(self, records: list[Record]) -> None:
        """As `Producer.publish`."""
        if self.full:
            raise NotSent("KafkaError")
        for record in records:
            self._append(record)

    def set_aside(self, service: str, record: Record, error: str) -> str:
        """As a service does it; the id of the letter."""
        headers = {
            r.ORIGINAL_TOPIC: record.topic,
            r.ORIGINAL_PARTITION: "0",
            r.ORIGINAL_OFFSET: "7",
            r.ATTEMPTS: "4",
            r.ERROR: error,
        }
        kept = self._append(moved(record, dead_letter_topic(service), headers, {}))
        return f"{service}:{kept.partition}:{kept.offset}"

    def tried_later(self, service: str, record: Record, attempts: int) -> None:
        """A service puts an event off."""
        due = str(int(self.clock().timestamp() * 1000) + 10_000)
        headers = {r.ORIGINAL_TOPIC: record.topic, r.ATTEMPTS: str(attempts), r.ERROR: "Away", r.NOT_BEFORE: due}
        self._append(moved(record, retry_topic(service, "10s"), headers, {}))

    def everything(self) -> list[Record]:
        """Every record."""
        return [record for records in self.topics.values() for record in records]

    def replayed(self, service: str) -> list[Record]:
        """What was sent to a service again."""
        return [one for one in self.topics.get(retry_topic(service, "10s"), []) if one.number(r.ATTEMPTS, -1) == 0]

    async def look(self, service: str, ids: Collection[str]) -> Mapping[str, DeadLetter]:
        if self.away:
            raise BrokerAway("KafkaConnectionError")
        there = dead_letters.letters_of(service, self.topics.get(dead_letter_topic(service), []))
        return {letter.id: letter for letter in there if letter.id in ids}

    async def send_again(self, letter: DeadLetter) -> None:
        await self._or_away(dead_letters.send_again(self, letter, self.clock()))  # type: ignore[arg-type]

    async def put_away(self, letter: DeadLetter, reason: str) -> None:
        await self._or_away(dead_letters.put_away(self, letter, reason))  # type: ignore[arg-type]

    async def _or_away(self, work: Awaitable[None]) -> None:
        try:
            await work
        except NotSent as error:
            raise BrokerAway(str(error)) from None

    def _append(self, record: Record) -> Record:
        there = self.topics.setdefault(record.topic, [])
        there.append(replace(record, partition=0, offset=len(there), at=int(self.clock().timestamp() * 1000)))
        return there[-1]
