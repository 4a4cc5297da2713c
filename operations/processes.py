"""Processes of a network: started together, watched, stopped together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.carriers import tether
from sync.errors import Unavailable

STOP_S = 15.0


@dataclass
class Processes:
    """Child processes that die with this one, even by kill -9. `async with` stops what still runs, in order."""

    log_directory: Path
    running: dict[str, Process] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        self.log_directory.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_all()

    async def start(self, name: str, command: Sequence[str]) -> Process:
        """Starts a process whose output goes to `<name>.log`. It does not hear the terminal's Ctrl-C."""
        with (self.log_directory / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
                *command,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=_environment(),
            )
        self.running[name] = process
        return process

    async def host(self, name: str, directories: Sequence[Path], *, clock: Path | None = None) -> Process:
        """Starts one process that runs the nodes in `directories`; `clock` is a file with another time."""
        other_time = ["--clock", str(clock)] if clock else []
        command = [sys.executable, "-m", "operations.host", *other_time, *map(str, directories)]
        return await self.start(name, command)

    async def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        process.kill()
        await process.wait()

    async def stop(self, name: str) -> None:
        """Asks a process to end, then makes it."""
        process = self.running.pop(name)
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def stop_all(self) -> None:
        """The last started first: villages before townships before the county."""
        await asyncio.gather(*(self.stop(name) for name in reversed(list(self.running))))

    def check(self) -> None:
        """Raises Unavailable if a process has ended by itself."""
        for name, process in self.running.items():
            if process.returncode is not None:
                raise Unavailable(
                    f"{name} ended with exit code {process.returncode}. Its log: {self.log_directory / name}.log"
                )


def _environment() -> dict[str, str]:
    """grpc's C core must not see a proxy for calls on this machine, nor log what it retries."""
    return {**os.environ, "GRPC_VERBOSITY": "NONE", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
