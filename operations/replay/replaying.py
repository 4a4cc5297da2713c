"""From an empty directory to a verdict on the year."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from operations.breaking import BREAKS
from operations.replay import findings
from operations.replay.scenario import FIRST_DAY, LAST_DAY
from operations.replay.year import Tell, live, opened, settle, the_year


async def replay(root: Path, *, seed: int, days: int, scale: int, broken: str | None, tell: Tell) -> dict[str, Any]:
    """The first `days` working days (0: all of them) with `scale` times the filings. Raises NotDone, Unavailable.

    `broken`: what is changed in the closed books before the audit, which must then find it.
    """
    began = time.monotonic()
    year = the_year(seed, scale=scale)
    days = min(days or len(year.days), len(year.days))
    async with opened(root, seed=seed, tell=tell) as county:
        await live(county, year, days=days, seed=seed)
        await settle(county)
        last = LAST_DAY if days == len(year.days) else year.days[days - 1]
        found = await findings.told(county, first=FIRST_DAY, last=last)
        tell("正在停止全部节点……")
    case = BREAKS[broken](root, seed) if broken else ""
    audit = await findings.audited(root)
    seconds = time.monotonic() - began
    faults = findings.faults(found, audit, whole_year=scale == 1 and days == len(year.days))
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
