"""One neighbour: what goes to it, what comes from it, and how the two keep in step."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from sync.carriers.road import Delivery, Road
from sync.cases import places
from sync.errors import Corrupt, Malformed, Unavailable
from sync.exchange import parcels
from sync.exchange.retries import LINE, RELAY, Policy, Tries, retry
from sync.exchange.rounds import exchange
from sync.facts.streams import Scope, Stream, scope_of
from sync.facts.v1 import journal_pb2
from sync.journal import statements
from sync.journal.book import Book, Change
from sync.journal.receiving import Receipt

log = logging.getLogger(__name__)

FORGET_AFTER_S = 300.0
"""A parcel not confirmed by then is offered again: a transport's word is not the neighbour's."""

TIPS = 64
"""Of a stream so many tips are remembered: a newer one covers those before it, and few streams have branches."""

HEARTBEAT_S = 60.0
"""A statement at least so often while the line is up, so that supervisors see how recent the data are."""

EXCHANGE_EVERY_S = 600.0

WITHOUT_LINE_S = 60.0
"""So often instead while only calls go through: a parent that lost its book lets nobody onto its line before one."""

GATHER_S = 0.005
"""What is written within this time travels in one parcel."""

REST_S = 4.0
"""The longest rest after entries: what is written meanwhile travels together. What an office beyond the neighbour waits
for, a case passed to it or its result, ends it."""

QUIET_S = 0.5
"""The rest is over when nothing was written for so long: nothing more gathers."""

BUSY_S = 0.012
"""Where sending takes so long, the rest is the longest; where it takes a fifth of it, a hundredth: a quiet network near
by is hardly kept waiting, and a busy or a slow one carries more at a time."""

MANY = 100
"""With so many entries a parcel need not wait for more."""

FORWARD_S = 2.0
"""What places beyond have stated is passed on at most so often: it is for the eye, not for the road."""

PAUSE_S = 1.0
"""Between parcels that carry no entries: a statement may stand for all that came within this time."""

LONG_PAUSE_S = 5.0
"""The same upward, where nobody waits to hear that a result has come down, and where the line is busy."""

AT_ONCE = 64
"""Parcels being taken in at the same time; they share commits."""

Call = Callable[[journal_pb2.Parcel], Awaitable[journal_pb2.Parcel]]


@dataclass
class Counts:
    """What went over this link since the node started, or since its line was last opened."""

    entries_sent: int = 0
    parcels_sent: int = 0
    parcels_received: int = 0
    exchanges: int = 0
    last_error: str = ""


class Memory:
    """What this connection has sent: taken as held by the neighbour until it is forgotten.

    What came from the neighbour is not in it: he may pass on what waits for a gap. What he holds he states.
    """

    def __init__(self) -> None:
        self.assumed: dict[Stream, set[bytes]] = {}
        self._newest: dict[Stream, deque[bytes]] = {}
        self._since: deque[tuple[float, Stream, bytes]] = deque()

    def add(self, tips: list[tuple[Stream, bytes]], *, at: float) -> None:
        for stream, tip in tips:
            assumed, newest = self.assumed.setdefault(stream, set()), self._newest.setdefault(stream, deque())
            assumed.add(tip)
            newest.append(tip)
            if len(newest) > TIPS:
                assumed.discard(newest.popleft())
            self._since.append((at, stream, tip))

    def expire(self, *, before: float) -> set[Scope]:
        """Forgets what was remembered before a time; returns the scopes to look at again."""
        scopes: set[Scope] = set()
        while self._since and self._since[0][0] < before:
            _, stream, tip = self._since.popleft()
            self.assumed[stream].discard(tip)
            scopes.add(stream.scope)
        return scopes

    def oldest(self) -> float | None:
        return self._since[0][0] if self._since else None


class _Forwarded(NamedTuple):
    signature: bytes
    said: tuple[bytes, ...]
    at: float


class Link:
    """Keeps this node and one neighbour in step over a road; a child also exchanges by calls (`call`)."""

    def __init__(self, book: Book, *, peer: int, road: Road, call: Call | None = None, policy: Policy = RELAY) -> None:
        self.book = book
        self.peer = peer
        self.road = road
        self.counts = Counts()
        self.tries = Tries(book.clock.now)
        self._call = call
        self._policy = policy
        self._memory = Memory()
        self._dirty: set[Scope] = set()
        self._refusals: list[journal_pb2.SegmentRefusal] = []
        self._forwarded: dict[tuple[int, int], _Forwarded] = {}
        self._statement_due = True
        self._forward_due = True
        self._forwarding: asyncio.TimerHandle | None = None
        self._sent_at = self._stated_at = self._written_at = self._rest_until = float("-inf")
        self._busy = 0.0
        """How busy the line was at the last parcel: 0 to 1."""
        self._wake = asyncio.Event()
        # Set when the line is new, each for one who waits meanwhile.
        self._send_again, self._call_again = asyncio.Event(), asyncio.Event()
        self._receive_again, self._rest_no_more = asyncio.Event(), asyncio.Event()
        self._exchange_now = asyncio.Event()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        self.road.on_connected(self.begin_again)
        self.road.on_disconnected(self._exchange_now.set)
        stop_listening = self.book.listen(self._on_change)
        self.begin_again()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receiving())
                group.create_task(self._offering())
                if self._call:
                    group.create_task(self._exchanging())
        finally:
            stop_listening()

    def sent(self) -> dict[Stream, set[bytes]]:
        """Entries handed to the road since it last came up, as tips by stream."""
        return self._memory.assumed

    # What wakes it.

    def begin_again(self) -> None:
        """A new connection remembers nothing: all that is not confirmed is offered again."""
        self._memory = Memory()
        self._forwarded.clear()
        self._statement_due = self._forward_due = True
        self._rest_until = float("-inf")
        for event in (self._send_again, self._call_again, self._receive_again, self._rest_no_more):
            event.set()
        if self._call:  # What has gathered goes by calls, and over the road only what they leave.
            self._exchange_now.set()
        else:
            self._dirty |= set(parcels.to_offer(self.book, self.peer))
        self._wake.set()

    def _on_change(self, change: Change) -> None:
        here = self.book.identity.place
        shared = {s for s in change.scopes if s.visible_at(self.peer) and s.visible_at(here)}
        if shared:
            self._dirty |= shared
            self._statement_due = True
            self._written_at = _now()
        if any(statements.is_beyond(signer, here=here, to=self.peer) for signer in change.heard):
            self._forward_soon()
        if self.peer in change.heard:
            # It may have stated less than before.
            self._dirty |= {s for s in change.confirmed if s.visible_at(self.peer)}
        if any(self._leads_to(place) for place in change.awaited):
            self._rest_no_more.set()
        if self._dirty:
            self._wake.set()

    def _leads_to(self, place: int) -> bool:
        """Whether the neighbour is the next on the way to a place."""
        if self._is_upward():
            return not places.contains(self.book.identity.place, place)
        return places.contains(self.peer, place)

    def _is_upward(self) -> bool:
        return places.contains(self.peer, self.book.identity.place)

    def _forward_soon(self) -> None:
        if self._forwarding is None:
            self._forwarding = asyncio.get_running_loop().call_later(FORWARD_S, self._forward_now)

    def _forward_now(self) -> None:
        self._forwarding = None
        self._forward_due = True
        self._wake.set()

    # Out.

    async def _offering(self) -> None:
        while True:
            await self._sleep()
            self._wake.clear()
            await asyncio.sleep(GATHER_S)
            await self._rest()
            self._dirty |= self._memory.expire(before=_now() - FORGET_AFTER_S)
            if _now() - self._stated_at >= HEARTBEAT_S:
                self._statement_due = self._forward_due = True
            while await retry(self._offer, LINE):
                pass

    async def _rest(self) -> None:
        """Until it is time for more, nothing more is written, the line is a new one, or an office waits."""
        while (until := min(self._rest_until, self._written_at + QUIET_S)) > _now():
            try:
                async with asyncio.timeout_at(until):
                    await self._rest_no_more.wait()
                    return
            except TimeoutError:
                continue

    async def _sleep(self) -> None:
        now, oldest = _now(), self._memory.oldest()
        forget_at = (now if oldest is None else oldest) + FORGET_AFTER_S
        try:
            async with asyncio.timeout_at(max(now + PAUSE_S, min(self._stated_at + HEARTBEAT_S, forget_at))):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _offer(self) -> bool:
        """Sends one parcel, if there is anything to say. True if more may be waiting."""
        self._rest_no_more.clear()
        dirty, self._dirty = self._dirty, set()
        memory = self._memory  # If the line comes back meanwhile, nothing of this is remembered: all goes again.
        offer = await parcels.lacking(self.book, peer=self.peer, scopes=dirty, assumed=memory.assumed)
        if not offer.segments and self._pauses():
            return False
        stating, self._statement_due = self._statement_due, False
        refusals, self._refusals = self._refusals, []
        forward = self._due_forwards()
        if not (offer.segments or stating or refusals or forward):
            return False
        try:
            made = await parcels.make_up(
                self.book,
                peer=self.peer,
                statement=stating or bool(offer.segments),
                refusals=refusals,
                forward=forward,
            )
        except Unavailable as error:  # The book cannot be written, and no statement signed: all of it is still due.
            self._note(str(error))
            self._dirty |= dirty
            self._statement_due |= stating
            self._refusals = refusals + self._refusals
            self._forward_due = True
            self._forwarded.clear()
            raise
        made.parcel.segments.extend(offer.segments)
        try:
            await self._send(made.parcel)
        except Malformed as error:
            self._note(str(error))
            return False
        if 0 < offer.entries < MANY:
            self._rest_until = _now() + REST_S * self._busy
        memory.add(offer.tips, at=_now())
        self.counts.entries_sent += offer.entries
        if offer.more:
            self._dirty |= dirty
        return offer.more

    def _pauses(self) -> bool:
        """Whether what is not urgent waits a little; then it is looked at again."""
        pause_s = LONG_PAUSE_S if self._is_upward() else PAUSE_S + (LONG_PAUSE_S - PAUSE_S) * self._busy
        left = self._sent_at + pause_s - _now()
        if left > 0:
            asyncio.get_running_loop().call_later(left, self._wake.set)
        return left > 0

    async def _send(self, parcel: journal_pb2.Parcel) -> None:
        payload = parcel.SerializeToString()

        async def send() -> float:
            began = _now()
            try:
                await self.road.send(payload)
            except Unavailable as error:
                self._note(str(error))
                self._exchange_now.set()  # A broker may hang while its node still answers calls.
                raise
            return _now() - began

        took_s = await retry(send, self._policy, tries=self.tries, woken=self._send_again)
        self._busy = min(1.0, (took_s / BUSY_S) ** 3)
        self._sent_at = _now()
        self._stated_at = self._sent_at if parcel.statements else self._stated_at
        self.counts.parcels_sent += 1
        self.counts.last_error = ""

    def _due_forwards(self) -> list[journal_pb2.Statement]:
        """Statements of places beyond this node that the neighbour was not given yet."""
        if not self._forward_due:
            return []
        self._forward_due = False
        return [
            statement
            for statement in statements.forwarded(self.book.reader, here=self.book.identity.place, to=self.peer)
            if self._is_news(statement)
        ]

    def _is_news(self, statement: journal_pb2.Statement) -> bool:
        """What says the same of all that the neighbour sees need not go before the next heartbeat."""
        link = (statement.checkpoint.signer, statement.checkpoint.peer)
        said = tuple(row.digest for row in statement.digests if scope_of(row.scope).visible_at(self.peer))
        before, now = self._forwarded.get(link), _Forwarded(statement.checkpoint.signature, said, _now())
        if before and before.signature == now.signature:
            return False
        if before and before.said == now.said and now.at - before.at < HEARTBEAT_S:
            return False
        self._forwarded[link] = now
        return True

    # In.

    async def _receiving(self) -> None:
        while True:
            await retry(self._receive, LINE, woken=self._receive_again)

    async def _receive(self) -> None:
        """Takes in what comes, several parcels to a commit, until the line is lost."""
        taking: set[asyncio.Task[None]] = set()
        try:
            async with aclosing(self.road.receive()) as deliveries:
                async for delivery in deliveries:
                    if len(taking) >= AT_ONCE:
                        await asyncio.wait(taking, return_when=asyncio.FIRST_COMPLETED)
                    for done in [task for task in taking if task.done()]:
                        taking.remove(done)
                        done.result()
                    taking.add(asyncio.create_task(self._take(delivery)))
        finally:
            await asyncio.gather(*taking, return_exceptions=True)

    async def _take(self, delivery: Delivery) -> None:
        """Takes a parcel in; it leaves the road only after the commit."""
        try:
            parcel = parcels.read(delivery.payload)
            receipt = await parcels.take_in(self.book, parcel, neighbour=self.peer)
        except Malformed as error:
            log.warning("parcel refused", extra={"peer": self.peer, "reason": str(error)})
            await self._tell(delivery.refuse)
            return
        except Unavailable as error:
            self._note(str(error))  # Not acknowledged: the road brings it again.
            return
        except Corrupt:
            raise
        except Exception:  # A mistake of ours that one neighbour's parcel brings to light must not stop all the others.
            log.exception("parcel could not be taken in", extra={"peer": self.peer})
            self._note("a parcel could not be taken in")
            await self._tell(delivery.refuse)
            return
        self.counts.parcels_received += 1
        self._send_again.set()  # Whom we hear of takes again: what found its stream full waits no longer.
        self._consider(parcel, receipt)
        await self._tell(delivery.ack)

    async def _tell(self, answer: Callable[[], Awaitable[None]]) -> None:
        try:
            await answer()
        except Unavailable as error:
            self._note(str(error))  # It comes again, and changes nothing.

    def _consider(self, parcel: journal_pb2.Parcel, receipt: Receipt) -> None:
        self._refusals.extend(receipt.refused)
        if parcel.segments and not receipt.new_entries:
            self._statement_due = True  # It does not know what is held here: say so again.
        if receipt.incomplete:
            self._exchange_now.set()
        if self._refusals or self._statement_due:
            self._wake.set()

    # Both ways at once.

    async def _exchanging(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EXCHANGE_EVERY_S if self.road.connected else WITHOUT_LINE_S):
                    await self._exchange_now.wait()
            except TimeoutError:
                pass
            self._exchange_now.clear()
            await self._exchange()

    async def _exchange(self) -> None:
        call = self._call
        assert call is not None

        async def work() -> None:
            try:
                await exchange(self.book, peer=self.peer, call=call)
            finally:
                self._dirty |= set(parcels.to_offer(self.book, self.peer))
                self._wake.set()

        try:
            await retry(work, self._policy, woken=self._call_again)
        except Malformed as error:
            self._note(str(error))
            return
        self.counts.exchanges += 1

    def _note(self, error: str) -> None:
        self.counts.last_error = error


def _now() -> float:
    return asyncio.get_running_loop().time()
