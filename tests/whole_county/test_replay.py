"""Five days of the county's year on all its nodes, some of them killed in between; and an audit that is not fooled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from operations.breaking import BREAKS
from operations.replay.findings import FIGURES
from tests.eventually import eventually
from tests.whole_county.running import Said, processes_of, say


async def replayed(folder: Path, *words: str) -> Said:
    said = await say("cuntong", "replay", "seed", "--dir", folder, "--json", *words, within=300)
    await eventually(lambda: not processes_of(folder), within=5.0)
    return said


@pytest.mark.timeout(330)
async def test_five_days_of_the_year_come_out_as_audited(tmp_path: Path) -> None:
    said = await replayed(tmp_path / "county", "--days", "5")
    assert said.code == 0, said.err
    found: dict[str, Any] = said.json
    assert found["ok"]
    assert found["audit"]["sound"]
    assert found["audit"]["books"] == 142
    assert found["audit"]["facts"] == found["facts"]
    assert found["handled"] == found["closed"] + found["open"] > 200
    assert found["via_village_stations"] > 20
    assert found["complaints"] == found["shirked"] == 0
    assert min(found["restarts"].values()) >= 1
    assert set(found["restarts"]) == {"county", "township", "village"}
    assert len(found["nats_messages"]) == 141
    kept = json.loads((tmp_path / "county" / FIGURES).read_text(encoding="utf-8"))
    assert kept["total"]["handled"] == found["handled"] == sum(row["figures"]["handled"] for row in kept["rows"])


@pytest.mark.long
@pytest.mark.timeout(330)
@pytest.mark.parametrize("broken", sorted(BREAKS))
async def test_what_is_changed_behind_its_back_is_found_and_named(tmp_path: Path, broken: str) -> None:
    said = await replayed(tmp_path / "county", "--days", "3", "--break", broken)
    assert said.code == 1
    found = said.json
    assert not found["ok"]
    assert not found["audit"]["sound"]
    assert found["broken"] in {finding["case"] for finding in found["audit"]["findings"]}
    assert found["broken"] in said.err
