"""From an empty directory to a verdict on the year."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from operations.breaking import BREAKS
from operations.replay import findings
from operations.replay.patience import NotDone
from operations.replay.scenario import FIRST_DAY, LAST_DAY, Scenario
from operations.replay.year import Tell, live, opened, settle, the_year
from sync.errors import Unavailable


async def replay(root: Path, *, seed: int, days: int, scale: int, broken: str | None, tell: Tell) -> dict[str, Any]:
    """The first `days` working days (0: all of them) with `scale` times the filings, in the empty directory `root`.

    `broken`: what is changed in the closed books before the audit, which must then find it. `ok` only if all is well.
    """
    began = time.monotonic()
    year = the_year(seed, scale=scale)
    days = min(days or len(year.days), len(year.days))
    is_whole = days == len(year.days)
    try:
        found = await _lived(
            root, year, seed=seed, days=days, last=LAST_DAY if is_whole else year.days[days - 1], tell=tell
        )
    except (NotDone, Unavailable) as error:
        return {"faults": [str(error)], "ok": False}
    case = BREAKS[broken](root, seed) if broken else ""
    audit = await findings.audited(root)
    faults = findings.faults(found, audit, whole_year=is_whole and scale == 1)
    seconds = time.monotonic() - began
    return {
        **findings.shown(found),
        "facts": found.facts,
        "seconds": round(seconds, 1),
        "facts_per_second": round(found.facts / seconds, 1),
        "nats_messages": found.nats_messages,
        "restarts": found.restarts,
        "audit": audit,
        **({"broken": case} if broken else {}),
        "faults": faults,
        "ok": not faults,
    }


async def _lived(root: Path, year: Scenario, *, seed: int, days: int, last: date, tell: Tell) -> findings.Told:
    """The year on a network of its own; when it returns all nodes have stopped."""
    async with opened(root, seed=seed, tell=tell) as county:
        await live(county, year, days=days, seed=seed)
        await settle(county)
        found = await findings.told(county, first=FIRST_DAY, last=last)
        tell("正在停止全部节点……")
    return found
