"""Straight across in memory, with every fault a bad line has; for tests and for trying out."""

import asyncio
import hashlib
import random
from collections import Counter, deque
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count

from sync.carriers.road import Delivery, Listener, Road, check_size
from sync.errors import Unavailable

FAULTS = {
    "lost": "taken in by the carrier and never seen again, as when a broker's disk is lost",
    "twice": "handed over twice, although sent once",
    "out of order": "overtaken by, or overtaking, a parcel sent at another time",
    "cut": "the line breaks during this one send: Unavailable, and the parcel is not carried",
    "receipt lost": "the receiver's ack never arrives: the parcel comes again after ack_wait_s",
    "delayed": "handed over delay_s later",
}


@dataclass(frozen=True)
class _Parcel:
    number: int
    payload: bytes


class Loopback:
    """Two ends of one line. Faults strike by chance (0 … 1 each) or when told to, and are counted.

    `child_end` is the road the child has to its parent, `parent_end` the road the parent has to the child.
    """

    def __init__(
        self,
        *,
        child: int,
        parent: int,
        seed: int = 0,
        chances: Mapping[str, float] | None = None,
        ack_wait_s: float = 30.0,
        delay_s: float = 0.05,
        duplicate_window_s: float = 120.0,
    ) -> None:
        _check_names(*(chances or {}))
        self.took_place: Counter[str] = Counter()
        self.connected = True
        self.ack_wait_s = ack_wait_s
        self.delay_s = delay_s
        self.duplicate_window_s = duplicate_window_s
        self.random = random.Random(seed)
        self.mended = asyncio.Event()
        self.mended.set()
        self.on_up: list[Listener] = []
        self.on_down: list[Listener] = []
        self._chances = dict(chances or {})
        self._told: Counter[str] = Counter()
        up, down = _Lane(self), _Lane(self)
        self.child_end: Road = _End(self, leaving=up, coming=down, neighbour=parent)
        self.parent_end: Road = _End(self, leaving=down, coming=up, neighbour=child)

    def strike(self, *faults: str) -> None:
        """Let each of these faults happen once, at the next send or ack it can happen to."""
        _check_names(*faults)
        self._told.update(faults)

    def calm(self) -> None:
        """No more faults, neither by chance nor told."""
        self._chances.clear()
        self._told.clear()

    def cut(self) -> None:
        """Break the line until `mend()`."""
        if self.connected:
            self.connected = False
            self.mended.clear()
            _call_all(self.on_down)

    def mend(self) -> None:
        """Bring the line back."""
        if not self.connected:
            self.connected = True
            self.mended.set()
            _call_all(self.on_up)

    def happens(self, fault: str) -> bool:
        """Decide whether this fault strikes now."""
        if self._told[fault] > 0:
            self._told[fault] -= 1
            return True
        return self.random.random() < self._chances.get(fault, 0.0)

    def check_line(self) -> None:
        """Raise Unavailable while the line is cut."""
        if not self.connected:
            raise Unavailable("线路断了，稍后再试。")


class _Lane:
    """One direction: what waits, what was handed over and not acknowledged, what was seen lately."""

    def __init__(self, line: Loopback) -> None:
        self._line = line
        self._waiting: deque[_Parcel] = deque()
        self._held: list[_Parcel] = []
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._seen: dict[bytes, float] = {}
        self._arrived = asyncio.Event()
        self._numbers = count(1)

    def take_in(self, payload: bytes) -> None:
        """What a broker does with a parcel, and what may go wrong with it."""
        check_size(payload)
        self._line.check_line()
        if self._strikes("cut"):
            raise Unavailable("线路在发送时断了，稍后再试。")
        if self._strikes("lost") or self._is_repeated(payload):
            return
        self._carry(payload)
        if self._strikes("twice"):
            self._put(self._parcel(payload))

    async def hand_over(self) -> _Parcel:
        """Wait for the next parcel; it comes again unless acknowledged."""
        while not self._waiting or not self._line.connected:
            await self._line.mended.wait()
            self._arrived.clear()
            if not self._waiting:
                await self._arrived.wait()
        parcel = self._waiting.popleft()
        self._later(self._line.ack_wait_s, parcel)
        return parcel

    async def let_go(self, parcel: _Parcel) -> None:
        """The receipt."""
        self._line.check_line()
        if not self._strikes("receipt lost") and (timer := self._timers.pop(parcel.number, None)):
            timer.cancel()

    def _carry(self, payload: bytes) -> None:
        parcel = self._parcel(payload)
        if self._line.happens("out of order"):
            self._swap(parcel)
        elif self._strikes("delayed"):
            self._later(self._line.delay_s, parcel)
        else:
            self._put(parcel)

    def _swap(self, parcel: _Parcel) -> None:
        """Overtake one that waits; else stay back until another has gone by, or nobody comes."""
        if self._waiting:
            self._waiting.insert(self._line.random.randrange(len(self._waiting)), parcel)
            self._line.took_place["out of order"] += 1
            self._arrived.set()
        else:
            self._held.append(parcel)
            asyncio.get_running_loop().call_later(self._line.delay_s, self._release, parcel)

    def _put(self, parcel: _Parcel) -> None:
        self._timers.pop(parcel.number, None)
        self._waiting.append(parcel)
        self._arrived.set()
        for overtaken in list(self._held):
            self._line.took_place["out of order"] += 1
            self._release(overtaken)

    def _release(self, parcel: _Parcel) -> None:
        if parcel in self._held:
            self._held.remove(parcel)
            self._put(parcel)

    def _later(self, seconds: float, parcel: _Parcel) -> None:
        loop = asyncio.get_running_loop()
        self._timers[parcel.number] = loop.call_later(seconds, self._put, parcel)

    def _parcel(self, payload: bytes) -> _Parcel:
        return _Parcel(number=next(self._numbers), payload=payload)

    def _strikes(self, fault: str) -> bool:
        if not self._line.happens(fault):
            return False
        self._line.took_place[fault] += 1
        return True

    def _is_repeated(self, payload: bytes) -> bool:
        """As a broker does: the same content within the window is confirmed and not carried again."""
        name, now = hashlib.sha256(payload).digest(), asyncio.get_running_loop().time()
        if now - self._seen.get(name, float("-inf")) < self._line.duplicate_window_s:
            return True
        self._seen[name] = now
        return False


@dataclass(frozen=True)
class _End:
    line: Loopback
    leaving: _Lane
    coming: _Lane
    neighbour: int

    @property
    def connected(self) -> bool:
        return self.line.connected

    async def send(self, payload: bytes) -> None:
        # Let others run, as every real carrier does.
        await asyncio.sleep(0)
        self.leaving.take_in(payload)

    async def receive(self) -> AsyncGenerator[Delivery, None]:
        while True:
            parcel = await self.coming.hand_over()
            done = partial(self.coming.let_go, parcel)
            yield Delivery(payload=parcel.payload, sent_by=self.neighbour, _ack=done, _refuse=done)

    def on_connected(self, call: Listener) -> None:
        self.line.on_up.append(call)

    def on_disconnected(self, call: Listener) -> None:
        self.line.on_down.append(call)


def _check_names(*faults: str) -> None:
    if unknown := [fault for fault in faults if fault not in FAULTS]:
        raise ValueError(f"no such fault: {unknown}; there are {sorted(FAULTS)}")


def _call_all(listeners: list[Listener]) -> None:
    for call in listeners:
        call()
