"""The courses a case may take: who does what with it, and how many working days later."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time
from enum import Enum, IntEnum

from sync.cases import places
from sync.cases.stages import Act, ExtensionKind, Outcome
from sync.catalogue.items import Level, LimitUnit, ServiceItem, StageName


class Wave(IntEnum):
    """A part of the working day, by the minute it begins."""

    COUNTERS_OPEN = 8 * 60 + 30
    MARKET = 10 * 60
    OFFICES = 11 * 60

    @property
    def begins(self) -> time:
        return time(*divmod(self.value, 60))


class Road(Enum):
    """How somebody comes to file."""

    WINDOW = "乡镇窗口"
    ON_LINE = "联网村站"
    OFF_LINE = "离线村站"
    PAPER = "纸质村站"


@dataclass(frozen=True, slots=True)
class Counter:
    """Where villagers come to: the place they file at, and the village they are of."""

    road: Road
    place: int
    home: int

    @property
    def township(self) -> int:
        return self.place if self.road in (Road.WINDOW, Road.PAPER) else places.parent(self.place) or 0

    @property
    def county(self) -> int:
        return places.parent(self.township) or 0


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in an act; the fields are those of the call."""

    outcome: Outcome = Outcome.UNSPECIFIED
    reason: str = ""
    review_way: str = ""
    detail: str = ""
    missing: tuple[str, ...] = ()
    to_unit: str = ""
    extension: ExtensionKind = ExtensionKind.UNSPECIFIED
    approver: str = ""
    day: date | None = None
    private_text: str = ""
    grade: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a course: by whom, so many working days `after` the one before, and what is said.

    `travels`: first comes the next market day. `until`: working days from the step to the day it names.
    """

    act: Act
    place: int
    after: int = 0
    words: Words = Words()
    unit: str = ""
    travels: bool = False
    until: int = 0

    @property
    def wave(self) -> Wave:
        return Wave.COUNTERS_OPEN if self.act in (Act.FILE, Act.HAND_OVER) else Wave.OFFICES


GRANTED = Words(outcome=Outcome.GRANTED, detail="样例字〔2010〕")
DENIED = Words(outcome=Outcome.DENIED, reason="样例：不符合规定的条件")
EXAMINED = Words(reason="样例：材料齐全，情况属实")
PASSED_UP = Words(reason="样例：经初审拟同意，请县级审定")
HANDED_OUT = Words(detail="当面领取")
ASKED = Words(missing=("样例：身份证复印件", "样例：村委会证明"), detail="当面告知")
REFUSED = Words(reason="样例：不属于本机关职权范围", review_way="样例：六十日内向县人民政府申请行政复议")
WITHDRAWN = Words(reason="样例：申请人要求撤回")
SENT_BACK = Words(reason="样例：审查意见不全，请补充")
EXTENDED = Words(
    reason="样例：需要现场核查", detail="电话告知", approver="样例首席代表", extension=ExtensionKind.PROMISE
)
SECOND_DESK = "样例二号窗口"
REASSIGNED = Words(reason="样例：经办人外出", to_unit=SECOND_DESK)
CORRECTED = Words(reason="样例：登记的姓名有误", private_text="样例：姓名应为样例村民")
OVERRIDDEN = Words(reason="样例：重大事项由县级办理")
RATED = Words(detail="window")

DENIED_SHARE = 0.02
FETCHED_SHARE = 0.95
"""The others never come for their result."""
RATED_SHARE = 0.53
"""Of those who come for it."""

LONGEST_HAND_OVER, LONGEST_FETCH, LONGEST_THOUGHT = 1, 4, 2
LONGEST_SUPPLY, TO_LAPSE = 8, 25
"""A lapse comes when 30 days have passed, which 25 working days always are."""
OVERRIDE_AFTER = 2
LONGER = 5
"""Working days that a promise is extended by."""


def ordinary(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Filed, handed over where there is a way to go, accepted, decided where the catalogue says, fetched, rated."""
    return [*_before(chance, counter, item), *_worked(chance, counter, item), *_result(chance, counter)]


