"""Accountability records, as supervisors and offices handle them at a running node."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from sync.cases.accountability import Cause, Deed, Measure, Status
from sync.cases.clocks import ClockKind
from sync.cases.workdays import day_numbered, day_of, number_of
from sync.errors import Malformed
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.node.commands import actor_options, ask, at_option, emit, json_option, request_id, request_option
from sync.node.counter import DAY
from sync.rpc.v1 import supervision_service_pb2 as pb

Option = Callable[[Any], Any]


@click.group()
def accountability() -> None:
    """问责 Records of limits let pass and rules broken: ask, explain, judge, handle."""


@accountability.command(name="list")
@at_option
@click.option("--within", type=int, default=0, help="A place; the node's own if left out.")
@click.option("--case", default="", help="Number or id of a case.")
@click.option("--office", type=int, default=0, help="The office.")
@click.option("--status", "statuses", type=click.Choice([each.value.lower() for each in Status]), multiple=True)
@click.option("--page-size", type=int, default=50, show_default=True)
@click.option("--page-token", default="")
@json_option
def list_records(
    at: str,
    within: int,
    case: str,
    office: int,
    statuses: tuple[str, ...],
    page_size: int,
    page_token: str,
    json_to: str | None,
) -> None:
    """Records, the newest case first, with their steps."""
    request = pb.ListRecordsRequest(
        within=within,
        case=case,
        office=office,
        statuses=[each.upper() for each in statuses],
        page_size=page_size,
        page_token=page_token,
    )
    answer = ask(at, lambda c: c.ask(c.supervision.ListRecords, request))
    text = "\n".join(map(record_text, answer.records)) or "没有符合条件的问责记录。"
    more = f"\n（还有更多：--page-token {answer.next_page_token}）" if answer.next_page_token else ""
    emit(answer, json_to=json_to, text=text + more)


def record_text(record: pb.AccountabilityRecord) -> str:
    """A record and its steps, for people."""
    due = f"，{day_numbered(record.reply_by_day)}前反馈" if record.reply_by_day else ""
    lines = [
        f"{record.record.hex()[:16]} {record.number} {record.rule_label} {record.office}：{record.status_label}{due}"
    ]
    lines += [f"  {_step_text(each)}" for each in record.steps]
    lines += [f"  （未计入：其间已有其他办理）{_step_text(each)}" for each in record.beside]
    return "\n".join(lines)


def _step_text(each: pb.RecordStep) -> str:
    step = each.step
    said = [
        Cause(step.cause).label if step.cause in list(map(int, Cause)) else "",
        Measure(step.measure).label if step.measure in list(map(int, Measure)) else "",
        step.assignee,
        step.text,
    ]
    return f"{day_of(each.at_ms)} {each.label}（{each.actor.place} {each.actor.person}）{'，'.join(filter(None, said))}"


# One command for each step.


def _text(help: str) -> Option:
    return click.option("--text", default="", help=help)


def _number(_: click.Context, __: click.Parameter, day: datetime | None) -> int:
    return number_of(day.date() if day else None)


def _member(kind: type[Cause] | type[Measure]) -> Callable[..., int]:
    return lambda _, __, name: int(kind[name.upper()]) if name else 0


def _bytes(_: click.Context, __: click.Parameter, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Malformed(f"“{text}”不是十六进制标识，请从列表中复制。") from None


def _choice(flag: str, kind: type[Cause] | type[Measure]) -> Option:
    names = [each.name.lower() for each in kind if each]
    help = "，".join(f"{each.name.lower()} {each.label}" for each in kind if each)
    return click.option(flag, type=click.Choice(names), callback=_member(kind), help=help)


ON_DUTY: tuple[Option, ...] = (
    click.option("--office-unit", default="", help="Unit of the office."),
    click.option("--office-post", default="", help="Its post."),
    click.option("--office-person", default="", help="Staff code of who was on duty there; by the roster if left out."),
)
OPTIONS: dict[Deed, tuple[Option, ...]] = {
    Deed.OPEN: (
        click.option("--rule", required=True, help="Code of the rule; see `supervision rules`."),
        click.option("--office", type=int, required=True, help="The office."),
        click.option("--evidence", default="", callback=_bytes, help="The fact that shows it."),
        *ON_DUTY,
        _text("What was shown."),
    ),
    Deed.ASSIGN: (click.option("--to", "assignee", required=True, help="Staff code of the supervisor."),),
    Deed.COMMENT: (_text("The comment."),),
    Deed.SERVE: (
        click.option(
            "--reply-by", "reply_by_day", type=DAY, required=True, callback=_number, help="Last day to explain."
        ),
        *ON_DUTY,
        _text("What the office is told, ordered or asked."),
    ),
    Deed.EXPLAIN: (_text("The explanation."),),
    Deed.CHECK: (_text("What checking has shown."),),
    Deed.UPHOLD: (_choice("--cause", Cause), _text("What it rests on.")),
    Deed.CANCEL: (_choice("--cause", Cause), _text("Why.")),
    Deed.HANDLE: (_choice("--measure", Measure), _text("What is done.")),
    Deed.REVIEW: (_text("What the review has shown."),),
    Deed.ARCHIVE: (),
}


def _step_command(deed: Deed) -> None:
    def take(
        at: str,
        case: str,
        unit: str,
        post: str,
        person: str,
        request_id: str,
        json_to: str | None,
        office_unit: str = "",
        office_post: str = "",
        office_person: str = "",
        **said: Any,
    ) -> None:
        step = bodies_pb2.AccountabilityStep(
            deed=int(deed),  # type: ignore[arg-type]
            unit=office_unit,
            post=office_post,
            person=office_person,
            **said,
        )
        request = pb.TakeStepRequest(
            request_id=_request(request_id),
            case=case,
            actor=fact_pb2.Actor(unit=unit, post=post, person=person),
            step=step,
        )
        answer = ask(at, lambda c: c.ask(c.supervision.TakeStep, request))
        emit(answer.record, json_to=json_to, text=record_text(answer.record))

    command = actor_options(request_option(json_option(take)))
    for option in reversed(OPTIONS[deed]):
        command = option(command)
    if deed is not Deed.OPEN:
        command = click.argument("record", callback=_bytes)(command)
    command = at_option(click.argument("case")(command))
    accountability.command(name=deed.name.lower(), help=deed.label)(command)


_request = request_id

for _deed in OPTIONS:
    _step_command(_deed)


@accountability.command()
@at_option
@click.argument("case")
@click.option("--kind", type=click.Choice([kind.name.lower() for kind in ClockKind]), required=True, help="The limit.")
@click.option("--office", type=int, required=True, help="The office.")
@click.option("--start", type=DAY, required=True, callback=_number, help="The day the limit ran from.")
@click.option("--late/--in-time", required=True, help="Whether the office let it pass.")
@click.option("--reason", default="", help="What that rests on.")
@actor_options
@request_option
@json_option
def settle(
    at: str,
    case: str,
    kind: str,
    office: int,
    start: int,
    late: bool,
    reason: str,
    unit: str,
    post: str,
    person: str,
    request_id: str,
    json_to: str | None,
) -> None:
    """人工核定 Say of a limit what the evidence cannot, where a store was set back or a clock not to be trusted."""
    settled = bodies_pb2.FindingSettled(
        limit=int(ClockKind[kind.upper()]),  # type: ignore[arg-type]
        place=office,
        start_day=start,
        late=late,
        reason=reason,
    )
    actor = fact_pb2.Actor(unit=unit, post=post, person=person)
    request = pb.SettleFindingRequest(request_id=_request(request_id), case=case, actor=actor, settled=settled)
    found = ask(at, lambda c: c.ask(c.supervision.SettleFinding, request)).finding
    emit(found, json_to=json_to, text=f"{found.number} {found.kind_label} {found.place}：{found.standing_label}")
