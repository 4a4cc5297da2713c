"""Who is on duty at a post, what is wrong with a roster, and the two rules of supervision that ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from sync.cases.posts import Absence, Post, Roster, Rosters, faults
from sync.cases.rules import RULES, Handled, not_on_post, unstaffed
from sync.cases.workdays import begin_of
from tests.rules.stories import COUNTY, TOWNSHIP

DAY = date(2026, 3, 2)
HOUR = 3_600_000
NINE = begin_of(DAY) + 9 * HOUR
"""Nine in the morning of the day the roster begins."""
WRITTEN = NINE - 24 * HOUR

WINDOW, DESK = "综合窗口", "收件岗"
A, B, OTHER = "样例101", "样例102", "样例103"
POST = Post(WINDOW, DESK, A, B)
CHIEF = Post(
    WINDOW, "审批岗", OTHER, "", True, "样例授1号", letter_from_day=DAY, letter_to_day=DAY + timedelta(days=30)
)
ROSTER = Roster(DAY, (POST, CHIEF), recorded_at_ms=WRITTEN, fact_id=b"r")


def away(person: str, hours: tuple[float, float], *, told: float = -1.0, name: bytes = b"a") -> Absence:
    """Away from one hour after nine to another; told so many hours after nine."""
    begins, ends, written = (NINE + int(each * HOUR) for each in (*hours, told))
    return Absence(WINDOW, DESK, person, begins, ends, "下村", recorded_at_ms=written, fact_id=name)


@dataclass(frozen=True)
class Duty:
    """Who is on duty at the post so many hours after nine."""

    hours: float
    expected: str
    absences: tuple[Absence, ...] = ()
    post: Post = POST


DUTIES = {
    "A is there": Duty(0, A),
    "A is away": Duty(1, B, (away(A, (0, 2)),)),
    "from the first moment": Duty(0, B, (away(A, (0, 2)),)),
    "and not at the last": Duty(2, A, (away(A, (0, 2)),)),
    "before he leaves": Duty(-0.1, A, (away(A, (0, 2)),)),
    "both are away": Duty(1, "", (away(A, (0, 2)), away(B, (0, 2)))),
    "only B is away": Duty(1, A, (away(B, (0, 2)),)),
    "another is away": Duty(1, A, (away(OTHER, (0, 2)),)),
    "no B, and A away": Duty(1, "", (away(A, (0, 2)),), POST._replace(holder_b="")),
    "no A": Duty(1, B, (), POST._replace(holder_a="")),
    "the post is empty": Duty(1, "", (), POST._replace(holder_a="", holder_b="")),
    "told only afterwards": Duty(1, A, (away(A, (0, 2), told=1.5),)),
    "and from then on": Duty(1.5, B, (away(A, (0, 2), told=1.5),)),
    "back early": Duty(1, A, (away(A, (0, 2)), away(A, (0, 0.5), told=0.5))),
    "not back yet": Duty(0.4, B, (away(A, (0, 2)), away(A, (0, 0.5), told=0.5))),
    "told twice at once: the smaller id": Duty(1, A, (away(A, (0, 2), name=b"b"), away(A, (0, 0.5), name=b"a"))),
    "two absences of a day": Duty(3, B, (away(A, (0, 1)), away(A, (2, 4), name=b"b"))),
    "the longer of two that overlap": Duty(3, B, (away(A, (0, 4)), away(A, (1, 2), name=b"b"))),
    "back from one of two that overlap": Duty(
        2, B, (away(A, (0, 4)), away(A, (1, 3), name=b"b"), away(A, (0, 1.5), told=1.5))
    ),
    "away from another post": Duty(1, A, (away(A, (0, 2))._replace(post="审批岗"),)),
}


@pytest.mark.parametrize("name", DUTIES)
def test_a_is_on_duty_or_b_while_a_is_away_or_nobody(name: str) -> None:
    duty = DUTIES[name]
    rosters = Rosters((ROSTER._replace(posts=(duty.post,)),), duty.absences)
    assert rosters.on_duty(WINDOW, DESK, NINE + int(duty.hours * HOUR)) == duty.expected


NEXT = ROSTER._replace(from_day=DAY + timedelta(days=7), fact_id=b"n")
WEEK = 7 * 24 * HOUR

COUNTING: dict[str, tuple[tuple[Roster, ...], int, bytes | None]] = {
    "none": ((), NINE, None),
    "before its first day": ((ROSTER,), begin_of(DAY) - 1, None),
    "on its first day": ((ROSTER,), begin_of(DAY), b"r"),
    "before it was written": ((ROSTER._replace(recorded_at_ms=NINE),), NINE - 1, None),
    "once it was written": ((ROSTER._replace(recorded_at_ms=NINE),), NINE, b"r"),
    "the day before the next": ((ROSTER, NEXT), NINE + WEEK - 10 * HOUR, b"r"),
    "from the next on": ((ROSTER, NEXT), NINE + WEEK, b"n"),
    "a later day counts before a later writing": (
        (ROSTER._replace(recorded_at_ms=NINE + WEEK), NEXT),
        NINE + WEEK,
        b"n",
    ),
    "of one day the one written last": (
        (ROSTER, ROSTER._replace(recorded_at_ms=WRITTEN + 1, fact_id=b"z")),
        NINE,
        b"z",
    ),
    "of one time the smaller id": ((ROSTER, ROSTER._replace(fact_id=b"q")), NINE, b"q"),
}


@pytest.mark.parametrize("name", COUNTING)
def test_one_roster_counts_whatever_the_order_they_came_in(name: str) -> None:
    rosters, at_ms, expected = COUNTING[name]
    for order in (rosters, rosters[::-1]):
        found = Rosters(order).at(at_ms)
        assert (found.fact_id if found else None) == expected


# Supervision.


@dataclass(frozen=True)
class Move:
    """A move at nine of that day, or so many days later."""

    person: str
    fires: bool
    days: int = 0
    unit: str = WINDOW
    place: int = TOWNSHIP
    trusted: bool = True
    absences: tuple[Absence, ...] = ()


MOVES = {
    "by who is on duty": Move(A, fires=False),
    "by B while A is there": Move(B, fires=True),
    "by B while A is away": Move(B, fires=False, absences=(away(A, (0, 2)),)),
    "by A while he is away": Move(A, fires=True, absences=(away(A, (0, 2)),)),
    "by somebody of no post": Move("样例999", fires=True),
    "in a unit that is not his": Move(A, fires=True, unit="建设窗口"),
    "for the place as a whole": Move(A, fires=False, unit=""),
    "for the place, by somebody of no post": Move("样例999", fires=True, unit=""),
    "by the chief representative": Move(OTHER, fires=False),
    "after his letter has ended": Move(OTHER, fires=True, days=31),
    "on its last day": Move(OTHER, fires=False, days=30),
    "by nobody who is named": Move("", fires=False),
    "by a clock that was not trusted": Move("样例999", fires=False, trusted=False),
    "before the roster began": Move("样例999", fires=False, days=-1),
    "at a place without a roster": Move("样例999", fires=False, place=COUNTY),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_move_by_who_is_not_on_post_is_shown(name: str) -> None:
    move = MOVES[name]
    at_ms = NINE + move.days * 24 * HOUR
    handled = Handled(b"f" * 32, move.place, move.unit, move.person, at_ms, move.trusted)
    found = not_on_post([handled], {TOWNSHIP: Rosters((ROSTER,), move.absences)})
    assert [each.rule for each in found] == (["NOT_ON_POST"] if move.fires else [])
    assert all((each.place, each.fact_id, each.at_ms) == (move.place, handled.fact_id, at_ms) for each in found)


def test_the_letter_begins_on_its_first_day() -> None:
    late = CHIEF._replace(letter_from_day=DAY + timedelta(days=1))
    rosters = Rosters((ROSTER._replace(posts=(late,)),))
    assert [rosters.is_on_duty(OTHER, WINDOW, NINE + hours * HOUR) for hours in (0, 24)] == [False, True]
    assert rosters.on_duty(WINDOW, "审批岗", NINE) == OTHER, "he sits there all the same"


@pytest.mark.parametrize(
    ("posts", "absences", "expected"),
    [
        ((POST, CHIEF), (), []),
        ((POST, CHIEF), (away(A, (0, 2)),), []),
        ((POST, CHIEF), (away(A, (0, 2)), away(B, (0, 2))), [DESK]),
        ((POST, CHIEF._replace(holder_a="")), (), ["审批岗"]),
    ],
)
def test_a_post_that_nobody_holds_is_shown(
    posts: tuple[Post, ...], absences: tuple[Absence, ...], expected: list[str]
) -> None:
    rosters = Rosters((ROSTER._replace(posts=posts),), absences)
    assert [each.post for each in unstaffed(rosters, NINE + HOUR)] == expected
    assert unstaffed(rosters, WRITTEN) == [], "before the roster begins"


def test_both_rules_say_what_they_are() -> None:
    assert [(RULES[code].name, RULES[code].phase.value) for code in ("POST_UNSTAFFED", "NOT_ON_POST")] == [
        ("岗位无人", "事前"),
        ("不在岗人员办理", "事中"),
    ]


# Publishing.

WRONG: dict[str, tuple[Post, set[str]]] = {
    "sound": (POST, set()),
    "sound, of a chief representative": (CHIEF, set()),
    "sound, held by nobody": (Post(WINDOW, DESK), set()),
    "no unit": (POST._replace(unit=""), {"unit"}),
    "no post": (POST._replace(post=""), {"post"}),
    "neither": (POST._replace(unit="", post=""), {"unit", "post"}),
    "too long": (POST._replace(unit="窗" * 51), {"unit"}),
    "A is B": (POST._replace(holder_b=A), {"holder_b"}),
    "a name": (POST._replace(holder_a="张样例"), {"holder_a"}),
    "an ID number": (POST._replace(holder_b="510524199003078516"), {"holder_b"}),
    "a chief without a letter": (
        CHIEF._replace(letter="", letter_from_day=None, letter_to_day=None),
        {"letter", "letter_from_day", "letter_to_day"},
    ),
    "a letter of nobody": (POST._replace(letter="样例授1号"), {"letter"}),
    "a letter from before days are counted": (CHIEF._replace(letter_from_day=date(1926, 1, 1)), {"letter_from_day"}),
    "a letter that ends before it begins": (CHIEF._replace(letter_to_day=DAY - timedelta(days=1)), {"letter_to_day"}),
    "a letter that has ended": (
        CHIEF._replace(letter_from_day=DAY - timedelta(days=9), letter_to_day=DAY - timedelta(days=1)),
        {"letter_to_day"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_post_is_told_field_by_field(name: str) -> None:
    post, expected = WRONG[name]
    found = faults([post], from_day=DAY, today=DAY)
    assert {each.field for each in found} == expected
    assert all(each.about.startswith("第1个岗位") and each.message for each in found)


@pytest.mark.parametrize(
    ("posts", "more", "said"),
    [
        ((), {}, "没有岗位"),
        ((POST, POST), {}, "写了2次"),
        ((POST, POST._replace(unit="建设窗口")), {}, ""),
        ((POST,), {"today": DAY + timedelta(days=1)}, "不能补到以前"),
        ((POST,), {"from_day": DAY + timedelta(days=9)}, ""),
        (tuple(POST._replace(post=f"岗{n}") for n in range(501)), {}, "最多500个"),
    ],
)
def test_what_is_wrong_with_a_roster_as_a_whole_is_told(
    posts: tuple[Post, ...], more: dict[str, Any], said: str
) -> None:
    found = faults(posts, **{"from_day": DAY, "today": DAY, **more})
    assert [said in each.text for each in found] == ([True] if said else [])


def test_all_faults_are_told_at_once() -> None:
    posts = [POST._replace(unit=""), POST._replace(holder_b=A), CHIEF._replace(letter=""), CHIEF]
    found = faults(posts, from_day=DAY, today=DAY + timedelta(days=1))
    assert [each.field for each in found] == ["from_day", "post", "unit", "holder_b", "letter"]
