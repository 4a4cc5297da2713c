"""Each rule of supervision: shown by a case that breaks it, and not by one like it that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from sync.cases.clocks import ClockKind
from sync.cases.fold import CaseState, NotAllowed
from sync.cases.replies import ReplyKind
from sync.cases.rules import BY_CATALOGUE, RULE_OF_LIMIT, RULES, Colour, Phase, Seen, signals_of
from sync.cases.stages import SAID, Act
from tests.rules.stories import COUNTY, TOWNSHIP, VILLAGE, Story

ASKED = (b"\1" * 32, b"\2" * 32)


def told(*acts: tuple[Act, dict[str, Any]]) -> tuple[CaseState, list[Seen]]:
    """A case that has come up, and what the township did with it and wrote into its acts."""
    story = Story()
    story.goes_up()
    seen = []
    for number, (act, written) in enumerate(acts):
        asked: dict[str, Any] = {"branches": ASKED} if act is Act.FORK else {}
        name = b"said".ljust(32, bytes([number])) if act in SAID else story.does(act, TOWNSHIP, **asked)
        seen.append(Seen(name, act, TOWNSHIP, recorded_at_ms=10_000 + number, **written))
    return story.case(), seen


class Case(NamedTuple):
    kept: tuple[tuple[Act, dict[str, Any]], ...]
    broken: tuple[tuple[Act, dict[str, Any]], ...]


DAY_MS = 24 * 60 * 60 * 1000
LATER_THAT_DAY_MS = 12 * 60 * 60 * 1000
ACCEPT: tuple[Act, dict[str, Any]] = (Act.ACCEPT, {})
DONE: tuple[Act, dict[str, Any]] = (Act.STAGE_DONE, {})
ENDED: tuple[Act, dict[str, Any]] = (Act.END_SPECIAL, {})


def special(name: str) -> tuple[Act, dict[str, Any]]:
    return Act.BEGIN_SPECIAL, {"procedure": name}


# Of what a case itself shows.
CASES = {
    "refused": (
        "REFUSED_WITHOUT_REASON",
        Case(kept=((Act.REFUSE, {"written": "材料无关"}),), broken=((Act.REFUSE, {"written": " "}),)),
    ),
    "sent back": (
        "REFUSED_WITHOUT_REASON",
        Case(
            kept=(ACCEPT, DONE, (Act.SEND_BACK, {"written": "缺意见"})),
            broken=(ACCEPT, DONE, (Act.SEND_BACK, {"written": ""})),
        ),
    ),
    "extended": (
        "EXTENDED_UNTOLD",
        Case(
            kept=(ACCEPT, (Act.EXTEND, {"written": "电话告知"})),
            broken=(ACCEPT, (Act.EXTEND, {"written": ""})),
        ),
    ),
    "charged": (
        "FEE_WITHOUT_BASIS",
        Case(kept=((Act.CHARGE, {"written": "样例收费文件"}),), broken=((Act.CHARGE, {"written": ""}),)),
    ),
    "skipped": ("STEP_SKIPPED", Case(kept=(ACCEPT, DONE, (Act.DECIDE, {})), broken=(ACCEPT, (Act.DECIDE, {})))),
    "decided": (
        "DECIDED_WITHOUT_OPINIONS",
        Case(
            kept=(ACCEPT, DONE, (Act.FORK, {}), (Act.DECIDE, {"silent": ASKED})),
            broken=(ACCEPT, DONE, (Act.FORK, {}), (Act.DECIDE, {"silent": ASKED[1:]})),
        ),
    ),
    "asked": (
        "ASKED_TWICE",
        Case(
            kept=((Act.ASK_ONCE, {}), (Act.SUPPLY, {})),
            broken=((Act.ASK_ONCE, {}), (Act.SUPPLY, {}), (Act.ASK_ONCE, {})),
        ),
    ),
    "stopped": (
        "SPECIAL_REPEATED",
        Case(
            kept=(ACCEPT, special("听证"), ENDED, special("检验"), ENDED),
            broken=(ACCEPT, special("听证"), ENDED, special("听证"), ENDED),
        ),
    ),
    "claimed": (
        "TIME_CLAIMED",
        Case(
            kept=((Act.ACCEPT, {"happened_at_ms": LATER_THAT_DAY_MS}),),
            broken=((Act.ACCEPT, {"happened_at_ms": LATER_THAT_DAY_MS + DAY_MS}),),
        ),
    ),
}
# Of the others each has its own test: of limits in test_limits, of posts in test_posts, of the rest in
# tests/books/test_signals.
ELSEWHERE = {
    *(rule.code for rule in RULE_OF_LIMIT.values()),
    *BY_CATALOGUE,
    *("ITEM_INCOMPLETE", "LIMITS_DO_NOT_ADD_UP", "CALENDAR_ENDS", "DELEGATION_ENDS"),
    *("POST_UNSTAFFED", "NOT_ON_POST"),
    *("OFFICE_SILENT", "CHAIN_BROKEN", "SPOT_CHECK"),
    *(f"{kind.name}_LATE" for kind in ReplyKind),
}


def test_every_rule_has_its_case() -> None:
    assert {code for code, _ in CASES.values()} | ELSEWHERE == set(RULES)
    assert set(RULE_OF_LIMIT) == set(ClockKind)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_that_was_kept_shows_nothing(name: str) -> None:
    _, case = CASES[name]
    state, seen = told(*case.kept)
    assert [each for each in signals_of(state, seen) if each.rule not in BY_CATALOGUE] == []


@pytest.mark.parametrize("name", CASES)
def test_a_rule_that_was_broken_is_shown_once_by_the_fact_that_broke_it(name: str) -> None:
    rule, case = CASES[name]
    state, seen = told(*case.broken)
    signals = [each for each in signals_of(state, seen) if each.rule not in BY_CATALOGUE]
    assert {each.rule for each in signals} == {rule}
    guilty = seen[-2] if name == "stopped" else seen[-1]
    assert [(each.place, each.fact_id, each.at_ms) for each in signals] == [
        (TOWNSHIP, guilty.fact_id, guilty.recorded_at_ms)
    ]


def test_what_others_did_meanwhile_is_no_step_skipped() -> None:
    """Two offices that could not see each other: one of the two acts does not count, and nobody is to blame."""
    story = Story()
    offered = story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP)
    story.does(Act.TAKE_IN, TOWNSHIP, after=offered)
    story.does(Act.HAND_OVER, VILLAGE, to_place=TOWNSHIP, after=offered)
    seen = [Seen(each.id, each.act, each.place, each.recorded_at_ms) for each in story.moves if each.act]
    assert story.case().open_branches
    assert signals_of(story.case(), seen) == []


def test_what_a_clock_says_that_nobody_trusts_shows_nothing() -> None:
    state, seen = told((Act.ACCEPT, {"happened_at_ms": LATER_THAT_DAY_MS + DAY_MS, "trusted": False}))
    assert signals_of(state, seen) == []


def test_two_offices_that_ask_once_each_without_seeing_each_other_ask_once() -> None:
    story = Story()
    taken = story.goes_up()
    story.does(Act.ASK_ONCE, TOWNSHIP, after=taken)
    overridden = story.does(Act.OVERRIDE, COUNTY, after=taken)
    story.does(Act.ASK_ONCE, COUNTY, after=overridden)
    seen = [Seen(each.id, each.act, each.place, each.recorded_at_ms) for each in story.moves if each.act]
    assert signals_of(story.case(), seen) == []


@pytest.mark.parametrize("why", NotAllowed)
def test_only_an_act_the_stage_does_not_have_is_a_step_skipped(why: NotAllowed) -> None:
    state, seen = told(ACCEPT)
    state = replace(state, not_allowed={seen[-1].fact_id: why})
    skipped = ["STEP_SKIPPED"] if why is NotAllowed.NO_SUCH_ACT else []
    assert [each.rule for each in signals_of(state, seen)] == skipped


def test_a_rule_says_when_how_grave_and_how_soon_to_reply() -> None:
    for rule in RULES.values():
        assert isinstance(rule.phase, Phase)
        assert isinstance(rule.colour, Colour)
        assert rule.name
        assert rule.starts
        assert rule.ends
        assert rule.reply_days > 0
