"""The clocks of a case: which of them run, from when to when, and how the promise was kept."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache
from itertools import groupby, takewhile
from typing import NamedTuple

from sync.cases import places
from sync.cases.stages import ACCEPTING, ENDED, Act, Stage
from sync.cases.workdays import LONGEST_LIMIT, Calendar, Deadline, Suspension, day_numbered, day_of, united
from sync.catalogue.items import Limit, LimitUnit, ServiceItem, StageName

AGENCY_DAYS = 3
DELIVERY_UP_DAYS = 1
# Administrative Licensing Law (行政许可法), art. 32 and 44.
DECISION_DAYS = 5
DELIVERY_DAYS = 10

# Stages that have a clock, as the catalogue names them. 受理 has the law's own: the decision to accept.
CLOCKED_STAGES = {
    Stage.EXAMINING: StageName.EXAMINATION,
    Stage.REVIEWING: StageName.REVIEW,
    Stage.DECIDED: StageName.CLOSING,
}

# Where no calendar is held every deadline is provisional.
NO_CALENDAR = Calendar(0, date.max, date.min, frozenset(), frozenset())


class ClockKind(IntEnum):
    """Which clock. Numbers as in the calls between nodes."""

    AGENCY = 1
    DECISION = 2
    STAGE = 3
    PROMISE = 4
    LEGAL = 5
    DELIVERY_UP = 6
    SPECIAL = 7
    VILLAGE_ACT = 8
    DELIVERY = 9
    OPINION = 10

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = ("", "代办", "受理决定", "环节", "承诺", "法定", "递送", "特别程序", "村级协办", "送达", "会办意见")


class ClockLevel(IntEnum):
    """How a clock stands. Numbers as in the calls between nodes."""

    # 绿
    NORMAL = 1
    # 蓝: at most one working day is left, or a fifth of the limit.
    REMINDER = 2
    # 黄: the last day, or a stage is late.
    LAST_DAY = 3
    # 红
    OVERDUE = 4
    # 待核: late as far as is known here.
    OVERDUE_PROVISIONAL = 5
    # 暂定: the calendar does not cover all of it.
    PROVISIONAL = 6


# A late stage is not yet a late case; over its own limit a special procedure makes the stage late.
LEVEL_WHEN_LATE = {ClockKind.STAGE: ClockLevel.LAST_DAY, ClockKind.SPECIAL: ClockLevel.LAST_DAY}


class Step(NamedTuple):
    """A move on the path of a case, as its clocks read it: recorded at, milliseconds UTC, and where it left the case.

    `promised_days`: of an acceptance. `extended_to_day`, days since 1970-01-01, and `days_added`: of an extension.
    `special`, `special_days`, `within_legal_limit`: of a special procedure that begins, as its item has them.
    `opinion_days`: of the filing of a branch of a joint case.
    """

    act: Act
    place: int
    at_ms: int
    stage: Stage
    holder: int
    promised_days: int = 0
    extended_to_day: int = 0
    days_added: int = 0
    special: str = ""
    special_days: int = 0
    within_legal_limit: bool = False
    opinion_days: int = 0


class Course(NamedTuple):
    """What the clocks of a case follow from. Times in milliseconds UTC as recorded, 0 = not so far."""

    stage: Stage
    # The place whose turn it is.
    holder: int
    filed_at_ms: int = 0
    # 村级协办
    village_act_at_ms: int = 0
    # By a village.
    handed_over_at_ms: int = 0
    # By the place that accepted the case, or that holds it and has not; 0 while a village holds it.
    taken_in_at_ms: int = 0
    # 一次性告知
    asked_at_ms: int = 0
    accepted_at_ms: int = 0
    decided_at_ms: int = 0
    promised_days: int = 0
    # 延时告知: when it was written, and the day the promise is moved to.
    extended_at_ms: int = 0
    extended_to_day: int = 0
    # 法定延期, and when it was written.
    legal_days_added: int = 0
    legal_extended_at_ms: int = 0
    # When this place came to this stage, left it, came back, left, …
    stage_at_ms: tuple[int, ...] = ()
    # When special procedures began, ended, began, …: all of them, and those for which the legal limit too stands still.
    special_at_ms: tuple[int, ...] = ()
    legal_special_at_ms: tuple[int, ...] = ()
    # The one that runs, and its own limit.
    special: str = ""
    special_days: int = 0
    # Of a branch of a joint case.
    opinion_days: int = 0
    # To whom the case is offered, and the time of that place's first trusted checkpoint that covers the offer:
    # no fact of the case, but evidence of its arrival.
    offered_place: int = 0
    arrived_at_ms: int = 0

    def as_of(self, end_ms: int) -> Course:
        """As it was before a time. What the running stage was then is not known any more."""

        def seen(at_ms: int) -> int:
            return at_ms if at_ms < end_ms else 0

        return self._replace(
            special_at_ms=_pairs_before(self.special_at_ms, end_ms),
            legal_special_at_ms=_pairs_before(self.legal_special_at_ms, end_ms),
            village_act_at_ms=seen(self.village_act_at_ms),
            handed_over_at_ms=seen(self.handed_over_at_ms),
            asked_at_ms=seen(self.asked_at_ms),
            accepted_at_ms=seen(self.accepted_at_ms),
            decided_at_ms=seen(self.decided_at_ms),
            extended_at_ms=seen(self.extended_at_ms),
        )


def course(steps: Sequence[Step]) -> Course:
    """The course of a case from the steps of its path, the filing first."""
    moved = next((step for step in steps if step.extended_to_day), None)
    extended = next((step for step in steps if step.days_added), None)
    accepted = next((step for step in steps if step.act in ACCEPTING), None)
    first_at = first_times(steps)
    specials = [step for step in steps if step.act is Act.BEGIN_SPECIAL]
    running = specials[-1] if specials and steps[-1].stage is Stage.SUSPENDED else None
    return Course(
        stage=steps[-1].stage,
        holder=steps[-1].holder,
        filed_at_ms=steps[0].at_ms,
        village_act_at_ms=first_at.get(Act.VILLAGE_ACT_DONE, 0),
        handed_over_at_ms=first_times([step for step in steps if _is_village(step.place)]).get(Act.HAND_OVER, 0),
        taken_in_at_ms=_taken_in_at(steps),
        asked_at_ms=first_at.get(Act.ASK_ONCE, 0),
        accepted_at_ms=accepted.at_ms if accepted else 0,
        decided_at_ms=first_at.get(Act.DECIDE, 0),
        promised_days=accepted.promised_days if accepted else 0,
        extended_at_ms=moved.at_ms if moved else 0,
        extended_to_day=moved.extended_to_day if moved else 0,
        legal_days_added=extended.days_added if extended else 0,
        legal_extended_at_ms=extended.at_ms if extended else 0,
        stage_at_ms=_stage_at(steps),
        special_at_ms=_special_at(steps) if specials else (),
        legal_special_at_ms=_special_at(steps, legal=True) if specials else (),
        special=running.special if running else "",
        special_days=running.special_days if running else 0,
        opinion_days=steps[0].opinion_days,
    )


def first_times(steps: Sequence[Step]) -> dict[Act, int]:
    """When each act was recorded first."""
    return {step.act: step.at_ms for step in reversed(steps)}


def _taken_in_at(steps: Sequence[Step]) -> int:
    undecided = list(takewhile(lambda step: step.act not in ACCEPTING, steps))
    holder = undecided[-1].holder
    # Nobody accepts a branch of a joint case.
    if _is_village(holder) or steps[0].stage is Stage.CONSULTING:
        return 0
    *_, came = takewhile(lambda step: step.holder == holder, reversed(undecided))
    return came.at_ms


def _stage_at(steps: Sequence[Step]) -> tuple[int, ...]:
    """Bounds of the stays at the last step's stage and place, the last one open."""
    if steps[-1].stage not in CLOCKED_STAGES:
        return ()
    stays = [(key, next(group).at_ms) for key, group in groupby(steps, lambda step: (step.stage, step.holder))]
    last = stays[-1][0]
    return tuple(
        at_ms for number, (key, at_ms) in enumerate(stays) if key == last or (number and stays[number - 1][0] == last)
    )


