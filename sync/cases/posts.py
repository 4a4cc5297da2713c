"""Posts (岗位) of an office: who holds each, and who is on duty at a time (服务双岗).

A roster and an absence count from when they were written down, never backward: what somebody did is not made right or
wrong afterwards.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sync.cases import masking
from sync.cases.workdays import FIRST_YEAR, day_of, number_of

MOST_POSTS = 500
LONGEST = 50
"""Characters of a unit, a post, a staff code or the number of a letter."""

WORDS = {
    "from_day": "起始日期",
    "unit": "窗口或部门",
    "post": "岗位",
    "holder_a": "A岗",
    "holder_b": "B岗",
    "chief_representative": "首席代表",
    "letter": "授权书",
    "letter_from_day": "授权起始日期",
    "letter_to_day": "授权截止日期",
}
"""What a roster says, field by field."""


class Post(NamedTuple):
    """A desk of a unit. Holders are staff codes; "" = nobody. The letter is a chief representative's (首席代表)."""

    unit: str
    post: str
    holder_a: str = ""
    holder_b: str = ""
    chief_representative: bool = False
    letter: str = ""
    letter_from_day: date | None = None
    letter_to_day: date | None = None

    @property
    def holders(self) -> tuple[str, ...]:
        return tuple(each for each in (self.holder_a, self.holder_b) if each)

    def has_authority(self, day: date) -> bool:
        """Whether who sits there may act on a day: a chief representative only while the letter covers it."""
        if not self.chief_representative:
            return True
        return self.letter_from_day is not None and self.letter_from_day <= day <= (self.letter_to_day or date.min)


class Roster(NamedTuple):
    """The posts of a place (岗位表) from a day on."""

    from_day: date
    posts: tuple[Post, ...]
    recorded_at_ms: int = 0
    fact_id: bytes = b""


class Absence(NamedTuple):
    """A holder is away from a post (去向留言), from one time until before another, milliseconds UTC."""

    unit: str
    post: str
    person: str
    from_ms: int
    to_ms: int
    note: str = ""
    recorded_at_ms: int = 0
    fact_id: bytes = b""


@dataclass(frozen=True)
class Rosters:
    """All rosters of one place that are known, and the absences noted there. Times in milliseconds UTC."""

    rosters: tuple[Roster, ...] = ()
    absences: tuple[Absence, ...] = ()

    def at(self, at_ms: int) -> Roster | None:
        """The roster that counts: of those written by then, the one that began last, was written last, has the
        smallest fact id."""
        day = day_of(at_ms)
        return next((each for each in self._ranked if each.from_day <= day and each.recorded_at_ms <= at_ms), None)

    @cached_property
    def _ranked(self) -> list[Roster]:
        """The one that counts before the others first."""
        return sorted(self.rosters, key=lambda each: (-number_of(each.from_day), -each.recorded_at_ms, each.fact_id))

    def posts(self, at_ms: int) -> tuple[Post, ...]:
        """All posts that are published at a time."""
        roster = self.at(at_ms)
        return roster.posts if roster else ()

    def post(self, unit: str, post: str, at_ms: int) -> Post | None:
        return next((each for each in self.posts(at_ms) if (each.unit, each.post) == (unit, post)), None)

    def away(self, post: Post, at_ms: int) -> dict[str, Absence]:
        """Who is away from a post at a time; of somebody's absences the one that ends last."""
        return {each.person: each for each in sorted(self.absent(post, at_ms), key=lambda each: each.to_ms)}

    def absent(self, post: Post, at_ms: int) -> list[Absence]:
        """The absences from a post that last at a time. One that is told again is as it was told last."""
        told: dict[tuple[str, int], Absence] = {}
        for each in self._absences[post.unit, post.post]:
            if each.recorded_at_ms <= at_ms:
                told.setdefault((each.person, each.from_ms), each)
        return [each for each in told.values() if each.from_ms <= at_ms < each.to_ms]

    @cached_property
    def _absences(self) -> defaultdict[tuple[str, str], list[Absence]]:
        """By post, what was told last first."""
        found: defaultdict[tuple[str, str], list[Absence]] = defaultdict(list)
        for each in sorted(self.absences, key=lambda each: (-each.recorded_at_ms, each.fact_id)):
            found[each.unit, each.post].append(each)
        return found

    def holder(self, post: Post, at_ms: int) -> str:
        """Who is on duty at a post: A, while A is away B. "" = nobody."""
        away = self.away(post, at_ms)
        return next((each for each in post.holders if each not in away), "")

    def on_duty(self, unit: str, post: str, at_ms: int) -> str:
        """The same, of a post by its name. "" also where no such post is published."""
        found = self.post(unit, post, at_ms)
        return self.holder(found, at_ms) if found else ""

    def is_on_duty(self, person: str, unit: str, at_ms: int) -> bool:
        """Whether a person is on duty at any post of a unit; "" = of the place as a whole."""
        day = day_of(at_ms)
        return any(
            unit in ("", each.unit) and each.has_authority(day) and self.holder(each, at_ms) == person
            for each in self.posts(at_ms)
            if person in each.holders
        )


