"""The figures, counted anew by plain loops. The definitions are those of supervision_service.proto."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from operations.audit import cases, places, promises
from operations.audit.cases import Said
from operations.audit.promises import Calendar, day_of
from sync.facts.v1 import fact_pb2 as pb

ENDS: dict[int, str] = {
    pb.BODY_TYPE_CLOSED: cases.CLOSED,
    pb.BODY_TYPE_REFUSED: cases.REFUSED,
    pb.BODY_TYPE_WITHDRAWN: cases.WITHDRAWN,
    pb.BODY_TYPE_LAPSED: cases.LAPSED,
    cases.OPINION_GIVEN: cases.OPINED,
}
# After these the opinions that were asked for are not needed any more.
ENDS_FORK = (pb.BODY_TYPE_DECIDED, pb.BODY_TYPE_WITHDRAWN, cases.TAKEN_IN, cases.OVERRIDDEN, cases.FORKED)
GRADES = range(1, 6)
WORST = 2
SHIRKING = (pb.BODY_TYPE_REFUSED, pb.BODY_TYPE_SENT_BACK)


class Case(NamedTuple):
    """A case as its facts make it. Where a field has a namesake among the columns of `cases`, they must agree."""

    case_id: bytes
    home: int
    township: int
    number: str = ""
    serial: int = 0
    stage: str = ""
    filed_by: int = 0
    filed_at_ms: int = 0
    received_at_ms: int = 0
    closed_at_ms: int = 0
    delivered_at_ms: int = 0
    via_village: int = 0
    duplicate: int = 0
    request: tuple[int, bytes, int] = (0, b"", 0)
    handed_over_at_ms: int = 0
    reached_above_at_ms: int = 0
    ending: str = ""
    ended_at_ms: int = 0
    rated_at_ms: int = 0
    grade: int = 0
    complaints: tuple[int, ...] = ()
    shirked: tuple[int, ...] = ()
    paper: int = 0
    # Complaints and bad ratings: id, at, grade, accepted at, answered or called back at,
    # where it was written down, and whether the clocks of the three were trusted.
    replies: tuple[tuple[str | int, ...], ...] = ()
    accepted_at_ms: int = 0
    promised_days: int = 0
    asked_at_ms: int = 0
    taken_in_at_ms: int = 0
    extended_at_ms: int = 0
    extended_to_day: int = 0
    legal_days_added: int = 0
    decided_at_ms: int = 0
    used_days: int = 0
    deadline_day: int = 0
    on_time: int = 0
    verdict_calendar: int = 0
    provisional: int = 0
    confirmed: tuple[Confirmed, ...] = ()
    settled: tuple[Confirmed, ...] = ()
    # Of a branch of a joint case: that case, and from when it is not needed any more.
    parent: bytes | None = None
    need_ended_at_ms: int = 0
    # Of a joint case: its branches, each with the time after which it is not needed. 0 = it is.
    asked: tuple[tuple[bytes, int], ...] = ()


class Confirmed(NamedTuple):
    """A finding that stands: against whom, and when the county told it."""

    place: int
    at_ms: int


def case_of(case_id: bytes, said: Iterable[Said], calendars: Sequence[Calendar] = ()) -> Case:
    """The case that these facts make, in whatever order they came."""
    known = list(said)
    filing = next((each for each in known if each.id == case_id and each.act == cases.FILED), None)
    home = (filing or known[0]).home
    counted = _counted([each for each in known if each.home == home])
    course = cases.course(case_id, home, [each for each in counted if each.is_move])
    steps = [promises.Step(each, at) for each, at in zip(course.path, course.holders, strict=True) if each.act]
    path = [step.said for step in steps]
    ratings = [each for each in counted if each.act == cases.RATED and each.grade in GRADES]
    first_rating = min(ratings, default=None, key=lambda each: each.id)
    followed: dict[str, Any] = {**_dates(path), **promises.kept(steps, calendars)}
    case = Case(case_id, home, places.township_of(home), stage=course.stage, asked=_asked(path), **followed)
    if filing:
        case = case._replace(
            number=filing.number,
            serial=filing.serial,
            filed_by=filing.place,
            filed_at_ms=filing.at_ms,
            request=filing.request,
            paper=int(filing.from_paper),
            parent=filing.parent or None,
            via_village=int(_came_by_a_station(home, path)),
        )
    return case._replace(
        rated_at_ms=first_rating.at_ms if first_rating else 0,
        grade=first_rating.grade if first_rating else 0,
        complaints=tuple(sorted(each.at_ms for each in counted if each.act == cases.COMPLAINED)),
        replies=_replies(counted, caller=places.township_of(course.holders[-1] if course.holders else home)),
        confirmed=_against(confirmed := _confirmed(home, known)),
        settled=_against(_settled(home, known, aside=confirmed)),
    )


def _replies(counted: list[Said], *, caller: int) -> tuple[tuple[str | int, ...], ...]:
    """`caller`: the office that ended the case, of a village its township; it calls back, or an office above it."""
    bad = range(1, WORST + 1)
    counted = [c for c in counted if c.act != cases.CALLED_BACK or places.contains(c.place, caller)]
    needing = [c for c in counted if c.act == cases.COMPLAINED or (c.act == cases.RATED and c.grade in bad)]
    found = []
    for each in sorted(needing, key=lambda said: (said.at_ms, said.id)):
        answering = cases.CALLED_BACK if each.grade else cases.ANSWERED_COMPLAINT
        taken_up = (0, False) if each.grade else _first_reply(counted, cases.ACCEPTED_COMPLAINT, to=each.id)
        answered = _first_reply(counted, answering, to=each.id)
        trusted = each.trusted, not taken_up[1], not answered[1]
        found.append((each.id.hex(), each.at_ms, each.grade, taken_up[0], answered[0], each.place, *trusted))
    return tuple(found)


def _first_reply(counted: list[Said], act: int, *, to: bytes) -> tuple[int, bool]:
    """When, 0 = never, and whether by a clock that was not trusted."""
    given = ((max(1, said.at_ms), not said.trusted) for said in counted if _is_reply(said, act, to=to))
    return min(given, default=(0, False))


def _is_reply(said: Said, act: int, *, to: bytes) -> bool:
    """To a complaint by the county, to a rating by a township or the county."""
    above = places.TOWNSHIP if act == cases.CALLED_BACK else places.COUNTY
    return (said.act, said.named) == (act, to) and not said.is_move and places.level(said.place) >= above


def _asked(path: list[Said]) -> tuple[tuple[bytes, int], ...]:
    found: list[tuple[bytes, int]] = []
    for at, move in enumerate(path):
        if move.act == cases.FORKED:
            ended = next((max(1, later.at_ms) for later in path[at + 1 :] if later.act in ENDS_FORK), 0)
            found += [(branch, ended) for branch in move.branches]
    return tuple(found)


def _counted(said: list[Said]) -> list[Said]:
    """Of two facts with one (recorder, request, index) the smaller id."""
    smallest: dict[tuple[int, bytes, int], bytes] = {}
    for each in said:
        smallest[each.request] = min(each.id, smallest.get(each.request, each.id))
    return [each for each in said if smallest[each.request] == each.id]


def _own(home: int, known: list[Said]) -> list[Said]:
    return [each for each in known if places.level(each.place) == places.COUNTY and each.home == home]


def _confirmed(home: int, known: list[Said]) -> dict[cases.Limit, Said]:
    """Told once for a limit, however often: by the smallest id of those that the county has not withdrawn."""
    own = _own(home, known)
    withdrawn = {each.withdraws for each in own}
    standing = [each for each in own if each.finding and each.id not in withdrawn]
    first: dict[cases.Limit, Said] = {}
    for each in sorted(standing, key=lambda each: each.id):
        if each.finding:
            first.setdefault(each.finding, each)
    return first


def _settled(home: int, known: list[Said], *, aside: Collection[cases.Limit]) -> dict[cases.Limit, Said]:
    """Late by the last word of a person. It counts where the evidence does not say anything by itself."""
    last = {each.settles: each for each in sorted(_own(home, known), key=lambda e: (e.at_ms, e.id)) if each.settles}
    return {limit: each for limit, each in last.items() if limit and each.late and limit not in aside}


def _against(told: dict[cases.Limit, Said]) -> tuple[Confirmed, ...]:
    return tuple(sorted(Confirmed(limit.place, each.at_ms) for limit, each in told.items()))


def _dates(path: list[Said]) -> dict[str, Any]:
    above = [each for each in path if places.level(each.place) > places.VILLAGE]
    end = next((each for each in path if each.act in ENDS), None)
    return {
        "received_at_ms": above[0].at_ms if above else 0,
        "closed_at_ms": _first(path, lambda m: m.act == pb.BODY_TYPE_CLOSED),
        "delivered_at_ms": _first(path, lambda m: m.act == pb.BODY_TYPE_DELIVERED),
        "handed_over_at_ms": _first(path, _is_by_a_station),
        "reached_above_at_ms": _first(path, lambda m: m.act in (cases.TAKEN_IN, cases.OVERRIDDEN)),
        "ending": ENDS[end.act] if end else "",
        "ended_at_ms": end.at_ms if end else 0,
        "shirked": tuple(each.at_ms for each in path if each.act in SHIRKING and not each.reasoned),
    }


def _first(path: list[Said], wanted: Callable[[Said], bool]) -> int:
    return next((each.at_ms for each in path if wanted(each)), 0)


def _is_by_a_station(move: Said) -> bool:
    return move.act == cases.HANDED_OVER and places.level(move.place) == places.VILLAGE


def _came_by_a_station(home: int, path: list[Said]) -> bool:
    """Filed for a village and handed over by its station, or keyed in for it above."""
    handed_over = any(map(_is_by_a_station, path))
    keyed_in = bool(path) and places.level(path[0].place) > places.VILLAGE
    return places.level(home) == places.VILLAGE and (handed_over or keyed_in)


def unjudged(case: Case) -> Case:
    """Without what also the calendars say."""
    return case._replace(used_days=0, deadline_day=0, on_time=0, verdict_calendar=0, provisional=0)


def mark_repeated(found: list[Case]) -> list[Case]:
    """One act of filing that made two cases makes one: that with the smaller id. Of branches a fork says which."""
    first: dict[tuple[int, bytes, int], bytes] = {}
    for case in found:
        first[case.request] = min(case.case_id, first.get(case.request, case.case_id))
    return [
        c._replace(duplicate=1) if c.filed_by and not c.parent and first[c.request] != c.case_id else c for c in found
    ]


def mark_not_needed(found: list[Case]) -> list[Case]:
    """A branch ends with what its case needs it for; one that no move of its case names was never needed."""
    parents = {case.case_id: case for case in found if case.stage}
    return [_as_needed(case, parents.get(case.parent)) if case.parent and case.stage else case for case in found]


def _as_needed(branch: Case, parent: Case | None) -> Case:
    if parent is None:
        return branch
    ended = next((at_ms for name, at_ms in parent.asked if name == branch.case_id), max(1, branch.filed_at_ms))
    return branch._replace(need_ended_at_ms=ended)


# Counting.


class Period(NamedTuple):
    """Days since 1970-01-01 in Asia/Shanghai, both included."""

    first: int = 0
    last: int = 1 << 40

    def has(self, at_ms: int) -> bool:
        return bool(at_ms) and self.first <= day_of(at_ms) <= self.last

    def reaches(self, at_ms: int) -> bool:
        """It happened on or before the last day."""
        return bool(at_ms) and day_of(at_ms) <= self.last


Figure = Callable[[Case, Period], int]


def _ended(c: Case, p: Period, *, how: str) -> bool:
    return c.ending == how and p.has(c.ended_at_ms)


def _judged(c: Case, p: Period) -> bool:
    return _ended(c, p, how=cases.CLOSED) and bool(c.accepted_at_ms) and not c.provisional


def _same_day(c: Case) -> bool:
    return c.promised_days == 0 and day_of(c.closed_at_ms) == day_of(c.accepted_at_ms)


FIGURES: dict[str, Figure] = {
    "handled": lambda c, p: p.has(c.received_at_ms),
    "via_village_stations": lambda c, p: p.has(c.received_at_ms) and c.via_village,
    "closed": lambda c, p: p.has(c.ended_at_ms),
    "open": lambda c, p: p.reaches(c.received_at_ms) and not p.reaches(c.ended_at_ms),
    "in_transit": lambda c, p: p.reaches(c.handed_over_at_ms) and not p.reaches(c.reached_above_at_ms),
    "refused": lambda c, p: _ended(c, p, how=cases.REFUSED),
    "withdrawn": lambda c, p: _ended(c, p, how=cases.WITHDRAWN),
    "lapsed": lambda c, p: _ended(c, p, how=cases.LAPSED),
    "judged": _judged,
    "on_time": lambda c, p: _judged(c, p) and c.on_time,
    "early": lambda c, p: _judged(c, p) and (c.used_days < c.promised_days or _same_day(c)),
    "not_instant": lambda c, p: _judged(c, p) and c.promised_days > 0,
    "promised_early": lambda c, p: _judged(c, p) and c.used_days < c.promised_days,
    "instant": lambda c, p: _judged(c, p) and c.promised_days == 0,
    "same_day": lambda c, p: _judged(c, p) and _same_day(c),
    "extended": lambda c, p: _judged(c, p) and bool(c.extended_at_ms or c.legal_days_added),
    "provisional": lambda c, p: _ended(c, p, how=cases.CLOSED) and bool(c.accepted_at_ms) and c.provisional,
    "rated": lambda c, p: p.has(c.rated_at_ms),
    "satisfied": lambda c, p: p.has(c.rated_at_ms) and c.grade >= 3,
    "complaints": lambda c, p: sum(map(p.has, c.complaints)),
    "shirked": lambda c, p: sum(map(p.has, c.shirked)),
    "paper_claimed": lambda c, p: p.has(c.received_at_ms) and c.paper,
}

# Of what, in percent.
PERCENTS = {
    "satisfied_percent": ("satisfied", "rated"),
    "on_time_percent": ("on_time", "judged"),
    "early_percent": ("early", "judged"),
    "promised_early_percent": ("promised_early", "not_instant"),
    "same_day_percent": ("same_day", "instant"),
}

Figures = dict[str, float]


def count(found: Iterable[Case], period: Period) -> Figures:
    """All figures of some cases. A percentage is left out where there is nothing to divide by."""
    figures: Figures = dict.fromkeys(FIGURES, 0)
    for case in found:
        if case.stage and not case.duplicate and not case.parent:
            for name, figure in FIGURES.items():
                figures[name] += int(figure(case, period))
    for name, (part, whole) in PERCENTS.items():
        if figures[whole]:
            figures[name] = 100 * figures[part] / figures[whole]
    return figures


class Against(NamedTuple):
    """Findings that were told in a period and stand, and what persons said then: whether a limit still depends on their
    word only who weighs the evidence can say."""

    told: int = 0
    said: int = 0


def confirmed(found: Iterable[Case], period: Period) -> dict[int, Against]:
    """By the office they are against."""
    against: dict[int, Against] = {}
    for case in found:
        for each, told, said in (*((e, 1, 0) for e in case.confirmed), *((e, 0, 1) for e in case.settled)):
            if not case.duplicate and period.has(each.at_ms):
                before = against.get(each.place, Against())
                against[each.place] = Against(before.told + told, before.said + said)
    return against


def rows(found: Iterable[Case], period: Period, *, within: int) -> dict[int, Figures]:
    """The figures of each place directly below `within`, and of its own cases."""
    by_place: dict[int, list[Case]] = {}
    for case in found:
        if places.contains(within, case.home):
            by_place.setdefault(places.below(within, case.home), []).append(case)
    return {place: count(cases_there, period) for place, cases_there in by_place.items()}
