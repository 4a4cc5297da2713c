"""What a supervisor sees: each township's figures, and how much time open cases have left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from heapq import nsmallest
from typing import Any

from county_node.seed import Divisions
from sync.cases import masking, places
from sync.cases.clocks import ClockLevel
from sync.cases.figures import Figures
from sync.cases.stages import Stage
from sync.cases.workdays import SHANGHAI, day_of
from sync.catalogue.release import Catalogue
from sync.journal import figures, search
from sync.journal.clocks import Judged, Judging
from sync.journal.figures import Counted, Period

STALE_AFTER_MS = 3 * 60 * 1000
MOST_URGENT = 50

STAGES = {each.value: each.label for each in Stage}

SHOWN = "SELECT number, item_code, home, township, stage, custodian_place FROM cases WHERE id=?"


class Level(Enum):
    """How urgent: word, shape, and the name of the colour. Never colour alone."""

    NORMAL = "正常", "●", "green"
    REMINDER = "提醒", "▲", "blue"
    LAST_DAY = "最后一天", "◆", "yellow"
    OVERDUE = "超期", "■", "red"
    AWAITING = "待核", "◇", "grey"
    PROVISIONAL = "暂定", "□", "grey"
    DECIDED = "已决定", "○", "green"
    UNTIMED = "不计时", "◌", "grey"

    def __init__(self, word: str, shape: str, colour: str) -> None:
        self.word, self.shape, self.colour = word, shape, colour


class Bucket(Enum):
    """Open cases by time left, in the order shown."""

    OVERDUE = "超期", Level.OVERDUE
    AWAITING = "超期待核", Level.AWAITING
    TODAY = "今天到期", Level.LAST_DAY
    ONE_DAY = "剩1个工作日", Level.REMINDER
    TO_FIVE = "剩2–5个工作日", Level.NORMAL
    MORE = "剩5个工作日以上", Level.NORMAL
    PROVISIONAL = "暂定", Level.PROVISIONAL
    DECIDED = "已决定待办结", Level.DECIDED
    # Nothing runs: what was asked for has not been supplied, or the township may not accept and has not passed it on.
    UNTIMED = "不计时", Level.UNTIMED

    def __init__(self, label: str, level: Level) -> None:
        self.label, self.level = label, level


# Of a clock that runs: how its standing is shown.
LEVELS = {
    ClockLevel.NORMAL: Level.NORMAL,
    ClockLevel.REMINDER: Level.REMINDER,
    ClockLevel.LAST_DAY: Level.LAST_DAY,
    ClockLevel.OVERDUE: Level.OVERDUE,
    ClockLevel.OVERDUE_PROVISIONAL: Level.AWAITING,
    ClockLevel.PROVISIONAL: Level.PROVISIONAL,
}
BUCKETS = {
    ClockLevel.LAST_DAY: Bucket.TODAY,
    ClockLevel.OVERDUE: Bucket.OVERDUE,
    ClockLevel.OVERDUE_PROVISIONAL: Bucket.AWAITING,
    ClockLevel.PROVISIONAL: Bucket.PROVISIONAL,
}


def bucket_of(judged: Judged | None) -> Bucket:
    """Where an open case is counted, by the clock that governs it."""
    if judged is None:
        return Bucket.UNTIMED
    level, left = judged.standing.level, judged.standing.days_left
    if judged.case.course.decided_at_ms:
        # What was decided in time does not become late by waiting.
        return Bucket.OVERDUE if level is ClockLevel.OVERDUE else Bucket.DECIDED
    by_days = Bucket.ONE_DAY if left <= 1 else Bucket.TO_FIVE if left <= 5 else Bucket.MORE
    return BUCKETS.get(level, by_days)


@dataclass(frozen=True, slots=True)
class AsOf:
    """How recent a place's data are. Old data say something of the line, nothing of the people."""

    words: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A township, or the county with its own cases."""

    place: int
    name: str
    figures: Figures
    as_of: AsOf


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How an open case stands to its deadline, as shown."""

    deadline: date
    level: Level
    words: str

    @property
    def shown(self) -> str:
        """With the word of the level, where the words do not say it already."""
        return self.words if self.level.word in self.words else f"{self.words} · {self.level.word}"


@dataclass(frozen=True, slots=True)
class UrgentCase:
    """A case as shown: nothing of the applicant."""

    number: str
    item: str
    township: str
    village: str
    stage: str
    custodian: str
    time_left: TimeLeft


@dataclass(frozen=True)
class Overview:
    """All that the page shows, from one state of the book."""

    at: datetime
    release: int
    nodes: int
    fresh_nodes: int
    period: Period
    rows: tuple[PlaceRow, ...]
    total: Figures
    buckets: Mapping[Bucket, int]
    urgent: tuple[UrgentCase, ...]


