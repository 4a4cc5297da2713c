"""What is owed to those who complained or were not satisfied: who may reply, once, and within how many days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from county_node import seed
from sync.cases.clocks import ClockLevel
from sync.cases.decide import ActRequest, Draft, allowed_acts, decide
from sync.cases.fold import CaseState
from sync.cases.replies import Reply, ReplyKind, Said, Voice, replier, replies, standing, voices, waiting
from sync.cases.stages import Act
from sync.cases.workdays import day_of
from sync.errors import Refused
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE, Story
from tests.rules.test_clocks import at
from tests.rules.test_decide_course import CALENDAR as KNOWN
from tests.rules.test_decide_course import CATALOGUE, CLOSED, a_case

CALENDAR = seed.calendar()
COMPLAINT, OTHER, RATING = b"c" * 32, b"d" * 32, b"r" * 32
# Before and after the days of rest of October 2009.
FRIDAY, MONDAY_AFTER = "2009-09-25", "2009-10-12"

COMPLAINED = Said(COMPLAINT, Act.COMPLAIN, VILLAGE, at(FRIDAY))
RATED = Said(RATING, Act.RATE, TOWNSHIP, at(FRIDAY), grade=1)


def reply(act: Act, place: int, on: str, *, named: bytes = COMPLAINT, fact_id: bytes = b"x" * 32) -> Said:
    return Said(fact_id, act, place, at(on), named)


# What counts.


@pytest.mark.parametrize(
    ("said", "accepted", "replied"),
    [
        ([], "", ""),
        ([reply(Act.ACCEPT_COMPLAINT, COUNTY, "2009-09-28")], "2009-09-28", ""),
        ([reply(Act.ANSWER_COMPLAINT, COUNTY, "2009-09-28")], "", "2009-09-28"),
        # The office complained of does not answer for itself, nor its township.
        (
            [reply(Act.ACCEPT_COMPLAINT, TOWNSHIP, "2009-09-28"), reply(Act.ANSWER_COMPLAINT, VILLAGE, "2009-09-28")],
            "",
            "",
        ),
        # Written twice, the first counts, in whatever order they came.
        (
            [reply(Act.ANSWER_COMPLAINT, COUNTY, "2009-10-10"), reply(Act.ANSWER_COMPLAINT, COUNTY, "2009-09-29")],
            "",
            "2009-09-29",
        ),
        ([reply(Act.ACCEPT_COMPLAINT, COUNTY, "2009-09-28", named=OTHER)], "", ""),
    ],
)
def test_a_complaint_is_replied_to_by_the_county_and_the_first_reply_counts(
    said: list[Said], accepted: str, replied: str
) -> None:
    (voice,) = voices([COMPLAINED, *said], caller=TOWNSHIP)
    assert (voice.fact_id, voice.is_complaint) == (COMPLAINT, True)
    assert voice.accepted_at_ms == (at(accepted) if accepted else 0)
    assert voice.replied_at_ms == (at(replied) if replied else 0)


def test_a_reply_without_a_time_is_a_reply_in_whatever_order_it_comes() -> None:
    known = [COMPLAINED, reply(Act.ANSWER_COMPLAINT, COUNTY, "2009-09-28")]
    none = known[1]._replace(at_ms=0)
    found = [voices(said, caller=TOWNSHIP) for said in ([*known, none], [none, *known], [none, COMPLAINED])]
    assert [each.replied_at_ms for (each,) in found] == [1, 1, 1]


@pytest.mark.parametrize(
    ("rated", "custodian", "called_back_by", "needs", "replied"),
    [
        (RATED, TOWNSHIP, 0, True, False),
        (RATED._replace(grade=2), TOWNSHIP, TOWNSHIP, True, True),
        (RATED, TOWNSHIP, COUNTY, True, True),
        (RATED, TOWNSHIP, VILLAGE, True, False),
        (RATED, TOWNSHIP, OTHER_TOWNSHIP, True, False),
        (RATED, VILLAGE, TOWNSHIP, True, True),
        # The county ended the case.
        (RATED, COUNTY, TOWNSHIP, True, False),
        (RATED, COUNTY, COUNTY, True, True),
        (RATED._replace(grade=3), TOWNSHIP, 0, False, False),
    ],
)
def test_a_bad_rating_is_called_back_by_whoever_ended_the_case_or_above(
    rated: Said, custodian: int, called_back_by: int, needs: bool, replied: bool
) -> None:
    caller = replier(ReplyKind.CALL_BACK, home=VILLAGE, custodian=custodian)
    back = reply(Act.CALL_BACK, called_back_by or TOWNSHIP, "2009-09-28", named=RATING)
    found = voices([rated, *([back] if called_back_by else [])], caller=caller)
    assert [bool(voice.replied_at_ms) for voice in found] == ([replied] if needs else [])


def test_a_good_rating_hides_no_bad_one() -> None:
    """Written apart at two nodes: of the figures one counts, but whoever was not satisfied is called back."""
    good = RATED._replace(fact_id=b"a" * 32, grade=5)
    assert [each.fact_id for each in voices([good, RATED], caller=TOWNSHIP)] == [RATING]


# Clocks.


def owed(voice: Voice) -> dict[ReplyKind, Reply]:
    return {each.kind: each for each in replies(voice, calendar=CALENDAR)}


def test_the_limits_are_working_days_from_the_complaint_or_the_rating() -> None:
    complaint, rating = owed(Voice(COMPLAINT, at(FRIDAY))), owed(Voice(RATING, at(FRIDAY), grade=2))
    due = {kind: (each.limit_days, str(each.deadline.day)) for kind, each in (complaint | rating).items()}
    # 2009-10-01 to 08 were free; Sunday 09-27 and Saturday 10-10 were worked.
    assert due == {
        ReplyKind.COMPLAINT_ACCEPTANCE: (5, "2009-10-09"),
        ReplyKind.COMPLAINT_ANSWER: (10, "2009-10-15"),
        ReplyKind.CALL_BACK: (15, "2009-10-22"),
    }


@pytest.mark.parametrize(
    ("voice", "today", "known", "level", "shown"),
    [
        (Voice(COMPLAINT, at(FRIDAY)), FRIDAY, True, ClockLevel.NORMAL, "剩余"),
        (Voice(COMPLAINT, at(FRIDAY)), "2009-10-09", True, ClockLevel.LAST_DAY, "今天到期"),
        (Voice(COMPLAINT, at(FRIDAY)), MONDAY_AFTER, True, ClockLevel.OVERDUE, "超期"),
        (Voice(COMPLAINT, at(FRIDAY)), MONDAY_AFTER, False, ClockLevel.OVERDUE_PROVISIONAL, "待核"),
        (Voice(COMPLAINT, at(FRIDAY), 0, at("2009-09-30")), MONDAY_AFTER, True, ClockLevel.NORMAL, "按时"),
        (Voice(COMPLAINT, at(FRIDAY), 0, at(MONDAY_AFTER)), MONDAY_AFTER, True, ClockLevel.OVERDUE, "逾期"),
        # An answer is a taking up as well.
        (Voice(COMPLAINT, at(FRIDAY), 0, 0, at("2009-09-29")), MONDAY_AFTER, True, ClockLevel.NORMAL, "按时"),
    ],
)
def test_how_taking_up_a_complaint_stands(voice: Voice, today: str, known: bool, level: ClockLevel, shown: str) -> None:
    acceptance = owed(voice)[ReplyKind.COMPLAINT_ACCEPTANCE]
    found = standing(acceptance, calendar=CALENDAR, today=date.fromisoformat(today), known=known)
    assert found.level is level
    assert shown in found.time_left


@pytest.mark.parametrize(
    ("voice", "today", "level", "shown"),
    [
        (Voice(COMPLAINT, at(FRIDAY), trusted=False), FRIDAY, ClockLevel.NORMAL, "剩余"),
        (Voice(COMPLAINT, at(FRIDAY), trusted=False), "2009-10-16", ClockLevel.OVERDUE_PROVISIONAL, "待核"),
        # Neither kept nor late by a clock that cannot be relied on; before the last day it was in time in any case.
        (
            Voice(COMPLAINT, at(FRIDAY), 0, 0, at(FRIDAY), replied_trusted=False),
            "2009-10-15",
            ClockLevel.NORMAL,
            "按时",
        ),
        (
            Voice(COMPLAINT, at(FRIDAY), 0, 0, at(FRIDAY), replied_trusted=False),
            "2009-10-16",
            ClockLevel.OVERDUE_PROVISIONAL,
            "待核",
        ),
        # What is wrong with the acceptance says nothing of the answer.
        (Voice(COMPLAINT, at(FRIDAY), 0, at(FRIDAY), accepted_trusted=False), "2009-10-16", ClockLevel.OVERDUE, "超期"),
    ],
)
def test_a_clock_that_is_not_trusted_accuses_nobody(voice: Voice, today: str, level: ClockLevel, shown: str) -> None:
    answer = owed(voice)[ReplyKind.COMPLAINT_ANSWER]
    found = standing(answer, calendar=CALENDAR, today=date.fromisoformat(today), known=True)
    assert (found.level, shown in found.time_left) == (level, True)
    assert (answer.done is None) == (not voice.replied_at_ms), "it ends what is owed"


def test_a_reply_is_not_judged_by_a_calendar_that_does_not_cover_its_days() -> None:
    short = replace(CALENDAR, last_day=date(2009, 9, 30))
    for done, shown in (("2009-10-05", "暂定"), ("2009-10-12", "暂定"), ("", "暂定")):
        voice = Voice(COMPLAINT, at(FRIDAY), 0, at(done) if done else 0)
        acceptance = next(replies(voice, calendar=short))
        found = standing(acceptance, calendar=short, today=date(2009, 10, 12), known=True)
        assert (found.level, shown in found.time_left) == (ClockLevel.PROVISIONAL, True)


# Who, and when.


@pytest.mark.parametrize(
    ("kind", "home", "custodian", "place"),
    [
        (ReplyKind.COMPLAINT_ANSWER, VILLAGE, TOWNSHIP, COUNTY),
        (ReplyKind.COMPLAINT_ACCEPTANCE, COUNTY, COUNTY, COUNTY),
        (ReplyKind.CALL_BACK, VILLAGE, TOWNSHIP, TOWNSHIP),
        (ReplyKind.CALL_BACK, VILLAGE, COUNTY, COUNTY),
        # A village only carries papers.
        (ReplyKind.CALL_BACK, VILLAGE, VILLAGE, TOWNSHIP),
    ],
)
def test_whose_turn_it_is(kind: ReplyKind, home: int, custodian: int, place: int) -> None:
    assert replier(kind, home=home, custodian=custodian) == place


NEW = Voice(COMPLAINT, 1)
TAKEN_UP = Voice(COMPLAINT, 1, accepted_at_ms=2)
ANSWERED = Voice(COMPLAINT, 1, accepted_at_ms=2, replied_at_ms=3)
BAD = Voice(RATING, 1, grade=1)
CALLED_BACK = Voice(RATING, 1, grade=1, replied_at_ms=2)


@pytest.mark.parametrize(
    ("voice", "acts"),
    [
        (NEW, {Act.ACCEPT_COMPLAINT}),
        (TAKEN_UP, {Act.ANSWER_COMPLAINT}),
        (ANSWERED, set()),
        (BAD, {Act.CALL_BACK}),
        (CALLED_BACK, set()),
    ],
)
def test_each_reply_is_given_once_and_in_order(voice: Voice, acts: set[Act]) -> None:
    replying = (Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT, Act.CALL_BACK)
    assert {act for act in replying if waiting([voice], act)} == acts


def asked(act: Act, place: int, *said: Voice, case: CaseState = CLOSED, rated: bool = False, **words: Any) -> Draft:
    today = day_of(at("2010-03-01"))
    request = ActRequest(act, place, **words)
    return decide(request, case=case, catalogue=CATALOGUE, today=today, calendar=KNOWN, voices=said, rated=rated)


@pytest.mark.parametrize(
    ("act", "place", "said", "words", "named"),
    [
        (Act.ACCEPT_COMPLAINT, COUNTY, (NEW,), {}, COMPLAINT),
        (Act.ACCEPT_COMPLAINT, COUNTY, (NEW, NEW._replace(fact_id=OTHER)), {"fact_id": OTHER}, OTHER),
        (Act.ANSWER_COMPLAINT, COUNTY, (TAKEN_UP,), {"said": True}, COMPLAINT),
        (Act.CALL_BACK, TOWNSHIP, (BAD, NEW), {"reason": "已改进"}, RATING),
        (Act.CALL_BACK, COUNTY, (BAD,), {"reason": "已改进", "fact_id": RATING}, RATING),
    ],
)
def test_a_reply_names_what_it_is_about(
    act: Act, place: int, said: tuple[Voice, ...], words: dict[str, Any], named: bytes
) -> None:
    assert asked(act, place, *said, **words).fact_id == named


@pytest.mark.parametrize(
    ("code", "act", "place", "said", "words"),
    [
        ("ONLY_THE_COUNTY_REPLIES", Act.ACCEPT_COMPLAINT, TOWNSHIP, (NEW,), {}),
        ("ONLY_THE_COUNTY_REPLIES", Act.ANSWER_COMPLAINT, VILLAGE, (TAKEN_UP,), {"said": True}),
        ("PLACE_NOT_ON_PATH", Act.CALL_BACK, OTHER_TOWNSHIP, (BAD,), {"reason": "已改进"}),
        ("NOT_YOURS_TO_CALL_BACK", Act.CALL_BACK, VILLAGE, (BAD,), {"reason": "已改进"}),
        ("NO_COMPLAINT_WAITS", Act.ACCEPT_COMPLAINT, COUNTY, (), {}),
        ("NO_COMPLAINT_WAITS", Act.ACCEPT_COMPLAINT, COUNTY, (TAKEN_UP,), {}),
        ("NO_COMPLAINT_WAITS", Act.ANSWER_COMPLAINT, COUNTY, (NEW,), {"said": True}),
        ("NO_COMPLAINT_WAITS", Act.ANSWER_COMPLAINT, COUNTY, (ANSWERED,), {"said": True}),
        ("TEXT_MISSING", Act.ANSWER_COMPLAINT, COUNTY, (TAKEN_UP,), {}),
        ("NO_RATING_WAITS", Act.CALL_BACK, TOWNSHIP, (NEW, CALLED_BACK), {"reason": "已改进"}),
        ("RESULT_MISSING", Act.CALL_BACK, TOWNSHIP, (BAD,), {"reason": " "}),
        ("WHICH_ONE", Act.ACCEPT_COMPLAINT, COUNTY, (NEW, NEW._replace(fact_id=OTHER)), {}),
        ("FACT_DOES_NOT_WAIT", Act.ACCEPT_COMPLAINT, COUNTY, (NEW,), {"fact_id": OTHER}),
        ("ALREADY_RATED", Act.RATE, TOWNSHIP, (BAD,), {"grade": 5, "rated": True}),
        ("CHANNEL_UNKNOWN", Act.COMPLAIN, TOWNSHIP, (), {"said": True, "detail": "托梦"}),
        ("CHANNEL_UNKNOWN", Act.RATE, TOWNSHIP, (), {"grade": 5, "detail": "96196"}),
    ],
)
def test_a_reply_that_may_not_be_given_is_refused(
    code: str, act: Act, place: int, said: tuple[Voice, ...], words: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        asked(act, place, *said, **words)
    assert refused.value.code == code
    assert str(refused.value).endswith("。")


def test_a_reply_is_offered_only_where_one_is_owed() -> None:
    def offered(case: CaseState, place: int, *said: Voice) -> set[Act]:
        today = day_of(at("2010-03-01"))
        found = allowed_acts(case, place=place, unit="", catalogue=CATALOGUE, today=today, voices=said)
        return set(found) & {Act.ACCEPT_COMPLAINT, Act.ANSWER_COMPLAINT, Act.CALL_BACK}

    assert offered(CLOSED, COUNTY) == set()
    assert offered(CLOSED, COUNTY, NEW, BAD) == {Act.ACCEPT_COMPLAINT, Act.CALL_BACK}
    assert offered(CLOSED, TOWNSHIP, NEW, BAD) == {Act.CALL_BACK}
    assert offered(a_case(), COUNTY, TAKEN_UP) == {Act.ANSWER_COMPLAINT}
    assert offered(Story().case(), VILLAGE, NEW) == set()