def _special_at(steps: Sequence[Step], *, legal: bool = False) -> tuple[int, ...]:
    """When special procedures began and ended, in turn. `legal`: those for which the legal limit too stands still."""
    found: list[int] = []
    for step in steps:
        ends = len(found) % 2 and step.stage is not Stage.SUSPENDED
        begins = step.act is Act.BEGIN_SPECIAL and not (legal and step.within_legal_limit)
        if ends or begins:
            found.append(step.at_ms)
    return tuple(found)


def _pairs_before(at_ms: tuple[int, ...], end_ms: int) -> tuple[int, ...]:
    """Of times that begin and end something in turn, those before a time."""
    return tuple(takewhile(lambda at: at < end_ms, at_ms))


def _is_village(place: int) -> bool:
    return places.level(place) == places.VILLAGE


# The clocks.


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit in working days (a legal one in its own unit), its first and last day, and whose act ends it."""

    kind: ClockKind
    place: int
    start: date
    limit_days: int
    deadline: Deadline
    stopped: tuple[Suspension, ...] = ()
    # It runs because nobody answered (视为受理).
    deemed: bool = False
    # The special procedure for which it stands still just now.
    paused_by: str = ""


def running(
    course: Course, *, item: ServiceItem | None, calendar: Calendar, today: date, may_accept: bool
) -> tuple[Clock, ...]:
    """The clocks that run. `item`: in the version the case is judged by; None = not held here.

    `may_accept`: whether the place that holds the case could accept it.
    """
    if course.stage in ENDED:
        return tuple(filter(None, [_delivery(course, calendar)]))
    promise = _promise(course, item=item, calendar=calendar, today=today, may_accept=may_accept)
    found = (
        _village_act(course, calendar, item=item),
        _agency(course, calendar, item=item),
        _delivery_up(course, calendar),
        _decision(course, calendar, may_accept=may_accept),
        _stage(course, calendar, item=item),
        _special(course, calendar),
        _opinion(course, calendar),
        None if course.decided_at_ms else promise,
        None if course.decided_at_ms else _legal(course, calendar, item=item, promise=promise, today=today),
        _delivery(course, calendar),
    )
    return tuple(clock for clock in found if clock is not None)


def governing(
    course: Course, *, item: ServiceItem | None, calendar: Calendar, today: date, may_accept: bool
) -> Clock | None:
    """The clock by which an open case is late or not: the decision to accept, then the promise.

    Of a case accepted without a decision, the one that ends first.
    """
    found = (
        _decision(course, calendar, may_accept=may_accept),
        _promise(course, item=item, calendar=calendar, today=today, may_accept=may_accept),
    )
    return min((clock for clock in found if clock is not None), key=lambda clock: clock.deadline.day, default=None)


def accepted_as_of(course: Course, *, calendar: Calendar, today: date, may_accept: bool = True) -> date | None:
    """The day promise and legal limit run from (受理之日). None: not accepted, and not deemed to be.

    Where nobody answered within five working days of receipt, the case counts as accepted on the day of receipt.
    """
    if is_deemed(course, calendar=calendar, today=today, may_accept=may_accept):
        return day_of(course.taken_in_at_ms)
    return day_of(course.accepted_at_ms) if course.accepted_at_ms else None


def is_deemed(course: Course, *, calendar: Calendar, today: date, may_accept: bool = True) -> bool:
    """Whether the case counts as accepted without a decision (视为受理)."""
    answered = course.asked_at_ms or course.accepted_at_ms
    if not course.taken_in_at_ms or not (answered or may_accept):
        return False
    due = calendar.deadline(day_of(course.taken_in_at_ms), DECISION_DAYS)
    return (day_of(answered) if answered else today) > due.day


def _lies_at_a_village(course: Course) -> bool:
    return not course.handed_over_at_ms and course.stage is Stage.RECEIVED and _is_village(course.holder)


def _village_act(course: Course, calendar: Calendar, *, item: ServiceItem | None) -> Clock | None:
    """协办, in calendar days: what the village itself has to do first."""
    limit = item.limit_of(StageName.VILLAGE_ACT) if item else None
    if limit is None or course.village_act_at_ms or not _lies_at_a_village(course):
        return None
    start = day_of(course.filed_at_ms)
    due = _days_after(start, limit)
    deadline = Deadline(due, not calendar.covers(due))
    return Clock(ClockKind.VILLAGE_ACT, course.holder, start, limit, deadline)


def _agency(course: Course, calendar: Calendar, *, item: ServiceItem | None) -> Clock | None:
    """From the filing on; where the village has to do something first, from when that is done."""
    if not _lies_at_a_village(course):
        return None
    acts_first = item is not None and item.limit_of(StageName.VILLAGE_ACT) is not None
    if acts_first and not course.village_act_at_ms:
        return None
    begun = course.village_act_at_ms if acts_first else course.filed_at_ms
    return _clock(ClockKind.AGENCY, course.holder, calendar, day_of(begun), AGENCY_DAYS)


def _special(course: Course, calendar: Calendar) -> Clock | None:
    if course.stage is not Stage.SUSPENDED or not course.special_at_ms:
        return None
    *_, begun = course.special_at_ms
    return _clock(ClockKind.SPECIAL, course.holder, calendar, day_of(begun), course.special_days)


def _opinion(course: Course, calendar: Calendar) -> Clock | None:
    if course.stage is not Stage.CONSULTING:
        return None
    return _clock(ClockKind.OPINION, course.holder, calendar, day_of(course.filed_at_ms), course.opinion_days)


def _delivery(course: Course, calendar: Calendar) -> Clock | None:
    if not course.decided_at_ms or course.stage not in (Stage.DECIDED, Stage.CLOSED):
        return None
    return _clock(ClockKind.DELIVERY, course.holder, calendar, day_of(course.decided_at_ms), DELIVERY_DAYS)


def _stopped(at_ms: tuple[int, ...], today: date) -> tuple[Suspension, ...]:
    """Days on which a clock stood still, those of what still runs up to today."""
    if not at_ms:
        return ()
    pairs = zip(map(day_of, at_ms[::2]), (*map(day_of, at_ms[1::2]), today), strict=False)
    return tuple(united(Suspension(begun, ended) for begun, ended in pairs if begun < ended))


def _delivery_up(course: Course, calendar: Calendar) -> Clock | None:
    """From the arrival of the offer on: a broken line lies before it and is nobody's delay."""
    if not course.offered_place or not course.arrived_at_ms:
        return None
    arrived = day_of(course.arrived_at_ms)
    return _clock(ClockKind.DELIVERY_UP, course.offered_place, calendar, arrived, DELIVERY_UP_DAYS)


