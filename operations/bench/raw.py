"""The ceiling of a relay: the same bytes one hop, from SQLite through a stream into SQLite, and nothing else.

No chains, no signatures, no cases, no second hop. The broker and both ends keep everything through a power cut.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from itertools import islice
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import api

from operations.bench.county import FACT_BYTES
from operations.networks import free_port
from sync.carriers.nats_server import NatsServer
from sync.errors import Unavailable
from sync.journal import schema

SOURCES = 69
WINDOW = 256
BATCH = 256
FRAME = 500
WRITERS = 4
"""Threads that commit at the sources: they wait for the disk at the same time."""

STREAM, SUBJECT, READER = "RAW", "raw", "sink"
FACT_TABLE = "CREATE TABLE facts(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)"
ADD = "INSERT INTO facts(bytes) VALUES (?)"
PATIENCE_S = 300.0

Message = list[bytes]
"""The facts of one message."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and the key of whoever may do everything there."""

    url: str
    seed: str

    async def connect(self) -> Client:
        return await nats.connect(self.url, nkeys_seed_str=self.seed)


async def message_each(folder: Path, facts: Sequence[bytes]) -> float:
    """Facts a second: each a transaction and a message of its own, many messages under way."""
    return await _carried(folder, [[fact] for fact in facts], window=WINDOW)


async def message_each_serial(folder: Path, facts: Sequence[bytes]) -> float:
    """The same with the next begun when the last is confirmed."""
    return await _carried(folder, [[fact] for fact in facts], window=1)


async def frames(folder: Path, facts: Sequence[bytes]) -> float:
    """FRAME facts to a transaction and to a message."""
    left = iter(facts)
    messages = list(iter(lambda: list(islice(left, FRAME)), []))
    return await _carried(folder, messages, window=WINDOW)


async def _carried(folder: Path, messages: list[Message], *, window: int) -> float:
    count = sum(map(len, messages))
    async with _broker(folder) as broker, _sink(broker, folder / "sink.sqlite", count) as done:
        client = await broker.connect()
        payloads = await _committed(folder, messages, ahead=window)
        began = time.perf_counter()
        await _publish(client, payloads, window=window)
        await done()
        seconds = time.perf_counter() - began
        await client.close()
    return count / seconds


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[Broker]:
    async with NatsServer(folder / "nats", port=free_port()) as server:
        broker = Broker(server.url, server.owner_seed)
        client = await broker.connect()
        await client.jetstream().add_stream(
            name=STREAM,
            subjects=[SUBJECT],
            storage=api.StorageType.FILE,
            retention=api.RetentionPolicy.WORK_QUEUE,
        )
        await client.close()
        yield broker


# The sources.


async def _committed(folder: Path, messages: list[Message], *, ahead: int) -> AsyncIterator[bytes]:
    """Commits each message at its source, source after source, and hands it out. All sources are open by then."""
    hands = 1 if ahead == 1 else WRITERS
    opened = threading.Barrier(hands + 1)
    loop = asyncio.get_running_loop()
    ready: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = threading.Semaphore(max(ahead, 1))

    def write(hand: int) -> None:
        sources = [_opened(folder / f"source-{n}.sqlite") for n in range(SOURCES)[hand::hands]]
        opened.wait()
        for number, message in enumerate(messages[hand::hands]):
            room.acquire()
            _commit(sources[number % len(sources)], message)
            loop.call_soon_threadsafe(ready.put_nowait, b"".join(message))
        loop.call_soon_threadsafe(ready.put_nowait, None)
        for source in sources:
            source.close()

    for hand in range(hands):
        threading.Thread(target=write, args=(hand,), daemon=True).start()
    await asyncio.to_thread(opened.wait)
    return _handed_out(ready, room.release, hands)


async def _handed_out(
    ready: asyncio.Queue[bytes | None], taken: Callable[[], None], writers: int
) -> AsyncIterator[bytes]:
    while writers:
        payload = await ready.get()
        if payload is None:
            writers -= 1
            continue
        yield payload
        taken()


async def _publish(client: Client, payloads: AsyncIterator[bytes], *, window: int) -> None:
    stream = client.jetstream(publish_async_max_pending=window)
    async for payload in payloads:
        if window == 1:
            await stream.publish(SUBJECT, payload)
        else:
            await stream.publish_async(SUBJECT, payload, wait_stall=PATIENCE_S)
    await stream.publish_async_completed()


def _opened(path: Path) -> Any:
    conn = schema.connect(path)
    conn.execute(FACT_TABLE)
    return conn


def _commit(conn: Any, facts: Message) -> None:
    conn.execute("BEGIN IMMEDIATE")
    conn.executemany(ADD, [(fact,) for fact in facts])
    conn.execute("COMMIT")


# The sink, a process of its own.


@asynccontextmanager
async def _sink(broker: Broker, path: Path, count: int) -> AsyncIterator[Callable[[], Any]]:
    """Hands out how to wait until all of `count` facts are committed there."""
    spawn = multiprocessing.get_context("spawn")
    ready, done = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_run_sink, args=(broker, path, count, ready, done), daemon=True)
    process.start()

    async def happened(event: Event) -> None:
        if not await asyncio.to_thread(event.wait, PATIENCE_S):
            raise Unavailable("The sink does not take what is sent.")

    try:
        await happened(ready)
        yield lambda: happened(done)
    finally:
        process.join(5.0)
        process.kill()


def _run_sink(broker: Broker, path: Path, count: int, ready: Event, done: Event) -> None:
    asyncio.run(_take_all(broker, path, count, ready))
    done.set()


async def _take_all(broker: Broker, path: Path, count: int, ready: Event) -> None:
    client = await broker.connect()
    # A batch may be under way while the one before it is committed.
    config = api.ConsumerConfig(max_ack_pending=4 * BATCH)
    reader = await client.jetstream().pull_subscribe(SUBJECT, READER, stream=STREAM, config=config)
    ready.set()
    with closing(_opened(path)) as conn:
        held = 0
        while held < count:
            batch = await reader.fetch(BATCH, timeout=PATIENCE_S)
            facts = [fact for message in batch for fact in _cut(message.data)]
            _commit(conn, facts)
            held += len(facts)
            for message in batch:
                await message.ack()
    await client.close()


def _cut(payload: bytes) -> Iterator[bytes]:
    """A frame holds facts of one length."""
    return (payload[at : at + FACT_BYTES] for at in range(0, len(payload), FACT_BYTES))