def supplied(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """The papers are not complete; with what is missing the case is accepted."""
    asked = Step(Act.ASK_ONCE, counter.township, _within(chance, item, StageName.ACCEPTANCE), ASKED)
    brought = Step(Act.SUPPLY, counter.township, chance.randint(1, LONGEST_SUPPLY))
    return [
        *_received(chance, counter),
        asked,
        brought,
        *_worked(chance, counter, item),
        *_result(chance, counter),
    ]


def lapsed(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """What is missing never comes."""
    asked = Step(Act.ASK_ONCE, counter.township, _within(chance, item, StageName.ACCEPTANCE), ASKED)
    return [*_received(chance, counter), asked, Step(Act.LAPSE, counter.township, TO_LAPSE)]


def refused(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Not this office's business."""
    after = _within(chance, item, StageName.ACCEPTANCE)
    return [*_received(chance, counter), Step(Act.REFUSE, counter.township, after, REFUSED)]


def withdrawn(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """The applicant thinks better of it."""
    after = _within(chance, item, StageName.EXAMINATION)
    return [*_before(chance, counter, item), Step(Act.WITHDRAW, counter.township, after, WITHDRAWN)]


def sent_back(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """The review sends it back to the examination, once."""
    worked = _worked(chance, counter, item)
    at = next(number for number, step in enumerate(worked) if step.act is Act.DECIDE)
    back = Step(Act.SEND_BACK, worked[at].place, words=SENT_BACK)
    again = Step(Act.STAGE_DONE, worked[at].place, words=EXAMINED)
    return [*_before(chance, counter, item), *worked[:at], back, again, *worked[at:], *_result(chance, counter)]


def extended(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """More time is taken, before the promise ends; only where the law sets no limit of its own."""
    if item.legal_limit.unit is not LimitUnit.NONE:
        return ordinary(chance, counter, item)
    first, *others = _worked(chance, counter, item)
    longer = Step(Act.EXTEND, counter.township, words=EXTENDED, until=item.promised_days + LONGER)
    later = replace(first, after=first.after + chance.randint(0, LONGER))
    return [*_before(chance, counter, item), longer, later, *others, *_result(chance, counter)]


def reassigned(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Another desk of the township goes on."""
    worked = [
        replace(step, unit=SECOND_DESK) if step.place == counter.township else step
        for step in _worked(chance, counter, item)
    ]
    to_another = Step(Act.REASSIGN, counter.township, words=REASSIGNED)
    return [*_before(chance, counter, item), to_another, *worked, *_result(chance, counter)]


def corrected(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Something was written down wrongly; that is said beside it."""
    worked = _worked(chance, counter, item)
    beside = Step(Act.CORRECT, worked[-1].place, words=CORRECTED)
    return [*_before(chance, counter, item), *worked, beside, *_result(chance, counter)]


def overridden(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """The county takes it over from the township, when it has long had the case before it."""
    taken = Step(Act.OVERRIDE, counter.county, OVERRIDE_AFTER, OVERRIDDEN)
    worked = _decided(chance, counter.county, item, examined_after=0)
    return [*_before(chance, counter, item), taken, *worked, *_result(chance, counter)]


Course = Callable[[random.Random, Counter, ServiceItem], list[Step]]

# How many of a thousand cases go which way.
COURSES: dict[Course, int] = {
    ordinary: 981,
    supplied: 10,
    lapsed: 1,
    refused: 1,
    withdrawn: 2,
    sent_back: 1,
    extended: 1,
    reassigned: 1,
    corrected: 1,
    overridden: 1,
}


def course(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """The steps of one case, whichever way it goes."""
    (chosen,) = chance.choices(list(COURSES), list(COURSES.values()))
    return chosen(chance, counter, item)


# Stretches of the way.


def _received(chance: random.Random, counter: Counter) -> list[Step]:
    filed = Step(Act.FILE, counter.place)
    if counter.road in (Road.WINDOW, Road.PAPER):
        return [filed]
    travels = counter.road is Road.OFF_LINE
    return [
        filed,
        Step(Act.HAND_OVER, counter.place, chance.randint(0, LONGEST_HAND_OVER)),
        Step(Act.TAKE_IN, counter.township, chance.randint(0, 1), travels=travels),
    ]


def _before(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Up to the acceptance."""
    accepted = Step(Act.ACCEPT, counter.township, _within(chance, item, StageName.ACCEPTANCE))
    return [*_received(chance, counter), accepted]


def _worked(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """From the acceptance to the end, at the township or above."""
    examination = _within(chance, item, StageName.EXAMINATION)
    if item.decided_at is Level.TOWNSHIP:
        return _decided(chance, counter.township, item, examined_after=examination)
    up = Step(Act.PASS_UP, counter.township, examination, PASSED_UP)
    return [up, Step(Act.TAKE_IN, counter.county), *_decided(chance, counter.county, item, examined_after=0)]


def _decided(chance: random.Random, place: int, item: ServiceItem, *, examined_after: int) -> list[Step]:
    decision = DENIED if chance.random() < DENIED_SHARE else GRANTED
    return [
        Step(Act.STAGE_DONE, place, examined_after, EXAMINED),
        Step(Act.DECIDE, place, _within(chance, item, StageName.REVIEW), decision),
        Step(Act.CLOSE, place, _within(chance, item, StageName.CLOSING)),
    ]


def _result(chance: random.Random, counter: Counter) -> list[Step]:
    if chance.random() >= FETCHED_SHARE:
        return []
    travels = counter.road is Road.OFF_LINE
    fetched = Step(Act.DELIVER, counter.place, chance.randint(0, LONGEST_FETCH), HANDED_OUT, travels=travels)
    if chance.random() >= RATED_SHARE:
        return [fetched]
    return [fetched, Step(Act.RATE, counter.place, chance.randint(0, LONGEST_THOUGHT), RATED)]


def _within(chance: random.Random, item: ServiceItem, name: StageName) -> int:
    """Some number of working days that keeps a stage's limit; so the promise is kept too."""
    limits = [stage.limit_days for stage in item.stages if stage.stage is name]
    return chance.randint(0, limits[0]) if limits else 0
