"""On line: parcels through the parent's message broker."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import nats.js.errors
from nats.js import JetStreamContext, api

from sync.carriers import nats_names as names
from sync.carriers.nats_connection import Connection, Failure, heed_cancellation, masked
from sync.carriers.nats_names import DOWN, UP
from sync.carriers.road import LARGEST_MESSAGE_BYTES, Delivery, Listener, Road
from sync.errors import Unavailable

PATIENCE_SECONDS = 10.0
BATCH = 8
ACK = b"+ACK"
REFUSE = b"+TERM"


@dataclass(frozen=True)
class StreamLimits:
    """How much and how long a broker keeps for one child and direction; it is a line, not a book."""

    max_age_s: float = 7 * 24 * 3600.0
    max_bytes: int = 64 * 1024 * 1024
    max_message_bytes: int = LARGEST_MESSAGE_BYTES
    duplicate_window_s: float = 120.0
    ack_wait_s: float = 30.0
    max_ack_pending: int = 64


class Hub:
    """The parent's side: makes each child's streams, sends down, takes in what came up.

    `url` may name several servers of one cluster, with commas; `replicas` 3 for three of them.
    """

    def __init__(
        self,
        url: str,
        owner_seed: str,
        replicas: int = 1,
        *,
        limits: StreamLimits | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._replicas = replicas
        self._limits = limits or StreamLimits()
        self._connection = Connection(url, seed=owner_seed, inbox="_INBOX", name="owner", patience=patience)

    async def __aenter__(self) -> Self:
        """Connect when first needed: a node starts without its broker."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._connection.close()

    @property
    def connected(self) -> bool:
        """True while the broker is there."""
        return self._connection.connected

    def on_connected(self, call: Listener) -> None:
        """Have `call` called each time the line comes up: ensure the streams again."""
        self._connection.on_connected(call)

    def on_disconnected(self, call: Listener) -> None:
        """Have `call` called each time the line goes down."""
        self._connection.on_disconnected(call)

    async def connect(self) -> None:
        """Connect now, once. Raises Unavailable."""
        await self._connection.open()

    async def check(self) -> None:
        """Raise Unavailable unless the broker answers and keeps streams."""
        await self._ask("account_info")

    async def ensure(self, place: int) -> None:
        """Make the child's two streams and their consumers, or bring them to the present limits."""
        for direction in (UP, DOWN):
            await self._ensure_stream(direction, place=place)
            stream = names.stream(direction, place=place)
            await self._ask("add_consumer", stream, consumer_config(direction, limits=self._limits))

    async def send(self, place: int, payload: bytes) -> None:
        """Put a parcel where the child fetches it; returns when it is on the broker's disk."""
        subject, stream = names.subject(DOWN, place=place), names.stream(DOWN, place=place)
        await self._connection.publish(subject, payload=payload, stream=stream)

    def receive(self, place: int) -> AsyncGenerator[Delivery, None]:
        """Yield what the child sent."""
        return _deliveries(self._connection, UP, place=place, sent_by=place)

    async def messages_ever(self, direction: str, *, place: int) -> int:
        """How many parcels were ever put into a child's stream, by the broker's own count. Raises Unavailable."""
        found = await self._ask("stream_info", names.stream(direction, place=place))
        # A stream begins to count at its birth; see `_ensure_stream`.
        return int(found.state.last_seq) - int(found.config.first_seq or 1) + 1

    def road(self, place: int) -> Road:
        """This child as a road of its own."""
        return _RoadDown(self, place=place)

    async def _ensure_stream(self, direction: str, *, place: int) -> None:
        wanted = stream_config(direction, place=place, limits=self._limits, replicas=self._replicas)
        try:
            found = (await self._ask("stream_info", wanted.name)).config
        except _NotThere:
            # Numbers of a stream made anew must not repeat: a late receipt for the lost stream's parcel
            # would delete another parcel here. So each life begins at its own millisecond.
            await self._ask("add_stream", replace(wanted, first_seq=time.time_ns() // 1_000_000))
            return
        if changes := _differences(found, wanted=wanted):
            await self._ask("update_stream", found, **changes)

    async def _ask(self, question: str, *words: Any, **more: Any) -> Any:
        """Ask the broker's administration. Raises Unavailable."""
        try:
            answer = await getattr(await self._jetstream(), question)(*words, **more)
        except nats.js.errors.NotFoundError as error:
            raise _NotThere(f"消息服务上没有：{masked(error)}") from None
        except Failure as error:
            raise self._connection.in_plain_words(error) from None
        heed_cancellation()
        return answer

    async def _jetstream(self) -> JetStreamContext:
        return await self._connection.jetstream()


class Line:
    """The child's side: its one line to the parent's broker, with the child's own key.

    `parent` only names the sender of deliveries.
    """

    def __init__(
        self,
        url: str,
        place: int,
        seed: str,
        *,
        parent: int | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._place = place
        self._parent = parent
        self._connection = Connection(url, seed=seed, inbox=names.inbox(place), name=str(place), patience=patience)

    async def __aenter__(self) -> Self:
        """Connect when first needed: a village starts off line."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._connection.close()

    @property
    def connected(self) -> bool:
        """True while the parent's broker is there."""
        return self._connection.connected

    def on_connected(self, call: Listener) -> None:
        """Have `call` called each time the line comes up."""
        self._connection.on_connected(call)

    def on_disconnected(self, call: Listener) -> None:
        """Have `call` called each time the line goes down."""
        self._connection.on_disconnected(call)

    async def connect(self) -> None:
        """Connect now, once. Raises Unavailable."""
        await self._connection.open()

    async def send(self, payload: bytes) -> None:
        """Put a parcel where the parent fetches it; returns when it is on the broker's disk."""
        subject, stream = names.subject(UP, place=self._place), names.stream(UP, place=self._place)
        await self._connection.publish(subject, payload=payload, stream=stream)

    def receive(self) -> AsyncGenerator[Delivery, None]:
        """Yield what the parent sent."""
        return _deliveries(self._connection, DOWN, place=self._place, sent_by=self._parent)


@dataclass(frozen=True)
class _RoadDown:
    hub: Hub
    place: int

    @property
    def connected(self) -> bool:
        return self.hub.connected

    async def send(self, payload: bytes) -> None:
        await self.hub.send(self.place, payload)

    def receive(self) -> AsyncGenerator[Delivery, None]:
        return self.hub.receive(self.place)

    def on_connected(self, call: Listener) -> None:
        self.hub.on_connected(call)

    def on_disconnected(self, call: Listener) -> None:
        self.hub.on_disconnected(call)


class _NotThere(Unavailable):
    """The broker does not know this stream."""


def stream_config(direction: str, *, place: int, limits: StreamLimits, replicas: int) -> api.StreamConfig:
    """What a stream is: on disk, full means full, gone once taken, and nobody deletes from it."""
    return api.StreamConfig(
        name=names.stream(direction, place=place),
        subjects=[names.subject(direction, place=place)],
        storage=api.StorageType.FILE,
        retention=api.RetentionPolicy.WORK_QUEUE,
        discard=api.DiscardPolicy.NEW,
        max_age=limits.max_age_s,
        max_bytes=limits.max_bytes,
        max_msg_size=limits.max_message_bytes,
        duplicate_window=limits.duplicate_window_s,
        deny_delete=True,
        deny_purge=True,
        num_replicas=replicas,
    )


def consumer_config(direction: str, *, limits: StreamLimits) -> api.ConsumerConfig:
    """The one durable reader of a stream: `up` is the parent's, `down` the child's."""
    return api.ConsumerConfig(
        name=direction,
        durable_name=direction,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=limits.ack_wait_s,
        max_ack_pending=limits.max_ack_pending,
    )


CHANGEABLE = ("max_age", "max_bytes", "max_msg_size", "duplicate_window", "num_replicas")


def _differences(found: api.StreamConfig, *, wanted: api.StreamConfig) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in CHANGEABLE if getattr(found, name) != getattr(wanted, name)}


async def _deliveries(
    connection: Connection, direction: str, *, place: int, sent_by: int | None
) -> AsyncGenerator[Delivery, None]:
    ask = names.next_message(direction, place=place)
    stream = names.stream(direction, place=place)
    async with aclosing(connection.messages(ask=ask, batch=BATCH)) as messages:
        async for message in messages:
            ack = partial(connection.answer, message, word=ACK)
            refuse = partial(connection.answer, message, word=REFUSE)
            # A child can have the broker's receipts and its own parcels answered *to* another's subject.
            # Only what was put in for this stream carries this name.
            if (message.headers or {}).get("Nats-Expected-Stream") != stream:
                await refuse()
                continue
            yield Delivery(payload=message.data, sent_by=sent_by, _ack=ack, _refuse=refuse)
