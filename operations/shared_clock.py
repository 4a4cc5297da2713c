"""The time of a network that lives in another year: one small file that all its processes read."""

from __future__ import annotations

import mmap
from pathlib import Path

from sync.journal.clock import Clock

NUMBER_BYTES = 8
NOW, BEGAN = 0, 1


class SharedClock:
    """Milliseconds UTC: the time now, and the time it was set to at first. Only one process moves it on."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            # Whole numbers of 8 bytes in place: a reader never sees half of one.
            self._numbers = memoryview(mmap.mmap(file.fileno(), 2 * NUMBER_BYTES)).cast("q")

    @classmethod
    def create(cls, path: Path, *, at_ms: int) -> SharedClock:
        """A clock that begins at a time. No software of the network is younger than that."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(2 * NUMBER_BYTES))
        clock = cls(path)
        clock._numbers[NOW] = clock._numbers[BEGAN] = at_ms
        return clock

    def now(self) -> int:
        return self._numbers[NOW]

    def move_to(self, at_ms: int) -> None:
        """Moves on to a time. It never runs back."""
        self._numbers[NOW] = max(self._numbers[NOW], at_ms)

    def for_node(self) -> Clock:
        """Time and build date as a node reads them."""
        return Clock(now=self.now, built_at_ms=self._numbers[BEGAN])
