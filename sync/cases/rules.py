"""The rules of supervision (电子监察) as data, and what a case itself shows against them.

What each rule looks at before, during and after a case is said here and nowhere else; levels and reply limits are ours
and may be changed by a county.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from typing import NamedTuple

from sync.cases.clocks import ClockKind
from sync.cases.fold import CaseState, NotAllowed
from sync.cases.posts import Post, Rosters
from sync.cases.replies import ReplyKind
from sync.cases.stages import Act
from sync.cases.workdays import day_of


class Phase(Enum):
    """When a rule looks."""

    BEFORE = "事前"
    DURING = "事中"
    AFTER = "事后"


class RuleKind(Enum):
    """What a rule is about."""

    TIME = "时限"
    CONTENT = "内容"
    PROCESS = "流程"
    FEE = "收费"


class Colour(Enum):
    """How grave it is. Always shown as a word with a shape and a colour."""

    BLUE = "蓝"
    YELLOW = "黄"
    RED = "红"
    RED_PLUS = "红+"


class Rule(NamedTuple):
    """A rule: from what to what it looks, what it allows, how grave it is, and within how many working days an office
    replies to it. `limit`: of a time limit, the clock that is looked at; its findings rest on evidence."""

    code: str
    name: str
    phase: Phase
    kind: RuleKind
    colour: Colour
    starts: str
    ends: str
    threshold: int = 0
    reply_days: int = 5
    limit: ClockKind | None = None


def _limit(kind: ClockKind, name: str, colour: Colour, starts: str, ends: str) -> Rule:
    return Rule(f"{kind.name}_LATE", name, Phase.DURING, RuleKind.TIME, colour, starts, ends, limit=kind)


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("ITEM_INCOMPLETE", "事项要素不全", Phase.BEFORE, RuleKind.CONTENT, Colour.YELLOW, "目录发布", "目录修订"),
        Rule(
            "LIMITS_DO_NOT_ADD_UP", "时限设置不合规", Phase.BEFORE, RuleKind.TIME, Colour.YELLOW, "目录发布", "目录修订"
        ),
        # A county needs so many calendar days to load what the State Council publishes.
        Rule(
            "CALENDAR_ENDS",
            "下一年日历未装载",
            Phase.BEFORE,
            RuleKind.TIME,
            Colour.YELLOW,
            "日历末日前",
            "新日历发布",
            threshold=31,
        ),
        Rule(
            "DELEGATION_ENDS",
            "委托即将到期",
            Phase.BEFORE,
            RuleKind.PROCESS,
            Colour.BLUE,
            "委托末日前",
            "续办委托",
            threshold=30,
        ),
        Rule("POST_UNSTAFFED", "岗位无人", Phase.BEFORE, RuleKind.PROCESS, Colour.YELLOW, "岗位表发布", "有人在岗"),
        _limit(ClockKind.AGENCY, "代办超时", Colour.RED, "村站收件", "报送"),
        _limit(ClockKind.VILLAGE_ACT, "村级协办超时", Colour.YELLOW, "村站收件", "村级协办办毕"),
        _limit(ClockKind.DELIVERY_UP, "接收超时", Colour.RED, "报送到达", "接收"),
        _limit(ClockKind.DECISION, "受理决定超时", Colour.RED, "接收", "受理、不予受理或一次性告知"),
        _limit(ClockKind.STAGE, "环节超时", Colour.YELLOW, "进入环节", "环节办毕"),
        _limit(ClockKind.OPINION, "会办意见超时", Colour.RED, "发起会办", "出具意见"),
        _limit(ClockKind.SPECIAL, "特别程序超时", Colour.YELLOW, "特别程序开始", "特别程序结束"),
        _limit(ClockKind.PROMISE, "承诺超时", Colour.RED, "受理", "决定"),
        _limit(ClockKind.LEGAL, "法定超时", Colour.RED_PLUS, "受理", "决定"),
        _limit(ClockKind.DELIVERY, "送达超时", Colour.RED, "决定", "送达"),
        Rule(
            "REFUSED_WITHOUT_REASON",
            "不予受理或退回未写理由",
            Phase.DURING,
            RuleKind.CONTENT,
            Colour.RED,
            "不予受理、退回",
            "补写理由",
        ),
        Rule("STEP_SKIPPED", "越过环节办理", Phase.DURING, RuleKind.PROCESS, Colour.RED, "办理", "了结冲突"),
        Rule(
            "DECIDED_WITHOUT_OPINIONS",
            "会办意见未到齐就决定",
            Phase.DURING,
            RuleKind.PROCESS,
            Colour.RED,
            "决定",
            "说明",
        ),
        Rule("NOT_ON_POST", "不在岗人员办理", Phase.DURING, RuleKind.PROCESS, Colour.RED, "办理", "说明"),
        Rule("FEE_WITHOUT_BASIS", "收费没有依据", Phase.DURING, RuleKind.FEE, Colour.RED, "收费", "退费说明"),
        Rule(
            "ASKED_TWICE", "多次要求补正", Phase.DURING, RuleKind.PROCESS, Colour.RED, "一次性告知", "说明", threshold=1
        ),
        Rule(
            "SPECIAL_REPEATED",
            "重复启动特别程序",
            Phase.DURING,
            RuleKind.PROCESS,
            Colour.YELLOW,
            "特别程序开始",
            "说明",
            threshold=1,
        ),
        Rule(
            "SPECIAL_NOT_LISTED",
            "启动目录外的特别程序",
            Phase.DURING,
            RuleKind.CONTENT,
            Colour.RED,
            "特别程序开始",
            "说明",
        ),
        Rule("EXTENDED_UNTOLD", "延期未告知申请人", Phase.DURING, RuleKind.CONTENT, Colour.YELLOW, "延期", "补告知"),
        Rule("TIME_CLAIMED", "时间与账本不符", Phase.DURING, RuleKind.CONTENT, Colour.RED, "登记", "说明"),
        Rule("OFFICE_SILENT", "失联", Phase.DURING, RuleKind.PROCESS, Colour.YELLOW, "最后一次消息", "恢复联系"),
        Rule("CHAIN_BROKEN", "账本链断裂或分叉", Phase.DURING, RuleKind.PROCESS, Colour.RED, "同步", "人工核定"),
        *(
            Rule(f"{kind.name}_LATE", f"{kind.label}超时", Phase.AFTER, RuleKind.TIME, Colour.RED, starts, kind.label)
            for kind, starts in (
                (ReplyKind.COMPLAINT_ACCEPTANCE, "投诉"),
                (ReplyKind.COMPLAINT_ANSWER, "投诉"),
                (ReplyKind.CALL_BACK, "不满意评价"),
            )
        ),
        # Of the cases an office ended in a month so many are looked at by a person.
        Rule("SPOT_CHECK", "抽查", Phase.AFTER, RuleKind.CONTENT, Colour.BLUE, "办结", "抽查完毕", threshold=3),
    )
}
RULE_OF_LIMIT: Mapping[ClockKind, Rule] = {rule.limit: rule for rule in RULES.values() if rule.limit is not None}


class Seen(NamedTuple):
    """A fact of a case as the rules read it. `written`: its reason, notice or basis, whichever its act has to give;
    `procedure`: of a special procedure; `silent`: of a decision, the branches whose silence it takes for consent.
    Times in milliseconds UTC. `trusted`: the clock it was recorded by."""

    fact_id: bytes
    act: Act
    place: int
    recorded_at_ms: int
    happened_at_ms: int = 0
    written: str = ""
    procedure: str = ""
    silent: tuple[bytes, ...] = ()
    trusted: bool = True


# Shown by every fact of its kind; whoever holds the catalogue leaves out what is in order.
BY_CATALOGUE = frozenset({"SPECIAL_NOT_LISTED"})
# Shown by every decision that rests on opinions; whoever holds the branches leaves out those that have come.
BY_BRANCHES = frozenset({"DECIDED_WITHOUT_OPINIONS"})


class Signal(NamedTuple):
    """Something shown against a rule by a fact of a place."""

    rule: str
    place: int
    fact_id: bytes
    at_ms: int


# The acts that have to give a reason, a notice or a basis, and the rule that looks at it.
MUST_WRITE = {
    Act.REFUSE: "REFUSED_WITHOUT_REASON",
    Act.SEND_BACK: "REFUSED_WITHOUT_REASON",
    Act.EXTEND: "EXTENDED_UNTOLD",
    Act.CHARGE: "FEE_WITHOUT_BASIS",
}


LOOKED_AT = frozenset({*MUST_WRITE, Act.ASK_ONCE, Act.BEGIN_SPECIAL})
"""The acts that may show something by what is written in them."""


def signals_of(state: CaseState, seen: Sequence[Seen]) -> list[Signal]:
    """What the facts of a case show against the rules, each once, the earliest first. It needs nothing but the facts:
    every level says the same."""
    repeated = [*_more_often(state, seen, Act.ASK_ONCE), *_more_often(state, seen, Act.BEGIN_SPECIAL)]
    found = [
        *_unwritten(seen),
        *repeated,
        *_skipped(state, seen, aside={each.fact_id for each in repeated}),
        *(_signal("SPECIAL_NOT_LISTED", each) for each in seen if each.act is Act.BEGIN_SPECIAL),
        *_without_opinions(state, seen),
        *_ahead_of_their_time(seen),
    ]
    return sorted(found, key=lambda each: (each.at_ms, each.fact_id, each.rule))


def _unwritten(seen: Iterable[Seen]) -> Iterator[Signal]:
    return (_signal(MUST_WRITE[each.act], each) for each in seen if each.act in MUST_WRITE and not each.written.strip())


def _skipped(state: CaseState, seen: Iterable[Seen], *, aside: Set[bytes]) -> Iterator[Signal]:
    """An act at a stage that has none such: its author knew the stage, for he named the move he followed."""
    return (
        _signal("STEP_SKIPPED", each) for each in seen if _has_no_such_act(state, each) and each.fact_id not in aside
    )


def _has_no_such_act(state: CaseState, each: Seen) -> bool:
    return state.not_allowed.get(each.fact_id) is NotAllowed.NO_SUCH_ACT


# The acts of which one office does not do more than a rule allows.
NOT_MORE_OFTEN = {Act.ASK_ONCE: "ASKED_TWICE", Act.BEGIN_SPECIAL: "SPECIAL_REPEATED"}


def _more_often(state: CaseState, seen: Iterable[Seen], act: Act) -> Iterator[Signal]:
    """Those of one office beyond what the rule allows; of one kind, where the act has kinds. What does not count
    because others acted meanwhile is nobody's second time."""
    rule, times = NOT_MORE_OFTEN[act], Counter[tuple[int, str]]()
    done = (e for e in seen if e.act is act and (e.fact_id in state.path or _has_no_such_act(state, e)))
    for each in sorted(done, key=lambda each: (each.recorded_at_ms, each.fact_id)):
        times[each.place, each.procedure] += 1
        if times[each.place, each.procedure] > RULES[rule].threshold:
            yield _signal(rule, each)


