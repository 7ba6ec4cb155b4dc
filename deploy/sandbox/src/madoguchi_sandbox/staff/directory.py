"""The staff of a sandbox town: made by `init`, kept in `sandbox/<code>/staff.json`."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from madoguchi_sandbox.register import PERSONAS

FILE: Final = "staff.json"
RESIDENT: Final = "1003"
"""The staff number of the one who also lives in the town."""
_ALSO_RESIDENT = PERSONAS["takahashi_hashigo"]
_MADE_UP = (
    ("1001", "窓口　受子", "Ukeko Madoguchi", ("clerk",)),
    ("1002", "審査　確", "Kaku Shinsa", ("clerk",)),
    (RESIDENT, _ALSO_RESIDENT.name, "Mihonko Takahashi", ("clerk", "approver")),
    ("2001", "決裁　定", "Sadamu Kessai", ("approver",)),
    ("3001", "運用　守", "Mamoru Unyo", ("operator",)),
    ("4001", "監査　明", "Akira Kansa", ("auditor",)),
    ("9001", "配属　未定", "Mitei Haizoku", ()),
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can sign in. `municipality`: code of the town."""

    number: str
    name: str
    name_latin: str
    roles: tuple[str, ...]
    municipality: str
    resident_pseudonym: str | None = None
    """Of one who is in the register: their 宛名番号 under the town's index key."""

    @property
    def id(self) -> str:
        """Unique over all towns."""
        return f"{self.municipality}-{self.number}"


def made_up(municipality: str, pseudonym: Callable[[str], str]) -> list[Member]:
    """Everybody of a town. `pseudonym`: of a 宛名番号, with the town's index key."""
    own = {RESIDENT: pseudonym(_ALSO_RESIDENT.address_number)}
    return [
        Member(number, name, latin, roles, municipality, own.get(number)) for number, name, latin, roles in _MADE_UP
    ]


def written(members: Iterable[Member]) -> bytes:
    """The file's content."""
    return json.dumps([asdict(member) for member in members], ensure_ascii=False, indent=1).encode()


def read(path: Path) -> list[Member]:
    """The members in a file that `init` made. Raises `OSError`."""
    return [Member(**{**found, "roles": tuple(found["roles"])}) for found in json.loads(path.read_text("utf-8"))]
