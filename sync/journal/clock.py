"""What time it is here, and whether to believe it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sync.facts.v1 import fact_pb2

TOLERANCE_MS = 5 * 60 * 1000
"""A clock is not believed when it is this far behind what it must have passed, or this far from the parent's."""

BUILT_AT_MS = 1_795_392_000_000
"""No clock can rightly show a time before this version was built."""


@dataclass(frozen=True)
class Reading:
    """The time, milliseconds UTC; ClockState; parent's time minus ours, None if never measured."""

    now_ms: int
    state: fact_pb2.ClockState
    offset_ms: int | None


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Clock:
    """Time and build date, injected together: a replay of an old year is trusted."""

    now: Callable[[], int] = wall_ms
    built_at_ms: int = BUILT_AT_MS
    offset_ms: int | None = None

    def reading(self, *, not_before_ms: int = 0) -> Reading:
        """`not_before_ms`: the newest time this node has itself written down."""
        now = self.now()
        floor = max(self.built_at_ms, not_before_ms) - TOLERANCE_MS
        odd = now < floor or abs(self.offset_ms or 0) > TOLERANCE_MS
        state = fact_pb2.CLOCK_STATE_UNTRUSTED if odd else fact_pb2.CLOCK_STATE_TRUSTED
        return Reading(now_ms=now, state=state, offset_ms=self.offset_ms)
