"""Whoever waits for the broker and is told to stop, stops."""

from __future__ import annotations

import asyncio
from typing import Any

from sync.carriers.nats_connection import Connection


class AnswersJustThen:
    """A client whose answer comes together with the cancellation, and hides it: as `asyncio.wait_for` does."""

    max_payload = 1024 * 1024

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def jetstream(self) -> AnswersJustThen:
        return self

    async def publish(self, *_: Any, **__: Any) -> None:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return


class Connected(Connection):
    """A connection to such a client."""

    def __init__(self) -> None:
        super().__init__("nats://127.0.0.1:1", seed="", inbox="_INBOX", name="样例", patience=10.0)
        self.answers = AnswersJustThen()

    async def open(self) -> Any:
        return self.answers


async def test_a_sender_stops_although_the_answer_came_at_that_moment() -> None:
    connection = Connected()
    sending = asyncio.create_task(connection.publish("up.1", payload=b"parcel", stream="UP_1"))
    await connection.answers.asked.wait()
    sending.cancel()
    await asyncio.wait([sending])
    assert sending.cancelled()
