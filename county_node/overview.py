"""What a supervisor sees: each township's figures, and how much time open cases have left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from county_node.seed import Divisions
from sync.cases import masking, places
from sync.cases.stages import Stage
from sync.cases.workdays import SHANGHAI, Calendar, Deadline, day_of
from sync.catalogue.release import Catalogue
from sync.journal import statements

STALE_AFTER_MS = 3 * 60 * 1000
# 受理决定: working days from receipt, Administrative Licensing Law, art. 32.
DECISION_LIMIT_DAYS = 5
MOST_URGENT = 50

# Where the book holds no calendar every deadline is provisional.
NO_CALENDAR = Calendar(0, date.max, date.min, frozenset(), frozenset())

STAGES = {each.value: each.label for each in Stage}

FINISHED = f"(closed_at_ms>0 OR stage='{Stage.REFUSED.value}')"
COUNTED = "duplicate=0 AND stage<>''"

FIGURES = f"""
SELECT township, SUM(received_at_ms>0), SUM(via_village), SUM({FINISHED}), SUM(received_at_ms>0 AND NOT {FINISHED}),
    SUM(NOT {FINISHED} AND (received_at_ms=0 OR offered_place<>0)), SUM(open_branches>0)
FROM cases WHERE {COUNTED} GROUP BY township
"""
OPEN = f"""
SELECT id, received_at_ms, accepted_at_ms, decided_at_ms, promised_days, custodian_place, beyond_gap
FROM cases WHERE {COUNTED} AND received_at_ms>0 AND NOT {FINISHED}
"""
SHOWN = "SELECT number, item_code, item_version, home, township, stage, custodian_place FROM cases WHERE id=?"


class Level(Enum):
    """How urgent: word, shape, and the name of the colour. Never colour alone."""

    NORMAL = "正常", "●", "green"
    REMINDER = "提醒", "▲", "blue"
    LAST_DAY = "最后一天", "◆", "yellow"
    OVERDUE = "超期", "■", "red"
    AWAITING = "待核", "◇", "grey"
    PROVISIONAL = "暂定", "□", "grey"
    DECIDED = "已决定", "○", "green"

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

    def __init__(self, label: str, level: Level) -> None:
        self.label, self.level = label, level


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of cases, duplicates left out. One offered upward by a township is open and in transit."""

    handled: int = 0
    via_village: int = 0
    closed: int = 0
    open: int = 0
    in_transit: int = 0
    conflicts: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


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


