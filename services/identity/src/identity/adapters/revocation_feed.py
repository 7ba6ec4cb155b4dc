"""Keeps one town's revocation lists fresh: read over HTTP (asking only for news) or from a file."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import httpx
import structlog
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from identity.adapters.tally import list_not_read, lists_at_hand
from identity.jpki.profile import Roots
from identity.jpki.revocation import ListRefused, RevocationList, index, split

LARGEST = 64 * 1024 * 1024
"""Bytes of a file of lists."""
AGAIN_AFTER = timedelta(seconds=2)
"""How long one try keeps waiting evidence from asking again."""

_log: Final = structlog.get_logger("identity")


class NotRead(Exception):
    """The lists could not be read now; the message is a code for operators."""


class Source(Protocol):
    """Where lists come from."""

    async def news(self) -> bytes | None:
        """The file, or None when it is what it was. Raises `NotRead`."""
        ...


@dataclass(slots=True)
class HttpSource:
    """A URL, asked with `If-None-Match` / `If-Modified-Since`."""

    client: httpx.AsyncClient
    url: str
    _known: dict[str, str] = field(default_factory=dict)

    @retry(
        retry=retry_if_exception_type(NotRead),
        stop=stop_after_attempt(3),
        wait=wait_random_exponential(multiplier=0.1, max=1),
        reraise=True,
    )
    async def news(self) -> bytes | None:
        """As `Source` says."""
        try:
            async with self.client.stream("GET", self.url, headers=self._known) as answer:
                if answer.status_code == httpx.codes.NOT_MODIFIED:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise NotRead(f"status_{answer.status_code}")
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise NotRead("too_large")
        except httpx.HTTPError as error:
            raise NotRead(type(error).__name__) from error
        tags = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        self._known = {ask: answer.headers[tell] for ask, tell in tags if tell in answer.headers}
        return bytes(body)


@dataclass(slots=True)
class FileSource:
    """A file that something else keeps fresh."""

    path: Path
    _seen: tuple[int, int] | None = None

    async def news(self) -> bytes | None:
        """As `Source` says."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes | None:
        try:
            stat = self.path.stat()
            seen = (stat.st_mtime_ns, stat.st_size)
            if seen == self._seen:
                return None
            content = self.path.read_bytes()
        except OSError as error:
            raise NotRead(type(error).__name__) from error
        self._seen = seen
        return content


@dataclass(slots=True)
class RevocationFeed:
    """The lists in memory, and how to renew them. With `keep` they survive a restart."""

    source: Source
    roots: Roots
    clock: Callable[[], datetime]
    name: str
    keep: Path | None = None
    lists: tuple[RevocationList, ...] = ()
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tried_at: datetime | None = None

    async def current(self) -> tuple[RevocationList, ...]:
        """The lists; when none is fresh, after one try to get them."""
        if not self._fresh():
            async with self._lock:
                if not self._fresh() and not self._just_tried():
                    await self._renew()
        return self.lists

    async def refresh(self) -> None:
        """Ask for news. What can't be read or relied on changes nothing."""
        async with self._lock:
            await self._renew()

    async def restore(self) -> None:
        """Take the lists kept on disk, if any."""
        lists_at_hand(self.name, self.lists)
        if self.keep is not None and self.keep.exists():
            await self._take(await asyncio.to_thread(self.keep.read_bytes))

    async def _renew(self) -> None:
        self._tried_at = self.clock()
        try:
            content = await self.source.news()
        except NotRead as error:
            list_not_read(self.name, str(error))
            _log.warning("revocation_list_not_read", feed=self.name, reason=str(error))
            return
        if content is not None and await self._take(content) and self.keep is not None:
            await asyncio.to_thread(_write, self.keep, content)

    async def _take(self, content: bytes) -> bool:
        """Index off the loop. A list never replaces a newer one."""
        found, refused = await asyncio.to_thread(_indexed, content, self.roots)
        for reason in refused:
            _log.warning("revocation_list_refused", feed=self.name, reason=reason)
        held = {(one.issuer_key_id, one.scope): one for one in self.lists}
        for one in found:
            before = held.get((one.issuer_key_id, one.scope))
            if before is None or one.this_update >= before.this_update:
                held[one.issuer_key_id, one.scope] = one
        self.lists = tuple(held.values())
        lists_at_hand(self.name, self.lists)
        return bool(found)

    def _fresh(self) -> bool:
        now = self.clock()
        return bool(self.lists) and all(one.fresh(now) for one in self.lists)

    def _just_tried(self) -> bool:
        return self._tried_at is not None and self.clock() - self._tried_at < AGAIN_AFTER


def _indexed(content: bytes, roots: Roots) -> tuple[list[RevocationList], list[str]]:
    found: list[RevocationList] = []
    refused: list[str] = []
    try:
        for der in split(content):
            try:
                found.append(index(der, roots))
            except ListRefused as error:
                refused.append(str(error))
    except ListRefused as error:
        refused.append(str(error))
    return found, refused


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.half")
    half.write_bytes(content)
    half.replace(path)
