"""The command cuntong: runs and examines whole networks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from operations.accountability import accountability
from operations.bench.footprint import footprint
from operations.bench.measuring import Tell, progress_line
from operations.bench.relay import FILINGS, relay
from operations.bench.supervise import supervise
from operations.bench.trickle import trickle
from operations.breaking import BREAKS
from operations.catalogue import catalogue
from operations.demo import ALL, BASE_PORT, demo
from operations.replay.findings import SHOWN
from operations.replay.hall import replay_hall
from operations.replay.outage import replay_outage
from operations.replay.replaying import replay as run_replay
from operations.reporting import report
from operations.road import road
from operations.supervision import explain, supervision
from sync.node.commands import Commands, emit, json_option
from sync.node.register_commands import checklist

main = Commands("cuntong", help="村通 Runs and examines whole networks of nodes.")


main.add_command(catalogue)
main.add_command(supervision)
main.add_command(explain)
main.add_command(accountability)
main.add_command(checklist)
main.add_command(report)


def tell(line: str) -> None:
    """Progress for a person, apart from machine output."""
    click.echo(line, err=True)


@main.command(name="demo")
@click.option(
    "--dir",
    "root",
    type=click.Path(path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    envvar="CUNTONG_DEMO_DIR",
    help="Where the books are kept from one start to the next.",
)
@click.option("--filings-per-minute", type=click.FloatRange(0.1, 6000), default=60.0, show_default=True)
@click.option("--base-port", type=int, default=BASE_PORT, show_default=True, help="The page's port; the nodes follow.")
@click.option("--seconds", type=float, default=0.0, help="Stop by itself after so long. 0: at Ctrl-C.")
@click.option("--townships", type=click.IntRange(1, 23), default=23, show_default=True, help="At the first start.")
@click.option("--stations", type=click.IntRange(0, ALL), default=ALL, help="In each township, at the first start.")
def run_demo(
    root: Path, filings_per_minute: float, base_port: int, seconds: float, townships: int, stations: int
) -> None:
    """A living county on this machine: county hall, 23 townships, 69 village stations. Ctrl-C stops it."""
    running = demo(
        root,
        filings_per_minute=filings_per_minute,
        base_port=base_port,
        tell=tell,
        for_s=seconds,
        townships=townships,
        stations=stations,
    )
    asyncio.run(running)


@main.command(name="road")
@click.option(
    "--dir", "root", type=click.Path(path_type=Path), default=None, help="An empty directory; else a temporary one."
)
@click.option("--down-seconds", type=float, default=60.0, show_default=True, help="How long the parent is down.")
@json_option
def run_road(root: Path | None, down_seconds: float, json_to: str | None) -> None:
    """One case on the whole road of a small county of real processes. Exit 0 only if every step happened."""
    with tempfile.TemporaryDirectory(prefix="cuntong-road-") as temporary:
        told = asyncio.run(road(root or Path(temporary), down_s=down_seconds, tell=tell))
    emit(told, json_to=json_to, text="全程走通。" if told["ok"] else f"没有走通：{told['failed']}")
    sys.exit(0 if told["ok"] else 1)


@main.command(name="audit")
@click.argument("root", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def run_audit(root: Path, json_to: str | None) -> None:
    """Checks the closed books of a whole network against each other. Exit 0 sound, 1 findings, 3 not auditable."""
    # A process that loads nothing of what wrote the books.
    command = [sys.executable, "-m", "operations.audit", str(root), *([f"--json={json_to}"] if json_to else [])]
    sys.exit(subprocess.run(command, check=False).returncode)


@main.group()
def replay() -> None:
    """The county's own year, acted again."""


