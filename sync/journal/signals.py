"""What is shown against the rules of supervision: by the facts of cases, by offices and their books, by the catalogue.

Time limits are not here: whether an office let one pass is a finding, which rests on evidence (`findings`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from itertools import groupby, islice, product
from typing import Any, NamedTuple

from sync.cases import masking, places
from sync.cases.clocks import ClockLevel
from sync.cases.limits import Coverage
from sync.cases.posts import LONGEST, Post, Rosters
from sync.cases.rules import BY_BRANCHES, BY_CATALOGUE, RULES, Handled, Signal, not_on_post, unstaffed
from sync.cases.workdays import Calendar, begin_of, end_of
from sync.catalogue.checks import LIMIT_FAULTS, item_faults
from sync.catalogue.delegation import may
from sync.catalogue.items import ServiceItem
from sync.catalogue.release import Catalogue, Standing
from sync.facts.streams import PATH, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import cases, known, posts, replies, silence
from sync.journal.cases import Stored
from sync.journal.clock import TOLERANCE_MS
from sync.journal.clocks import Judging
from sync.journal.tallies import COUNTED
from sync.journal.translation import body_of


class Signalled(NamedTuple):
    """Something shown against a rule. `row`, `case_id`, `number`: of the case, if it is one. `about`: what else it is
    about, in Chinese. `at_ms`: when it was shown first, milliseconds UTC, 0 = it stands now."""

    rule: str
    place: int
    about: str = ""
    at_ms: int = 0
    row: int = 0
    case_id: bytes = b""
    number: str = ""
    fact_id: bytes = b""


# By facts of cases.

SHOWN = (
    "SELECT id, case_id, home, number, signals, item_code, item_version FROM cases WHERE id IN "
    "(SELECT id FROM cases WHERE signals<>'' AND home BETWEEN :first AND :last "
    "UNION SELECT f.case_row FROM backdated b JOIN facts f ON f.id=b.fact) "
    "AND +home BETWEEN :first AND :last AND duplicate=0 AND (:before=0 OR id<:before) ORDER BY id DESC LIMIT :limit"
)

OF_A_CASE = 20
"""So many signals of one case are shown: enough to look at it."""


def of_cases(
    conn: Any, catalogue: Catalogue, *, here: int, within: tuple[int, int], before: int, limit: int
) -> tuple[list[Signalled], int]:
    """What the newest cases show that show anything: of so many cases, before a row (0 = any). With it the row after
    which there are more, 0 = none. `here`: whose book it is."""
    bounds = {"first": within[0], "last": within[1], "before": before, "limit": limit + 1}
    found = conn.execute(SHOWN, bounds).fetchall()
    signals = [
        each
        for row, case_id, home, number, signals, *item in found[:limit]
        for each in [
            *(
                Signalled(rule, place, "", at_ms, row, case_id, number, bytes.fromhex(fact_id))
                for rule, place, fact_id, at_ms in (json.loads(signals) if signals else ())
                if rule not in BY_CATALOGUE or not _is_listed(conn, catalogue.item_to_judge_by(*item), fact_id)
                if rule not in BY_BRANCHES or _lacks_an_opinion(conn, row, case_id, home, bytes.fromhex(fact_id), here)
            ),
            *_written_later(conn, row, case_id, number),
        ][:OF_A_CASE]
    ]
    return signals, found[limit - 1][0] if len(found) > limit else 0


def _is_listed(conn: Any, item: ServiceItem | None, fact_id: str) -> bool:
    """Whether the item has the special procedure that a fact begins. What is not held here accuses nobody."""
    if item is None:
        return True
    (encoded,) = conn.execute("SELECT bytes FROM facts WHERE fact_id=?", [bytes.fromhex(fact_id)]).fetchone()
    begun = body_of(fact_pb2.Fact.FromString(encoded), bodies_pb2.SpecialBegun)
    listed = item.special_procedure(begun.procedure)
    return listed is not None and (listed.limit_days, listed.within_legal_limit) == (
        begun.limit_days,
        begun.within_legal_limit,
    )


def _lacks_an_opinion(conn: Any, row: int, case_id: bytes, home: int, decision: bytes, here: int) -> bool:
    """Whether a branch had neither given its opinion nor been silent when its case was decided. Nobody is accused while
    an opinion may be on its way here."""
    case = cases.load(conn, row, case_id, home)
    decided = case.by_id()[decision].fact
    place, until_ms = decided.recorder.place, decided.recorded_at_ms
    silent = body_of(decided, bodies_pb2.Decided).silent
    for name in next((fork.branches for fork in case.state.forks if fork.ended_by == decision), ()):
        said = [fact_pb2.Fact.FromString(encoded) for (encoded,) in conn.execute(OF_BRANCH, [name])]
        if name in silent or not said or any(_is_opinion(each, until_ms) for each in said):
            continue
        window_ms = min(each.recorded_at_ms for each in said), until_ms
        held = known.coverage(conn, here=here, place=place, scope=Scope(PATH, home), window_ms=window_ms)
        if held is Coverage.KNOWN:
            return True
    return False


OF_BRANCH = "SELECT f.bytes FROM facts f JOIN cases c ON c.id=f.case_row WHERE c.case_id=?"


def _is_opinion(fact: fact_pb2.Fact, until_ms: int) -> bool:
    """Given by then: a clock may be put back a little."""
    return fact.body_type == fact_pb2.BODY_TYPE_OPINION_GIVEN and fact.recorded_at_ms <= until_ms + TOLERANCE_MS


def _written_later(conn: Any, row: int, case_id: bytes, number: str) -> Iterator[Signalled]:
    """Facts that say a time by which their author had signed for a journal without them. This is the word of the book
    here: the author's own does not have it. Of a store that was set back or copied only a person can say."""
    found = conn.execute(
        "SELECT f.id, f.fact_id, f.bytes FROM backdated b JOIN facts f ON f.id=b.fact WHERE f.case_row=? ORDER BY f.id",
        [row],
    )
    for fact_row, fact_id, encoded in found.fetchall():
        if known.went_back(conn, fact_row):
            continue
        fact = fact_pb2.Fact.FromString(encoded)
        yield Signalled(
            "TIME_CLAIMED", fact.recorder.place, "补记", fact.recorded_at_ms, row, case_id, number, bytes(fact_id)
        )


