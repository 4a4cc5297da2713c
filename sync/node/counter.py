"""Commands of the counter: file a case, look at cases, and one command for each act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from sync.cases.channels import Channel
from sync.cases.stages import Act, ExtensionKind, Opinion, Outcome
from sync.cases.workdays import FIRST_YEAR, SHANGHAI, number_of
from sync.errors import Malformed
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.node.case_view import STANDING_LABELS
from sync.node.commands import actor_options, ask, at_option, emit, json_option, request_id, request_option
from sync.node.joint_view import branch_text
from sync.node.replying import reply_text
from sync.rpc.v1 import case_service_pb2 as cases_pb
from sync.rpc.v1 import catalogue_service_pb2 as catalogue_pb

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Any], Any]

CHANNELS = click.Choice([each.value for each in Channel])
OUTCOMES = {"granted": Outcome.GRANTED, "denied": Outcome.DENIED}
OPINIONS = {"consent": Opinion.CONSENT, "objection": Opinion.OBJECTION}
EXTENSIONS = {"promise": ExtensionKind.PROMISE, "legal": ExtensionKind.LEGAL}


def _number(_: click.Context, __: click.Parameter, day: datetime | None) -> int:
    """Days since 1970-01-01; 0 = not given."""
    return number_of(day.date() if day else None)


def _one_of(choices: dict[str, Any]) -> Callable[..., int]:
    return lambda _, __, chosen: int(choices[chosen]) if chosen else 0


def _papers(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> list[bodies_pb2.ReceivedMaterial]:
    return [bodies_pb2.ReceivedMaterial(name=each, originals=1) for each in names]


def _fact_id(_: click.Context, __: click.Parameter, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed("请用64位十六进制数字指明记录，列表和 `case --json` 里都有。") from None


def channel_option(field: str) -> Option:
    return click.option("--channel", field, type=CHANNELS, callback=_or_empty, help="Road it came by.")


def _or_empty(_: click.Context, __: click.Parameter, chosen: str | None) -> str:
    return chosen or ""


def fact_id_option(name: str, help: str) -> Option:
    return click.option(f"--{name}", name, required=True, callback=_fact_id, help=help)


def _text(flag: str, field: str, help: str) -> Option:
    return click.option(flag, field, default="", help=help)


class _Day(click.DateTime):
    """A day as it is written. Raises Malformed for one too long ago."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        found: datetime = super().convert(value, param, ctx)
        if found.year < FIRST_YEAR:
            raise Malformed(f"日期“{found:%Y-%m-%d}”太早，不能早于{FIRST_YEAR}年，请改正后再试。")
        return found


DAY = _Day(["%Y-%m-%d"])
TO_UNIT = _text("--to-unit", "to_unit", "Unit it goes to.")
TO_PLACE = click.option("--to-place", type=int, default=0, help="Place it goes to; the next place up if left out.")
REASON = _text("--reason", "reason", "Why.")
OPINION = _text("--opinion", "reason", "Opinion.")
NOTICE = _text("--notice", "detail", "How the applicant was told.")
CHANNEL = channel_option("detail")
WAITING = "The complaint or rating; the only one that waits if left out."
ABOUT = click.option("--fact", "fact_id", default="", callback=_fact_id, help=WAITING)
TEXT = _text("--text", "private_text", "What was said. Kept beside the chain.")
MATERIALS = click.option(
    "--material", "materials", multiple=True, callback=_papers, help="A paper received; repeat for each."
)