def _decision(course: Course, calendar: Calendar, *, may_accept: bool) -> Clock | None:
    answered = course.asked_at_ms or course.accepted_at_ms
    if answered or not may_accept or not course.taken_in_at_ms:
        return None
    return _clock(ClockKind.DECISION, course.holder, calendar, day_of(course.taken_in_at_ms), DECISION_DAYS)


def _stage(course: Course, calendar: Calendar, *, item: ServiceItem | None) -> Clock | None:
    named = CLOCKED_STAGES.get(course.stage)
    limit = item.limit_of(named) if item and named else None
    if limit is None or not course.stage_at_ms:
        return None
    start, *away = map(day_of, course.stage_at_ms)
    # Sent back and come again, the clock goes on from where it stood.
    stopped = tuple(Suspension(left, again) for left, again in zip(away[::2], away[1::2], strict=True))
    deadline = calendar.deadline(start, limit, suspensions=stopped)
    return Clock(ClockKind.STAGE, course.holder, start, limit, deadline, stopped)


def _promise(
    course: Course, *, item: ServiceItem | None, calendar: Calendar, today: date, may_accept: bool
) -> Clock | None:
    start = accepted_as_of(course, calendar=calendar, today=today, may_accept=may_accept)
    if start is None or not (course.accepted_at_ms or item):
        return None
    days = item.promised_days if item and not course.accepted_at_ms else course.promised_days
    deemed = is_deemed(course, calendar=calendar, today=today, may_accept=may_accept)
    stopped = _stopped(course.special_at_ms, today)
    deadline = _promised_by(course, calendar, start, days, stopped=stopped)
    return Clock(ClockKind.PROMISE, course.holder, start, days, deadline, stopped, deemed, paused_by=course.special)


