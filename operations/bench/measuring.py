"""Several things measured in turn, round after round: what comes out is a median with its least and most."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Figures = Mapping[str, float]
Measure = Callable[[], Awaitable[Figures]]
Tell = Callable[[str], None]

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def progress_line() -> Iterator[Tell]:
    """One line on stderr that says what is measured just now; where no terminal is, a line for each step."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(text, highlight=False, soft_wrap=True)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("")
        yield lambda text: shown.update(task, description=text)


async def in_turn(measures: Mapping[str, Measure], *, rounds: int, tell: Tell) -> dict[str, list[float]]:
    """All of them once, then all of them again: what disturbs the machine disturbs each alike."""
    found: dict[str, list[float]] = {}
    for number in range(1, rounds + 1):
        for name, measure in measures.items():
            tell(f"第{number}/{rounds}轮：{name}")
            for key, value in (await measure()).items():
                found.setdefault(key, []).append(value)
    return found


def summed_up(found: Mapping[str, list[float]]) -> dict[str, Any]:
    """The median of each figure by its name, and under `spread` the least and the most."""
    medians: dict[str, Any] = {name: _short(median(values)) for name, values in found.items()}
    return medians | {"spread": {name: [_short(min(v)), _short(max(v))] for name, v in found.items()}}


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _short(value: float) -> float:
    return float(f"{value:.4g}")


# Processes.


def rss_mb(pid: int) -> float:
    """What a process has in memory just now (VmRSS)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


def cpu_seconds() -> float:
    """Of this process's descendants, as far as they live: of user and system."""
    return sum(cpu for _, cpu in _descendants())


def _descendants() -> Iterator[tuple[int, float]]:
    found = dict(_processes())
    ours = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, (parent, _) in found.items() if parent in ours} - ours
        ours, grown = ours | more, bool(more)
    yield from ((pid, found[pid][1]) for pid in ours - {os.getpid()})


def _processes() -> Iterator[tuple[int, tuple[int, float]]]:
    """Process id → parent, CPU seconds."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name in brackets may hold anything, also blanks.
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # It has ended meanwhile.
        yield int(folder.name), (int(fields[1]), (int(fields[11]) + int(fields[12])) / CLOCK_TICKS)
