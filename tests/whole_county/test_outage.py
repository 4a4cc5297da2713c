"""Lines that break for days, and offices that lie: an engine that is not both complete and fair fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.replay.outage import replay_outage
from operations.replay.outages import scenario
from sync.cases.limits import Coverage
from sync.journal import known


async def replayed(root: Path) -> dict[str, Any]:
    return await replay_outage(root, seed_number=3, days=80, townships=5, late=24, tell=lambda _: None)


async def test_everybody_late_is_found_and_nobody_else(tmp_path: Path) -> None:
    found = await replayed(tmp_path)
    assert found["faults"] == []
    assert found["late_found"] == found["late_planted"] > 10
    assert found["backdated_found"] == found["backdated_planted"] > 0
    assert found["silent_found"] == found["silent_planted"] > 0
    assert found["provisional_peak"] > 0


async def test_an_engine_that_never_confirms_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known.Evidence, "covers", lambda *_, **__: Coverage.NOT_YET)
    found = await replayed(tmp_path)
    assert found["late_found"] == 0
    assert not found["ok"]


async def test_an_engine_that_does_not_ask_what_is_known_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known.Evidence, "covers", lambda *_, **__: Coverage.KNOWN)
    found = await replayed(tmp_path)
    assert found["false_accusations"] > 0
    assert not found["ok"]


async def test_an_engine_that_believes_every_date_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "written_later", lambda *_, **__: [])
    found = await replayed(tmp_path)
    assert found["late_found"] < found["late_planted"]
    assert found["backdated_found"] == 0
    assert not found["ok"]


def test_the_same_seed_plans_the_same_and_another_does_not() -> None:
    one, same, other = (scenario(seed, days=80, offices=5, late=24) for seed in (3, 3, 4))
    assert one == same != other


def test_the_plan_holds_what_it_promises() -> None:
    plan = scenario(1, days=300, offices=23, late=200)
    assert len(plan.late()) + len(plan.unprovable()) == 200
    assert len(plan.backdated()) >= 5
    assert len(plan.undetectable()) > 0
    in_outages = [case for case in plan.cases if case.truly_late and case.due in plan.down[case.office]]
    assert len(in_outages) >= 200 // 3
