"""Measurements say what they measured; how fast it was is nobody's business here."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.bench.measuring import summed_up
from tests.whole_county.running import processes_of, say


def test_of_several_rounds_the_median_is_told_with_the_least_and_the_most() -> None:
    told = summed_up({"live_per_s": [300.0, 100.0, 200.0]})
    assert told == {"live_per_s": 200.0, "spread": {"live_per_s": [100.0, 300.0]}}


@pytest.mark.long
@pytest.mark.timeout(330)
async def test_filings_travel_live_and_after_a_silence_beside_the_same_bytes_on_a_bare_road(tmp_path: Path) -> None:
    root = tmp_path / "bench"
    root.mkdir()
    words = ("bench", "relay", "--dir", root, "--filings", "138", "--rounds", "1", "--json")
    said = await say("cuntong", *words, within=300)
    assert said.code == 0, said.err
    found = said.json
    assert (found["filings"], found["rounds"], found["fact_bytes"]) == (138, 1, 430)
    for name in ("live", "catch_up", "raw_message", "raw_message_serial", "raw_frame"):
        assert found[f"{name}_per_s"] > 0
    assert found["live_ratio"] == pytest.approx(found["live_per_s"] / found["raw_message_per_s"], abs=0.01)
    assert processes_of(tmp_path) == []
