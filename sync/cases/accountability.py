"""The course of an accountability record (问责): who may take which step, and what comes of it.

A record begins with a finding the county has confirmed (超期认定), or with a supervisor who opens one for something
else that was shown. What follows is added and never changed: each step names the one it follows. A supervisor may
order, ask and judge; he never changes a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from sync.cases import places
from sync.cases.workdays import day_numbered, day_of
from sync.errors import Refused


class Status(StrEnum):
    """Where a record stands. 疑似 lies before it: a limit that may have passed is no record yet."""

    label: str

    OPENED = "OPENED", "生成"
    SERVED = "SERVED", "送达"
    EXPLAINED = "EXPLAINED", "反馈"
    CHECKED = "CHECKED", "核查"
    UPHELD = "UPHELD", "认定"
    CANCELLED = "CANCELLED", "撤销"
    HANDLED = "HANDLED", "处理"
    REVIEWED = "REVIEWED", "复核"
    ARCHIVED = "ARCHIVED", "归档"

    def __new__(cls, code: str, label: str) -> Status:
        status = str.__new__(cls, code)
        status._value_ = code
        status.label = label
        return status


class Deed(IntEnum):
    """A step of a record. Numbers as in the stored facts."""

    UNSPECIFIED = 0
    OPEN = 1
    ASSIGN = 2
    COMMENT = 3
    SERVE = 4
    EXPLAIN = 5
    CHECK = 6
    UPHOLD = 7
    CANCEL = 8
    HANDLE = 9
    REVIEW = 10
    ARCHIVE = 11

    @property
    def label(self) -> str:
        labels = ("", "生成", "交办", "批注", "送达", "反馈", "核查", "认定", "撤销", "处理", "复核", "归档")
        return labels[self]


class Cause(IntEnum):
    """Why it came to it. Numbers as in the stored facts."""

    UNSPECIFIED = 0
    OWN_DELAY = 1
    UPSTREAM = 2
    APPLICANT = 3
    SPECIAL_NOT_REGISTERED = 4
    LINE_OR_NODE = 5
    CATALOGUE_OR_CALENDAR = 6

    @property
    def label(self) -> str:
        labels = ("", "本单位拖延", "上一环节延误", "申请人原因", "特别程序未登记", "线路或节点故障", "目录或日历错误")
        return labels[self]


class Measure(IntEnum):
    """What is done about it. Numbers as in the stored facts."""

    UNSPECIFIED = 0
    REMIND = 1
    ORDER = 2
    CIRCULATE = 3
    PURSUE = 4

    @property
    def label(self) -> str:
        return ("", "提醒", "督办", "通报", "追究")[self]


class Taker(StrEnum):
    """Who may take a step."""

    SUPERVISOR = "监察员"
    OFFICE = "被监察单位"


class Row(NamedTuple):
    """At `status`, `taker` may take the step; the record then stands at `to`. None: where it stands."""

    status: Status
    deed: Deed
    taker: Taker
    to: Status | None = None


_S, _O = Taker.SUPERVISOR, Taker.OFFICE
BESIDE_THE_COURSE = frozenset({Deed.ASSIGN, Deed.COMMENT})
"""They move nothing and follow nothing: no comment stands in the way of an explanation."""

# The one table. Everything else asks it.
TABLE: tuple[Row, ...] = (
    *(
        Row(status, deed, _S)
        for status in Status
        if status is not Status.ARCHIVED
        for deed in (Deed.ASSIGN, Deed.COMMENT)
    ),
    Row(Status.OPENED, Deed.SERVE, _S, Status.SERVED),
    # Again, with another day: the first may not have reached the office in time.
    Row(Status.SERVED, Deed.SERVE, _S, Status.SERVED),
    Row(Status.SERVED, Deed.EXPLAIN, _O, Status.EXPLAINED),
    Row(Status.SERVED, Deed.CHECK, _S, Status.CHECKED),
    Row(Status.EXPLAINED, Deed.CHECK, _S, Status.CHECKED),
    Row(Status.CHECKED, Deed.UPHOLD, _S, Status.UPHELD),
    Row(Status.UPHELD, Deed.HANDLE, _S, Status.HANDLED),
    Row(Status.HANDLED, Deed.REVIEW, _S, Status.REVIEWED),
    *(
        Row(status, Deed.CANCEL, _S, Status.CANCELLED)
        for status in Status
        if status not in (Status.CANCELLED, Status.ARCHIVED)
    ),
    *(Row(status, Deed.ARCHIVE, _S, Status.ARCHIVED) for status in (Status.HANDLED, Status.REVIEWED, Status.CANCELLED)),
)
_ROWS = {(row.status, row.deed): row for row in TABLE}

LONGEST_TO_EXPLAIN = timedelta(days=92)

# What has to be said with a step, and how the refusal asks for it.
NEEDS_TEXT = frozenset(
    {Deed.OPEN, Deed.COMMENT, Deed.SERVE, Deed.EXPLAIN, Deed.CHECK, Deed.UPHOLD, Deed.CANCEL, Deed.REVIEW}
)
NEEDS_CAUSE = frozenset({Deed.UPHOLD, Deed.CANCEL})


@dataclass(frozen=True)
class Step:
    """A step as it was written: by whom, after which, and what was said. Times in milliseconds UTC, days since
    1970-01-01. `rule`, `office`, `evidence`: of the step that opens. `unit`, `post`, `person`: of the office, who was
    on duty. `follows` empty: it opens."""

    fact_id: bytes
    deed: Deed
    by: int
    follows: bytes
    at_ms: int
    rule: str = ""
    office: int = 0
    unit: str = ""
    post: str = ""
    person: str = ""
    evidence: bytes = b""
    cause: Cause = Cause.UNSPECIFIED
    measure: Measure = Measure.UNSPECIFIED
    reply_by_day: int = 0
    text: str = ""
    assignee: str = ""
    taken_by: str = ""


@dataclass(frozen=True)
class Record:
    """A record as its steps make it. `also`: findings that say the same of the same limit. `notes`: what was given to
    somebody or said beside its course. `beside`: steps that do not count, because others were taken meanwhile."""

    record_id: bytes
    rule: str
    office: int
    opened_at_ms: int
    status: Status = Status.OPENED
    steps: tuple[Step, ...] = ()
    notes: tuple[Step, ...] = ()
    beside: tuple[Step, ...] = ()
    also: frozenset[bytes] = frozenset()
    # The finding it began with does not stand any more: what was done in time has come.
    withdrawn: bool = False

    @property
    def tip(self) -> bytes:
        """What the next step follows."""
        return self.steps[-1].fact_id if self.steps else self.record_id

    @property
    def served(self) -> Step | None:
        """The step that asked the office to explain."""
        return next((each for each in reversed(self.steps) if each.deed is Deed.SERVE), None)

    @property
    def reply_by_day(self) -> int:
        """The last day to explain, while that is asked for. 0 = nothing is asked for."""
        return self.served.reply_by_day if self.served and self.status is Status.SERVED else 0

    @property
    def assignee(self) -> str:
        """Staff code of the supervisor who has it."""
        return next((each.assignee for each in reversed(self.notes) if each.deed is Deed.ASSIGN), "")

    def is_named(self, name: bytes) -> bool:
        """Whether this is the id of the record, or of a finding that says the same, or begins one."""
        return any(each.startswith(name) for each in (self.record_id, *self.also))


def fold(opening: Record, steps: Iterable[Step]) -> Record:
    """The record that these steps make, in whatever order they come. Where two follow one, the higher office's counts,
    of one office the one with the smaller id."""
    following: dict[bytes, list[Step]] = {}
    left = {each.fact_id: each for each in steps}
    notes = [each for each in left.values() if _is_a_note(each)]
    for each in notes:
        del left[each.fact_id]
    for each in left.values():
        begins = each.follows in opening.also
        following.setdefault(opening.record_id if begins else each.follows, []).append(each)
    status, path = _walk(opening.status, opening.record_id, following, office=opening.office)
    if opening.withdrawn and status is not Status.ARCHIVED:
        end = path[-1].fact_id if path else opening.record_id
        status, more = _walk(Status.CANCELLED, end, following, office=opening.office)
        path += more
    counted = {each.fact_id for each in path}
    return replace(
        opening,
        status=status,
        steps=tuple(path),
        notes=_by_time(notes),
        beside=_by_time(each for each in left.values() if each.fact_id not in counted),
    )


def _walk(status: Status, at: bytes, following: dict[bytes, list[Step]], *, office: int) -> tuple[Status, list[Step]]:
    """From where a record stands, as far as its steps lead. No step follows itself, so it comes to an end."""
    path: list[Step] = []
    while allowed := [each for each in following.get(at, ()) if _is_allowed(status, each, office=office)]:
        step = min(allowed, key=lambda each: (-places.level(each.by), each.fact_id))
        path.append(step)
        if (status, step.deed) == (Status.SERVED, Deed.SERVE):
            # The office has explained, and the county, which could not see that yet, has asked again.
            explained = [each for each in following[at] if each.deed is Deed.EXPLAIN]
            following.setdefault(step.fact_id, []).extend(explained)
        status, at = _ROWS[status, step.deed].to or status, step.fact_id
    return status, path


def _is_a_note(step: Step) -> bool:
    return step.deed in BESIDE_THE_COURSE and places.level(step.by) == places.COUNTY


def _by_time(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda each: (each.at_ms, each.fact_id)))


def _is_allowed(status: Status, step: Step, *, office: int) -> bool:
    row = _ROWS.get((status, step.deed))
    if row is None:
        return False
    if row.taker is Taker.OFFICE:
        return step.by == office
    return places.level(step.by) == places.COUNTY


def check(
    record: Record | None,
    step: Step,
    *,
    today: date,
    has_arrived: bool,
    all_is_here: bool,
    rules: Mapping[str, object],
) -> None:
    """Raises Refused where a step may not be taken. Nobody may say that the office did not explain unless it had been
    asked before the last day to explain ended (`has_arrived`), and all it did until then is known (`all_is_here`).
    `record` None: the step opens one."""
    _check_words(step)
    if record is None:
        if step.rule not in rules:
            raise Refused("RULE_UNKNOWN", f"没有代码为“{step.rule}”的监察规则，请用 supervision rules 查看。")
        return
    row = _ROWS.get((record.status, step.deed))
    if row is None:
        raise Refused("STEP_NOT_ALLOWED", _not_open(record))
    if not _is_allowed(record.status, step, office=record.office):
        whose = "只有县级监察员" if row.taker is Taker.SUPERVISOR else f"只有被监察的单位{record.office}"
        raise Refused("NOT_YOURS", f"{whose}可以办理“{step.deed.label}”。")
    if step.deed is Deed.CHECK and record.status is Status.SERVED:
        _may_be_checked_unexplained(record, today=today, has_arrived=has_arrived, all_is_here=all_is_here)


def _check_words(step: Step) -> None:
    if not step.taken_by.strip():
        raise Refused("PERSON_MISSING", "监察要写明是谁办理的，请填写工号。")
    if step.deed in NEEDS_TEXT and not step.text.strip():
        raise Refused("TEXT_MISSING", f"{step.deed.label}要写明内容，请填写后再提交。")
    if step.deed in NEEDS_CAUSE and step.cause is Cause.UNSPECIFIED:
        causes = "、".join(each.label for each in Cause if each)
        raise Refused("CAUSE_MISSING", f"{step.deed.label}要写明原因，可以选择的是：{causes}。")
    if step.deed is Deed.HANDLE and step.measure is Measure.UNSPECIFIED:
        raise Refused("MEASURE_MISSING", "请选择处理方式：提醒、督办、通报或者追究。")
    if step.deed is Deed.SERVE:
        due, today = day_numbered(step.reply_by_day), day_of(step.at_ms)
        if due <= today:
            raise Refused("DAY_IN_THE_PAST", "反馈期限要在今天以后，请核对日期。")
        if due > today + LONGEST_TO_EXPLAIN:
            raise Refused("DAY_TOO_FAR", f"反馈期限{due}太远了，最多三个月，请核对日期。")
    if step.deed is Deed.ASSIGN and not step.assignee.strip():
        raise Refused("ASSIGNEE_MISSING", "请填写交办给哪位监察员（工号）。")


def _may_be_checked_unexplained(record: Record, *, today: date, has_arrived: bool, all_is_here: bool) -> None:
    due = day_numbered(record.reply_by_day)
    if today <= due:
        raise Refused("REPLY_STILL_OPEN", f"反馈期限到{due}为止，还没有过，请等该单位反馈。")
    if not all_is_here:
        raise Refused(
            "REPLY_MAY_BE_ON_ITS_WAY",
            "该单位截至反馈期限的数据还没有到齐，反馈可能在途中，不能按未反馈核查。"
            "请等数据到齐，或另定反馈期限，重新送达（serve）。",
        )
    if not has_arrived:
        raise Refused(
            "ASKED_TOO_LATE",
            f"反馈期限{due}届满前，送达尚未到达该单位{record.office}，不能按未反馈核查。请另定反馈期限，重新送达（serve）。",
        )


def _not_open(record: Record) -> str:
    open_now = "、".join(row.deed.label for row in TABLE if row.status is record.status)
    todo = f"现在可以办的是：{open_now}。" if open_now else "已经归档，不能再办。"
    return f"本问责记录现为“{record.status.label}”。{todo}"