@dataclass(frozen=True)
class Names:
    """The townships in their order, and how places are called on the page: villages briefly."""

    county: int
    townships: tuple[int, ...]
    names: Mapping[int, str]

    def of(self, place: int) -> str:
        """A place nobody named is shown by its code."""
        return self.names.get(place) or (str(place) if place else "—")


def names_of(divisions: Divisions, *, county: int) -> Names:
    """Of another county than the listed one, only what its book shows."""
    if divisions.code != county:
        return Names(county, (), {})
    named = {divisions.code: divisions.name}
    for township in divisions.townships:
        named |= {township.code: township.name, **{unit.code: unit.short for unit in township.units}}
    return Names(county, tuple(each.code for each in divisions.townships), named)


def read(conn: Any, judging: Judging, *, names: Names, period: Period | None = None) -> Overview:
    """All of it from one state of the book."""
    counted = figures.read(conn, judging, within=names.county, period=period or Period(None, judging.today))
    judged = [judging.governing(case) for case in judging.open_cases(names.county) if case.received_at_ms]
    found = Counter(map(bucket_of, judged))
    nodes = {place for (place,) in conn.execute("SELECT DISTINCT place FROM keys")} - {names.county}
    return Overview(
        at=datetime.fromtimestamp(judging.now_ms // 1000, SHANGHAI),
        release=judging.catalogue.release,
        nodes=len(nodes),
        fresh_nodes=sum(judging.now_ms - judging.as_of(place) <= STALE_AFTER_MS for place in nodes),
        period=counted.period,
        rows=_rows(counted, names=names),
        total=counted.total,
        buckets={bucket: found[bucket] for bucket in Bucket},
        urgent=_urgent(conn, judged, names=names),
    )


def _rows(counted: Counted, *, names: Names) -> tuple[PlaceRow, ...]:
    """Every township, and the county's own cases last. Places nobody listed too: the total must not hide any."""
    found = {row.place: row for row in counted.rows}
    others = [place for place in found if place not in names.townships and place != names.county]
    below = [_row(found.get(place), place, names, at_ms=counted.at_ms) for place in [*names.townships, *others]]
    return (*below, PlaceRow(names.county, "县本级", found[names.county].figures, AsOf("本机，即时")))


def _row(found: figures.PlaceFigures | None, place: int, names: Names, *, at_ms: int) -> PlaceRow:
    as_of = how_recent(found.data_as_of_ms if found else 0, now_ms=at_ms)
    return PlaceRow(place, names.of(place), found.figures if found else Figures(), as_of)


def how_recent(at_ms: int, *, now_ms: int) -> AsOf:
    """To the minute; the day only where it is not today."""
    if not at_ms:
        return AsOf("尚无数据")
    at = datetime.fromtimestamp(at_ms // 1000, SHANGHAI)
    shown = f"{at:%H:%M}" if at.date() == day_of(now_ms) else f"{at:%m-%d %H:%M}"
    if now_ms - at_ms > STALE_AFTER_MS:
        return AsOf(f"线路中断？数据截至 {shown}", stale=True)
    return AsOf(shown)


def _urgent(conn: Any, judged: Iterable[Judged | None], *, names: Names) -> tuple[UrgentCase, ...]:
    running = (each for each in judged if each and not each.case.course.decided_at_ms)
    urgent = nsmallest(MOST_URGENT, running, key=lambda each: each.position)
    return tuple(_shown(conn, each, names=names) for each in urgent)


def _shown(conn: Any, judged: Judged, *, names: Names) -> UrgentCase:
    number, code, home, township, stage, custodian = conn.execute(SHOWN, [judged.case.row]).fetchone()
    standing, item = judged.standing, judged.item
    return UrgentCase(
        # A node may write anything into a number or a code: whatever it is, no person's number is shown.
        number=masking.text(number) or "—",
        item=item.name if item else masking.text(code) or "—",
        township=names.of(township),
        village=names.of(home) if places.level(home) == places.VILLAGE else "—",
        stage=STAGES[stage],
        custodian=names.of(custodian),
        time_left=TimeLeft(judged.clock.deadline.day, LEVELS[standing.level], masking.text(standing.time_left)),
    )


# A search.


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case that was looked for. Whoever filed it is masked."""

    number: str
    item: str
    place: str
    stage: str
    applicant: str
    filed_on: date


def found_case(found: search.Found, *, names: Names, catalogue: Catalogue) -> FoundCase:
    item = catalogue.item(found.item_code)
    return FoundCase(
        number=masking.text(found.number) or "—",
        item=item.name if item else masking.text(found.item_code) or "—",
        place=names.of(found.home),
        stage=STAGES[found.stage],
        applicant=masking.name(found.applicant) or "—",
        filed_on=day_of(found.filed_at_ms),
    )
