"""What is done to the cluster while residents come: pods killed, versions rolled, identity scaled, pods evicted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console

from cluster.kubectl import Cluster, NotPossible
from crowd.diary import Diary
from madoguchi.contracts.flow import ALL_SERVICES

MOST_IDENTITIES: Final = 3
PAUSE: Final = 5.0


def image_of(service: str, version: str) -> str:
    """As `make service-images` names it."""
    return f"madoguchi/{service}:{version}"


@dataclass(slots=True)
class Strikes:
    """Each waits until what it struck stands again, and is written down with the moment when it did."""

    cluster: Cluster
    diary: Diary
    console: Console
    new_version: str = ""
    """The tag of the images to roll to; without one, new pods of the same images."""
    done: dict[str, int] = field(default_factory=dict)

    def all(self) -> None:
        """One after another."""
        for service in ALL_SERVICES:
            self._noted("kill", service, self._kill)
        self._noted("scale", "identity", self._scale)
        for service in ALL_SERVICES:
            self._noted("rolling", service, self._roll)
        for service in ("request-intake", "notify"):
            self._noted("evict", service, self._evict)

    def _noted(self, kind: str, service: str, deed: Callable[[str], str]) -> None:
        at, began = self.diary.clock(), time.monotonic()
        count = len(self.cluster.pods(service))
        said = deed(service)
        self.cluster.settled([service])
        self._until(lambda: len(self.cluster.pods(service)) == count, f"{count} pods of {service} again")
        self.diary.write(kind, target=service, at=at, until=self.diary.clock().isoformat())
        self.done[kind] = self.done.get(kind, 0) + 1
        self.console.print(f"[green]✓[/] {said} [dim]({time.monotonic() - began:.0f} s until all stood again)[/]")
        time.sleep(PAUSE)

    def _kill(self, service: str) -> str:
        pod = self.cluster.pods(service)[0]
        self.cluster.here("delete", "pod", pod, "--grace-period=0", "--force")
        return f"killed {pod}, without grace"

    def _scale(self, service: str) -> str:
        for count in (MOST_IDENTITIES, 1):
            self.cluster.here("scale", f"deployment/{service}", f"--replicas={count}")
            self._until(lambda count=count: len(self.cluster.pods(service)) == count, f"{count} pods of {service}")
        return f"scaled {service} 1 → {MOST_IDENTITIES} → 1"

    def _roll(self, service: str) -> str:
        before = set(self.cluster.pods(service))
        if self.new_version:
            image = image_of(service, self.new_version)
            self.cluster.here("set", "image", f"deployment/{service}", f"service={image}")
        else:
            self.cluster.here("rollout", "restart", f"deployment/{service}")
        self.cluster.settled([service])
        self._until(lambda: not before & set(self.cluster.pods(service)), f"only new pods of {service}")
        return f"rolled {service}{f' to {self.new_version}' if self.new_version else ''}: every pod is a new one"

    def _evict(self, service: str) -> str:
        """Two at once: the budget lets one go and keeps the other until a new one stands."""
        first, second = self.cluster.pods(service)[:2]
        if said := self.cluster.evict(first):
            raise NotPossible(f"{first} was not evicted: {said}")
        refused = self.cluster.evict(second)
        if "disruption budget" not in refused:
            raise NotPossible(f"{second} was to stay by its disruption budget, and was told: {refused or 'go'}")
        self.cluster.settled([service])
        self._until(lambda: not self.cluster.evict(second), f"the eviction of {second}")
        return f"evicted both pods of {service}; the budget kept the second until a new one stood"

    def _until(self, wanted: Callable[..., Any], what: str, within: float = 600.0) -> None:
        end = time.monotonic() + within
        while not wanted():
            if time.monotonic() > end:
                raise NotPossible(f"not within {within:.0f} s: {what}")
            time.sleep(1)
