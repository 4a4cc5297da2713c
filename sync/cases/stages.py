"""Which act is open at which stage, to whom, and what comes after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import TypeAlias

from sync.errors import Refused


class Stage(StrEnum):
    """Where a case stands."""

    label: str

    RECEIVED = "RECEIVED", "已收件"
    AWAITING_SUPPLEMENT = "AWAITING_SUPPLEMENT", "待补正"
    IN_TRANSIT = "IN_TRANSIT", "途中"
    EXAMINING = "EXAMINING", "审查"
    REVIEWING = "REVIEWING", "审核"
    SUSPENDED = "SUSPENDED", "暂停"
    DECIDED = "DECIDED", "已决定"
    CLOSED = "CLOSED", "办结"
    DELIVERED = "DELIVERED", "送达"
    REFUSED = "REFUSED", "不予受理"
    LAPSED = "LAPSED", "逾期未补"
    WITHDRAWN = "WITHDRAWN", "撤回"
    # Of a branch of a joint case.
    CONSULTING = "CONSULTING", "会办"
    OPINED = "OPINED", "已出意见"

    def __new__(cls, code: str, label: str) -> Stage:
        stage = str.__new__(cls, code)
        stage._value_ = code
        stage.label = label
        return stage


class Act(StrEnum):
    """What somebody does with a case. The value is the word in calls and commands."""

    label: str

    FILE = "file", "收件"
    VILLAGE_ACT_DONE = "village_act_done", "村级协办办毕"
    HAND_OVER = "hand_over", "报送"
    TAKE_IN = "take_in", "接收"
    ACCEPT = "accept", "受理"
    REFUSE = "refuse", "不予受理"
    ASK_ONCE = "ask_once", "一次性告知"
    SUPPLY = "supply", "补正"
    LAPSE = "lapse", "逾期未补"
    WITHDRAW = "withdraw", "撤回"
    STAGE_DONE = "stage_done", "环节办毕"
    BEGIN_SPECIAL = "begin_special", "特别程序开始"
    END_SPECIAL = "end_special", "特别程序结束"
    SEND_BACK = "send_back", "退回"
    EXTEND = "extend", "延期"
    REASSIGN = "reassign", "改派"
    FORK = "fork", "发起会办"
    GIVE_OPINION = "give_opinion", "会办意见"
    PASS_UP = "pass_up", "上报"
    DECIDE = "decide", "决定"
    CLOSE = "close", "办结"
    DELIVER = "deliver", "送达"
    OVERRIDE = "override", "上收"
    SETTLE = "settle", "了结冲突"
    CHARGE = "charge", "收费"
    CORRECT = "correct", "更正"
    RATE = "rate", "评价"
    COMPLAIN = "complain", "投诉"
    ACCEPT_COMPLAINT = "accept_complaint", "投诉受理"
    ANSWER_COMPLAINT = "answer_complaint", "投诉答复"
    CALL_BACK = "call_back", "回访"

    def __new__(cls, word: str, label: str) -> Act:
        act = str.__new__(cls, word)
        act._value_ = word
        act.label = label
        return act


class Outcome(IntEnum):
    """How a case was decided. Numbers as in the stored facts."""

    UNSPECIFIED = 0
    GRANTED = 1
    DENIED = 2

    @property
    def label(self) -> str:
        return ("未决定", "准予", "不予")[self]


class Opinion(IntEnum):
    """What a department says of a joint case. Numbers as in the calls between nodes."""

    UNSPECIFIED = 0
    CONSENT = 1
    OBJECTION = 2

    @property
    def label(self) -> str:
        return ("", "同意", "不同意")[self]


class ExtensionKind(IntEnum):
    """Which limit an extension moves. Numbers as in the stored facts."""

    UNSPECIFIED = 0
    PROMISE = 1
    LEGAL = 2

    @property
    def label(self) -> str:
        return ("", "延时告知", "法定延期")[self]


class Who(Enum):
    """Who may do an act."""

    CUSTODIAN = "承办单位"
    OFFERED = "被报送单位"
    ABOVE_CUSTODIAN = "承办单位的上级"
    # Any place from the home of the case up to the custodian: who meets the villager hands the result over.
    ON_THE_WAY_BACK = "办结地至收件地沿途单位"
    # The custodian's place as a whole, not one of its units.
    LEAD = "承办地负责人"
    ON_PATH = "收件地及其各级上级"


class Keep(Enum):
    """Where an act leaves the case when that is not one fixed stage."""

    # The stage the case was in before it was handed over, or stood still.
    RESUME = "恢复原环节"
    # The stage it is in.
    SAME = "不变"


RESUME = Keep.RESUME
SAME = Keep.SAME
Target: TypeAlias = Stage | Keep


@dataclass(frozen=True, slots=True)
class Row:
    """At `stage`, `who` may do `act`; the case is then at `to`. `resume`: what it takes up again later."""

    stage: Stage
    act: Act
    who: Who
    to: Target
    resume: Stage | None = None


_BEFORE_DECISION = (Stage.RECEIVED, Stage.AWAITING_SUPPLEMENT, Stage.EXAMINING, Stage.REVIEWING, Stage.SUSPENDED)
_RUNNING = (*_BEFORE_DECISION, Stage.DECIDED)

ENDED = (Stage.CLOSED, Stage.DELIVERED, Stage.REFUSED, Stage.LAPSED, Stage.WITHDRAWN, Stage.OPINED)
"""The case has come to its end; a result may still be handed out."""

OF_BRANCHES = (Stage.CONSULTING, Stage.OPINED)
"""The stages of a branch of a joint case. Applicants know nothing of these: what they say, they say of the case."""

ACCEPTING = frozenset({Act.ACCEPT, Act.SUPPLY})
"""受理: a case whose papers were asked for is accepted on the day they are complete."""

# The one table. Everything else asks it.
TRANSITIONS: tuple[Row, ...] = (
    Row(Stage.RECEIVED, Act.HAND_OVER, Who.CUSTODIAN, Stage.IN_TRANSIT, resume=Stage.RECEIVED),
    Row(Stage.RECEIVED, Act.VILLAGE_ACT_DONE, Who.CUSTODIAN, SAME),
    Row(Stage.RECEIVED, Act.ACCEPT, Who.CUSTODIAN, Stage.EXAMINING),
    Row(Stage.RECEIVED, Act.REFUSE, Who.CUSTODIAN, Stage.REFUSED),
    Row(Stage.RECEIVED, Act.ASK_ONCE, Who.CUSTODIAN, Stage.AWAITING_SUPPLEMENT),
    Row(Stage.AWAITING_SUPPLEMENT, Act.SUPPLY, Who.CUSTODIAN, Stage.EXAMINING),
    Row(Stage.AWAITING_SUPPLEMENT, Act.LAPSE, Who.CUSTODIAN, Stage.LAPSED),
    *(Row(stage, Act.WITHDRAW, Who.CUSTODIAN, Stage.WITHDRAWN) for stage in _BEFORE_DECISION),
    Row(Stage.IN_TRANSIT, Act.TAKE_IN, Who.OFFERED, RESUME),
    # Offered to another, or once more: what will be resumed stays.
    Row(Stage.IN_TRANSIT, Act.HAND_OVER, Who.CUSTODIAN, SAME),
    Row(Stage.IN_TRANSIT, Act.PASS_UP, Who.CUSTODIAN, SAME),
    Row(Stage.EXAMINING, Act.STAGE_DONE, Who.CUSTODIAN, Stage.REVIEWING),
    Row(Stage.EXAMINING, Act.PASS_UP, Who.CUSTODIAN, Stage.IN_TRANSIT, resume=Stage.EXAMINING),
    Row(Stage.EXAMINING, Act.BEGIN_SPECIAL, Who.CUSTODIAN, Stage.SUSPENDED, resume=Stage.EXAMINING),
    Row(Stage.REVIEWING, Act.BEGIN_SPECIAL, Who.CUSTODIAN, Stage.SUSPENDED, resume=Stage.REVIEWING),
    Row(Stage.SUSPENDED, Act.END_SPECIAL, Who.CUSTODIAN, RESUME),
    Row(Stage.REVIEWING, Act.SEND_BACK, Who.CUSTODIAN, Stage.EXAMINING),
    *(Row(stage, Act.EXTEND, Who.CUSTODIAN, SAME) for stage in (Stage.EXAMINING, Stage.REVIEWING)),
    *(Row(stage, Act.FORK, Who.CUSTODIAN, SAME) for stage in (Stage.EXAMINING, Stage.REVIEWING)),
    Row(Stage.CONSULTING, Act.GIVE_OPINION, Who.CUSTODIAN, Stage.OPINED),
    Row(Stage.REVIEWING, Act.DECIDE, Who.CUSTODIAN, Stage.DECIDED),
    # Above, the case is examined again.
    Row(Stage.REVIEWING, Act.PASS_UP, Who.CUSTODIAN, Stage.IN_TRANSIT, resume=Stage.EXAMINING),
    Row(Stage.DECIDED, Act.CLOSE, Who.CUSTODIAN, Stage.CLOSED),
    Row(Stage.CLOSED, Act.DELIVER, Who.ON_THE_WAY_BACK, Stage.DELIVERED),
    *(Row(stage, Act.OVERRIDE, Who.ABOVE_CUSTODIAN, SAME) for stage in _RUNNING),
    Row(Stage.IN_TRANSIT, Act.OVERRIDE, Who.ABOVE_CUSTODIAN, RESUME),
    *(Row(stage, Act.REASSIGN, Who.LEAD, SAME) for stage in (*_RUNNING, Stage.CONSULTING)),
    *(Row(stage, Act.SETTLE, Who.CUSTODIAN, SAME) for stage in Stage),
)

# What is said about a case beside its course: it moves nothing, and the fold never reads it.
ANNOTATIONS: tuple[Row, ...] = (
    *(Row(stage, Act.CHARGE, Who.ON_PATH, SAME) for stage in (*_RUNNING, Stage.CLOSED)),
    *(Row(stage, Act.CORRECT, Who.ON_PATH, SAME) for stage in ENDED),
    *(Row(stage, Act.RATE, Who.ON_PATH, SAME) for stage in ENDED if stage not in OF_BRANCHES),
    *(
        Row(stage, act, Who.ON_PATH, SAME)
        for stage in Stage
        if stage not in OF_BRANCHES
        for act in (Act.COMPLAIN, Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT, Act.CALL_BACK)
    ),
)
SAID = frozenset(row.act for row in ANNOTATIONS)


def rows_by_stage_and_act(table: tuple[Row, ...]) -> dict[tuple[Stage, Act], Row]:
    """The table as a look-up. A stage and an act have one row."""
    rows = {(row.stage, row.act): row for row in table}
    if len(rows) != len(table):
        raise ValueError("the table has two rows for one stage and act")
    return rows


_ROWS = rows_by_stage_and_act(TRANSITIONS + ANNOTATIONS)
_OPEN_AT = {stage: tuple(act for act in Act if (stage, act) in _ROWS) for stage in Stage}


def row(stage: Stage, act: Act) -> Row | None:
    """The row of the tables, None where the act is not open at the stage."""
    return _ROWS.get((stage, act))


def stage_after(stage: Stage, act: Act, *, resume: Stage | None = None) -> Stage:
    """The stage an act leads to. `resume` is what a case in transit takes up again."""
    found = row(stage, act)
    if found is None:
        raise Refused("ACT_NOT_ALLOWED_IN_STAGE", _not_open(stage, act))
    return target(found, resume=resume)


WAITING = frozenset({Stage.IN_TRANSIT, Stage.SUSPENDED})
"""What was stopped is taken up again when a case leaves these."""


def target(found: Row, *, resume: Stage | None) -> Stage:
    """The stage a row leads to."""
    if found.to is SAME:
        return found.stage
    if found.to is RESUME:
        return resume or Stage.RECEIVED
    assert isinstance(found.to, Stage)
    return found.to


def acts_open_at(stage: Stage) -> tuple[Act, ...]:
    """The acts the tables have for a stage, whoever may do them."""
    return _OPEN_AT[stage]


def stage_diagram() -> str:
    """The table of moves as a mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{stage.label}" as {stage.value}' for stage in Stage]
    lines.append(f"    [*] --> {Stage.RECEIVED.value}: {Act.FILE.label}")
    lines.append(f"    [*] --> {Stage.CONSULTING.value}: {Act.FORK.label}")
    lines += [arrow for row in TRANSITIONS for arrow in _arrows(row)]
    return "\n".join(lines) + "\n"


def _arrows(row: Row) -> list[str]:
    ends = _resumable() if row.to is RESUME else (target(row, resume=None),)
    return [f"    {row.stage.value} --> {end.value}: {row.act.label}（{row.who.value}）" for end in ends]


def _resumable() -> tuple[Stage, ...]:
    kept = {row.resume for row in TRANSITIONS if row.resume}
    return tuple(stage for stage in Stage if stage in kept)


# Not what a clerk is looking for who tried something else.
_SELDOM = SAID | {Act.SETTLE, Act.OVERRIDE, Act.REASSIGN}


def _not_open(stage: Stage, act: Act) -> str:
    now = "、".join(open_act.label for open_act in acts_open_at(stage) if open_act not in _SELDOM)
    todo = f"现在可以办的是：{now}。" if now else "本件已经结束，如有新情况请重新收件。"
    return f"本件现处于“{stage.label}”，不能办理“{act.label}”。{todo}"
