"""Waiting for what must come, and saying what did not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sync.exchange.retries import Policy, Tries, retry

T = TypeVar("T")

PATIENCE_S = 120.0

AGAIN = Policy(first_s=0.04, bound_s=1.0)
"""Between two looks: what is waited for is mostly there within a moment."""


class NotDone(Exception):
    """What had to come did not: the network lost something, or its rules say no."""


async def patiently(work: Callable[[], Awaitable[T]], what: Callable[[], str], policy: Policy = AGAIN) -> T:
    """Repeats `work` while it is Unavailable. Raises NotDone, saying what it was and how the last try ended."""
    tries = Tries(lambda: 0)
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await retry(work, policy, tries=tries)
    except TimeoutError:
        last = tries.run[-1].error if tries.run else "没有应答"
        raise NotDone(f"{what()}：等了{PATIENCE_S:.0f}秒仍没有办成。{last}") from None