@replay.command(name="seed")
@click.option(
    "--dir", "root", type=click.Path(path_type=Path), default=None, help="An empty directory; else a temporary one."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other people on other days.")
@click.option("--days", type=click.IntRange(0), default=0, help="Only the first so many working days. 0: the year.")
@click.option("--scale", type=click.IntRange(1), default=1, show_default=True, help="So many times the filings.")
@click.option("--break", "broken", type=click.Choice(sorted(BREAKS)), help="Change the closed books: it must be found.")
@json_option
def replay_seed(root: Path | None, seed: int, days: int, scale: int, broken: str | None, json_to: str | None) -> None:
    """October 2009 to December 2010 on real nodes, then the audit. Exit 0 only if figures and books are right."""
    with tempfile.TemporaryDirectory(prefix="cuntong-replay-") as temporary:
        directory = root or Path(temporary)
        found = asyncio.run(run_replay(directory, seed=seed, days=days, scale=scale, broken=broken, tell=tell))
    for fault in found["faults"]:
        tell(fault)
    figures = "，".join(f"{label} {found.get(name)}" for name, label in SHOWN.items())
    emit(found, json_to=json_to, text=f"{figures}。{'全部相符。' if found['ok'] else ''}")
    sys.exit(0 if found["ok"] else 1)


@replay.command(name="outage")
@click.option(
    "--dir", "root", type=click.Path(path_type=Path), default=None, help="An empty directory; else a temporary one."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other outages and other people.")
@click.option("--days", type=click.IntRange(60), default=300, show_default=True, help="Working days.")
@click.option("--townships", type=click.IntRange(3, 23), default=23, show_default=True)
@click.option("--late", type=click.IntRange(1), default=200, show_default=True, help="Cases that are truly late.")
@json_option
def replay_outage_command(
    root: Path | None, seed: int, days: int, townships: int, late: int, json_to: str | None
) -> None:
    """Lines that break for days, and offices that lie. Exit 0 only if all who were late are found, and nobody else."""
    with tempfile.TemporaryDirectory(prefix="cuntong-outage-") as temporary:
        directory = root or Path(temporary)
        found = asyncio.run(
            replay_outage(directory, seed_number=seed, days=days, townships=townships, late=late, tell=tell)
        )
    for fault in found["faults"]:
        tell(fault)
    said = f"超期{found['late_planted']}件，认定{found['late_found']}件，错认{found['false_accusations']}件"
    emit(found, json_to=json_to, text=f"{said}。{'全部相符。' if found['ok'] else ''}")
    sys.exit(0 if found["ok"] else 1)


@replay.command(name="hall")
@click.option(
    "--dir", "root", type=click.Path(path_type=Path), default=None, help="An empty directory; else a temporary one."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other people on other days.")
@click.option("--days", type=click.IntRange(0), default=0, help="Only the first so many working days. 0: all.")
@click.option(
    "--scale", type=click.FloatRange(0.0001, 3), default=1.0, show_default=True, help="So many times the visits."
)
@json_option
def replay_hall_command(root: Path | None, seed: int, days: int, scale: float, json_to: str | None) -> None:
    """The county hall from 2008 to February 2011, then the audit. Exit 0 only if figures and books are right."""
    with tempfile.TemporaryDirectory(prefix="cuntong-hall-") as temporary:
        found = asyncio.run(replay_hall(root or Path(temporary), seed=seed, days=days, scale=scale, tell=tell))
    for fault in found["faults"]:
        tell(fault)
    said = f"收件{found['handled']}件，按时{found['on_time_percent']}%，满意{found['satisfied_percent']}%"
    emit(found, json_to=json_to, text=f"{said}。{'全部相符。' if found['ok'] else ''}")
    sys.exit(0 if found["ok"] else 1)


@main.group()
def bench() -> None:
    """Measurements, each beside a ceiling of the same run. Minutes each; nothing else should run meanwhile."""


directory_option = click.option(
    "--dir", "root", type=click.Path(path_type=Path), default=None, help="An empty directory; else a temporary one."
)
rounds_option = click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)


def measured(
    measure: Callable[[Path, Tell], Coroutine[Any, Any, dict[str, Any]]], root: Path | None, to: str | None
) -> None:
    """Runs one bench and shows what it found."""
    with tempfile.TemporaryDirectory(prefix="cuntong-bench-") as temporary, progress_line() as step:
        found = asyncio.run(measure(root or Path(temporary), step))
    emit(found, json_to=to, text="\n".join(f"{name}: {value}" for name, value in found.items()))


@bench.command(name="relay")
@directory_option
@rounds_option
@click.option("--filings", type=click.IntRange(69), default=FILINGS, show_default=True)
@json_option
def bench_relay(root: Path | None, rounds: int, filings: int, json_to: str | None) -> None:
    """Filings a second from 69 villages into the county's view: live, and after a silence; beside a bare road."""
    measured(lambda at, step: relay(at, filings=filings, rounds=rounds, tell=step), root, json_to)


@bench.command(name="trickle")
@directory_option
@rounds_option
@click.option(
    "--cases", type=click.IntRange(1), default=95_000, show_default=True, help="In the books of the quiet exchange."
)
@json_option
def bench_trickle(root: Path | None, rounds: int, cases: int, json_to: str | None) -> None:
    """One filing at a time, an exchange where nothing is new, and the minute after a line comes back."""
    measured(lambda at, step: trickle(at, cases=cases, rounds=rounds, tell=step), root, json_to)


@bench.command(name="footprint")
@directory_option
@rounds_option
@click.option("--cases", type=click.IntRange(1), default=303_821, show_default=True, help="In the county's book.")
@click.option("--open", "still_open", type=click.IntRange(0), default=5_000, show_default=True, help="Of these, open.")
@json_option
def bench_footprint(root: Path | None, rounds: int, cases: int, still_open: int, json_to: str | None) -> None:
    """Memory, disk and waiting time: of a village agent, and of a county with many cases."""
    measured(
        lambda at, step: footprint(at, cases=cases, still_open=still_open, rounds=rounds, tell=step), root, json_to
    )


@bench.command(name="supervise")
@directory_option
@rounds_option
@click.option("--cases", type=click.IntRange(1), default=303_821, show_default=True, help="In the county's book.")
@click.option("--open", "still_open", type=click.IntRange(0), default=5_000, show_default=True, help="Of these, open.")
@json_option
def bench_supervise(root: Path | None, rounds: int, cases: int, still_open: int, json_to: str | None) -> None:
    """Looking at every limit of a county with many cases, and at one fact that has just come."""
    measured(
        lambda at, step: supervise(at, cases=cases, still_open=still_open, rounds=rounds, tell=step), root, json_to
    )