def _promised_by(
    course: Course, calendar: Calendar, start: date, days: int, *, stopped: tuple[Suspension, ...]
) -> Deadline:
    """The promise may be moved before it ends: what is late already is not rescued."""
    due = calendar.deadline(start, days, suspensions=stopped)
    if not course.extended_at_ms or day_of(course.extended_at_ms) > due.day:
        return due
    moved, written = day_numbered(course.extended_to_day), day_of(course.extended_at_ms)
    # What stood still by then was known when the day was named.
    days = calendar.working_days_between(start, moved, suspensions=tuple(e for e in stopped if e.ended <= written))
    day = max(due.day, moved, calendar.deadline(start, days, suspensions=stopped).day)
    return Deadline(day, due.provisional or not calendar.covers(day))


def _legal(
    course: Course, calendar: Calendar, *, item: ServiceItem | None, promise: Clock | None, today: date
) -> Clock | None:
    if item is None or promise is None:
        return None
    limit = item.legal_limit
    stopped = _stopped(course.legal_special_at_ms, today)
    deadline = legal_deadline(limit, calendar, promise.start, stopped=stopped)
    if deadline is None:
        return None
    added = added_in_time(course.legal_days_added, deadline, at_ms=course.legal_extended_at_ms)
    deadline = legal_deadline(limit, calendar, promise.start, added=added, stopped=stopped) or deadline
    days = min(limit.number + added, LONGEST_LIMIT)
    paused_by = course.special if len(course.legal_special_at_ms) % 2 else ""
    return Clock(ClockKind.LEGAL, promise.place, promise.start, days, deadline, stopped, promise.deemed, paused_by)


