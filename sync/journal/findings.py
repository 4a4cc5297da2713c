"""Limits that offices have let pass, or may have: found from the cases of a book, kept by the county, told as facts.

A finding is suspected until all that the office did up to the deadline is known here. Then it is confirmed by a fact of
the county, and withdrawn by another when an act done in time comes after all.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.cases import places
from sync.cases.clocks import DELIVERY_DAYS, NO_CALENDAR, ClockKind, Step
from sync.cases.fold import OFFERS, CaseState
from sync.cases.limits import ANYBODY_ON_THE_WAY, Coverage, Finding, Leg, Limit, Moment, Standing, judged, limits
from sync.cases.stages import Act
from sync.cases.workdays import Calendar, begin_of, day_of, end_of, number_of
from sync.catalogue import delegation
from sync.catalogue.items import Power, ServiceItem
from sync.catalogue.release import Catalogue
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import known
from sync.journal.accountability import UNIT
from sync.journal.cases import CaseFacts, Stored, load, load_parent, need_of, steps_of, township_of
from sync.journal.clocks import Judging
from sync.journal.keys import has_a_node
from sync.journal.records import SETTLED, settled_so_far
from sync.journal.translation import act_of, body_of, move_of
from sync.journal.writing import Draft

if TYPE_CHECKING:
    from sync.journal.writing import Transaction

log = logging.getLogger(__name__)

SWEPT = "supervised_through"
"""Name of the value that says through which fact cases have been looked at."""

# Shown in yellow, and nobody's fault by itself: a late stage is not yet a late case.
NOT_FOUND = frozenset({ClockKind.STAGE})
LATE = frozenset({Standing.SUSPECTED, Standing.FOR_A_PERSON, Standing.CONFIRMED})
WITHDRAWN = "withdrawn"
UNSETTLED = "standing IN ('suspected', 'for_a_person')"


class Weighed(NamedTuple):
    """A limit of a case, and what can be said of it."""

    limit: Limit
    finding: Finding


class Rests(NamedTuple):
    """What was found of a case follows from its facts, from catalogue and calendar, and from this.

    `until`: the last day on which no further limit of it has passed. `may_accept`: whether its holder may by what was
    delegated. `covered`: of each limit that has passed, what was known.
    """

    home: int
    item_code: str
    filed_release: int
    holder: int
    may_accept: bool
    in_touch: bool
    until: date
    covered: tuple[tuple[Limit, Coverage], ...]


@dataclass(frozen=True)
class Weighing:
    """Weighs limits at one moment, by the catalogue, the calendar and the evidence held at a place."""

    conn: Any
    here: int
    catalogue: Catalogue
    calendar: Calendar
    today: date
    evidence: dict[tuple[int, int], known.Evidence] = field(default_factory=dict)
    """By place and home, what has been read: while cases are weighed, nothing more comes of anybody else."""
    in_touch: dict[int, bool] = field(default_factory=dict)
    """The same of each township: whether it has been heard of since this store was set back."""

    def of(self, case: CaseFacts) -> list[Weighed]:
        """Every limit of a case. None where it is not filed yet, as far as is known here."""
        later = self._written_later(case)
        moments = [self._moment(each, later) for each in case.facts if each.fact.fact_class == fact_pb2.FACT_CLASS_MOVE]
        found = limits(
            self._legs(case, later),
            item=self.item(case),
            calendar=self.calendar,
            today=self.today,
            may_accept=partial(self._may_accept, case.state.item_code, case.state.filed_release),
        )
        parent = load_parent(self.conn, case)
        if parent is not None:
            found = self._as_long_as_needed(case, parent, found)
        covered = partial(self._coverage, case, in_doubt=bool(case.parent_id) and not _is_whole(parent))
        return [
            Weighed(each, judged(each, today=self.today, moments=moments, coverage=partial(covered, each)))
            for each in found
        ]

    def _as_long_as_needed(self, case: CaseFacts, parent: CaseFacts, found: Iterable[Limit]) -> list[Limit]:
        """Once a joint case is decided, over or in other hands, nobody is late with an opinion on it."""
        need = need_of(case, parent)
        if need is None:
            return list(found)
        if not need.by:
            return []
        ends, later = parent.by_id()[need.by], self._written_later(parent)
        at_ms, doubtful = max(need.at_ms, later.get(ends.row, 0)), self._is_doubtful(ends, later)
        return [
            # The opinion came, or should have come, while it was needed.
            each
            if (each.ended_by and each.ended_at_ms <= at_ms) or (day_of(at_ms) > each.deadline.day and not doubtful)
            else each._replace(ended_by=need.by, ended_at_ms=at_ms, ended_doubtfully=doubtful)
            for each in found
        ]

    def is_in_touch(self, home: int) -> bool:
        """Whether the township of a home has been heard of since this store was last set back: what was told before
        that comes back from there."""
        township = township_of(home)
        if township not in self.in_touch:
            self.in_touch[township] = known.is_back_in_touch(self.conn, here=self.here, township=township)
        return self.in_touch[township]

    def rests(self, case: CaseFacts, weighed: Iterable[Weighed]) -> Rests | None:
        """None: on more than is noted here. What is found of a branch rests on the joint case, and what to make of a
        fact that was written later than it says on all that its author wrote."""
        if case.parent_id or self._written_later(case):
            return None
        state, limits = case.state, [each.limit for each in weighed]
        holder = state.custodian.place if state.custodian else 0
        days = [day for each in limits for day in (each.deadline.day, each.deemed_on) if day and day >= self.today]
        passed = [each for each in limits if each.is_late(self.today)]
        return Rests(
            case.home,
            state.item_code,
            state.filed_release,
            holder,
            self._may_accept(state.item_code, state.filed_release, holder, self.today),
            self.is_in_touch(case.home),
            min(days, default=date.max),
            tuple((each, self._covers(case.home, each)) for each in passed),
        )

    def still(self, rests: Rests) -> bool:
        """Whether what something rests on is still so."""
        return (
            self.today <= rests.until
            and self._may_accept(rests.item_code, rests.filed_release, rests.holder, self.today) == rests.may_accept
            and self.is_in_touch(rests.home) == rests.in_touch
            and all(self._covers(rests.home, limit) == covers for limit, covers in rests.covered)
        )

    def item(self, case: CaseFacts) -> ServiceItem | None:
        return self.catalogue.item_to_judge_by(case.state.item_code, case.state.item_version)

    def _may_accept(self, item_code: str, release: int, place: int, day: date) -> bool:
        """By what was delegated when the case was filed: a later release makes nobody late, and excuses nobody."""
        if places.level(place) != places.TOWNSHIP:
            return places.level(place) > places.TOWNSHIP
        return delegation.power_at_release(self.catalogue, release, place, item_code, Power.ACCEPT, day)

    def _coverage(self, case: CaseFacts, limit: Limit, *, in_doubt: bool) -> Coverage:
        """`in_doubt`: whether the limit ran at all is not known yet."""
        return Coverage.NOT_YET if in_doubt else self._covers(case.home, limit)

    def _covers(self, home: int, limit: Limit) -> Coverage:
        """The worst of all whose word is needed."""
        found = {self._coverage_of(place, home, limit) for place in self._whose_turn(home, limit)}
        return next(each for each in (Coverage.NOT_YET, Coverage.HOLE, Coverage.KNOWN) if each in found)

    def _coverage_of(self, place: int, home: int, limit: Limit) -> Coverage:
        key = place, home
        if key not in self.evidence:
            self.evidence[key] = known.evidence(self.conn, here=self.here, place=place, scope=Scope(PATH, home))
        return self.evidence[key].covers(limit.known_ms)

    def _whose_turn(self, home: int, limit: Limit) -> list[int]:
        """The places whose word is needed before anything can be said of a limit."""
        if limit.kind not in ANYBODY_ON_THE_WAY:
            return [limit.place]
        below = [each for each in places.path(home) if places.contains(limit.place, each) and each != limit.place]
        return [limit.place, *(each for each in below if has_a_node(self.conn, each))]

    def _legs(self, case: CaseFacts, later: dict[int, int]) -> list[Leg]:
        facts = case.by_id()
        return [
            self._leg(facts[name], step._replace(at_ms=max(step.at_ms, later.get(facts[name].row, 0))), later)
            for name, step in steps_of(case)
        ]

    def _leg(self, stored: Stored, step: Step, later: dict[int, int]) -> Leg:
        doubtful = self._is_doubtful(stored, later)
        if step.act not in OFFERS:
            return Leg(stored.fact_id, step, doubtful=doubtful)
        arrived = self.conn.execute("SELECT at_ms FROM arrivals WHERE fact=?", [stored.row]).fetchone()
        return Leg(
            stored.fact_id,
            step,
            offered_place=move_of(stored.fact_id, stored.fact).to_place,
            arrived_at_ms=arrived[0] if arrived else 0,
            doubtful=doubtful,
        )

    def _moment(self, stored: Stored, later: dict[int, int]) -> Moment:
        fact = stored.fact
        return Moment(
            fact_id=stored.fact_id,
            act=act_of(fact),
            place=fact.recorder.place,
            recorded_at_ms=fact.recorded_at_ms,
            not_before_ms=later.get(stored.row, 0),
            doubtful=self._is_doubtful(stored, later) or _is_claimed(fact),
        )

    def _is_doubtful(self, stored: Stored, later: dict[int, int]) -> bool:
        untrusted = stored.fact.clock_state != fact_pb2.CLOCK_STATE_TRUSTED
        return untrusted or (stored.row in later and known.went_back(self.conn, stored.row))

    def _written_later(self, case: CaseFacts) -> dict[int, int]:
        """By the row of a fact that was written after its author had signed for a journal without it, that time."""
        found = self.conn.execute(
            "SELECT fact, not_before_ms FROM backdated WHERE fact IN (SELECT value FROM json_each(?))",
            [json.dumps([each.row for each in case.facts])],
        )
        return dict(found.fetchall())


def _is_whole(joint: CaseFacts | None) -> bool:
    """Whether a joint case can be read to its end: a move that does not count yet may have ended what it asked for."""
    if joint is None or joint.state.tip is None:
        return False
    return not (joint.beyond_gap or joint.state.waiting or joint.state.held_for_upgrade)


def _is_claimed(fact: fact_pb2.Fact) -> bool:
    """Handed out where there is no node, and entered from a paper book: only a person can say when it was."""
    on_paper = fact.happened_source == fact_pb2.HAPPENED_SOURCE_PAPER_PAGE
    return on_paper and act_of(fact) is Act.DELIVER


def weighing_in(tx: Transaction) -> Weighing:
    """What weighs limits inside a commit."""
    return Weighing(
        conn=tx.conn,
        here=tx.identity.place,
        catalogue=tx.catalogues.catalogue(),
        calendar=tx.catalogues.calendar() or NO_CALENDAR,
        today=day_of(tx.reading().now_ms),
    )


# Looking.


class ToLookAt(NamedTuple):
    """The rows of cases to be looked at, and the newest fact they come from."""

    rows: list[int]
    through: int


def to_look_at(conn: Any, judging: Judging, *, since: int) -> ToLookAt:
    """Cases of which something new is here, and those in which a limit has passed or of which a finding is not settled,
    unless nothing can have changed since they were looked at. In the order of their homes."""
    (through,) = conn.execute("SELECT COALESCE(MAX(id), 0) FROM facts").fetchone()
    weighing = Weighing(conn, judging.here, judging.catalogue, judging.calendar, judging.today)
    rows = {row for (row,) in conn.execute(f"SELECT case_row FROM findings WHERE {UNSETTLED}").fetchall()}
    begun_ms = begin_of(judging.today)
    rows |= {
        case.row
        for case in judging.all_open()
        # Of what was filed today no limit has passed.
        if case.course.filed_at_ms < begun_ms and judging.first_deadline(case) < judging.today
    }
    rows |= set(_undelivered(conn, judging))
    rows = {row for row in rows if row not in judging.rests or not weighing.still(judging.rests[row])}
    rows |= set(_fresh(weighing, since=since))
    in_order = conn.execute(
        "SELECT id FROM cases WHERE id IN (SELECT value FROM json_each(?)) ORDER BY home, id", [json.dumps([*rows])]
    )
    return ToLookAt([row for (row,) in in_order], through)


def _undelivered(conn: Any, judging: Judging) -> Iterator[int]:
    """Cases that have ended, whose result should have been delivered by now, and of which that is not said yet."""
    decided = conn.execute(
        "SELECT id, decided_at_ms FROM cases c WHERE stage='CLOSED' AND duplicate=0 AND decided_at_ms BETWEEN 1 AND ? "
        "AND NOT EXISTS (SELECT 1 FROM findings n WHERE n.case_row=c.id AND n.kind=?)",
        [begin_of(judging.today - timedelta(days=DELIVERY_DAYS)), int(ClockKind.DELIVERY)],
    )
    for row, decided_at_ms in decided:
        if judging.calendar.deadline(day_of(decided_at_ms), DELIVERY_DAYS).day < judging.today:
            yield row


def _fresh(weighing: Weighing, *, since: int) -> Iterator[int]:
    """Of the cases of which something new is here, those in which a limit has passed, or had as far as was known."""
    today, conn = weighing.today, weighing.conn
    cases = conn.execute(
        "SELECT c.id, c.case_id, c.home, EXISTS (SELECT 1 FROM findings n WHERE n.case_row=c.id) FROM cases c "
        "WHERE NOT c.filed_at_ms BETWEEN ? AND ? "
        "AND c.id IN (SELECT case_row FROM facts WHERE id>? AND case_row IS NOT NULL UNION "
        # CROSS: from the new facts on, or all cases would be gone through.
        "SELECT b.id FROM facts f CROSS JOIN cases p ON p.id=f.case_row CROSS JOIN cases b ON b.parent=p.case_id "
        "WHERE f.id>?)",
        # Of what was filed today no limit has passed.
        [begin_of(today), end_of(today) - 1, since, since],
    )
    for row, case_id, home, has_findings in cases.fetchall():
        if has_findings or _may_be_late(weighing, load(conn, row, case_id, home)):
            yield row


def _may_be_late(weighing: Weighing, case: CaseFacts) -> bool:
    try:
        weighed = weighing.of(case)
    except Exception:  # As in `look`.
        log.exception("limits of a case could not be weighed")
        return False
    return any(each.finding.standing in LATE and each.limit.kind not in NOT_FOUND for each in weighed)


def look(tx: Transaction, rows: Iterable[int]) -> dict[int, Rests]:
    """Weighs the limits of these cases anew, and says so where something else can be said of one.

    Returns, by their rows, what that rests on.
    """
    tx.projections.refresh()
    weighing, found = weighing_in(tx), {}
    for row in rows:
        rests, problem = tx.attempt(partial(_look_at, row=row, weighing=weighing))
        if rests is not None:
            found[row] = rests
        if problem is not None:  # Whatever somebody has written into one case must not keep all others from being seen.
            log.error("limits of a case could not be weighed", extra={"case_row": row}, exc_info=problem)
    return found


def _look_at(tx: Transaction, *, row: int, weighing: Weighing) -> Rests | None:
    case_id, home, duplicate = tx.conn.execute(
        "SELECT case_id, home, duplicate FROM cases WHERE id=?", [row]
    ).fetchone()
    case = tx.projections.case(row, case_id=case_id, home=home)
    weighed = [each for each in weighing.of(case) if each.limit.kind not in NOT_FOUND] if not duplicate else []
    sure = weighing.is_in_touch(home)
    _Kept(tx, row, case).settle(weighed if sure else [_less_sure(each) for each in weighed])
    return weighing.rests(case, weighed)


def _less_sure(weighed: Weighed) -> Weighed:
    confirmed = weighed.finding.standing is Standing.CONFIRMED
    return weighed._replace(finding=Finding(Standing.SUSPECTED)) if confirmed else weighed


def _was_kept_beside_the_path(weighed: Weighed) -> bool:
    """Done in time by an act that does not count: said once, or the case would be looked at for ever."""
    return weighed.finding.standing is Standing.IN_TIME and not weighed.limit.ended_by


Key = tuple[int, int, int]
"""Kind, place and first day of a limit."""


def _key(limit: Limit) -> Key:
    return int(limit.kind), limit.place, number_of(limit.start)


class _Kept:
    """The findings of one case, as kept and as told."""

    def __init__(self, tx: Transaction, row: int, case: CaseFacts) -> None:
        self._tx = tx
        self._row = row
        self._case = case
        found = tx.conn.execute(
            "SELECT kind, place, start_day, standing, evidence, unit FROM findings WHERE case_row=?", [row]
        )
        self._standing = {(k, p, s): stands for k, p, s, *stands in found.fetchall()}
        self._told = self._told_so_far()
        self._settled = settled_so_far(case, by=tx.identity.place)

    def settle(self, weighed: Collection[Weighed]) -> None:
        by_key = {_key(each.limit): each for each in weighed}
        kept = self._standing.keys() | self._told.keys() | {key for key, (late, _) in self._settled.items() if late}
        for key, each in by_key.items():
            if key in kept or each.finding.standing in LATE or _was_kept_beside_the_path(each):
                self._stand(key, each.limit, each.finding)
        for key in kept - by_key.keys():
            self._stand(key, None, Finding(Standing.IN_TIME))

    def _stand(self, key: Key, limit: Limit | None, finding: Finding) -> None:
        standing, evidence, before = self._standing.get(key, ("", "", ""))
        told, found = self._told.get(key, []), finding.standing.value
        against = _speaks_against(limit, finding)
        late, settled_by = self._settled.get(key, (False, b""))
        if finding.standing is Standing.FOR_A_PERSON and settled_by:
            against |= not late
            found, finding = SETTLED[late], finding._replace(evidence=(settled_by, *finding.evidence))
        if late and finding.standing in (Standing.IN_TIME, Standing.RUNNING):
            # No word of a person stands against evidence that has come since.
            self._withdraw(settled_by, finding)
            found = WITHDRAWN
        if told and finding.standing is not Standing.CONFIRMED:
            if not against:
                return
            for each in told:
                self._withdraw(each, finding)
            told, found = [], WITHDRAWN if finding.standing in (Standing.IN_TIME, Standing.RUNNING) else found
        elif finding.standing is Standing.CONFIRMED:
            assert limit is not None
            told = told or [self._confirm(limit, finding)]
        if standing == WITHDRAWN and finding.standing in (Standing.IN_TIME, Standing.RUNNING):
            return
        said = json.dumps([each.hex() for each in finding.evidence])
        unit = unit_late(self._case.state, limit) if limit else before
        if (standing, evidence, before) == (found, said, unit):
            return
        now_ms = self._tx.reading().now_ms
        if limit is None:
            self._tx.conn.execute(
                "UPDATE findings SET standing=?, changed_at_ms=?, evidence=?, confirmed_by=? "
                "WHERE case_row=? AND kind=? AND place=? AND start_day=?",
                [found, now_ms, said, min(told, default=None), self._row, *key],
            )
            return
        kind, place, start_day = key
        self._tx.conn.execute(
            "INSERT INTO findings(case_row, kind, place, start_day, limit_days, deadline_day, standing, found_at_ms, "
            "changed_at_ms, evidence, confirmed_by, unit) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
            "ON CONFLICT(case_row, kind, start_day, place) DO UPDATE SET "
            "limit_days=excluded.limit_days, deadline_day=excluded.deadline_day, standing=excluded.standing, "
            "changed_at_ms=excluded.changed_at_ms, evidence=excluded.evidence, confirmed_by=excluded.confirmed_by, "
            "unit=excluded.unit",
            [self._row, kind, place, start_day, limit.limit_days, number_of(limit.deadline.day)]
            + [found, now_ms, now_ms, said, min(told, default=None), unit],
        )

    # What is told.

    def _told_so_far(self) -> dict[Key, list[bytes]]:
        """What the county has confirmed and not withdrawn, in whatever life of this book."""
        withdrawn = {
            body_of(each.fact, bodies_pb2.FindingWithdrawn).finding
            for each in self._own(fact_pb2.BODY_TYPE_FINDING_WITHDRAWN)
        }
        told: dict[Key, list[bytes]] = {}
        for each in self._own(fact_pb2.BODY_TYPE_FINDING_CONFIRMED):
            confirmed = body_of(each.fact, bodies_pb2.FindingConfirmed)
            if each.fact_id not in withdrawn:
                key = int(confirmed.limit), confirmed.place, confirmed.start_day
                told.setdefault(key, []).append(each.fact_id)
        return told

    def _own(self, body_type: fact_pb2.BodyType) -> list[Stored]:
        here = self._tx.identity.place
        return [e for e in self._case.facts if e.fact.body_type == body_type and e.fact.recorder.place == here]

    def _confirm(self, limit: Limit, finding: Finding) -> bytes:
        scope = Scope(PATH, self._case.home)
        confirmed = bodies_pb2.FindingConfirmed(
            limit=bodies_pb2.TimeLimit.Name(limit.kind),
            place=limit.place,
            start_day=number_of(limit.start),
            limit_days=limit.limit_days,
            deadline_day=number_of(limit.deadline.day),
            act=limit.ended_by,
            known_through_ms=self._known_through(limit.place, scope),
        )
        return self._tell(fact_pb2.BODY_TYPE_FINDING_CONFIRMED, confirmed, based_on=finding.evidence)

    def _known_through(self, place: int, scope: Scope) -> int:
        if place == self._tx.identity.place:
            return self._tx.reading().now_ms
        return known.known_through(self._tx.conn, place=place, scope=scope)

    def _withdraw(self, told: bytes, finding: Finding) -> None:
        withdrawn = bodies_pb2.FindingWithdrawn(finding=told, evidence=finding.evidence)
        self._tell(fact_pb2.BODY_TYPE_FINDING_WITHDRAWN, withdrawn, based_on=[told])

    def _tell(self, body_type: fact_pb2.BodyType, body: Any, *, based_on: Iterable[bytes]) -> bytes:
        state = self._case.state
        draft = Draft(
            scope=Scope(PATH, self._case.home),
            fact_class=fact_pb2.FACT_CLASS_ANNOTATION,
            body_type=body_type,
            body=body.SerializeToString(deterministic=True),
            actor=fact_pb2.Actor(place=self._tx.identity.place, unit=UNIT),
            request_id=self._tx.fresh_request_id(),
            case_id=self._case.case_id,
            based_on=list(based_on),
            item_code=state.item_code,
            item_version=state.item_version,
        )
        (name,) = self._tx.append([draft])
        return name


def _speaks_against(limit: Limit | None, finding: Finding) -> bool:
    """Whether what has come speaks against a finding that was told. That less is known than was, does not."""
    if finding.standing is Standing.FOR_A_PERSON:
        return bool(finding.evidence) or (limit is not None and (limit.doubtful or limit.ended_doubtfully))
    return finding.standing is not Standing.SUSPECTED


def unit_late(state: CaseState, limit: Limit) -> str:
    """The unit that had the case on the last day, at the place whose act was due. Empty: any of it, or another place
    had it. Whoever takes the case later does not answer for it."""
    until_ms = end_of(limit.deadline.day)
    held = [taken.holder for taken in state.custody_history if taken.at_ms < until_ms]
    return held[-1].unit if held and held[-1].place == limit.place else ""


# Reading.


class Found(NamedTuple):
    """A finding as it stands."""

    row: int
    case_id: bytes
    number: str
    home: int
    kind: int
    place: int
    start_day: int
    limit_days: int
    deadline_day: int
    standing: str
    found_at_ms: int
    changed_at_ms: int
    evidence: str
    # Of an opinion on a joint case, whose it is.
    unit: str


FOUND = (
    "SELECT n.id, c.case_id, c.number, c.home, n.kind, n.place, n.start_day, n.limit_days, n.deadline_day, "
    "n.standing, n.found_at_ms, n.changed_at_ms, n.evidence, "
    "IIF(c.parent IS NULL, '', n.unit) FROM findings n JOIN cases c ON c.id=n.case_row WHERE "
)


def of_case(conn: Any, row: int) -> list[Found]:
    """The findings on one case."""
    return [Found(*each) for each in conn.execute(FOUND + "n.case_row=? ORDER BY n.start_day, n.kind", [row])]


def found(
    conn: Any, *, within: tuple[int, int], standings: Collection[str], place: int, before: int, limit: int
) -> list[Found]:
    """Findings of the cases of some homes, the newest first. `place`, `before` 0 = any."""
    rows = conn.execute(
        FOUND + "c.home BETWEEN :first AND :last AND n.standing IN (SELECT value FROM json_each(:standings)) "
        "AND (:place=0 OR n.place=:place) AND (:before=0 OR n.id<:before) ORDER BY n.id DESC LIMIT :limit",
        {"first": within[0], "last": within[1], "standings": json.dumps(list(standings))}
        | {"place": place, "before": before, "limit": limit},
    )
    return [Found(*each) for each in rows]
