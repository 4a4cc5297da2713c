"""The book of one node: one file, one writer, many readers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from sync.errors import Corrupt, Unavailable
from sync.facts.signing import SigningKey
from sync.facts.streams import Scope
from sync.facts.v1 import bodies_pb2
from sync.journal import schema
from sync.journal.cases import CaseFacts, load
from sync.journal.catalogue import Catalogues
from sync.journal.chains import Chains
from sync.journal.clock import Clock
from sync.journal.keys import introduce_own
from sync.journal.meta import Meta
from sync.journal.open_cases import OpenCases
from sync.journal.projections import AT_HAND, Projections
from sync.journal.writing import Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 256
"""At most so many jobs share one commit."""


@dataclass(frozen=True)
class Identity:
    """Whose book it is: the place, its operating key, the root key it trusts, and the homes it writes for."""

    place: int
    key: SigningKey
    root_key: bytes
    homes: tuple[int, ...]
    serial_start: int = 1
    certificate: bytes = b""
    """Of a county: the root key's certificate of its own key, an encoded KeyCertificate."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Transaction], Any]
    done: asyncio.Future[Any]


_Answer = tuple[_Job, Any, BaseException | None]


TURN = threading.Lock()
"""Held while a commit is made up: the writers of one process would otherwise wait for the interpreter at every
statement, and so they wait once."""


class Change(NamedTuple):
    """What a commit changed: scopes written in, scopes of which a neighbour now states other heads, places heard of,
    and places that cases were passed to or have to hand a result out."""

    scopes: frozenset[Scope]
    confirmed: frozenset[Scope]
    heard: frozenset[int]
    awaited: frozenset[int]


NOTHING = Change(frozenset(), frozenset(), frozenset(), frozenset())

Listener = Callable[[Change], None]


def _begin_life(tx: Transaction) -> None:
    tx.catch_up_with_tables()
    tx.begin_life()
    introduce_own(tx)


