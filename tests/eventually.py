"""Wait for something to become true, instead of sleeping and hoping."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(check: Callable[[], T | Awaitable[T]], *, within: float = 10.0) -> T:
    """Return the first true result of `check()`; fail with the last after `within` seconds."""
    result: object = None
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    found = check()
                    value = await found if inspect.isawaitable(found) else found
                    if value:
                        return value
                    result = value
                except AssertionError as error:
                    result = error
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not true within {within} s; last seen: {result!r}") from None
