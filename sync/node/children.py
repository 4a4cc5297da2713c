"""The nodes below: their broker, their keys, and a link to each."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.carriers.nats import Hub
from sync.carriers.nats_names import DOWN, UP
from sync.carriers.nats_server import ExistingNats, NatsServer
from sync.cases import places
from sync.errors import Malformed, Unavailable
from sync.exchange.link import Link
from sync.exchange.retries import LINE, retry
from sync.journal.book import Book, Change
from sync.node.settings import Nats

log = logging.getLogger(__name__)

COUNTED_WITHIN_S = 1.0
"""Whoever asks how a node is must not wait for a broker that hangs."""


class Children:
    """Whoever the county has introduced below this place may connect; each has its own streams and its own link."""

    def __init__(self, book: Book, directory: Path, settings: Nats) -> None:
        self._book = book
        self._parts = AsyncExitStack()
        self._look_again = asyncio.Event()
        self._streams_in_doubt = True
        self._admitted: dict[int, str] = {}
        self._group = asyncio.TaskGroup()
        self.links: dict[int, Link] = {}
        self.server = _broker(directory / "nats", settings)
        self.hub = Hub(self.server.url, self.server.owner_seed, settings.replicas)

    async def __aenter__(self) -> Self:
        await self._parts.enter_async_context(self.server)
        self.server.on_ready(self._on_broker_back)
        await self._parts.enter_async_context(self.hub)
        self.hub.on_connected(self._on_broker_back)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._parts.aclose()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        stop_listening = self._book.listen(self._on_change)
        try:
            async with self._group:
                self._group.create_task(self.server.run())
                self._group.create_task(self._following())
        finally:
            stop_listening()

    def _on_broker_back(self) -> None:
        self._streams_in_doubt = True
        self._look_again.set()

    def _on_change(self, change: Change) -> None:
        if any(places.level(scope.place) >= places.COUNTY for scope in change.scopes):
            self._look_again.set()

    async def _following(self) -> None:
        """Lets in whom the county introduces, and makes streams anew where a broker lost them."""
        self._look_again.set()
        while True:
            await self._look_again.wait()
            self._look_again.clear()
            await retry(self._let_in, LINE, woken=self._look_again)

    async def _let_in(self) -> None:
        known = self.introduced()
        if known == self._admitted and not self._streams_in_doubt:
            return
        await self.server.set_children(known)
        for place in known:
            await self.hub.ensure(place)
        again = self._streams_in_doubt
        self._admitted, self._streams_in_doubt = known, False
        for place in known:
            self._begin(place, again=again)

    async def messages_ever(self, place: int) -> tuple[int, int]:
        """Parcels a child ever sent up, and was ever sent. 0 while the broker does not answer."""
        try:
            async with asyncio.timeout(COUNTED_WITHIN_S):
                up, down = [await self.hub.messages_ever(each, place=place) for each in (UP, DOWN)]
        except (Unavailable, TimeoutError):
            return 0, 0
        return up, down

    def introduced(self) -> dict[int, str]:
        """The nodes directly below and their NATS keys, the newest certificate of each."""
        here = self._book.identity.place
        newest = sorted(self._book.introduced(), key=lambda c: c.issued_at_ms)
        return {c.place: c.nats_key for c in newest if c.nats_key and _next_above(c.place, here)}

    def _begin(self, place: int, *, again: bool) -> None:
        """Starts the link to a child, or tells it that its streams are there again."""
        if place not in self.links:
            self.links[place] = Link(self._book, peer=place, road=self.hub.road(place))
            self._group.create_task(self.links[place].run())
        elif again:
            self.links[place].begin_again()


def _next_above(place: int, here: int) -> bool:
    return places.parent(place) == here


def _broker(directory: Path, settings: Nats) -> NatsServer | ExistingNats:
    """The node's own nats-server, or the one it was told of."""
    if not settings.url:
        binary = settings.server or None
        return NatsServer(directory, port=settings.port, binary=binary, max_file_bytes=settings.max_file_bytes)
    try:
        seed = Path(settings.owner_seed_file).read_text(encoding="ascii").strip()
    except OSError as error:
        raise Malformed(f"nats.owner_seed_file: {error}. With nats.url it must name the owner's nkey seed.") from None
    return ExistingNats(settings.url, owner_seed=seed)