def _without_opinions(state: CaseState, seen: Iterable[Seen]) -> Iterator[Signal]:
    asked = {fork.ended_by: set(fork.branches) for fork in state.forks}
    decisions = (each for each in seen if each.act is Act.DECIDE)
    return (_signal("DECIDED_WITHOUT_OPINIONS", e) for e in decisions if asked.get(e.fact_id, set()) - set(e.silent))


def _ahead_of_their_time(seen: Iterable[Seen]) -> Iterator[Signal]:
    """Nobody writes down what has yet to happen. A paper book has days and no hours."""
    return (
        _signal("TIME_CLAIMED", each)
        for each in seen
        if each.trusted and day_of(each.happened_at_ms) > day_of(each.recorded_at_ms)
    )


def _signal(rule: str, seen: Seen) -> Signal:
    return Signal(rule, seen.place, seen.fact_id, seen.recorded_at_ms)


# By the posts of offices.


class Handled(NamedTuple):
    """A move of a case and who wrote it. `person`: staff code, "" = nobody is named. `trusted`: so was the clock."""

    fact_id: bytes
    place: int
    unit: str
    person: str
    recorded_at_ms: int
    trusted: bool


def unstaffed(rosters: Rosters, at_ms: int) -> list[Post]:
    """The posts of a place that nobody is on duty at."""
    return [post for post in rosters.posts(at_ms) if not rosters.holder(post, at_ms)]


def not_on_post(moves: Iterable[Handled], rosters: Mapping[int, Rosters]) -> list[Signal]:
    """Moves by somebody who was not on duty in the unit he names, where a roster counted then. `rosters`: by place."""
    return [
        Signal("NOT_ON_POST", each.place, each.fact_id, each.recorded_at_ms)
        for each in moves
        if each.place in rosters and _was_not_on_post(each, rosters[each.place])
    ]


def _was_not_on_post(move: Handled, rosters: Rosters) -> bool:
    known = bool(move.person) and move.trusted and rosters.at(move.recorded_at_ms) is not None
    return known and not rosters.is_on_duty(move.person, move.unit, move.recorded_at_ms)
