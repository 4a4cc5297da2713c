"""The county hall's three years: every act through the county's own counter and book, then figures and audit."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from typing import Any

from county_node import seed as county_seed
from county_node.supervising import sweep
from operations import reporting
from operations.bench.county import CLOCK, running
from operations.bench.filled import book_of
from operations.networks import Network, Ports, free_base, make, planned
from operations.opening import answering, open_county
from operations.replay import findings, hall_scenario
from operations.replay.counters import moment
from operations.replay.hall_scenario import DEPARTMENTS, FIRST_DAY, WITH_A_WINDOW, Hall, Visit
from operations.replay.year import Tell
from operations.shared_clock import SharedClock
from operations.supervision import RATES
from sync.cases.decide import ActRequest
from sync.cases.stages import Act, Outcome
from sync.cases.workdays import number_of
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import counter
from sync.journal.book import Book
from sync.journal.catalogue_translation import release_message
from sync.journal.counter import Asked
from sync.journal.writing import REQUEST_BYTES, Transaction
from sync.node.commands import as_dict
from sync.rpc.client import Client
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import supervision_service_pb2 as pb

REPORT = "report.json"

PORTS = 3

DOORS_OPEN, EVENING = time_of_day(8, 30), time_of_day(18, 0)
MS_OF_A_DAY = 9 * 60 * 60 * 1000

AT_ONCE = 100
"""Visitors served in one commit."""

TOLD_EVERY = 20

TARGET = "county_2008_to_2011_02"
LABELS = reporting.LABELS | {name: f"{label}率" for name, label in RATES.items()}
UNHAPPY = "样例：等候时间较长"
DESK = "A"
CLERK = "样例窗口人员"

Serving = Callable[[Visit], Iterator[Asked]]


async def replay_hall(root: Path, *, seed: int, days: int, scale: float, tell: Tell) -> dict[str, Any]:
    """The first `days` working days (0: all) with `scale` times the visits, in the empty directory `root`.

    `ok` only if service, plan and auditor say the same; of the whole time, also what the county published of it.
    """
    began = time.monotonic()
    plan = hall_scenario.hall(seed, calendar=county_seed.calendar(), scale=scale)
    days = min(days or len(plan.days), len(plan.days))
    network = planned(county_seed.divisions(), townships=0, stations=0, ports=Ports(free_base(PORTS)))
    await _open(root, network, tell)
    acts = await _Days(plan, network, SharedClock(root / CLOCK)).live(root, days=days, tell=tell)
    lived = time.monotonic()
    told = await _told(root, network, plan, days=days)
    tell("审计：从流水重新计算")
    audit = await findings.audited(root)
    total = told["total"]
    is_whole = days == len(plan.days) and scale == 1
    faults = [*findings.unsound(audit), *differences(told, plan, days=days, is_whole=is_whole)]
    return {
        **{name: findings.shown_figure(total, name, places=2) for name in findings.target(TARGET)},
        "closed": total["closed"],
        "confirmed": told["confirmed"],
        "windows": told["windows"],
        "departments": told["departments"],
        "facts": told["facts"],
        "acts": acts,
        "acts_per_second": round(acts / (lived - began), 1),
        "seconds": round(time.monotonic() - began, 1),
        "audit": audit,
        "faults": faults,
        "ok": not faults,
    }


async def _open(root: Path, network: Network, tell: Tell) -> None:
    """Makes the county and publishes what the hall offers, by calls; the node has stopped when it returns."""
    began = moment(FIRST_DAY, time_of_day.min)
    make(root, network, at_ms=began)
    clock = SharedClock.create(root / CLOCK, at_ms=began)
    opening = partial(open_county, root, network, tell=tell, now=clock.now)
    async with running(root, network, opening=opening) as county:
        await county.county.ask(
            county.county.catalogue.PublishRelease,
            catalogue_pb.PublishReleaseRequest(
                request_id=os.urandom(REQUEST_BYTES), release=release_message(hall_scenario.release())
            ),
        )


@dataclass
class _Days:
    """The hall at work, one working day after the other."""

    plan: Hall
    network: Network
    clock: SharedClock
    acts: int = 0
    _cases: dict[int, str] = field(default_factory=dict)
    """Those under way, by the visit's number."""

    async def live(self, root: Path, *, days: int, tell: Tell) -> int:
        """Returns how many acts were done."""
        came, due = (
            _by_day(self.plan, of=lambda visit: visit.day),
            _by_day(self.plan, of=lambda visit: visit.decided_on),
        )
        async with book_of(root, self.network.county, self.clock.for_node()) as book:
            for number, day in enumerate(self.plan.days[:days]):
                began, before = time.monotonic(), self.acts
                waiting = [visit for visit in due.get(number, ()) if visit.used]
                visitors = came.get(number, [])
                step_ms = MS_OF_A_DAY // (6 * (len(waiting) + len(visitors)) + 1)
                self.clock.move_to(moment(day, DOORS_OPEN))
                await self._serve(book, self._decide, waiting, step_ms)
                await self._serve(book, self._receive, visitors, step_ms)
                self.clock.move_to(moment(day, EVENING))
                await sweep(book)
                if number % TOLD_EVERY == 0 or number + 1 == days:
                    rate = (self.acts - before) / (time.monotonic() - began)
                    tell(f"{day} 第{number + 1}/{days}个工作日：累计办理{self.acts}次，每秒{rate:.0f}次")
        return self.acts

    async def _serve(self, book: Book, do: Serving, visits: Sequence[Visit], step_ms: int) -> None:
        for at in range(0, len(visits), AT_ONCE):
            await book.write(partial(self._all, do=do, visits=visits[at : at + AT_ONCE], step_ms=step_ms))

    def _all(self, tx: Transaction, *, do: Serving, visits: Sequence[Visit], step_ms: int) -> None:
        for visit in visits:
            for asked in do(visit):
                self.clock.move_to(self.clock.now() + step_ms)
                self._cases[visit.number] = counter.do(tx, asked).hex()
                self.acts += 1

    def _receive(self, visit: Visit) -> Iterator[Asked]:
        place = self.network.county.place
        yield _asked(
            visit,
            ActRequest(Act.FILE, place, visit.window, home=place, item_code=visit.item.code),
            applicant=bodies_pb2.Applicant(name=f"样例群众{visit.number:06d}"),
            materials=tuple(
                bodies_pb2.ReceivedMaterial(name=each.name, originals=each.originals) for each in visit.item.materials
            ),
            channel="window",
        )
        yield self._act(visit, Act.ACCEPT)
        if not visit.used:
            yield from self._decide(visit)

    def _decide(self, visit: Visit) -> Iterator[Asked]:
        """From the examination to the applicant's word; the case is nobody's business here any more after that."""
        yield self._act(visit, Act.STAGE_DONE, to_unit=visit.window)
        yield self._act(visit, Act.DECIDE, outcome=Outcome.GRANTED)
        yield self._act(visit, Act.CLOSE)
        yield self._act(visit, Act.DELIVER, detail="当面领取")
        if visit.grade:
            yield self._act(
                visit, Act.RATE, grade=visit.grade, reason=UNHAPPY if visit.grade <= 2 else "", detail="window"
            )
        del self._cases[visit.number]

    def _act(self, visit: Visit, act: Act, **said: Any) -> Asked:
        request = ActRequest(act, self.network.county.place, visit.window, **said)
        return _asked(visit, request, case=self._cases[visit.number])


