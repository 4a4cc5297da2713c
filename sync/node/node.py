"""One node: its parts in order, from the book to the doors."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from sync.errors import Unavailable
from sync.exchange.journal_service import JournalService
from sync.exchange.link import Link
from sync.journal.book import Book, Identity
from sync.journal.clock import Clock
from sync.node import identity, settings
from sync.node.case_service import CaseService
from sync.node.catalogue_service import CatalogueService
from sync.node.children import Children
from sync.node.node_service import NodeService
from sync.node.post_service import PostService
from sync.node.register_service import RegisterService
from sync.node.settings import Settings
from sync.node.supervision_service import SupervisionService
from sync.node.uplink import Uplink
from sync.rpc.server import Server, require_local
from sync.rpc.v1 import (
    case_service_pb2,
    catalogue_service_pb2,
    journal_service_pb2,
    node_service_pb2,
    post_service_pb2,
    register_service_pb2,
    supervision_service_pb2,
)

log = logging.getLogger(__name__)

BOOK = "book.sqlite"

ADDRESS = "grpc.address"
"""While the node runs: where it answers, for commands on the same machine."""

GARBAGE = 20_000
"""Objects made since the collector last looked."""

LOCK = "lock"
"""Held by the process that runs the node; the kernel gives it back, even after kill -9."""

Part = Callable[["Node"], Coroutine[Any, Any, None]]
"""Something more a level runs beside its links, until it is cancelled: a page, say."""


class Node:
    """A running node. `async with` opens its parts, `run` works until told to stop; they close in reverse."""

    def __init__(
        self, directory: Path, *, has_children: bool, parts: tuple[Part, ...] = (), clock: Clock | None = None
    ) -> None:
        self.directory = directory
        self.settings: Settings = settings.read(directory)
        require_local(self.settings.grpc.host)
        require_local(self.settings.web.host)
        self.book = Book(directory / BOOK, self._identity(), clock=clock)
        self.children = Children(self.book, directory, self.settings.nats) if has_children else None
        self.line = self._line()
        self._more_parts = parts
        self._supervision = SupervisionService(self)
        self.server = Server(host=self.settings.grpc.host, port=self.settings.grpc.port, services=self._services())

    def _identity(self) -> Identity:
        """Raises Malformed where a book has lost its key: a new one would not be believed until it is enrolled."""
        if (self.directory / BOOK).exists():
            identity.read_key(self.directory / identity.OPERATING_KEY)
        return identity.identity_of(self.directory, self.settings)

    def _services(self) -> list[tuple[ServiceDescriptor, object]]:
        described = (
            (case_service_pb2, "CaseService", CaseService(self)),
            (catalogue_service_pb2, "CatalogueService", CatalogueService(self)),
            (journal_service_pb2, "JournalService", JournalService(self.book)),
            (node_service_pb2, "NodeService", NodeService(self)),
            (register_service_pb2, "RegisterService", RegisterService(self)),
            (post_service_pb2, "PostService", PostService(self)),
            (supervision_service_pb2, "SupervisionService", self._supervision),
        )
        return [(file.DESCRIPTOR.services_by_name[name], service) for file, name, service in described]

    def _line(self) -> Uplink | None:
        if self.settings.parent is None:
            return None
        return Uplink(self.book, self.settings.parent, nats_seed=identity.nats_seed(self.directory))

    @property
    def uplink(self) -> Link | None:
        """The link to the place above. None at the top."""
        return self.line.link if self.line else None

    def links(self) -> list[Link]:
        """The links to all neighbours, the parent first."""
        below = [] if self.children is None else [self.children.links[p] for p in sorted(self.children.links)]
        return ([self.uplink] if self.uplink else []) + below

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set. A part that fails brings the node down, the others closed in order."""
        async with AsyncExitStack() as opened:
            opened.enter_context(_alone_in(self.directory))
            await opened.enter_async_context(self.book)
            if self.children is not None:
                await opened.enter_async_context(self.children)
            await opened.enter_async_context(self.server)
            opened.callback(self._supervision.close)
            opened.enter_context(self._address())
            log.info("node is open", extra={"grpc_port": self.server.port})
            # What is there by now stays, and what calls leave behind is small: the collector need not look so often.
            gc.freeze()
            gc.set_threshold(GARBAGE, 20, 20)
            await self._work(stop)
            log.info("node is closing")

    @contextmanager
    def _address(self) -> Iterator[None]:
        path = self.directory / ADDRESS
        beside = path.with_suffix(".new")
        beside.write_text(f"{self.settings.grpc.host}:{self.server.port}\n", encoding="ascii")
        beside.replace(path)
        yield
        path.unlink(missing_ok=True)

    async def _work(self, stop: asyncio.Event) -> None:
        running = [asyncio.create_task(part) for part in self._running_parts()]
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in [*running, stopping]:
            task.cancel()
        await asyncio.gather(*running, stopping, return_exceptions=True)
        for task in done - {stopping}:
            task.result()

    def _running_parts(self) -> list[Coroutine[Any, Any, None]]:
        parts = [part(self) for part in self._more_parts]
        if self.children is not None:
            parts.append(self.children.run())
        if self.line is not None:
            parts.append(self.line.run())
        return parts


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Raises Unavailable if the node runs already: two would stop each other's broker and write one book."""
    with (directory / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"A node runs in {directory} already. Stop that one first.") from None
        yield


async def run_until_signalled(node: Node) -> None:
    """Runs a node until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await node.run(stop)
