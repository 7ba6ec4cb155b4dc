"""The audit of a run with faults: evidence in, figures out. Pure; it names requests and threads, never a person."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chaos import access, notices, recovery, things, threads
from chaos.evidence import Evidence

Json = dict[str, Any]

MOST_NAMED = 20
"""Requests or threads named for each bad figure."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: for each figure that must be 0, what it counts, one id for each; and the rest."""

    defects: Mapping[str, list[str]]
    duplicate_notices: Mapping[str, list[str]]
    repeated_mails: list[str]
    before: Json
    faults: Json
    after: Json

    @property
    def bad(self) -> list[str]:
        """The figures that must be 0 and are not."""
        counted = [name for name, found in self.defects.items() if found]
        return sorted(counted + (["duplicate_notices_by_channel"] if any(self.duplicate_notices.values()) else []))

    def as_json(self) -> Json:
        """The figures, in the agreed order first."""
        count = {name: len(found) for name, found in self.defects.items()}
        notices_twice = {channel: len(found) for channel, found in self.duplicate_notices.items()}
        return {
            **self.before,
            "lost": count.pop("lost"),
            "duplicate_certificates": count.pop("duplicate_certificates"),
            "duplicate_notices_by_channel": notices_twice,
            "double_charges": count.pop("double_charges"),
            "unrefunded": count.pop("unrefunded"),
            "stuck": count.pop("stuck"),
            "missing_access_records": count.pop("missing_access_records"),
            "plaintext_hits": count.pop("plaintext_hits"),
            **self.faults,
            **count,
            "repeated_mails": len(self.repeated_mails),
            "bad": self.bad,
            "evidence": self._named(),
            **self.after,
        }

    def _named(self) -> dict[str, list[str]]:
        found = {**self.defects, **{f"duplicate_notices_{name}": ids for name, ids in self.duplicate_notices.items()}}
        return {name: sorted(set(ids))[:MOST_NAMED] for name, ids in found.items() if ids}


def audit(evidence: Evidence, *, seed: int | None = None, about: Json | None = None) -> Report:
    """The figures of a run. They cover every request that is found, in the diary or not; `evidence.narrowed` leaves
    out what others did on the same system. `about`: what else the report shall say: date, machine, commit."""
    defects = {
        "lost": threads.lost(evidence),
        "duplicate_certificates": things.duplicate_certificates(evidence),
        "double_charges": things.double_charges(evidence),
        "unrefunded": things.unrefunded(evidence),
        "stuck": threads.stuck(evidence),
        "missing_access_records": access.missing(evidence),
        "plaintext_hits": [str(place) for place in evidence.plaintext],
        "missing_notices": notices.missing(evidence),
        "missing_certificates": things.missing_certificates(evidence),
        "duplicate_requests": threads.duplicate_requests(evidence),
        "wrongly_refunded": things.wrongly_refunded(evidence),
        "unanswered": threads.unanswered(evidence),
    }
    kinds = Counter(fault.kind for fault in evidence.faults)
    counted = threads.consented(evidence)
    stories = Counter(f"{thread.way}/{thread.story}/{thread.outcome or 'no end'}" for thread in counted)
    return Report(
        defects=defects,
        duplicate_notices={channel: notices.duplicates(evidence, channel) for channel in notices.CHANNELS},
        repeated_mails=notices.repeated_mails(evidence),
        before={"rung": evidence.rung, "threads": len(counted)},
        faults={
            "kills": kinds["kill"],
            "broker_restarts": kinds["broker_restart"],
            "store_restarts": kinds["store_restart"],
            "recovery_seconds_p50_p95_max": recovery.seconds(evidence),
            "seed": seed,
        },
        after={
            "requests": len(evidence.requests),
            "threads_by_story": dict(sorted(stories.items())),
            "faults_by_kind": dict(sorted(kinds.items())),
            **(about or {}),
        },
    )
