"""Joint cases (联办件) in the books of a county: nine departments are asked at once, and the figures know one case."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from county_node import overview, seed
from county_node.findings import shown
from county_node.supervising import sweep
from operations.networks import Network, Ports, make, planned
from sync.cases import places
from sync.cases.clocks import ClockKind
from sync.cases.figures import Figures
from sync.cases.joint import Opinions
from sync.cases.scores import Confirmed
from sync.cases.stages import Act, Opinion, Outcome
from sync.catalogue.items import ChangeKind, Delegation, Level, Power
from sync.catalogue.release import ItemChange, Release
from sync.errors import Refused
from sync.exchange.rounds import answer, exchange
from sync.facts.v1 import bodies_pb2 as pb
from sync.facts.v1 import fact_pb2, journal_pb2
from sync.journal import cases, checklist, reports, schema, signals
from sync.journal.book import Book
from sync.journal.catalogue_translation import release_message
from sync.journal.clocks import judge, running_clocks
from sync.journal.figures import Period
from sync.journal.reports import By
from sync.journal.verify import verify
from sync.journal.writing import Incoming, Transaction
from sync.node import settings
from tests import joint
from tests.audit.network import Laid, audited, opened, set_root_key
from tests.books.test_figures import FIRST_HALF, MONDAY, at, counted, later, publish, publish_calendar
from tests.county import ROOT, append, cases_of, filing, rows
from tests.joint import UNITS

OPINION = int(ClockKind.OPINION)
LATE = later(14)
DECIDING: dict[str, Any] = {"outcome": Outcome.GRANTED, "detail": "样例字1号"}
CONSENT: dict[str, Any] = {"opinion": Opinion.CONSENT}

# The same, decided at the township that leads it.
BELOW = replace(joint.ITEM, code="LB02", decided_at=Level.TOWNSHIP)


def network_of(folder: Path) -> Network:
    network = planned(seed.divisions(), townships=1, stations=1, ports=Ports(20_000))
    make(folder, network)
    for spot in network.spots:
        set_root_key(folder / str(spot.place) / settings.FILE)
    return network


def laid_in(folder: Path, network: Network) -> Laid:
    return Laid(folder, network=network, homes={spot.place: spot.homes for spot in network.spots})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Network]:
    """A county, a township and a village, with a catalogue in which two items are joint."""
    folder = tmp_path_factory.mktemp("joint") / "county"
    network = network_of(folder)
    asyncio.run(prepare(laid_in(folder, network)))
    return folder, network


@pytest.fixture
async def laid(prepared: tuple[Path, Network], tmp_path: Path) -> AsyncIterator[Laid]:
    folder, network = prepared
    shutil.copytree(folder, tmp_path / "county")
    async with laid_in(tmp_path / "county", network) as laid:
        await laid.open(*(spot.place for spot in network.spots))
        on(laid, MONDAY)
        yield laid


async def prepare(laid: Laid) -> None:
    async with laid:
        await laid.open(*(spot.place for spot in laid.network.spots))
        await laid.introduce(*laid.books)
        on(laid, MONDAY)
        await publish_calendar(laid, FIRST_HALF)
        await release(laid, seed.first_release())
        await release(laid, joint.RELEASE)
        powers = frozenset({Power.ACCEPT, Power.EXAMINE, Power.DECIDE})
        granted = Delegation(54, BELOW.code, frozenset({laid.township}), powers)
        change = ItemChange(ChangeKind.ADD, "样例新增", BELOW)
        await release(laid, Release(3, "样例委托", changes=(change,), delegations=(granted,)))
        await laid.settle_down()


async def release(laid: Laid, release: Release) -> None:
    await publish(laid, fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, release_message(release))


def on(laid: Laid, day: date) -> None:
    for watch in laid.watches.values():
        watch.now_ms = at(day)


async def accepted(laid: Laid) -> str:
    """Filed in the village, brought to the county hall and accepted by the lead window."""
    village, township, county = laid.villages[0], laid.township, laid.county
    case = await laid.file(village, "样例甲", item=joint.ITEM.code)
    for below, above in ((village, township), (township, county)):
        await laid.act(below, Act.HAND_OVER, case)
        await laid.settle_down(rounds=1)
        await laid.act(above, Act.TAKE_IN, case)
    await laid.act(county, Act.ACCEPT, case)
    return case


async def forked(laid: Laid) -> str:
    case = await accepted(laid)
    await laid.act(laid.county, Act.STAGE_DONE, case, reason="样例意见")
    return await laid.act(laid.county, Act.FORK, case)


def branch(case: str, unit: str) -> str:
    return f"{case}-{UNITS.index(unit) + 1:02d}"


async def says(laid: Laid, case: str, *units: str, place: int = 0, **what: Any) -> None:
    for unit in units:
        await laid.act(place or laid.county, Act.GIVE_OPINION, branch(case, unit), unit=unit, **(what or CONSENT))


async def decide(laid: Laid, case: str) -> None:
    await laid.act(laid.county, Act.DECIDE, case, **DECIDING)
    await laid.act(laid.county, Act.CLOSE, case)


async def refused(code: str, act: Any) -> None:
    with pytest.raises(Refused) as said:
        await act
    assert said.value.code == code


def branches_in(book: Book) -> list[tuple[Any, ...]]:
    return rows(book, "SELECT number, stage, custodian_unit, need_ended_at_ms>0 FROM cases WHERE parent IS NOT NULL")


async def opinions_running(laid: Laid) -> set[str]:
    """The units whose opinions are waited for at the county."""
    book = laid.books[laid.county]
    found = await judge(book, lambda conn, judging: running_clocks(judging, within=laid.county))
    cases = [each.case.row for each in found if each.clock.kind is ClockKind.OPINION]
    return {rows(book, "SELECT custodian_unit FROM cases WHERE id=?", row)[0][0] for row in cases}


async def all_is_sound(laid: Laid) -> None:
    """The books, each by itself, and all of them to the auditor, who believes none."""
    for place in list(laid.books):
        await laid.close(place)
    for spot in laid.network.spots:
        assert verify(laid.path(spot.place), ROOT.public) == []
    told = audited(laid.folder)
    assert told.code == 0, told.out + told.err


# The whole course.


async def test_nine_departments_are_asked_at_once_and_the_figures_know_one_case(laid: Laid) -> None:
    case = await accepted(laid)
    await laid.settle_down()
    before = {place: (await counted(book)).total for place, book in laid.books.items()}
    await laid.act(laid.county, Act.STAGE_DONE, case, reason="样例意见")
    await laid.act(laid.county, Act.FORK, case)
    await laid.settle_down()
    for place, book in laid.books.items():
        assert sorted(branches_in(book)) == [
            (branch(case, unit), "CONSULTING", unit, 0) for unit in sorted(UNITS, key=UNITS.index)
        ]
        assert (await counted(book)).total == before[place] == Figures(handled=1, via_village_stations=1, open=1)
    assert await opinions_running(laid) == set(UNITS)
    names = overview.names_of(seed.divisions(), county=laid.county)
    read = partial(overview.read, names=names)
    assert sum((await judge(laid.books[laid.county], read)).buckets.values()) == 1
    await says(laid, case, *UNITS[:8])
    await refused("OPINION_MISSING", decide(laid, case))
    await says(laid, case, UNITS[8], opinion=Opinion.OBJECTION, reason="样例理由")
    assert await opinions_running(laid) == set()
    await decide(laid, case)
    await laid.settle_down()
    for book in laid.books.values():
        assert {stage for _, stage, *_ in branches_in(book)} == {"OPINED"}
        found = (await counted(book)).total
        assert found == Figures(
            handled=1, via_village_stations=1, closed=1, judged=1, on_time=1, early=1, not_instant=1, promised_early=1
        )
    assert len({tuple(sorted(cases_of(book).items())) for book in laid.books.values()}) == 1
    book, catalogue = laid.books[laid.county], laid.books[laid.county].catalogues.catalogue()
    drawn = signals.spot_checks(book.reader, month=MONDAY, within=places.bounds(laid.county))
    assert [each.number for each in drawn] == [case]
    shown = checklist.evidence(book.reader, laid.villages[0], here=laid.county, catalogue=catalogue)
    assert (shown.cases, shown.skipped) == (1, 0)
    await all_is_sound(laid)


async def test_whoever_holds_the_fork_holds_its_branches(laid: Laid) -> None:
    await forked(laid)
    written = rows(laid.books[laid.county], "SELECT fact_id, bytes FROM facts ORDER BY id DESC LIMIT 10")
    (_, last), *filings = [(name, fact_pb2.Fact.FromString(encoded)) for name, encoded in written]
    filings.reverse()
    assert [name for name, _ in filings] == list(pb.Forked.FromString(last.body).branches)
    assert [pb.CaseFiled.FromString(fact.body).branch.unit for _, fact in filings] == list(UNITS)
    assert {fact.parent_case_id for _, fact in filings} == {last.case_id}
    assert {fact.request_id for _, fact in filings} == {last.request_id}
    assert [fact.index for _, fact in filings] + [last.index] == list(range(10))


async def test_what_another_place_files_as_a_branch_takes_no_number(laid: Laid) -> None:
    case, village = await accepted(laid), laid.villages[0]
    ((parent,),) = rows(laid.books[village], "SELECT case_id FROM cases WHERE number=?", case)
    await append(laid.books[village], *(replace(filing(n, home=village), parent_case_id=parent) for n in (1, 2)))
    await laid.settle_down()
    await laid.act(laid.county, Act.FORK, case)
    numbers = {number for number, *_ in branches_in(laid.books[laid.county])}
    assert numbers > {branch(case, unit) for unit in UNITS}
    assert len(numbers) == 11


# At the counters of the hall.


async def test_asked_twice_by_one_request_it_is_asked_once(laid: Laid) -> None:
    case = await accepted(laid)
    await laid.act(laid.county, Act.FORK, case)
    laid.requests -= 1
    assert await laid.act(laid.county, Act.FORK, case) == case
    assert len(branches_in(laid.books[laid.county])) == 9
    await refused("FORKED_ALREADY", laid.act(laid.county, Act.FORK, case))


async def test_opinions_come_from_all_offices_of_the_hall_at_once_and_each_is_written_once(laid: Laid) -> None:
    case = await forked(laid)
    units = [*UNITS, *UNITS]
    random.Random(9).shuffle(units)
    asked = (laid.act(laid.county, Act.GIVE_OPINION, branch(case, unit), unit=unit, **CONSENT) for unit in units)
    told = await asyncio.gather(*asked, return_exceptions=True)
    no = [each for each in told if isinstance(each, Refused)]
    assert {each.code for each in no} == {"ACT_NOT_ALLOWED_IN_STAGE"}
    assert len(no) == 9
    assert [stage for _, stage, *_ in branches_in(laid.books[laid.county])] == ["OPINED"] * 9
    await decide(laid, case)


async def test_only_the_unit_that_was_asked_answers(laid: Laid) -> None:
    case = await forked(laid)
    for unit in ("", UNITS[1]):
        await refused(
            "NOT_CUSTODIAN",
            laid.act(laid.county, Act.GIVE_OPINION, branch(case, UNITS[0]), unit=unit, **CONSENT),
        )
    await laid.act(laid.county, Act.REASSIGN, branch(case, UNITS[0]), to_unit="样例综合科", reason="机构调整")
    await laid.act(laid.county, Act.GIVE_OPINION, branch(case, UNITS[0]), unit="样例综合科", **CONSENT)


# Silence.


async def test_silence_is_written_into_the_decision_that_relies_on_it(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[:7])
    on(laid, later(7))
    await refused("OPINION_MISSING", decide(laid, case))
    on(laid, later(8))
    await decide(laid, case)
    book = laid.books[laid.county]
    facts = [fact_pb2.Fact.FromString(each) for (each,) in rows(book, "SELECT bytes FROM facts")]
    decided = next(pb.Decided.FromString(f.body) for f in facts if f.body_type == fact_pb2.BODY_TYPE_DECIDED)
    named = [
        rows(book, "SELECT case_id FROM cases WHERE number=?", branch(case, unit))[0][0]
        for unit in (joint.SILENT, joint.SILENT_TOO)
    ]
    assert list(decided.silent) == named
    assert await opinions_running(laid) == set()
    assert await shown_against_decisions(laid, laid.county) == []
    await refused("OPINION_NOT_NEEDED", says(laid, case, joint.SILENT))
    await all_is_sound(laid)


async def test_a_clock_that_is_not_trusted_takes_nobody_for_consenting(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[:7])
    clock: Any = laid.books[laid.county].clock
    trusted = clock.reading
    clock.reading = lambda **more: replace(trusted(**more), state=fact_pb2.CLOCK_STATE_UNTRUSTED)
    on(laid, LATE)
    await refused("OPINION_MISSING", decide(laid, case))
    del clock.reading
    await decide(laid, case)


# What is found.


async def found(laid: Laid, day: date) -> dict[str, str]:
    """The opinions that are found late at the county on a day, by unit."""
    on(laid, day)
    await laid.settle_down(rounds=2)
    await sweep(laid.books[laid.county])
    return dict(rows(laid.books[laid.county], "SELECT unit, standing FROM findings WHERE kind=?", OPINION))


def forget_units(tx: Transaction) -> None:
    """As a book of an earlier version comes to this one."""
    tx.conn.execute("ALTER TABLE findings DROP COLUMN unit")
    for statement in schema.TWELFTH.split(";\n"):
        if "cases ADD COLUMN" not in statement:
            tx.conn.execute(statement)
    assert tx.conn.execute("SELECT unit FROM findings WHERE kind=?", [OPINION]).fetchall() == [("样例综合科",)]


async def test_an_opinion_that_is_late_is_the_delay_of_its_unit(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[2:])
    assert await found(laid, later(7)) == {}
    await says(laid, case, UNITS[1])
    assert await found(laid, later(9)) == {UNITS[0]: "confirmed"}
    # Given to somebody else afterwards, it is not his delay.
    await laid.act(laid.county, Act.REASSIGN, branch(case, UNITS[0]), to_unit="样例综合科", reason="机构调整")
    assert await found(laid, later(10)) == {UNITS[0]: "confirmed"}
    names = overview.names_of(seed.divisions(), county=laid.county)
    page = await shown(laid.books[laid.county], names=names, before=0, everything=False)
    period = Period(MONDAY, later(9))
    by_window = await reports.read(laid.books[laid.county], within=laid.county, period=period, by=By.WINDOW)
    against = {row.unit.name for row in by_window.rows if row.confirmed and row.confirmed.findings}
    assert against == {UNITS[0]}
    report = await reports.read(laid.books[laid.county], within=laid.county, period=period, by=By.DEPARTMENT)
    confirmed = {row.unit.name: row.confirmed.findings for row in report.rows if row.confirmed}
    assert confirmed[joint.DEPARTMENTS[0].code] == 1
    assert not confirmed.keys() & {each.code for each in joint.DEPARTMENTS[1:]}
    assert report.total.figures.handled == 1
    of_opinions = [(each.number, each.office) for each in page.rows if each.kind == ClockKind.OPINION.label]
    assert of_opinions == [(branch(case, UNITS[0]), f"{names.of(laid.county)}·{UNITS[0]}")]
    assert not [each.office for each in page.rows if "·" in each.office and each.kind != ClockKind.OPINION.label]
    await laid.act(laid.county, Act.GIVE_OPINION, branch(case, UNITS[0]), unit="样例综合科", **CONSENT)
    assert await found(laid, later(11)) == {UNITS[0]: "confirmed"}
    await laid.books[laid.county].write(forget_units)
    assert await found(laid, later(11)) == {UNITS[0]: "confirmed"}
    await all_is_sound(laid)


async def test_the_lead_does_not_answer_for_a_promise_that_only_another_department_could_have_kept(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[1:])
    await found(laid, later(70))
    await says(laid, case, UNITS[0])
    await decide(laid, case)
    await found(laid, later(71))
    book = laid.books[laid.county]
    of_case = rows(book, "SELECT n.kind FROM findings n JOIN cases c ON c.id=n.case_row WHERE c.parent IS NULL")
    assert {ClockKind(kind) for (kind,) in of_case} == {ClockKind.PROMISE, ClockKind.LEGAL}
    late = []
    for by in By:
        period = Period(MONDAY, later(71))
        report = await reports.read(book, within=laid.county, period=period, by=by)
        late.append({row.unit.name: row.confirmed for row in report.rows if row.confirmed and any(row.confirmed)})
        assert report.total.confirmed == Confirmed(3, 1)
    assert late == [
        {"": Confirmed(3, 0)},
        {joint.DEPARTMENTS[0].code: Confirmed(1, 0)},
        {UNITS[0]: Confirmed(1, 0)},
    ]


async def test_consent_by_silence_is_late_all_the_same(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[:7])
    on(laid, later(8))
    await decide(laid, case)
    assert await found(laid, LATE) == {joint.SILENT: "confirmed", joint.SILENT_TOO: "confirmed"}


@pytest.mark.parametrize("day", [later(1), later(7)])
async def test_nobody_is_late_with_an_opinion_on_what_was_withdrawn(laid: Laid, day: date) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[:3])
    on(laid, day)
    await laid.act(laid.county, Act.WITHDRAW, case, reason="样例申请人撤回")
    assert await opinions_running(laid) == set()
    assert await found(laid, LATE) == {}
    assert [ended for *_, ended in branches_in(laid.books[laid.county])] == [1] * 9


async def test_withdrawn_after_the_limit_they_were_late(laid: Laid) -> None:
    case = await forked(laid)
    await says(laid, case, *UNITS[:8])
    assert await found(laid, later(1)) == {}
    on(laid, later(8))
    await laid.act(laid.county, Act.WITHDRAW, case, reason="样例申请人撤回")
    assert await found(laid, LATE) == {UNITS[8]: "confirmed"}
    facts = rows(laid.books[laid.county], "SELECT bytes FROM facts")
    told = [fact_pb2.Fact.FromString(each) for (each,) in facts]
    confirmed = [
        pb.FindingConfirmed.FromString(each.body)
        for each in told
        if each.body_type == fact_pb2.BODY_TYPE_FINDING_CONFIRMED
    ]
    assert [each.act for each in confirmed if each.limit == pb.TIME_LIMIT_OPINION] == [b""]


# A fork and an override.


async def led_below(laid: Laid) -> str:
    """Accepted at the township; all know it."""
    case = await laid.file(laid.township, "样例甲", item=BELOW.code)
    await laid.act(laid.township, Act.ACCEPT, case)
    await laid.settle_down()
    return case


async def shown_against_decisions(laid: Laid, place: int) -> list[tuple[str, int]]:
    book, within = laid.books[place], places.bounds(laid.county)
    catalogue = book.catalogues.catalogue()
    found, _ = await book.look(
        lambda conn: signals.of_cases(conn, catalogue, here=place, within=within, before=0, limit=50)
    )
    return [(each.rule, each.place) for each in found]


@pytest.mark.parametrize("given", [range(9), range(8)])
async def test_a_decision_without_opinions_is_shown_once_none_can_be_on_its_way(
    laid: Laid, given: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await led_below(laid)
    await laid.act(laid.township, Act.STAGE_DONE, case, reason="样例意见")
    await laid.act(laid.township, Act.FORK, case)
    await says(laid, case, *(UNITS[number] for number in given), place=laid.township)
    # A node that was changed asks for none.
    monkeypatch.setattr("sync.cases.decide.opinions", lambda *_, **__: Opinions((), (), ()))
    await laid.act(laid.township, Act.DECIDE, case, **DECIDING)
    guilty = [("DECIDED_WITHOUT_OPINIONS", laid.township)] if len(given) < 9 else []
    assert await shown_against_decisions(laid, laid.township) == guilty
    await laid.settle_down()
    assert await shown_against_decisions(laid, laid.county) == []
    await found(laid, later(1))
    assert await shown_against_decisions(laid, laid.county) == guilty
    await all_is_sound(laid)


async def test_a_fork_and_an_override_in_conflict_end_with_the_county_and_accuse_nobody(laid: Laid) -> None:
    case = await led_below(laid)
    await laid.act(laid.township, Act.FORK, case)
    await laid.act(laid.county, Act.OVERRIDE, case, reason="样例上收")
    await says(laid, case, UNITS[0], place=laid.township)
    await laid.settle_down()
    for place in (laid.county, laid.township):
        assert [ended for *_, ended in branches_in(laid.books[place])] == [1] * 9
    await refused("OPINION_NOT_NEEDED", says(laid, case, UNITS[1], place=laid.township))
    await laid.act(laid.county, Act.SETTLE, case, reason="样例了结")
    assert await found(laid, LATE) == {}
    # The county asks its own departments; their numbers follow on those of the others.
    await laid.act(laid.county, Act.FORK, case)
    await laid.settle_down()
    needed = [number for number, _, _, ended in branches_in(laid.books[laid.township]) if not ended]
    assert needed == [f"{case}-{number}" for number in range(10, 19)]
    await all_is_sound(laid)


async def test_what_the_township_has_asked_ends_when_the_county_takes_the_case(laid: Laid) -> None:
    case = await led_below(laid)
    await laid.act(laid.township, Act.FORK, case)
    await laid.settle_down()
    on(laid, later(2))
    await laid.act(laid.county, Act.OVERRIDE, case, reason="样例上收")
    await laid.settle_down()
    assert await found(laid, LATE) == {}
    query = "SELECT DISTINCT need_ended_at_ms FROM cases WHERE parent IS NOT NULL"
    ((ended,),) = rows(laid.books[laid.township], query)
    assert at(later(2)) < ended < at(later(2), hour=11)


async def test_an_opinion_on_a_case_that_had_gone_to_other_hands_is_not_late(laid: Laid) -> None:
    case = await led_below(laid)
    await laid.act(laid.township, Act.FORK, case)
    await laid.settle_down()
    on(laid, later(2))
    await laid.act(laid.county, Act.OVERRIDE, case, reason="样例上收")
    on(laid, LATE)
    # The line is down: nobody has told the department.
    await says(laid, case, UNITS[0], place=laid.township)
    assert not {"confirmed", "suspected"} & {*(await found(laid, later(15))).values()}


async def test_nothing_is_said_of_opinions_on_a_case_whose_course_cannot_be_read_here(laid: Laid) -> None:
    village, township, county = laid.villages[0], laid.township, laid.county
    case = await laid.file(village, "样例甲", item=BELOW.code)
    await laid.act(village, Act.HAND_OVER, case)
    await laid.exchange(village)
    for act in (Act.TAKE_IN, Act.ACCEPT, Act.FORK):
        await laid.act(township, act, case)
    on(laid, later(2))
    await laid.act(township, Act.WITHDRAW, case, reason="样例申请人撤回")
    on(laid, LATE)

    async def without_the_village(asked: journal_pb2.Parcel) -> journal_pb2.Parcel:
        for segment in [each for each in asked.segments if each.stream.author == village]:
            asked.segments.remove(segment)
        return await answer(laid.books[county], asked, peer=township)

    await exchange(laid.books[township], peer=county, call=without_the_village)
    await sweep(laid.books[county])
    of_opinions = "SELECT DISTINCT standing FROM findings WHERE kind=?"
    assert rows(laid.books[county], of_opinions, OPINION) == [("suspected",)]
    assert await found(laid, later(15)) == dict.fromkeys(UNITS, "in_time")


# What follows from the facts.


async def test_in_whatever_order_the_facts_come_the_same_rows_come_of_them(laid: Laid, tmp_path: Path) -> None:
    case = await led_below(laid)
    await laid.act(laid.township, Act.FORK, case)
    await laid.act(laid.county, Act.OVERRIDE, case, reason="样例上收")
    await says(laid, case, *UNITS[:2], place=laid.township)
    await laid.settle_down()
    await laid.act(laid.county, Act.FORK, case)
    await laid.act(laid.county, Act.WITHDRAW, case, reason="样例申请人撤回")
    await orphan(laid)
    book = laid.books[laid.county]
    facts = rows(book, "SELECT fact_id, bytes FROM facts WHERE case_row IS NOT NULL")
    wanted = kept(book)
    assert len(wanted) == 21
    for number in range(8):
        chance = random.Random(number)
        chance.shuffle(facts)
        waiting = [Incoming(encoded, fact_pb2.Fact.FromString(encoded), name, b"") for name, encoded in facts]
        async with Book(tmp_path / f"{number}.sqlite", laid.identity(laid.county), clock=book.clock) as other:
            while waiting:
                some = [waiting.pop() for _ in range(min(len(waiting), chance.randint(1, 5)))]
                await other.write(partial(Transaction.keep_facts, came=some))
                assert await other.look(as_recomputed)
            assert kept(other) == wanted


async def orphan(laid: Laid) -> None:
    """A branch that no move of its case names; a case of its own besides."""
    alone = await laid.file(laid.township, "样例乙", item=BELOW.code)
    book = laid.books[laid.township]
    ((parent,),) = rows(book, "SELECT case_id FROM cases WHERE number=?", alone)
    filed = pb.CaseFiled(number=f"{alone}-01", branch=pb.Branch(unit=UNITS[0], limit_days=5))
    draft = replace(filing(1, home=laid.township), body=filed.SerializeToString(), parent_case_id=parent)
    await append(book, draft)
    await laid.settle_down()


async def test_a_branch_that_was_never_needed_is_not_waited_for_though_filed_at_time_zero(laid: Laid) -> None:
    case, book = await led_below(laid), laid.books[laid.township]
    ((parent,),) = rows(book, "SELECT case_id FROM cases WHERE number=?", case)
    reading = book.clock.reading
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(book.clock, "reading", lambda **more: replace(reading(**more), now_ms=0))
        await append(book, replace(filing(1, home=laid.township), parent_case_id=parent))
    await laid.settle_down()
    assert [ended for *_, ended in branches_in(laid.books[laid.county])] == [1]
    await all_is_sound(laid)


def as_recomputed(conn: Any) -> bool:
    """Whether all that is kept of a branch and its case agrees with their facts, at any time."""
    for row, case_id, home, stored in conn.execute("SELECT id, case_id, home, need_ended_at_ms FROM cases").fetchall():
        found = cases.load(conn, row, case_id, home)
        need = cases.need_of(found, cases.load_parent(conn, found))
        if stored != (need.at_ms if need else 0):
            return False
    return True


def kept(book: Book) -> dict[bytes, tuple[Any, ...]]:
    wanted = "case_id, stage, parent, need_ended_at_ms, opinion_days, ended_at_ms, duplicate, number, custodian_unit"
    return {row[0]: row for row in rows(book, f"SELECT {wanted} FROM cases")}


async def test_the_auditor_and_the_check_find_a_branch_that_was_made_a_case(laid: Laid) -> None:
    case = await forked(laid)
    await laid.act(laid.county, Act.WITHDRAW, case, reason="样例申请人撤回")
    await laid.settle_down()
    for place in list(laid.books):
        await laid.close(place)
    wrong = {"parent": "NULL", "need_ended_at_ms": "0", "opinion_days": "6"}
    with opened(laid.folder, laid.township) as conn:
        for (column, value), unit in zip(wrong.items(), UNITS, strict=False):
            conn.execute(f"UPDATE cases SET {column}={value} WHERE number=?", [branch(case, unit)])
    said = "".join(each.what for each in verify(laid.path(laid.township), ROOT.public))
    assert all(f"{column}: not what its facts say" in said for column in wrong)
    told = audited(laid.folder, "--json")
    # The auditor counts no days.
    assert ("CASE_ROW_WRONG" in told.kinds, len(told.cases)) == (True, 2)


async def test_a_request_id_that_made_two_forks_leaves_one(laid: Laid) -> None:
    """The book was set back behind a fork, and the same call came again."""
    case = await accepted(laid)
    await laid.close(laid.county)
    laid.copy(laid.county, name="before")
    await laid.open(laid.county)
    asked = laid.requests
    await laid.act(laid.county, Act.FORK, case)
    await laid.settle_down()
    await laid.close(laid.county)
    laid.set_back(laid.county, name="before")
    await laid.open(laid.county)
    laid.requests = asked
    await laid.books[laid.county].write(lambda tx: tx.open_epoch(pb.OPEN_REASON_RESTORE))
    await laid.act(laid.county, Act.FORK, case)
    await laid.settle_down()
    for place in (laid.county, laid.township):
        book = laid.books[place]
        needed = rows(book, "SELECT case_id FROM cases WHERE parent IS NOT NULL AND need_ended_at_ms=0")
        assert len(needed) == 9
        assert len(branches_in(book)) == 18
        assert rows(book, "SELECT SUM(duplicate) FROM cases") == [(0,)]
    await says(laid, case, *UNITS)
    await laid.act(laid.county, Act.STAGE_DONE, case, reason="样例意见")
    await decide(laid, case)