def added_in_time(days: int, deadline: Deadline, *, at_ms: int) -> int:
    """法定延期: the days it adds, if it was written before the limit ended. What is late already is not rescued."""
    return days if day_of(at_ms) <= deadline.day else 0


def legal_deadline(
    limit: Limit, calendar: Calendar, start: date, *, added: int = 0, stopped: tuple[Suspension, ...] = ()
) -> Deadline | None:
    """The last day of a legal limit, `added` working days included. None where the law sets no number of days."""
    if limit.unit in (LimitUnit.NONE, LimitUnit.AT_ONCE, LimitUnit.UNSPECIFIED):
        return None
    if limit.unit is LimitUnit.WORKING_DAYS:
        return calendar.deadline(start, limit.number + added, suspensions=stopped)
    end = _months_after(start, limit.number) if limit.unit is LimitUnit.MONTHS else _days_after(start, limit.number)
    return calendar.deadline(_moved_by(stopped, end), added, suspensions=stopped)


def _moved_by(stopped: tuple[Suspension, ...], end: date) -> date:
    """The last of so many days in a row, those on which the clock stood still not counted."""
    for begun, ended in sorted(stopped):
        end = _days_after(end, (ended - begun).days) if begun < end else end
    return end


def _days_after(start: date, days: int) -> date:
    return start + timedelta(days=min(days, (date.max - start).days))


def _months_after(start: date, months: int) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(start.month - 1 + months, 12)
    if start.year + years > date.max.year:
        return date.max
    _, last = monthrange(start.year + years, month + 1)
    return date(start.year + years, month + 1, min(start.day, last))


