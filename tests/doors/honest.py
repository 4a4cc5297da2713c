"""Valid requests of every kind, as the people at a node and its neighbours make them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from county_node import seed
from sync.cases.stages import Act, Stage
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal.catalogue_translation import calendar_message
from sync.journal.clock import wall_ms
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb
from sync.rpc.v1 import journal_service_pb2 as journals_pb
from sync.rpc.v1 import node_service_pb2 as node_pb
from sync.rpc.v1 import post_service_pb2 as posts_pb
from sync.rpc.v1 import register_service_pb2 as registers_pb
from sync.rpc.v1 import supervision_service_pb2 as supervision_pb


@dataclass
class Knows:
    """What whoever asks a node knows of it."""

    place: int
    items: list[bodies_pb2.ServiceItem]
    cases: list[cases_pb.Case]
    certificate: bodies_pb2.KeyCertificate
    """Of a place in the county."""
    parcels: list[journal_pb2.Parcel] = field(default_factory=list)
    """What a neighbour of the node has to say to it."""


SOMEBODY = fact_pb2.Actor(unit="综合窗口", post="A", person="k17")
PAPERS = [
    bodies_pb2.ReceivedMaterial(name="身份证", originals=1),
    bodies_pb2.ReceivedMaterial(name="申请表", copies=2),
]
APPLICANT = bodies_pb2.Applicant(name="样例村民甲", phone="13800000000", note="行动不便，请上门")
JANUARY_2010 = 1_263_000_000_000


def file_case(knows: Knows, chance: random.Random) -> Message:
    from_paper = chance.random() < 0.3
    return cases_pb.FileCaseRequest(
        request_id=chance.randbytes(16),
        actor=SOMEBODY,
        home=knows.place,
        item_code=chance.choice(knows.items).code,
        materials=PAPERS,
        applicant=APPLICANT,
        channel="window",
        happened_at_ms=JANUARY_2010 if from_paper else 0,
        paper_page="第3册12页" if from_paper else "",
    )


# What each act is given, beside who does it to which case.
WORDS: dict[Act, dict[str, Any]] = {
    Act.HAND_OVER: {"to_unit": "综合窗口"},
    Act.TAKE_IN: {},
    Act.ACCEPT: {},
    Act.REFUSE: {"reason": "不属于受理范围", "review_way": "行政复议"},
    Act.ASK_ONCE: {"missing": ["户口簿", "照片"], "detail": "当面告知"},
    Act.SUPPLY: {"materials": PAPERS},
    Act.WITHDRAW: {"reason": "申请人撤回"},
    Act.STAGE_DONE: {"reason": "材料齐全"},
    Act.PASS_UP: {"reason": "请县级审批"},
    Act.FORK: {},
    Act.GIVE_OPINION: {"opinion": cases_pb.OPINION_CONSENT, "reason": "同意"},
    Act.DECIDE: {"outcome": bodies_pb2.OUTCOME_GRANTED, "reason": "符合条件", "detail": "叙批〔2026〕1号"},
    Act.OVERRIDE: {"reason": "逾期未办，上收"},
    Act.CORRECT: {"reason": "姓名写错", "private_text": "应为样例村民乙"},
    Act.RATE: {"grade": 5, "detail": "page", "private_text": "很满意"},
    Act.COMPLAIN: {"detail": "phone", "about_place": 510524100000, "private_text": "态度不好"},
    Act.ACCEPT_COMPLAINT: {},
    Act.ANSWER_COMPLAINT: {"private_text": "已当面道歉"},
    Act.CALL_BACK: {"reason": "已改进", "private_text": "电话回访"},
}


def act(knows: Knows, chance: random.Random) -> Message:
    case, act = chance.choice(knows.cases), chance.choice(list(WORDS))
    request = cases_pb.ActRequest(
        request_id=chance.randbytes(16),
        case=chance.choice([case.number, case.case_id.hex()]),
        act=act.value,
        actor=SOMEBODY,
        **WORDS[act],
    )
    if act is Act.CORRECT:
        request.fact_id = case.case_id
    return request


def get_case(knows: Knows, chance: random.Random) -> Message:
    return cases_pb.GetCaseRequest(case=chance.choice(knows.cases).number)


def list_cases(knows: Knows, chance: random.Random) -> Message:
    return cases_pb.ListCasesRequest(
        within=knows.place, waiting_for=knows.place, stages=[*Stage][:3], joint=True, page_size=20, page_token="1000"
    )


def publish_release(knows: Knows, chance: random.Random) -> Message:
    """One more item, much like another, and who may accept it."""
    added = bodies_pb2.ServiceItem()
    added.CopyFrom(chance.choice(knows.items))
    added.code, added.version = f"ZZ{chance.randrange(10**9):09}", 1
    release = bodies_pb2.CatalogueReleased(title="增加一项")
    release.changes.add(kind=bodies_pb2.CHANGE_KIND_ADD, item=added, reason="新增惠民事项")
    release.departments.add(code="ZZ", name="样例局")
    return catalogue_pb.PublishReleaseRequest(request_id=chance.randbytes(16), release=release)


def publish_calendar(knows: Knows, chance: random.Random) -> Message:
    calendar = calendar_message(seed.calendar(), source="国务院办公厅通知")
    calendar.number = 0
    return catalogue_pb.PublishCalendarRequest(request_id=chance.randbytes(16), calendar=calendar)


def get_release(knows: Knows, chance: random.Random) -> Message:
    return catalogue_pb.GetReleaseRequest(number=1)


def list_items(knows: Knows, chance: random.Random) -> Message:
    return catalogue_pb.ListItemsRequest(page_size=10, page_token="20")


def list_delegations(knows: Knows, chance: random.Random) -> Message:
    return catalogue_pb.ListDelegationsRequest(township=510524100000, page_size=10, page_token="20")


def get_holdings(knows: Knows, chance: random.Random) -> Message:
    return catalogue_pb.GetHoldingsRequest()


def exchange(knows: Knows, chance: random.Random) -> Message:
    return journals_pb.ExchangeRequest(parcel=chance.choice(knows.parcels))


def get_status(knows: Knows, chance: random.Random) -> Message:
    return node_pb.GetStatusRequest()


def introduce_key(knows: Knows, chance: random.Random) -> Message:
    return node_pb.IntroduceKeyRequest(certificate=knows.certificate)


def set_line(knows: Knows, chance: random.Random) -> Message:
    return node_pb.SetLineRequest(open=True)


def publish_posts(knows: Knows, chance: random.Random) -> Message:
    roster = bodies_pb2.PostsPublished(place=knows.place)
    roster.posts.add(unit=SOMEBODY.unit, post=SOMEBODY.post, holder_a=SOMEBODY.person, holder_b="k18")
    roster.posts.add(
        unit=SOMEBODY.unit,
        post="首席代表",
        holder_a="k19",
        chief_representative=True,
        letter="样例授〔2026〕1号",
        letter_from_day=14_610,
        letter_to_day=80_000,
    )
    return posts_pb.PublishPostsRequest(request_id=chance.randbytes(16), posts=roster)


def note_away(knows: Knows, chance: random.Random) -> Message:
    away = bodies_pb2.AwayNoticed(
        unit=SOMEBODY.unit, post=SOMEBODY.post, person=SOMEBODY.person, to_ms=wall_ms() + 3_600_000, note="下村核实"
    )
    return posts_pb.NoteAwayRequest(request_id=chance.randbytes(16), away=away)


def end_away(knows: Knows, chance: random.Random) -> Message:
    return posts_pb.EndAwayRequest(
        request_id=chance.randbytes(16), unit=SOMEBODY.unit, post=SOMEBODY.post, person=SOMEBODY.person
    )


def get_posts(knows: Knows, chance: random.Random) -> Message:
    return posts_pb.GetPostsRequest(place=knows.place, at_ms=JANUARY_2010)


def get_figures(knows: Knows, chance: random.Random) -> supervision_pb.GetFiguresRequest:
    return supervision_pb.GetFiguresRequest(within=knows.place, from_day=14_610, to_day=24_000)


def watch_figures(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.WatchFiguresRequest(figures=get_figures(knows, chance))


def get_report(knows: Knows, chance: random.Random) -> Message:
    by = chance.choice(supervision_pb.ReportBy.keys())
    return supervision_pb.GetReportRequest(figures=get_figures(knows, chance), by=by)


def list_clocks(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.ListClocksRequest(
        within=knows.place,
        kinds=[supervision_pb.CLOCK_KIND_AGENCY, supervision_pb.CLOCK_KIND_PROMISE],
        levels=[supervision_pb.CLOCK_LEVEL_NORMAL],
        custodian=knows.place,
        page_size=20,
        page_token="1000",
    )


def search_cases(knows: Knows, chance: random.Random) -> Message:
    text = chance.choice([chance.choice(knows.cases).number, str(knows.place), APPLICANT.name])
    return supervision_pb.SearchCasesRequest(text=text, page_size=20, page_token="1000")


def list_findings(knows: Knows, chance: random.Random) -> Message:
    standings = chance.sample(supervision_pb.LimitStanding.keys()[2:], 2)
    return supervision_pb.ListFindingsRequest(
        within=knows.place, standings=standings, place=knows.place, page_size=20, page_token="1000"
    )


def explain_case(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.ExplainCaseRequest(case=chance.choice(knows.cases).number)


def list_records(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.ListRecordsRequest(
        within=knows.place,
        case=chance.choice(knows.cases).number,
        office=knows.place,
        statuses=["OPENED"],
        page_size=20,
    )


def take_step(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.TakeStepRequest(
        request_id=chance.randbytes(16),
        case=chance.choice(knows.cases).number,
        actor=fact_pb2.Actor(place=knows.place, unit="监察", person="样例监察员"),
        step=bodies_pb2.AccountabilityStep(
            deed=bodies_pb2.ACCOUNTABILITY_DEED_OPEN, rule="STEP_SKIPPED", office=knows.place, text="样例情况"
        ),
    )


def settle_finding(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.SettleFindingRequest(
        request_id=chance.randbytes(16),
        case=chance.choice(knows.cases).number,
        actor=fact_pb2.Actor(place=knows.place, unit="监察", person="样例监察员"),
        settled=bodies_pb2.FindingSettled(
            limit=bodies_pb2.TIME_LIMIT_PROMISE, place=knows.place, start_day=20_000, late=True, reason="样例依据"
        ),
    )


def list_signals(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.ListSignalsRequest(within=knows.place, spot_checks_of=14_700, page_size=20, page_token="1000")


def list_replies(knows: Knows, chance: random.Random) -> Message:
    return supervision_pb.ListRepliesRequest(
        within=knows.place,
        kinds=[supervision_pb.REPLY_KIND_CALL_BACK],
        place=knows.place,
        from_day=14_610,
        to_day=24_000,
        given=True,
        page_size=20,
        page_token="20",
    )


def enter(knows: Knows, chance: random.Random) -> Message:
    request = registers_pb.EnterRequest(request_id=chance.randbytes(16), actor=SOMEBODY, home=knows.place)
    which = chance.randrange(4)
    if which == 0:
        request.private_text = "样例村民甲问低保"
        request.contact.CopyFrom(
            bodies_pb2.FirstContact(
                channel="phone",
                about="问低保材料",
                outcome=bodies_pb2.CONTACT_OUTCOME_REFERRED,
                referred_place=510524100000,
                referred_unit="民政窗口",
            )
        )
    elif which == 1:
        kind = bodies_pb2.SERVICE_KIND_VISIT
        request.service.CopyFrom(bodies_pb2.ServiceLogged(kind=kind, day=20_000, staff="k17", count=3))
    elif which == 2:
        request.applicant.CopyFrom(bodies_pb2.Applicant(name="样例村民甲", phone="13800000000"))
        request.appointment.CopyFrom(bodies_pb2.AppointmentMade(day=20_000, minute=545, channel="page"))
    else:
        request.attestation.CopyFrom(
            bodies_pb2.ChecklistAttested(entry="has_room", met=True, day=20_000, attester="k17", remark="两间")
        )
    if which in (0, 1):
        request.item_code = chance.choice(knows.items).code
    return request


def list_entries(knows: Knows, chance: random.Random) -> Message:
    return registers_pb.ListEntriesRequest(
        register=chance.choice(registers_pb.Register.keys()[1:]),
        within=knows.place,
        from_day=14_610,
        to_day=24_000,
        open_only=True,
        page_size=20,
        page_token="1000",
    )


def get_checklist(knows: Knows, chance: random.Random) -> Message:
    return registers_pb.GetChecklistRequest(place=knows.place)


REQUESTS: dict[str, Callable[[Knows, random.Random], Message]] = {
    "FileCase": file_case,
    "Act": act,
    "GetCase": get_case,
    "ListCases": list_cases,
    "PublishRelease": publish_release,
    "PublishCalendar": publish_calendar,
    "GetRelease": get_release,
    "ListItems": list_items,
    "ListDelegations": list_delegations,
    "GetHoldings": get_holdings,
    "Exchange": exchange,
    "GetStatus": get_status,
    "IntroduceKey": introduce_key,
    "SetLine": set_line,
    "PublishPosts": publish_posts,
    "NoteAway": note_away,
    "EndAway": end_away,
    "GetPosts": get_posts,
    "GetFigures": get_figures,
    "WatchFigures": watch_figures,
    "GetReport": get_report,
    "ListClocks": list_clocks,
    "SearchCases": search_cases,
    "ListFindings": list_findings,
    "ExplainCase": explain_case,
    "ListSignals": list_signals,
    "ListRecords": list_records,
    "TakeStep": take_step,
    "SettleFinding": settle_finding,
    "ListReplies": list_replies,
    "Enter": enter,
    "ListEntries": list_entries,
    "GetChecklist": get_checklist,
}