class Book:
    """Facts, journals, what follows from them, and what neighbours have confirmed.

    Everything is written by one thread, several jobs to a commit; `write` returns after the commit.
    Raises Corrupt on opening if SQLite or the file cannot be relied on.
    """

    def __init__(self, path: Path, identity: Identity, *, clock: Clock | None = None) -> None:
        self.path = path
        self.identity = identity
        self.clock = clock or Clock()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Listener]] = []
        self._closing = False
        self._conn: Any = schema.connect(path)
        schema.migrate(self._conn)
        self._chains = Chains(self._conn)
        self._projections = Projections(self._conn, Catalogues(self._conn, identity.place))
        self._meta = Meta(self._conn)
        self.reader: Any = schema.connect(path, read_only=True)
        self.read_chains = Chains(self.reader)
        self.catalogues = Catalogues(self.reader, identity.place)
        self.open_cases = OpenCases()
        self._folded: OrderedDict[int, CaseFacts] = OrderedDict()
        self._thread = threading.Thread(target=self._run, name=f"book-{identity.place}", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        await self.write(_begin_life)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self.reader.close()
        self._conn.close()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in the writer and returns its result after the commit. What it raises comes back, unwritten."""
        if self._closing or not self._thread.is_alive():
            raise Unavailable("The book is closed.")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        result: T = await job.done
        return result

    async def look(self, read: Callable[[Any], T]) -> T:
        """Runs `read` beside the event loop, on one state of the book."""
        return await asyncio.to_thread(self._look, read)

    def _look(self, read: Callable[[Any], T]) -> T:
        # A connection for each look: one kept could be closed while a cancelled look still uses it.
        with closing(schema.connect(self.path, read_only=True)) as conn:
            conn.execute("BEGIN")
            return read(conn)

    def introduced(self) -> list[bodies_pb2.KeyCertificate]:
        """The certificates of all places known here."""
        rows = self.reader.execute("SELECT certificate FROM keys ORDER BY place, key").fetchall()
        return [bodies_pb2.KeyCertificate.FromString(certificate) for (certificate,) in rows]

    def case(self, row: int, *, case_id: bytes, home: int) -> CaseFacts:
        """A case as the newest commit that changed it left it."""
        return self._folded.get(row) or load(self.reader, row, case_id, home)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` in the event loop after each commit that changed something. Returns how to stop."""
        listening = (asyncio.get_running_loop(), listener)
        self._listeners.append(listening)
        return lambda: self._listeners.remove(listening)

    # The writer's thread.

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._commit(chain([job], self._waiting()))

    def _waiting(self) -> Iterable[_Job]:
        for _ in range(GROUP - 1):
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is None:  # For `_run`: nothing comes after it.
                self._jobs.put(None)
                return
            yield job

    def _commit(self, due: Iterable[_Job]) -> None:
        """`due` is gone through when it is this book's turn: what comes while it waits shares the commit."""
        tx = Transaction(self._conn, self._chains, self._projections, self._meta, self.identity, self.clock)
        jobs: list[_Job] = []
        answers: list[_Answer] = []
        change = NOTHING
        try:
            with TURN:
                # A job nobody waits for is not begun.
                jobs = [each for each in due if not each.done.cancelled()]
                self._conn.execute("BEGIN IMMEDIATE")
                answers = [(job, *tx.attempt(job.work, alone=len(jobs) == 1)) for job in jobs]
                tx.seal()
            self._conn.execute("COMMIT")
            self._projections.tidy()
        except BaseException as error:  # the commit failed: nobody was written
            self._undo()
            failure = _commit_failure(error, self.path)
            log.error("commit failed: %s", failure)
            if len(jobs) > 1 and failure is error:  # Not the disk: one of them. The others must not suffer for it.
                for job in jobs:
                    self._commit([job])
                return
            answers = [(job, None, failure) for job in jobs]
        else:
            awaited = frozenset(self._projections.awaited)
            self._publish()
            change = Change(frozenset(tx.touched), frozenset(tx.confirmed), frozenset(tx.heard), awaited)
        self._tell(
            change, [(job, result, problem and _commit_failure(problem, self.path)) for job, result, problem in answers]
        )

    def _tell(self, change: Change, answers: list[_Answer]) -> None:
        """All that one event loop waits for in one call: each would wake it anew."""
        by_loop: dict[asyncio.AbstractEventLoop, list[Callable[[], None]]] = {}
        for loop, listener in list(self._listeners) if any(change) else ():
            by_loop.setdefault(loop, []).append(partial(listener, change))
        for answer in answers:
            by_loop.setdefault(answer[0].done.get_loop(), []).append(partial(_hand_out, *answer))
        for loop, calls in by_loop.items():
            with contextlib.suppress(RuntimeError):  # It is closed: nobody waits any more.
                loop.call_soon_threadsafe(_call_all, calls)

    def _publish(self) -> None:
        """Lets readers know what the commit made of catalogue and cases."""
        done = self._projections
        if done.published:
            self.catalogues.published()
        if done.forgot:
            self._folded.clear()
            self.open_cases.forget()
        self.open_cases.change([*done.folded, *done.arrived])
        self._folded.update(done.folded)
        while len(self._folded) > AT_HAND:
            self._folded.popitem(last=False)
        done.published = done.forgot = False
        done.folded.clear()
        done.arrived.clear()
        done.awaited.clear()

    def _undo(self) -> None:
        try:
            self._conn.execute("ROLLBACK")
        except schema.sqlite3.Error:
            log.debug("nothing to roll back")
        self._chains.forget()
        self._projections.forget()
        self._meta.forget()


def _call_all(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        try:
            call()
        except Exception:  # What is committed is committed, and the others are told.
            log.exception("a listener failed")


def _hand_out(job: _Job, result: Any, problem: BaseException | None) -> None:
    if job.done.done():  # Whoever asked has gone; what is written is written.
        return
    if problem is None:
        job.done.set_result(result)
    else:  # The one exception that no future takes.
        job.done.set_exception(RuntimeError(problem) if isinstance(problem, StopIteration) else problem)


def _commit_failure(error: BaseException, path: Path) -> BaseException:
    if isinstance(error, schema.sqlite3.DatabaseError) and "malformed" in str(error):
        return Corrupt(f"The book {path} is damaged: {error}. Stop the node and put an older copy in its place.")
    if isinstance(error, schema.sqlite3.OperationalError):
        return Unavailable(f"The book {path} could not be written: {error}. Nothing of it was kept; try again.")
    return error