# What is written into an act, beside who does it. Option names are those of ActRequest.
OPTIONS: dict[Act, tuple[Option, ...]] = {
    Act.HAND_OVER: (TO_PLACE, TO_UNIT),
    Act.PASS_UP: (TO_PLACE, TO_UNIT, OPINION),
    Act.REFUSE: (REASON, _text("--review-way", "review_way", "Way of review open to the applicant.")),
    Act.ASK_ONCE: (
        click.option("--missing", multiple=True, help="What is missing; repeat for each. The complete list."),
        click.option("--day", type=DAY, callback=_number, help="Last day to supply it; in 30 days if left out."),
        NOTICE,
    ),
    Act.SUPPLY: (MATERIALS,),
    Act.WITHDRAW: (REASON,),
    Act.STAGE_DONE: (OPINION, TO_UNIT),
    Act.VILLAGE_ACT_DONE: (OPINION,),
    Act.BEGIN_SPECIAL: (_text("--procedure", "procedure", "The special procedure, as the item names it."), NOTICE),
    Act.END_SPECIAL: (_text("--result", "reason", "What came of it."),),
    Act.SEND_BACK: (REASON, TO_UNIT),
    Act.EXTEND: (
        click.option("--limit", "extension", type=click.Choice(list(EXTENSIONS)), callback=_one_of(EXTENSIONS)),
        click.option("--day", type=DAY, callback=_number, help="promise: the day it is moved to."),
        click.option("--days", type=click.IntRange(0), default=0, help="legal: working days added; if left out, all."),
        _text("--approver", "approver", "Staff code of who approved it."),
        REASON,
        NOTICE,
    ),
    Act.REASSIGN: (TO_UNIT, REASON),
    Act.GIVE_OPINION: (
        click.option("--opinion", type=click.Choice(list(OPINIONS)), callback=_one_of(OPINIONS)),
        REASON,
    ),
    Act.DECIDE: (
        click.option("--outcome", type=click.Choice(sorted(OUTCOMES)), callback=_one_of(OUTCOMES)),
        REASON,
        _text("--detail", "detail", "Number of the document."),
    ),
    Act.DELIVER: (_text("--detail", "detail", "Manner: handed over, by post."),),
    Act.OVERRIDE: (TO_UNIT, REASON),
    Act.SETTLE: (REASON,),
    Act.CHARGE: (click.option("--fen", "amount_fen", type=click.IntRange(1), required=True, help="How much, in fen."),),
    Act.CORRECT: (
        click.option("--fact", "fact_id", required=True, callback=_fact_id, help="The record that is wrong."),
        REASON,
        TEXT,
    ),
    Act.RATE: (
        click.option("--grade", type=click.IntRange(1, 5), required=True, help="5 非常满意 … 1 非常不满意."),
        REASON,
        CHANNEL,
        TEXT,
    ),
    Act.COMPLAIN: (
        click.option("--about-place", type=int, default=0, help="The place complained of."),
        _text("--about-unit", "to_unit", "Its unit."),
        CHANNEL,
        TEXT,
    ),
    Act.ACCEPT_COMPLAINT: (ABOUT,),
    Act.ANSWER_COMPLAINT: (ABOUT, TEXT),
    Act.CALL_BACK: (ABOUT, _text("--result", "reason", "What came of it, in general words."), TEXT),
}


def counter_commands(group: click.Group, acts: tuple[Act, ...]) -> None:
    """`file`, `case`, `cases`, `items` and one command for each act."""
    _file_command(group)
    _case_commands(group)
    for act in acts:
        _act_command(group, act)


def _file_command(group: click.Group) -> None:
    @group.command(name="file")
    @at_option
    @click.option("--item", required=True, help="Code of the service item.")
    @click.option("--name", required=True, help="Applicant's name.")
    @click.option("--id-number", default="", help="Applicant's ID number, 18 characters.")
    @click.option("--phone", default="", help="Applicant's telephone.")
    @click.option("--home", type=int, default=0, help="Place the case belongs to; the node's own if left out.")
    @MATERIALS
    @channel_option("channel")
    @click.option("--happened-on", type=DAY, help="The day in the paper book it is copied from.")
    @click.option("--page", default="", help="The page of that book.")
    @actor_options
    @request_option
    @json_option
    def file_case(
        at: str,
        item: str,
        name: str,
        id_number: str,
        phone: str,
        home: int,
        materials: list[bodies_pb2.ReceivedMaterial],
        channel: str,
        happened_on: datetime | None,
        page: str,
        unit: str,
        post: str,
        person: str,
        request_id: str,
        json_to: str | None,
    ) -> None:
        """File a case 收件."""
        request = cases_pb.FileCaseRequest(
            request_id=_request(request_id),
            actor=fact_pb2.Actor(unit=unit, post=post, person=person),
            home=home,
            item_code=item,
            materials=materials,
            applicant=bodies_pb2.Applicant(name=name, id_number=id_number, phone=phone),
            channel=channel or (Channel.WINDOW if happened_on is None else Channel.PAPER),
            happened_at_ms=_noon_ms(happened_on) if happened_on else 0,
            paper_page=page,
        )
        answer = ask(at, lambda c: c.ask(c.cases.FileCase, request))
        emit(answer.case, json_to=json_to, text=case_text(answer.case))