def _clock(kind: ClockKind, place: int, calendar: Calendar, start: date, days: int) -> Clock:
    return Clock(kind, place, start, days, calendar.deadline(start, days))


# How a clock stands.


@dataclass(frozen=True, slots=True)
class Standing:
    """How much is left of a clock: working days, past the deadline the overrun as a negative number."""

    days_left: int
    time_left: str
    level: ClockLevel


@lru_cache(maxsize=1 << 14)
def standing(clock: Clock, *, calendar: Calendar, today: date, known: bool) -> Standing:
    """`known`: whether all that was done up to the deadline has come here."""
    if clock.paused_by and today <= clock.deadline.day:
        left = calendar.working_days_left(today, clock.deadline, suspensions=clock.stopped)
        return Standing(left, f"计时暂停（{clock.paused_by}）", ClockLevel.NORMAL)
    return standing_of(
        clock.deadline,
        limit_days=clock.limit_days,
        calendar=calendar,
        today=today,
        known=known,
        stopped=clock.stopped,
        when_late=LEVEL_WHEN_LATE.get(clock.kind, ClockLevel.OVERDUE),
    )


def standing_of(
    due: Deadline,
    *,
    limit_days: int,
    calendar: Calendar,
    today: date,
    known: bool,
    stopped: tuple[Suspension, ...] = (),
    when_late: ClockLevel = ClockLevel.OVERDUE,
) -> Standing:
    """How any limit in working days stands."""
    left = calendar.working_days_left(today, due, suspensions=stopped)
    if today > due.day and not known:
        # Nobody is accused of an act that may have been done in time and is still on its way.
        return Standing(left, "待核：数据未到", ClockLevel.OVERDUE_PROVISIONAL)
    level = _level(due, left, limit_days=limit_days, today=today, when_late=when_late)
    return Standing(left, calendar.time_left(today, due, suspensions=stopped), level)


def _level(due: Deadline, left: int, *, limit_days: int, today: date, when_late: ClockLevel) -> ClockLevel:
    if due.provisional:
        return ClockLevel.PROVISIONAL
    if today > due.day:
        return when_late
    if today == due.day:
        return ClockLevel.LAST_DAY
    return ClockLevel.REMINDER if left <= 1 or left * 5 <= limit_days else ClockLevel.NORMAL


# How the promise was kept.


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the promise was kept, frozen with the calendar it was judged by (0 = none that covers all its days)."""

    used_days: int
    deadline: date
    on_time: bool
    calendar: int

    @property
    def provisional(self) -> bool:
        """暂定: to be judged again when a calendar comes."""
        return not self.calendar


def verdict(course: Course, *, calendars: Sequence[Calendar], named: int) -> Verdict | None:
    """The promise of a decided case. None: it was never accepted, or is not decided.

    `named`: the calendar the decision names. It judges if it covers all the days; else the next one that does.
    """
    if not course.accepted_at_ms or not course.decided_at_ms:
        return None
    fitting = (_verdict(course, each) for each in calendars if each.number >= named)
    found = next((each for each in fitting if not each.provisional), None)
    return found or replace(_verdict(course, calendars[-1] if calendars else NO_CALENDAR), calendar=0)


def _verdict(course: Course, calendar: Calendar) -> Verdict:
    decided = day_of(course.decided_at_ms)
    start = accepted_as_of(course, calendar=calendar, today=decided)
    assert start is not None
    stopped = _stopped(course.special_at_ms, decided)
    used = calendar.working_days_between(start, decided, suspensions=stopped)
    due = _promised_by(course, calendar, start, course.promised_days, stopped=stopped)
    moved = due.day > calendar.deadline(start, course.promised_days, suspensions=stopped).day
    return Verdict(
        used_days=used,
        deadline=due.day,
        on_time=decided <= due.day if moved else used <= course.promised_days,
        calendar=0 if due.provisional or not calendar.covers(decided) else calendar.number,
    )
