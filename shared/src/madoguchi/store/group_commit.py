"""Group commit: one thread that writes what waits in one SQLite transaction, durably before anyone is told."""

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from madoguchi.store.port import Unavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
"""Runs inside the writer's transaction; raising undoes nothing but its own failed statement."""

MOST_AT_ONCE: Final = 256
"""Writes in one transaction at most, so that a long queue does not hold up the first in it."""

GIVE_UP_SECONDS: Final = 30.0
"""How long a transaction is tried again when another process holds the file."""

PAUSE_SECONDS: Final = 1.0
"""After this long without a write, what earlier writes replaced goes from the disk."""


@dataclass(frozen=True, slots=True)
class _Order:
    work: Work
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    order: _Order
    result: Any = None
    error: BaseException | None = None


def is_busy(error: BaseException) -> bool:
    """Whether SQLite says that another connection is in the way just now."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.OperationalError) and code is not None and code & 0xFF in (5, 6)


class GroupCommit:
    """The writer of one file. Owns `connection`; `turn` is a file whose lock says whose turn it is to write.

    SQLite makes processes that wait for each other poll, with growing naps; the lock wakes them at once, in order.
    The system frees it when its holder dies.
    """

    def __init__(self, connection: sqlite3.Connection, turn: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._turn = os.open(turn, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._loop = loop
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._closed = False
        self._leftovers = True
        self._thread = threading.Thread(target=self._write, name="sqlite-write", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns or raises, once it is committed. If the caller is cancelled it is written anyway."""
        if self._closed:
            raise Unavailable("the store is closed")
        done: asyncio.Future[Any] = self._loop.create_future()
        self._orders.put(_Order(work, done))
        return cast(T, await done)

    def close(self) -> None:
        """Write what waits, then close. Blocks."""
        self._closed = True
        self._orders.put(None)
        self._thread.join()
        self._connection.close()
        os.close(self._turn)

    def _write(self) -> None:
        while (first := self._next()) is not None:
            orders = [first]
            try:
                while len(orders) < MOST_AT_ONCE:
                    following = self._orders.get_nowait()
                    if following is None:
                        self._orders.put(None)
                        break
                    orders.append(following)
            except queue.Empty:
                pass
            outcomes = self._committed(orders)
            self._leftovers = True
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everyone who could be told
                self._loop.call_soon_threadsafe(_tell, outcomes)

    def _next(self) -> _Order | None:
        """The next order; in a pause, what earlier ones replaced goes from the disk. None ends the thread."""
        while self._leftovers:
            try:
                return self._orders.get(timeout=PAUSE_SECONDS)
            except queue.Empty:
                self._leftovers = not self._emptied()
        return self._orders.get()

    def _emptied(self) -> bool:
        """Empty the write-ahead log, which holds former pages as they were: among them, keys destroyed since."""
        try:
            with self._my_turn():
                busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
        return not busy

    def _committed(self, orders: Sequence[_Order]) -> list[_Outcome]:
        attempts = Retrying(
            retry=retry_if_exception(is_busy),
            wait=wait_random_exponential(multiplier=0.01, max=0.5),
            stop=stop_after_delay(GIVE_UP_SECONDS),
            reraise=True,
        )
        try:
            return attempts(self._transaction, orders)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            unavailable = Unavailable(f"SQLite: {error}")
            unavailable.__cause__ = error
            return [_Outcome(order, error=unavailable) for order in orders]

    def _transaction(self, orders: Sequence[_Order]) -> list[_Outcome]:
        with self._my_turn():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                outcomes = [self._outcome(order) for order in orders]
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        return outcomes

    def _outcome(self, order: _Order) -> _Outcome:
        """One write's own fate: a refused statement is undone alone, the others stay."""
        try:
            return _Outcome(order, result=order.work(self._connection))
        except sqlite3.Error as error:
            if not self._connection.in_transaction:
                raise  # disk full and the like: SQLite has undone everything
            return _Outcome(order, error=error)
        except Exception as error:  # noqa: BLE001 - told to the caller
            return _Outcome(order, error=error)

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        if outcome.order.done.done():
            continue
        if outcome.error is None:
            outcome.order.done.set_result(outcome.result)
        else:
            outcome.order.done.set_exception(outcome.error)