# By offices and their books.


def of_offices(conn: Any, *, within: tuple[int, int]) -> list[Signalled]:
    """Offices of which nothing is heard, and whose journals have come apart."""
    silent = [Signalled("OFFICE_SILENT", each.place, "", each.since_ms) for each in silence.silent(conn, within=within)]
    forked = conn.execute(
        "SELECT DISTINCT s.author FROM heads h JOIN streams s ON s.id=h.stream WHERE s.author BETWEEN ? AND ? "
        "GROUP BY h.stream HAVING COUNT(*)>1 ORDER BY s.author",
        within,
    )
    twice = conn.execute(
        "SELECT signer, MIN(found_at_ms) FROM two_stores WHERE signer BETWEEN ? AND ? GROUP BY signer ORDER BY signer",
        within,
    )
    return [
        *silent,
        *(Signalled("CHAIN_BROKEN", place, "账本分叉") for (place,) in forked.fetchall()),
        *(Signalled("CHAIN_BROKEN", place, "两套账本在写，或账本被退回", at_ms) for place, at_ms in twice.fetchall()),
    ]


# By posts.

OF_A_PLACE, MOST_UNSTAFFED = 20, 100
"""So many posts that nobody is on duty at are shown of a place, and of all together."""

LOOKED_AT = 500
"""So many of the newest cases are looked at for who handled them."""

# Of places that have published rosters, the newest cases below them, fact by fact. Cases are read from the newest on:
# by the index of homes all of a county's would be sorted first.
HANDLED = """
WITH published(first, last) AS (VALUES {published}),
newest AS (
    SELECT id, case_id, number, home FROM cases c NOT INDEXED WHERE home BETWEEN ? AND ? AND duplicate=0
    AND EXISTS (SELECT 1 FROM published WHERE c.home BETWEEN first AND last) ORDER BY id DESC LIMIT ?)
SELECT n.id, n.case_id, n.number, n.home, f.id, f.fact_id, f.bytes
FROM newest n JOIN facts f ON f.case_row=n.id ORDER BY n.id DESC, f.id
"""


Until = Callable[[int, int], int]
"""Of a place and a time: `posts.known_until`, asked once for each roster."""


def of_posts(conn: Any, *, here: int, within: tuple[int, int], now_ms: int) -> list[Signalled]:
    """Posts that nobody is on duty at, and who handled one of the newest cases without being on duty, as far as all is
    here that the place has said of its posts. Which it is follows from rosters, not from a case: it stands in no row
    and is looked at when somebody asks."""
    found = {place: posts.rosters(conn, place) for place in posts.with_rosters(conn)}
    until: Until = cache(lambda place, since_ms: posts.known_until(conn, here=here, place=place, since_ms=since_ms))
    first, last = within
    empty = (
        Signalled("POST_UNSTAFFED", place, _name_of(post), at_ms if at_ms < now_ms else 0)
        for place, rosters in found.items()
        if first <= place <= last and (roster := rosters.at(now_ms))
        for at_ms in [min(now_ms, until(place, roster.recorded_at_ms))]
        for post in unstaffed(rosters, at_ms)[:OF_A_PLACE]
    )
    return [*islice(empty, MOST_UNSTAFFED), *_not_on_post(conn, found, until, within=within)]


