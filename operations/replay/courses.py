"""The courses a case may take: who does what with it, and how many working days later."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import time
from enum import Enum, IntEnum

from sync.cases import places
from sync.cases.stages import Act, Outcome
from sync.catalogue.items import Level, ServiceItem, StageName


class Wave(IntEnum):
    """A part of the working day, by the minute it begins. They follow the road, up and down again."""

    COUNTERS_OPEN = 8 * 60 + 30
    MARKET = 10 * 60
    TOWNSHIPS = 11 * 60
    COUNTY = 14 * 60
    RESULTS = 16 * 60

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
    """What is said in an act."""

    outcome: Outcome = Outcome.UNSPECIFIED
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a course, `after` so many working days; `travels`: first comes the next market day."""

    act: Act
    place: int
    after: int = 0
    travels: bool = False
    words: Words = Words()

    @property
    def wave(self) -> Wave:
        if self.act in (Act.FILE, Act.HAND_OVER):
            return Wave.COUNTERS_OPEN
        if self.act is Act.DELIVER:
            return Wave.RESULTS
        return Wave.COUNTY if places.level(self.place) == places.COUNTY else Wave.TOWNSHIPS


GRANTED = Words(outcome=Outcome.GRANTED, detail="样例字〔2010〕")
DENIED = Words(outcome=Outcome.DENIED, reason="样例：不符合规定的条件")
EXAMINED = Words(reason="样例：材料齐全，情况属实")
PASSED_UP = Words(reason="样例：经初审拟同意，请县级审定")
HANDED_OUT = Words(detail="当面领取")

DENIED_SHARE = 0.02
FETCHED_SHARE = 0.95
"""The others never come for their result."""

LONGEST_HAND_OVER, LONGEST_FETCH = 1, 4


def ordinary(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    """Filed, handed over where there is a way to go, decided where the catalogue says, and fetched."""
    decided_above = item.decided_at is Level.COUNTY
    handled = _above(chance, counter, item) if decided_above else _here(chance, counter, item)
    return [*_received(chance, counter), *handled, *_result(chance, counter)]


def _received(chance: random.Random, counter: Counter) -> list[Step]:
    filed = Step(Act.FILE, counter.place)
    if counter.road in (Road.WINDOW, Road.PAPER):
        return [filed]
    return [
        filed,
        Step(Act.HAND_OVER, counter.place, after=chance.randint(0, LONGEST_HAND_OVER)),
        Step(Act.TAKE_IN, counter.township, travels=counter.road is Road.OFF_LINE, after=chance.randint(0, 1)),
    ]


def _here(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    at = counter.township
    return [
        Step(Act.ACCEPT, at, after=_within(chance, item, StageName.ACCEPTANCE)),
        Step(Act.STAGE_DONE, at, after=_within(chance, item, StageName.EXAMINATION), words=EXAMINED),
        Step(Act.DECIDE, at, after=_within(chance, item, StageName.REVIEW), words=_decision(chance)),
        Step(Act.CLOSE, at, after=_within(chance, item, StageName.CLOSING)),
    ]


def _above(chance: random.Random, counter: Counter, item: ServiceItem) -> list[Step]:
    at, above = counter.township, counter.county
    review = _within(chance, item, StageName.REVIEW)
    taken_in, examined = sorted((chance.randint(0, min(1, review)), chance.randint(0, review)))
    return [
        Step(Act.ACCEPT, at, after=_within(chance, item, StageName.ACCEPTANCE)),
        Step(Act.PASS_UP, at, after=_within(chance, item, StageName.EXAMINATION), words=PASSED_UP),
        Step(Act.TAKE_IN, above, after=taken_in),
        Step(Act.STAGE_DONE, above, after=examined - taken_in, words=EXAMINED),
        Step(Act.DECIDE, above, after=review - examined, words=_decision(chance)),
        Step(Act.CLOSE, above, after=_within(chance, item, StageName.CLOSING)),
    ]


def _result(chance: random.Random, counter: Counter) -> list[Step]:
    if chance.random() >= FETCHED_SHARE:
        return []
    away = counter.road is Road.OFF_LINE
    fetched = chance.randint(0, LONGEST_FETCH)
    return [Step(Act.DELIVER, counter.place, travels=away, after=fetched, words=HANDED_OUT)]


def _within(chance: random.Random, item: ServiceItem, name: StageName) -> int:
    """Some number of working days that keeps a stage's limit; so the promise is kept too."""
    limits = [stage.limit_days for stage in item.stages if stage.stage is name]
    return chance.randint(0, limits[0]) if limits else 0


def _decision(chance: random.Random) -> Words:
    return DENIED if chance.random() < DENIED_SHARE else GRANTED