# What is wrong with a roster before it is published.


class Fault(NamedTuple):
    """What is wrong with which post ("" = the roster as a whole), in which field."""

    about: str
    field: str
    message: str

    @property
    def text(self) -> str:
        label = WORDS.get(self.field)
        return f"{self.about}{label or ''}{f'（{self.field}）' if self.field else ''}：{self.message}"


def faults(posts: Sequence[Post], *, from_day: date, today: date) -> list[Fault]:
    """Everything that is wrong with a roster, in the order in which it is written."""
    return [*_of_the_roster(posts, from_day, today), *_repeated(posts), *_of_posts(posts, from_day)]


def _of_the_roster(posts: Sequence[Post], from_day: date, today: date) -> Iterator[Fault]:
    if from_day < today:
        yield Fault("", "from_day", f"{from_day}已经过去。岗位表只能从今天（{today}）或以后起用，不能补到以前。")
    if not posts:
        yield Fault("", "", "岗位表里没有岗位，请至少写一个。")
    if len(posts) > MOST_POSTS:
        yield Fault("", "", f"岗位表有{len(posts)}个岗位，最多{MOST_POSTS}个。")


def _repeated(posts: Sequence[Post]) -> Iterator[Fault]:
    for (unit, post), times in Counter((each.unit, each.post) for each in posts).items():
        if times > 1 and unit and post:
            yield Fault(f"{unit} {post} ", "post", f"写了{times}次，一个岗位只写一次。")


def _of_posts(posts: Sequence[Post], from_day: date) -> Iterator[Fault]:
    for number, each in enumerate(posts, start=1):
        for field, message in (*_names(each), *_holders(each), *_letter(each, from_day)):
            yield Fault(name_of(number, each.unit, each.post), field, message)


def name_of(number: int, unit: str, post: str) -> str:
    """How a post of a roster is called, whatever of it is missing."""
    return f"第{number}个岗位“{' '.join(filter(None, (unit, post)))[:LONGEST]}” "


def _names(post: Post) -> Iterator[tuple[str, str]]:
    for field in ("unit", "post", "letter"):
        value = getattr(post, field)
        if not value and field != "letter":
            yield field, "没有写。"
        elif len(value) > LONGEST:
            yield field, f"超过{LONGEST}个字，请缩短。"


def _holders(post: Post) -> Iterator[tuple[str, str]]:
    for field in ("holder_a", "holder_b"):
        if getattr(post, field) and not is_staff_code(getattr(post, field)):
            yield field, f"请写工号，不写姓名和证件号：工号带数字，最多{LONGEST}个字。"
    if post.holder_a and post.holder_a == post.holder_b:
        yield "holder_b", "A岗和B岗是同一个人，请另写一人，或空着。"


def is_staff_code(text: str) -> bool:
    """Something with a digit in it, as no name has, and no number of a person."""
    return len(text) <= LONGEST and any(map(str.isdecimal, text)) and masking.text(text) == text


def _letter(post: Post, from_day: date) -> Iterator[tuple[str, str]]:
    given = {field: getattr(post, field) for field in ("letter", "letter_from_day", "letter_to_day")}
    if not post.chief_representative:
        yield from ((field, "只有首席代表才写授权书。") for field, value in given.items() if value)
        return
    yield from ((field, "首席代表要写明授权书和它的起止日期。") for field, value in given.items() if not value)
    if post.letter_from_day and post.letter_from_day.year < FIRST_YEAR:
        yield "letter_from_day", f"{post.letter_from_day}太早，日期不能早于{FIRST_YEAR}年。"
    if post.letter_from_day and post.letter_to_day and post.letter_to_day < post.letter_from_day:
        yield "letter_to_day", f"{post.letter_to_day}早于起始日期{post.letter_from_day}。"
    elif post.letter_to_day and post.letter_to_day < from_day:
        yield "letter_to_day", f"授权书在岗位表起用（{from_day}）以前已经到期。"