_request = request_id


def _noon_ms(day: datetime) -> int:
    """A paper book has days, no hours."""
    return int(day.replace(hour=12, tzinfo=SHANGHAI).timestamp()) * 1000


def _act_command(group: click.Group, act: Act) -> None:
    def do(
        at: str, case: str, unit: str, post: str, person: str, request_id: str, json_to: str | None, **words: Any
    ) -> None:
        request = cases_pb.ActRequest(
            request_id=_request(request_id),
            case=case,
            act=act.value,
            actor=fact_pb2.Actor(unit=unit, post=post, person=person),
            **words,
        )
        answer = ask(at, lambda c: c.ask(c.cases.Act, request))
        emit(answer.case, json_to=json_to, text=case_text(answer.case))

    command = actor_options(request_option(json_option(do)))
    for option in reversed(OPTIONS.get(act, ())):
        command = option(command)
    command = at_option(click.argument("case")(command))
    group.command(name=act.value.replace("_", "-"), help=act.label)(command)


def _case_commands(group: click.Group) -> None:
    @group.command(name="case")
    @at_option
    @click.argument("case")
    @json_option
    def show_case(at: str, case: str, json_to: str | None) -> None:
        """Show one case with its history; of a joint case also its branches."""
        answer = ask(at, lambda c: c.ask(c.cases.GetCase, cases_pb.GetCaseRequest(case=case)))
        steps = map(_step_text, answer.facts)
        branches = map(branch_text, answer.branches)
        owed = [f"  {reply_text(each)}" for each in answer.replies]
        emit(answer, json_to=json_to, text="\n".join([case_text(answer.case), *steps, *branches, *owed]))

    @group.command(name="cases")
    @at_option
    @click.option("--within", type=int, default=0, help="Home, or a place above it.")
    @click.option("--waiting-for", type=int, default=0, help="Place that may act now.")
    @click.option("--stage", "stages", multiple=True, help="Stage code; repeat for more.")
    @click.option("--joint", is_flag=True, help="Only joint cases 联办件, with how many opinions are in.")
    @click.option("--page-size", type=int, default=50, show_default=True)
    @click.option("--page-token", default="")
    @json_option
    def list_cases(
        at: str,
        within: int,
        waiting_for: int,
        stages: tuple[str, ...],
        joint: bool,
        page_size: int,
        page_token: str,
        json_to: str | None,
    ) -> None:
        """List cases, newest first."""
        request = cases_pb.ListCasesRequest(
            within=within,
            waiting_for=waiting_for,
            stages=stages,
            joint=joint,
            page_size=page_size,
            page_token=page_token,
        )
        answer = ask(at, lambda c: c.ask(c.cases.ListCases, request))
        emit(answer, json_to=json_to, text="\n".join(map(case_text, answer.cases)) or "没有符合条件的办件。")

    @group.command(name="items")
    @at_option
    @click.option("--page-size", type=int, default=200, show_default=True)
    @click.option("--page-token", default="")
    @json_option
    def list_items(at: str, page_size: int, page_token: str, json_to: str | None) -> None:
        """List the service items in force here."""
        request = catalogue_pb.ListItemsRequest(page_size=page_size, page_token=page_token)
        answer = ask(at, lambda c: c.ask(c.catalogue.ListItems, request))
        lines = [f"{each.code} {each.name}（承诺{each.promised_days}个工作日）" for each in answer.items]
        if answer.next_page_token:
            lines.append(f"（还有更多：--page-token {answer.next_page_token}）")
        emit(answer, json_to=json_to, text="\n".join(lines) or "本节点还没有收到目录。")


def _step_text(each: cases_pb.CaseFact) -> str:
    standing = STANDING_LABELS.get(each.standing, each.standing)
    return f"  {each.act_label}（{each.fact.recorder.place}，{standing}）"


def case_text(case: cases_pb.Case) -> str:
    """One line for a clerk."""
    opinions = f"，会办意见{case.opinions_in}/{case.opinions_asked}" if case.opinions_asked else ""
    return f"{case.number} {case.item_name or case.item_code}：{case.stage_label}（{case.reach_label}{opinions}）"