class OpenCase(NamedTuple):
    """Of an open case, what its deadline follows from."""

    row: int
    received_at_ms: int
    accepted_at_ms: int
    decided_at_ms: int
    promised_days: int
    custodian: int
    beyond_gap: int

    @property
    def start(self) -> date:
        return day_of(self.accepted_at_ms or self.received_at_ms)

    @property
    def days(self) -> int:
        return self.promised_days if self.accepted_at_ms else DECISION_LIMIT_DAYS


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How an open case stands to its deadline."""

    deadline: Deadline
    bucket: Bucket
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
    rows: tuple[PlaceRow, ...]
    buckets: Mapping[Bucket, int]
    urgent: tuple[UrgentCase, ...]

    @cached_property
    def total(self) -> Figures:
        return sum((row.figures for row in self.rows), Figures())


class Deadlines:
    """Judges open cases at one moment. `known_until`: by place, up to when its data are here."""

    def __init__(self, calendar: Calendar, *, now_ms: int, known_until: Mapping[int, int]) -> None:
        self._calendar = calendar
        self._today = day_of(now_ms)
        self._known_until = known_until
        self._deadlines: dict[tuple[date, int], Deadline] = {}
        self._judged: dict[tuple[Deadline, int], TimeLeft] = {}

    def time_left(self, case: OpenCase) -> TimeLeft:
        deadline = self._deadline(case.start, case.days)
        if case.decided_at_ms:
            return self._decided(deadline, on=day_of(case.decided_at_ms))
        if self._today > deadline.day and not self._is_known_through(deadline.day, case):
            return TimeLeft(deadline, Bucket.AWAITING, Level.AWAITING, "待核：数据未到")
        if (deadline, case.days) not in self._judged:
            self._judged[deadline, case.days] = self._judge(deadline, days=case.days, on=self._today)
        return self._judged[deadline, case.days]

    def _deadline(self, start: date, days: int) -> Deadline:
        if (start, days) not in self._deadlines:
            self._deadlines[start, days] = self._calendar.deadline(start, days)
        return self._deadlines[start, days]

    def _decided(self, deadline: Deadline, *, on: date) -> TimeLeft:
        """The promise runs up to the decision: what was decided in time does not become late by waiting."""
        if on > deadline.day:
            return self._judge(deadline, days=0, on=on)
        return TimeLeft(deadline, Bucket.DECIDED, Level.DECIDED, "已决定，待办结")

    def _is_known_through(self, day: date, case: OpenCase) -> bool:
        """Nobody is accused of an act that may have been done in time and is still on its way here."""
        return not case.beyond_gap and self._known_until.get(case.custodian, 0) >= end_of(day)

    def _judge(self, deadline: Deadline, *, days: int, on: date) -> TimeLeft:
        words = self._calendar.time_left(on, deadline)
        left = self._calendar.working_days_left(on, deadline)
        if deadline.provisional:
            return TimeLeft(deadline, Bucket.PROVISIONAL, Level.PROVISIONAL, words)
        if on >= deadline.day:
            bucket = Bucket.TODAY if on == deadline.day else Bucket.OVERDUE
            return TimeLeft(deadline, bucket, bucket.level, words)
        bucket = Bucket.ONE_DAY if left <= 1 else Bucket.TO_FIVE if left <= 5 else Bucket.MORE
        # 蓝: at most one working day, or a fifth of the limit.
        soon = left <= 1 or left * 5 <= days
        return TimeLeft(deadline, bucket, Level.REMINDER if soon else Level.NORMAL, words)


def end_of(day: date) -> int:
    """The first millisecond after a day in Asia/Shanghai."""
    after = day + timedelta(days=1)
    return int(datetime(after.year, after.month, after.day, tzinfo=SHANGHAI).timestamp()) * 1000


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


def read(conn: Any, *, names: Names, catalogue: Catalogue, calendar: Calendar | None, now_ms: int) -> Overview:
    """One consistent state of the book: `conn` must be in a read transaction or see no writer."""
    as_of = data_as_of(conn)
    known_until = {**_without_holes(conn, as_of), names.county: now_ms}
    deadlines = Deadlines(calendar or NO_CALENDAR, now_ms=now_ms, known_until=known_until)
    judged = [(case.row, deadlines.time_left(case)) for case in map(OpenCase._make, conn.execute(OPEN))]
    counted = Counter(time_left.bucket for _, time_left in judged)
    nodes = {place for (place,) in conn.execute("SELECT DISTINCT place FROM keys")} - {names.county}
    return Overview(
        at=datetime.fromtimestamp(now_ms // 1000, SHANGHAI),
        release=catalogue.release,
        nodes=len(nodes),
        fresh_nodes=sum(now_ms - as_of.get(place, 0) <= STALE_AFTER_MS for place in nodes),
        rows=_rows(conn, names=names, as_of=as_of, now_ms=now_ms),
        buckets={bucket: counted[bucket] for bucket in Bucket},
        urgent=_urgent(conn, judged, names=names, catalogue=catalogue),
    )


def data_as_of(conn: Any) -> dict[int, int]:
    """By place, how recent what it stated is, milliseconds UTC."""
    signers = conn.execute("SELECT DISTINCT signer FROM stated").fetchall()
    return {signer: statements.as_of_ms(conn, signer) for (signer,) in signers}


def _without_holes(conn: Any, as_of: Mapping[int, int]) -> dict[int, int]:
    """Places of which something is here but cannot be read yet are not known."""
    parked = {author for (author,) in conn.execute("SELECT DISTINCT author FROM parked")}
    return {place: at_ms for place, at_ms in as_of.items() if place not in parked}


def _rows(conn: Any, *, names: Names, as_of: Mapping[int, int], now_ms: int) -> tuple[PlaceRow, ...]:
    found = {place: Figures(*counts) for place, *counts in conn.execute(FIGURES)}
    # Cases of a place nobody listed are shown too: the total must not hide any.
    others = sorted(found.keys() - {*names.townships, names.county})
    below = [
        PlaceRow(place, names.of(place), found.get(place, Figures()), how_recent(as_of.get(place, 0), now_ms=now_ms))
        for place in [*names.townships, *others]
    ]
    own = found.get(names.county, Figures())
    return (*below, PlaceRow(names.county, "县本级", own, AsOf("本机，即时")))


def how_recent(at_ms: int, *, now_ms: int) -> AsOf:
    """To the minute; the day only where it is not today."""
    if not at_ms:
        return AsOf("尚无数据")
    at = datetime.fromtimestamp(at_ms // 1000, SHANGHAI)
    shown = f"{at:%H:%M}" if at.date() == day_of(now_ms) else f"{at:%m-%d %H:%M}"
    if now_ms - at_ms > STALE_AFTER_MS:
        return AsOf(f"线路中断？数据截至 {shown}", stale=True)
    return AsOf(shown)


def _urgent(
    conn: Any, judged: list[tuple[int, TimeLeft]], *, names: Names, catalogue: Catalogue
) -> tuple[UrgentCase, ...]:
    running = [each for each in judged if each[1].bucket is not Bucket.DECIDED]
    running.sort(key=lambda each: (each[1].deadline.day, each[0]))
    return tuple(
        _shown(conn.execute(SHOWN, [row]).fetchone(), time_left, names=names, catalogue=catalogue)
        for row, time_left in running[:MOST_URGENT]
    )


def _shown(found: Any, time_left: TimeLeft, *, names: Names, catalogue: Catalogue) -> UrgentCase:
    number, code, version, home, township, stage, custodian = found
    item = catalogue.item_version(code, version) or catalogue.item(code)
    return UrgentCase(
        # A node may write anything into a number or a code: whatever it is, no person's number is shown.
        number=masking.text(number) or "—",
        item=item.name if item else masking.text(code) or "—",
        township=names.of(township),
        village=names.of(home) if places.level(home) == places.VILLAGE else "—",
        stage=STAGES[stage],
        custodian=names.of(custodian),
        time_left=time_left,
    )
