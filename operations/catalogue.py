"""What the catalogue office (目录管理) does: check and publish releases, compare them, and see what they add up to."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import Any

import click

from county_node import differences, release_file
from county_node.differences import Differences, ItemDifference, Outcome
from county_node.release_file import Checked
from county_node.seed import divisions
from sync.cases import places
from sync.cases.workdays import day_of
from sync.catalogue.compression import HOW_COMPARED, Compression, table
from sync.catalogue.delegation import Grant, grants
from sync.catalogue.items import Power
from sync.catalogue.release import Catalogue, Release, apply
from sync.errors import Refused
from sync.journal.catalogue_translation import release_message, release_of
from sync.node.commands import ask, at_option, emit, json_option, request_id
from sync.node.counter import DAY
from sync.rpc.client import Client
from sync.rpc.v1 import catalogue_service_pb2 as pb
from sync.rpc.v1 import node_service_pb2 as node_pb

MARKS = {Outcome.ADDED: "＋", Outcome.CHANGED: "～", Outcome.SUSPENDED: "‖", Outcome.CANCELLED: "－"}


@click.group()
def catalogue() -> None:
    """目录管理 The catalogue of a county: releases checked, published and compared."""


file_argument = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@catalogue.command()
@at_option
@json_option
def status(at: str, json_to: str | None) -> None:
    """The release each node is known to hold, as the county knows it from their signed checkpoints."""
    answer = ask(at, lambda c: c.ask(c.catalogue.GetHoldings, pb.GetHoldingsRequest()))
    lines = [f"已发布：目录第{answer.release}版，日历第{answer.calendar}号"]
    lines += [f"  {h.place}：目录第{h.release}版，日历第{h.calendar}号" for h in answer.holdings]
    emit(answer, json_to=json_to, text="\n".join(lines))


# What a node holds.


@dataclass(frozen=True)
class Held:
    """The releases of a node, 1, 2, …, and the days on which they were published."""

    county: int
    releases: tuple[Release, ...]
    published_on: tuple[str, ...]

    @property
    def catalogue(self) -> Catalogue:
        return reduce(apply, self.releases, Catalogue(self.county))

    def day(self, release: int) -> str:
        return self.published_on[release - 1]


def held(at: str) -> Held:
    """All releases that a node holds."""
    return ask(at, _held)


async def _held(client: Client) -> Held:
    status = await client.ask(client.node.GetStatus, node_pb.GetStatusRequest())
    asked = [pb.GetReleaseRequest(number=number) for number in range(1, status.release + 1)]
    answers = [await client.ask(client.catalogue.GetRelease, each) for each in asked]
    return Held(
        next(each for each in places.path(status.place) if places.level(each) == places.COUNTY),
        tuple(release_of(each.release) for each in answers),
        tuple(day_of(each.published_at_ms).isoformat() for each in answers),
    )


# Checking and publishing.


@catalogue.command(name="check")
@at_option
@file_argument
@json_option
def check_file(at: str, file: Path, json_to: str | None) -> None:
    """Check the release in FILE (TOML; docs/catalogue.md) against the catalogue held. Exit 2: it has faults."""
    checked = release_file.check(file, held(at).catalogue)
    if json_to is None:
        click.echo(_sound(checked))
        return
    emit(_checked_dict(checked), json_to=json_to, text="")
    sys.exit(2 if checked.faults else 0)


@catalogue.command()
@at_option
@file_argument
@json_option
def publish(at: str, file: Path, json_to: str | None) -> None:
    """Publish the release in FILE (TOML; docs/catalogue.md). Nothing is published unless all of it is sound."""
    checked = release_file.check(file, held(at).catalogue)
    told = _sound(checked)
    request = pb.PublishReleaseRequest(request_id=request_id(""), release=release_message(checked.release))
    answer = ask(at, lambda c: c.ask(c.catalogue.PublishRelease, request))
    emit(answer, json_to=json_to, text=f"{told}\n目录第{answer.number}版已发布，将随线路下发。")


def _sound(checked: Checked) -> str:
    """What the release does. Raises Refused with every fault, one a line."""
    if checked.faults:
        lines = [each.text for each in checked.faults]
        raise Refused("RELEASE_FAULTY", "\n".join([*lines, f"共{len(lines)}处错误，没有发布。请改正后再试。"]))
    release = checked.release
    kinds = Counter(each.kind for each in release.changes)
    counted = [f"{kind.label}{count}项" for kind, count in sorted(kinds.items())]
    counted += [
        f"{word}{count}个"
        for word, count in (
            ("部门", len(release.departments)),
            ("委托", len(release.delegations)),
            ("收回委托", len(release.recalls)),
        )
        if count
    ]
    notices = [f"  请留意：{each.text}" for each in checked.notices]
    return "\n".join(
        [f"目录第{release.number}版“{release.title}”没有错误：{'，'.join(counted) or '没有变动'}。", *notices]
    )


def _checked_dict(checked: Checked) -> dict[str, Any]:
    return {
        "number": checked.release.number,
        "title": checked.release.title,
        "sound": not checked.faults,
        "faults": [asdict(each) | {"text": each.text} for each in checked.faults],
        "notices": [asdict(each) | {"text": each.text} for each in checked.notices],
    }


# Two releases.


@catalogue.command()
@at_option
@click.argument("first", type=click.IntRange(0))
@click.argument("last", type=click.IntRange(1))
@json_option
def diff(at: str, first: int, last: int, json_to: str | None) -> None:
    """What is different between release FIRST (0: before any) and release LAST."""
    here = held(at)
    found = differences.differences(here.county, here.releases, first=first, last=last)
    emit(_differences_dict(found), json_to=json_to, text="\n".join(_difference_lines(found)))


def _difference_lines(found: Differences) -> Iterator[str]:
    counts = [f"{each.label}{sum(i.outcome is each for i in found.items)}项" for each in Outcome]
    yield f"目录第{found.first}版 → 第{found.last}版：{'，'.join(counts)}"
    for department in found.departments:
        yield f"部门 {department.code} {department.name}"
    for item in found.items:
        yield from _item_lines(item)
    for number, delegation in found.granted:
        powers = "、".join(each.label for each in sorted(delegation.powers))
        to = _places_text(sorted(delegation.townships))
        yield f"＋ 委托{delegation.number} {delegation.item_code}：{powers}，{to}（第{number}版）"
    for number, recall in found.recalled:
        powers = "、".join(each.label for each in sorted(recall.powers)) or "全部权力"
        at = _places_text(sorted(recall.townships)) if recall.townships else "全部乡镇"
        yield f"－ 收回委托{recall.delegation}：{powers}，{at}（第{number}版：{recall.reason}）"


def _item_lines(item: ItemDifference) -> Iterator[str]:
    steps = "；".join(f"第{each.release}版{each.kind.label}：{each.reason}" for each in item.steps)
    yield f"{MARKS[item.outcome]} {item.code} {item.name}（{steps}）"
    for field in item.fields:
        yield f"    {field.label}：{field.old or '（空）'} → {field.new or '（空）'}"


def _differences_dict(found: Differences) -> dict[str, Any]:
    return {
        "first": found.first,
        "last": found.last,
        "departments": [asdict(each) for each in found.departments],
        "items": [
            asdict(each)
            | {
                "outcome": each.outcome.value,
                "steps": [
                    asdict(step) | {"kind": step.kind.name, "kind_label": step.kind.label} for step in each.steps
                ],
            }
            for each in found.items
        ],
        "granted": [
            {
                "release": release,
                "delegation": each.number,
                "item_code": each.item_code,
                "townships": sorted(each.townships),
                "powers": _power_names(each.powers),
            }
            for release, each in found.granted
        ],
        "recalled": [
            {
                "release": release,
                "delegation": each.delegation,
                "townships": sorted(each.townships),
                "powers": _power_names(each.powers),
                "reason": each.reason,
            }
            for release, each in found.recalled
        ],
    }


# What the catalogue adds up to.


@catalogue.command(name="compression")
@at_option
@click.option("--category", "categories", multiple=True, help="Only items of this category; repeat for more.")
@json_option
def show_compression(at: str, categories: tuple[str, ...], json_to: str | None) -> None:
    """Legal and promised days of the items in force, by department and in all."""
    here = held(at).catalogue
    found = table(here, categories)
    told = {
        "release": here.release,
        "categories": list(categories),
        "departments": [asdict(department) | _compression_dict(each) for department, each in found.rows],
        "total": _compression_dict(found.total),
        "how_compared": HOW_COMPARED,
    }
    lines = [f"{department.name}：{_compression_text(each)}" for department, each in found.rows]
    text = "\n".join([f"目录第{here.release}版", *lines, f"合计：{_compression_text(found.total)}", HOW_COMPARED])
    emit(told, json_to=json_to, text=text)


def _compression_dict(found: Compression) -> dict[str, Any]:
    percent = found.percent
    return asdict(found) | {"percent": None if percent is None else round(percent, 1)}


def _compression_text(found: Compression) -> str:
    percent = "—" if found.percent is None else f"{found.percent:.1f}%"
    days = f"法定{found.legal_days}天，承诺{found.promised_days}天，压缩{percent}"
    return f"{found.items}项{days}；法律没有规定天数的{found.without_limit}项"


# Delegations.


@catalogue.command()
@at_option
@click.option("--township", type=int, default=0, help="Only what this township may do.")
@click.option("--item", default="", help="Only this item.")
@click.option("--on", "on_day", type=DAY, default=None, help="Only what holds on this day.")
@json_option
def delegations(at: str, township: int, item: str, on_day: datetime | None, json_to: str | None) -> None:
    """Which townships may do what with which item, from when to when."""
    here = held(at)
    names = {code: each.versions[-1].name for code, each in here.catalogue.listed.items()}
    shown = [
        _grant_dict(grant, here, name=names.get(grant.delegation.item_code, ""))
        for grant in grants(here.catalogue)
        if (not township or township in grant.townships) and (not item or grant.delegation.item_code == item)
    ]
    if on_day is not None:
        day = on_day.date().isoformat()
        shown = [each for each in shown if each["from_day"] <= day and (not each["to_day"] or day <= each["to_day"])]
    told = {"release": len(here.releases), "delegations": shown}
    emit(told, json_to=json_to, text="\n".join(map(_grant_text, shown)) or "没有符合条件的委托。")


def _grant_dict(grant: Grant, here: Held, *, name: str) -> dict[str, Any]:
    """From its first day, or that of its release, to its last day or that of its recall, both counted in."""
    delegation, recalled = grant.delegation, grant.recalled_by
    begins = max(here.day(grant.granted_by), _day_text(delegation.from_day))
    ends = [each for each in (_day_text(delegation.to_day), here.day(recalled) if recalled else "") if each]
    return {
        "delegation": delegation.number,
        "item_code": delegation.item_code,
        "item_name": name,
        "townships": list(grant.townships),
        "powers": _power_names(grant.powers),
        "granted_by": grant.granted_by,
        "recalled_by": recalled or 0,
        "from_day": begins,
        "to_day": min(ends, default=""),
    }


def _grant_text(grant: dict[str, Any]) -> str:
    powers = "、".join(Power[each].label for each in grant["powers"])
    until = f"至{grant['to_day']}" if grant["to_day"] else "起，没有截止日期"
    recalled = f"，第{grant['recalled_by']}版收回" if grant["recalled_by"] else ""
    what = f"委托{grant['delegation']} {grant['item_code']} {grant['item_name']}"
    return f"{what}：{_places_text(grant['townships'])}，{powers}，{grant['from_day']}{until}{recalled}"


def _day_text(day: Any) -> str:
    return day.isoformat() if day else ""


def _power_names(powers: Iterable[Power]) -> list[str]:
    return [each.name for each in sorted(powers)]


def _places_text(townships: Iterable[int]) -> str:
    """By name, where all are meant as such."""
    named = list(townships)
    if len(named) > 1 and set(named) == {each.code for each in divisions().townships}:
        return f"全部{len(named)}个乡镇"
    return "、".join(divisions().name_of(each) or str(each) for each in named)
