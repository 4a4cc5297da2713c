"""Retries by name: how long to wait, on which errors, and what was tried."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.stop import stop_after_attempt, stop_never
from tenacity.wait import wait_random_exponential

from sync.errors import Unavailable

T = TypeVar("T")

KEPT_TRIES = 50


@dataclass(frozen=True)
class Policy:
    """Full jitter: each wait is drawn from 0 to a bound that doubles from `first_s` to `bound_s`. tries 0: ever."""

    first_s: float
    bound_s: float
    tries: int = 0


RELAY = Policy(first_s=1.0, bound_s=300.0)
"""Between nodes, where no person is waiting."""

LINE = Policy(first_s=0.5, bound_s=5.0)
"""Opening a line that was never up: cheap for the parent, and everything else waits for it."""

COUNTER_CALL = Policy(first_s=0.2, bound_s=2.0, tries=4)
"""At a counter, where one is."""


@dataclass(frozen=True)
class Try:
    """One try that failed: when (milliseconds UTC), its number, the wait before the next, and why."""

    at_ms: int
    attempt: int
    wait_ms: int
    error: str


@dataclass
class Tries:
    """The failed tries of the current or last run."""

    now_ms: Callable[[], int]
    run: deque[Try] = field(default_factory=lambda: deque(maxlen=KEPT_TRIES))

    def note(self, state: RetryCallState) -> None:
        if state.attempt_number == 1:
            self.run.clear()
        wait = state.next_action.sleep if state.next_action else 0.0
        error = state.outcome.exception() if state.outcome else None
        self.run.append(Try(self.now_ms(), state.attempt_number, int(wait * 1000), str(error)))


async def retry(
    work: Callable[[], Awaitable[T]],
    policy: Policy,
    *,
    tries: Tries | None = None,
    woken: asyncio.Event | None = None,
) -> T:
    """Repeats `work` while it is Unavailable. A wait ends early when `woken` is set: the line is back."""

    async def attempt() -> T:
        if woken is not None:
            woken.clear()
        return await work()

    try:
        return await attempt()  # Nearly always; what follows costs more than most work.
    except Unavailable as error:
        failed = [error]

    async def again() -> T:
        if failed:
            raise failed.pop()
        return await attempt()

    async def sleep(seconds: float) -> None:
        if woken is None:
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            return

    retrying = AsyncRetrying(
        wait=wait_random_exponential(multiplier=policy.first_s, max=policy.bound_s),
        stop=stop_after_attempt(policy.tries) if policy.tries else stop_never,
        retry=retry_if_exception_type(Unavailable),
        before_sleep=tries.note if tries else None,
        sleep=sleep,
        reraise=True,
    )
    return await retrying(again)
