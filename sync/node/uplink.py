"""The line to the place above: open always, or only while somebody has it open."""

from __future__ import annotations

import asyncio

from sync.carriers.nats import Line
from sync.exchange.link import Link
from sync.journal.book import Book
from sync.node.settings import ALWAYS, Parent
from sync.rpc.client import Client


class Uplink:
    """Each opening is a connection of its own, with no waits left over from the one before."""

    def __init__(self, book: Book, parent: Parent, *, nats_seed: str) -> None:
        self._book = book
        self._parent = parent
        self._seed = nats_seed
        self._wanted = asyncio.Event()
        self._unwanted = asyncio.Event()
        self._hung_up = asyncio.Event()
        self._hung_up.set()
        self.link = Link(book, peer=parent.place, road=self._line())
        """The connection there is now, else the last one."""
        if self.is_always_open:
            self.open()

    @property
    def is_always_open(self) -> bool:
        return self._parent.line == ALWAYS

    def open(self) -> None:
        """Has the line opened at once."""
        self._unwanted.clear()
        self._wanted.set()

    async def close(self) -> None:
        """Hangs up, and returns when that is done. What is on its way stays unconfirmed and goes again."""
        self._wanted.clear()
        self._unwanted.set()
        await self._hung_up.wait()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            await self._wanted.wait()
            self._hung_up.clear()
            try:
                await self._connected()
            finally:
                self._hung_up.set()

    async def _connected(self) -> None:
        async with Client(self._parent.grpc) as client, self._line() as line:
            self.link = Link(self._book, peer=self._parent.place, road=line, call=client.exchange)
            working = asyncio.create_task(self.link.run())
            hanging_up = asyncio.create_task(self._unwanted.wait())
            try:
                await asyncio.wait([working, hanging_up], return_when=asyncio.FIRST_COMPLETED)
            finally:
                has_failed = working.done()
                for task in (working, hanging_up):
                    task.cancel()
                await asyncio.gather(working, hanging_up, return_exceptions=True)
            if has_failed:
                working.result()

    def _line(self) -> Line:
        return Line(self._parent.nats, self._book.identity.place, self._seed, parent=self._parent.place)
