"""Wait for something to become true, instead of sleeping and hoping."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def eventually(check: Callable[[], Any], *, within: float = 10.0) -> Any:
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
