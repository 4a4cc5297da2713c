"""A line between two nodes that counts what goes over it and can be cut."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from operations.networks import LOCAL, free_port

READ_BYTES = 64 * 1024


class Proxy:
    """Passes TCP connections on to a port of this machine. While it is cut nobody is let in."""

    def __init__(self, to_port: int) -> None:
        self.port = free_port()
        self.bytes = 0
        self._to_port = to_port
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    @property
    def address(self) -> str:
        return f"{LOCAL}:{self.port}"

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._connected, LOCAL, self.port)

    async def cut(self) -> None:
        """Ends all connections."""
        if self._server is None:
            return
        self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        ends = [writer]
        try:
            there_reader, there_writer = await asyncio.open_connection(LOCAL, self._to_port)
            ends.append(there_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(reader, there_writer))
                group.create_task(self._pass_on(there_reader, writer))
        except* (OSError, asyncio.CancelledError):  # An end has hung up, or the line is cut.
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._passing.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while passed := await reader.read(READ_BYTES):
            self.bytes += len(passed)
            writer.write(passed)
            await writer.drain()
        raise ConnectionResetError("one end has hung up")
