"""One case walks the whole road of real processes, and the command says what happened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.whole_county.running import processes_of, say

LADDER = ["已登记", "已发出", "乡镇已收", "县已收", "受理", "办结", "送达"]


def assert_walked(told: dict[str, Any], *, down_s: float) -> None:
    assert told["ok"], told["failed"]
    assert told["ladder"] == LADDER
    assert told["nodes"] == {"county": 1, "township": 2, "village": 4}
    assert len(told["hops"]) >= 7
    assert all(isinstance(hop["seconds"], float) and hop["seconds"] >= 0 for hop in told["hops"])
    tries = told["parent_down"]["retries"]
    assert told["parent_down"]["seconds"] == down_s
    assert [each["attempt"] for each in tries] == list(range(1, len(tries) + 1)) != []
    assert all(each["wait_ms"] >= 0 and each["error"] for each in tries)
    result = told["result_at_village"]
    assert (result["number"], result["stage"], result["outcome"]) == (told["case"], "DELIVERED", "OUTCOME_GRANTED")


async def test_the_road_is_walked_and_written_into_a_file(tmp_path: Path) -> None:
    file = tmp_path / "walked.json"
    said = await say("cuntong", "road", f"--json={file}", "--down-seconds", "4", "--dir", tmp_path / "road", within=90)
    assert (said.code, said.out) == (0, ""), said.err
    assert_walked(json.loads(file.read_text(encoding="utf-8")), down_s=4.0)
    assert "停机期间重试" in said.err
    assert processes_of(tmp_path) == []