def _asked(visit: Visit, request: ActRequest, **more: Any) -> Asked:
    """The same at every run."""
    digest = hashlib.sha256(f"hall/{visit.number}/{request.act}".encode()).digest()
    actor = fact_pb2.Actor(place=request.place, unit=request.unit, post=DESK, person=CLERK)
    return Asked(digest[:REQUEST_BYTES], digest, request, actor, **more)


def _by_day(plan: Hall, *, of: Callable[[Visit], int]) -> dict[int, list[Visit]]:
    found: dict[int, list[Visit]] = {}
    for visit in plan.visits:
        found.setdefault(of(visit), []).append(visit)
    return found


# What comes of it.


async def _told(root: Path, network: Network, plan: Hall, *, days: int) -> dict[str, Any]:
    """Asks the county for figures and report, and keeps both beside the books, for the auditor."""
    asked = pb.GetFiguresRequest(from_day=number_of(FIRST_DAY), to_day=number_of(plan.days[days - 1]))
    address = network.county.address
    async with running(root, network), Client(address, timeout_s=reporting.PATIENCE_S) as client:
        figures = as_dict(await client.ask(client.supervision.GetFigures, asked))
        reports = {
            by: await client.ask(client.supervision.GetReport, pb.GetReportRequest(figures=asked, by=by))
            for by in (pb.REPORT_BY_PLACE, pb.REPORT_BY_WINDOW, pb.REPORT_BY_DEPARTMENT)
        }
        status = await answering(client)
    report = as_dict(reports[pb.REPORT_BY_PLACE])
    for name, said in ((findings.FIGURES, figures), (REPORT, report)):
        (root / name).write_text(json.dumps(said, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return {
        "total": figures["total"],
        "confirmed": report["total"]["confirmed"],
        "windows": len(reports[pb.REPORT_BY_WINDOW].rows),
        "departments": len(reports[pb.REPORT_BY_DEPARTMENT].rows),
        "facts": status.facts,
    }


def differences(told: dict[str, Any], plan: Hall, *, days: int, is_whole: bool) -> Iterator[str]:
    """What the county says otherwise than was planned and, of the whole time, than it published."""
    total = told["total"]
    yield from findings.differences(total, plan.counted(days), labels=LABELS)
    if told["confirmed"]:
        yield f"没有一件超期，却认定了{told['confirmed']}件"
    if is_whole:
        yield from findings.differences(total, findings.target(TARGET), labels=LABELS, places=2)
        if (told["windows"], told["departments"]) != (WITH_A_WINDOW + 1, DEPARTMENTS):
            yield f"报表列出{told['windows']}个窗口、{told['departments']}个部门"
