"""What the residents did and saw, and what was done to the system meanwhile: the driver's diary, the list of faults.

The order of the lines does not matter: several processes may write, and a clock may go back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a resident, in seconds since 1970. `in_vain`: they gave up then."""

    name: str
    began: float
    ended: float
    in_vain: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """One thread as its resident saw it. `user_id` and `email` are personal data: no report names them."""

    name: str
    way: str = ""
    town: str = ""
    story: str = ""
    user_id: str | None = None
    email: str | None = None
    consented: bool = False
    consents: frozenset[str] = frozenset()
    """The chat platform's event ids, or the idempotency keys, of their agreement, as far as known."""
    accepted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Request id → addresses of its status page."""
    signed: int = 0
    downloads: tuple[str, ...] = ()
    """SHA-256 of each PDF that came, sorted."""
    waits: tuple[Wait, ...] = ()
    outcome: str = ""

    @property
    def requests(self) -> frozenset[str]:
        """The requests that the town said it has."""
        return frozenset(self.accepted)

    @property
    def gave_up(self) -> bool:
        """Whether they waited for something in vain."""
        return any(wait.in_vain for wait in self.waits)


@dataclass(frozen=True, slots=True)
class Fault:
    """What was done to the system, and when, in seconds since 1970."""

    at: float
    kind: str
    target: str = ""


def threads_of(lines: Iterable[Json]) -> dict[str, Thread]:
    """The threads in a diary, by name."""
    by_thread: dict[str, list[Json]] = defaultdict(list)
    for line in lines:
        by_thread[str(line["thread"])].append(line)
    return {name: _thread(name, own) for name, own in sorted(by_thread.items())}


def faults_of(lines: Iterable[Json]) -> tuple[Fault, ...]:
    """The faults, oldest first."""
    found = [Fault(seconds(line["at"]), str(line["kind"]), str(line.get("target") or "")) for line in lines]
    return tuple(sorted(found, key=lambda fault: (fault.at, fault.kind, fault.target)))


def seconds(moment: str) -> float:
    """Seconds since 1970 of an ISO 8601 moment that says its offset."""
    return datetime.fromisoformat(moment).timestamp()


def _thread(name: str, lines: list[Json]) -> Thread:
    kinds: dict[str, list[Json]] = defaultdict(list)
    for line in lines:
        kinds[line["kind"]].append(line)
    begun = kinds["begun"][0] if kinds["begun"] else {}
    accepted: dict[str, frozenset[str]] = {}
    for line in kinds["accepted"]:
        request = str(line["request_id"])
        accepted[request] = accepted.get(request, frozenset()) | {str(line["status_url"])}
    return Thread(
        name=name,
        way=str(begun.get("way") or ""),
        town=str(begun.get("town") or ""),
        story=str(begun.get("story") or ""),
        user_id=begun.get("user_id"),
        email=begun.get("email"),
        consented=bool(kinds["consented"]),
        consents=frozenset(map(str, filter(None, map(_consent, kinds["consented"])))),
        accepted=accepted,
        signed=len(kinds["signed"]),
        downloads=tuple(sorted(str(line["sha256"]) for line in kinds["downloaded"])),
        waits=tuple(sorted(map(_wait, kinds["step"] + kinds["gave_up"]), key=lambda w: (w.began, w.ended, w.name))),
        outcome=str(kinds["ended"][0]["outcome"]) if kinds["ended"] else "",
    )


def _consent(line: Json) -> object:
    return line.get("event_id") or line.get("idempotency_key")


def _wait(line: Json) -> Wait:
    began = seconds(line["began"])
    if line["kind"] == "gave_up":
        return Wait(str(line["name"]), began, seconds(line["at"]), in_vain=True)
    return Wait(str(line["name"]), began, began + float(line["seconds"]))
