"""A small part of the county hall: through the real counter, and counted anew by the auditor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.replay.findings import FIGURES
from operations.replay.hall import REPORT
from tests.eventually import eventually
from tests.whole_county.running import processes_of, say


@pytest.mark.timeout(150)
async def test_a_small_hall_comes_out_as_planned_and_audited(tmp_path: Path) -> None:
    folder = tmp_path / "hall"
    said = await say("cuntong", "replay", "hall", "--dir", folder, "--scale", "0.0015", "--json", within=120)
    await eventually(lambda: not processes_of(folder), within=5.0)
    assert said.code == 0, said.err
    found = said.json
    assert found["ok"]
    assert (found["handled"], found["closed"], found["confirmed"]) == (456, 456, 0)
    assert (found["on_time_percent"], found["same_day_percent"]) == (100.0, 100.0)
    assert found["promised_early_percent"] < 100, "one was decided on the last day only"
    assert found["audit"]["sound"]
    assert found["audit"]["facts"] == found["facts"] > found["acts"] > 2000
    report = json.loads((folder / REPORT).read_text("utf-8"))
    figures = json.loads((folder / FIGURES).read_text("utf-8"))
    assert report["total"]["figures"] == figures["total"]
    assert figures["total"]["early"] == found["audit"]["figures"]["early"] == 455
