"""What the menu leads to; a page that is added adds its line here."""

from dataclasses import dataclass
from typing import Final

from console.domain.staff import Role, Staff


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: the path, the key of its text, and who sees it."""

    path: str
    key: str
    roles: frozenset[Role]


EVERYBODY: Final = frozenset(Role)
ENTRIES: Final = (
    Entry("/queue", "menu.queue", frozenset({Role.CLERK, Role.APPROVER})),
    Entry("/search", "menu.search", EVERYBODY),
    Entry("/health-today", "menu.health_today", EVERYBODY),
    Entry("/dead-letters", "menu.dead_letters", frozenset({Role.OPERATOR})),
    Entry("/deliveries", "menu.deliveries", frozenset({Role.CLERK, Role.OPERATOR})),
    Entry("/acts", "menu.acts", frozenset({Role.AUDITOR})),
)


def menu(staff: Staff) -> tuple[Entry, ...]:
    """The lines that somebody sees."""
    return tuple(entry for entry in ENTRIES if entry.roles & staff.roles)
