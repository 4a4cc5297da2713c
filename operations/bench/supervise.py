"""How long the county takes to look at every limit, to see what has just come, and to look at everything anew."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from county_node import page
from county_node.supervising import sweep
from operations.bench.county import CLOCK, counted, planned_county
from operations.bench.filled import DAY_MS, Counter, book_of, filled
from operations.bench.measuring import Figures, Tell, in_turn, percentile, summed_up
from operations.networks import ON_LINE, WITHOUT_LINE, Network
from operations.shared_clock import SharedClock
from sync.journal import counter, findings
from sync.journal.book import Book
from sync.node.case_view import COLUMNS

READS, FILINGS = 100, 200

FIND = f"SELECT {COLUMNS} FROM cases WHERE case_id=?"


async def supervise(root: Path, *, cases: int, still_open: int, rounds: int, tell: Tell) -> dict[str, Any]:
    """Measures in the empty directory `root`, at a county with so many cases."""
    network = planned_county(classes=ON_LINE + WITHOUT_LINE)
    await filled(root / "full", network, cases=cases, still_open=still_open, tell=tell)
    clock = SharedClock(root / "full" / CLOCK)
    async with book_of(root / "full", network.county, clock.for_node()) as county:
        await sweep(county)
        measures = {
            "sweep": partial(_sweep, county, clock),
            "overview": partial(_overview, county),
            "fact to view": partial(_fact_to_view, county, network),
            "full recompute": partial(_recompute, county),
        }
        found = await in_turn(measures, rounds=rounds, tell=tell)
    (held,) = counted(root / "full", network, "cases")
    result = {"rounds": rounds, "cases": held, "open": still_open} | summed_up(found)
    result["ratio"] = round(result["full_recompute_s"] * 1000 / result["fact_to_view_ms"])
    return result


async def _sweep(county: Book, clock: SharedClock) -> Figures:
    """A day later, when nothing is remembered of how cases stood."""
    clock.move_to(clock.now() + DAY_MS)
    began = time.perf_counter()
    looked_at = await sweep(county)
    return {"sweep_s": time.perf_counter() - began, "looked_at": looked_at}


async def _overview(county: Book) -> Figures:
    taken = []
    for _ in range(READS):
        began = time.perf_counter()
        await page.read(county)
        taken.append((time.perf_counter() - began) * 1000)
    return {"overview_p50_ms": percentile(taken, 50), "overview_p99_ms": percentile(taken, 99)}


async def _fact_to_view(county: Book, network: Network) -> Figures:
    """From the act at the county's own counter until whoever reads the book sees what follows from it."""
    taken = []
    (before,) = county.reader.execute("SELECT COUNT(*) FROM cases").fetchone()
    asking = Counter(network.county.place)
    for number, asked in enumerate(asking.filings(before + FILINGS)):
        if number < before:
            continue
        began = time.perf_counter()
        case_id = await county.write(partial(counter.do, asked=asked))
        assert county.reader.execute(FIND, [case_id]).fetchone() is not None
        taken.append((time.perf_counter() - began) * 1000)
    return {"fact_to_view_ms": percentile(taken, 50), "fact_to_view_p99_ms": percentile(taken, 99)}


async def _recompute(county: Book) -> Figures:
    """Every limit of every case, as after an upgrade."""
    await county.write(lambda tx: tx.set_meta(findings.SWEPT, b"0"))
    began = time.perf_counter()
    await sweep(county)
    return {"full_recompute_s": time.perf_counter() - began}