def _not_on_post(
    conn: Any, found: Mapping[int, Rosters], until: Until, *, within: tuple[int, int]
) -> Iterator[Signalled]:
    if not found:
        return
    bounds = [bound for place in found for bound in places.bounds(place)]
    rows = conn.execute(HANDLED.format(published=",".join(["(?,?)"] * len(found))), [*bounds, *within, LOOKED_AT])
    for (row, case_id, number, home), facts in groupby(rows.fetchall(), key=lambda each: each[:4]):
        stored = [Stored(at, name, fact_pb2.Fact.FromString(encoded)) for *_, at, name, encoded in facts]
        handled = _handled([each for each in stored if each.fact.home == home])
        shown = (each for each in not_on_post(handled, found) if _is_sure(each, found[each.place], until))
        for signal in islice(shown, OF_A_CASE):
            who = next(each for each in handled if each.fact_id == signal.fact_id)
            about = masking.text(f"{who.unit} {who.person}".strip())
            yield Signalled(signal.rule, signal.place, about, signal.at_ms, row, case_id, number, signal.fact_id)


def _name_of(post: Post) -> str:
    """As published; a peer may have written more than is shown."""
    return masking.text(f"{post.unit[:LONGEST]} {post.post[:LONGEST]}")


def _is_sure(signal: Signal, rosters: Rosters, until: Until) -> bool:
    roster = rosters.at(signal.at_ms)
    return roster is not None and until(signal.place, roster.recorded_at_ms) >= signal.at_ms


def _handled(facts: Sequence[Stored]) -> list[Handled]:
    """The moves of a case, each act once."""
    repeated = cases.duplicates_among(facts)
    return [
        Handled(
            each.fact_id,
            each.fact.recorder.place,
            each.fact.recorder.unit,
            each.fact.recorder.person,
            each.fact.recorded_at_ms,
            each.fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED,
        )
        for each in facts
        if each.fact.fact_class == fact_pb2.FACT_CLASS_MOVE and each.fact_id not in repeated
    ]


# By the catalogue and the calendar.


def of_catalogue(catalogue: Catalogue, calendar: Calendar, *, today: date) -> list[Signalled]:
    """What is wrong before anybody files: items, delegations, days that no calendar covers."""
    county = catalogue.county
    found = [
        Signalled("LIMITS_DO_NOT_ADD_UP" if fault.code in LIMIT_FAULTS else "ITEM_INCOMPLETE", county, fault.message)
        for item in catalogue.items_in_force()
        for fault in item_faults(catalogue, item)
    ]
    if not calendar.covers(today + timedelta(days=RULES["CALENDAR_ENDS"].threshold)):
        found.append(
            Signalled("CALENDAR_ENDS", county, f"日历只到{calendar.last_day}" if calendar.number else "没有日历")
        )
    return [*found, *_ending(catalogue, today)]


def _ending(catalogue: Catalogue, today: date) -> Iterator[Signalled]:
    """Powers a township holds on the last day of a delegation, and on the day after no more."""
    last = today + timedelta(days=RULES["DELEGATION_ENDS"].threshold)
    for _, (_, each) in sorted(catalogue.delegations.items()):
        in_force = catalogue.standing(each.item_code) is Standing.IN_FORCE
        if not in_force or each.to_day is None or not today <= each.to_day <= last:
            continue
        for township, power in sorted(product(each.townships, each.powers)):
            named = catalogue, township, each.item_code, power
            if may(*named, each.to_day) and not may(*named, each.to_day + timedelta(days=1)):
                about = f"{each.item_code} 的{power.label}权委托到{each.to_day}为止"
                yield Signalled("DELEGATION_ENDS", township, about)


# After a case has ended.


def of_replies(conn: Any, judging: Judging, *, within: tuple[int, int]) -> list[Signalled]:
    """Complaints and bad ratings nobody has replied to in time, as far as that is known for certain."""
    owed = (
        each
        for each in replies.of_homes(conn, judging, within=within)
        if each.reply.done is None and each.standing.level is ClockLevel.OVERDUE
    )
    return [
        Signalled(
            f"{each.reply.kind.name}_LATE",
            each.place,
            f"{each.reply.deadline.day}届满",
            each.reply.voice.at_ms,
            case_id=each.case_id,
            number=each.number,
            fact_id=each.reply.voice.fact_id,
        )
        for each in islice(owed, MOST_REPLIES)
    ]


MOST_REPLIES = 100
"""More is not looked at one by one: the page of replies counts them."""


def spot_checks(conn: Any, *, month: date, within: tuple[int, int]) -> list[Signalled]:
    """抽查: of the cases each office ended in a month, a few that nobody chose and everybody can name."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    ended = conn.execute(
        "SELECT id, case_id, number, custodian_place, ended_at_ms FROM cases "
        f"WHERE ended_at_ms>=? AND ended_at_ms<? AND {COUNTED} AND +home BETWEEN ? AND ?",
        [begin_of(month.replace(day=1)), end_of(following - timedelta(days=1)), *within],
    )
    by_office: dict[int, list[tuple[bytes, Signalled]]] = {}
    for row, case_id, number, place, at_ms in ended:
        drawn = sha256(f"{month:%Y-%m}".encode() + case_id).digest()
        picked = Signalled("SPOT_CHECK", place, "", at_ms, row, case_id, number)
        by_office.setdefault(place, []).append((drawn, picked))
    threshold = RULES["SPOT_CHECK"].threshold
    return [each for place in sorted(by_office) for _, each in sorted(by_office[place])[:threshold]]
