"""办事指南: what a villager must know of a service item, and how far the county promises below the law."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sync.cases import masking
from sync.cases.workdays import day_of
from sync.catalogue.compression import HOW_COMPARED, table
from sync.catalogue.items import Branch, Level, ServiceItem, StageName, VillageMode
from sync.catalogue.release import Catalogue, Standing
from sync.journal.book import Book

# What the village does, as a villager reads it.
AT_THE_VILLAGE = {
    VillageMode.UNSPECIFIED: "—",
    VillageMode.AGENCY: "代办：可以把材料交给村便民服务站，由代办员代收、报送和取件。",
    VillageMode.ASSIST: "协办：村里先按规定办理（核实、公示等），再由代办员报送。",
    VillageMode.INFORM: "公开告知：村里只告知怎样办理，请直接到办理单位办理。",
}

UNKNOWN = {
    "status": 404,
    "title": "没有这个事项",
    "advice": "目录里没有这个代码的事项。请核对代码，或在办事指南里按名称查找。",
}


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage, who does it and within which limit."""

    name: str
    level: str
    owner: str
    limit: str


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A department whose opinion is asked for, who gives it and within which limit."""

    department: str
    unit: str
    limit: str


@dataclass(frozen=True, slots=True)
class Guide:
    """An item as its page shows it."""

    item: ServiceItem
    department: str
    promise: str
    at_the_village: str
    stages: tuple[StageRow, ...]
    branches: tuple[BranchRow, ...]
    validity: str
    release: int
    # Why it cannot be filed today. Empty: it can.
    not_now: str


def guide(catalogue: Catalogue, code: str, *, today: date) -> Guide | None:
    """The newest version of an item. None: there is no such item."""
    listed = catalogue.listed.get(code)
    if listed is None:
        return None
    item = listed.versions[-1]
    return Guide(
        item=item,
        department=catalogue.department_name(item.department),
        promise=promise(item),
        at_the_village=AT_THE_VILLAGE[item.village_mode],
        stages=tuple(
            StageRow(each.stage.label, each.level.label, each.owner, _stage_limit(each.stage, each.limit_days))
            for each in item.stages
        ),
        branches=tuple(
            BranchRow(catalogue.department_name(each.department), each.unit, _branch_limit(each))
            for each in item.branches
        ),
        validity=_validity(item),
        release=listed.releases[-1],
        not_now=_not_now(item, listed.standing, listed.reason, today=today),
    )


def promise(item: ServiceItem) -> str:
    return f"{item.promised_days}个工作日" if item.promised_days else "当天办结"


def _stage_limit(stage: StageName, days: int) -> str:
    if not days:
        return "当天"
    return f"{days}日" if stage is StageName.VILLAGE_ACT else f"{days}个工作日"


def _branch_limit(branch: Branch) -> str:
    return f"{branch.limit_days}个工作日{'，逾期视为同意' if branch.silence_is_consent else ''}"


def _validity(item: ServiceItem) -> str:
    begins = f"{item.valid_from_day}起" if item.valid_from_day else "自公布起"
    return f"{begins}，{item.valid_to_day}止" if item.valid_to_day else f"{begins}，长期有效"


def _not_now(item: ServiceItem, standing: Standing, reason: str, *, today: date) -> str:
    if standing is not Standing.IN_FORCE:
        word = "暂停办理" if standing is Standing.SUSPENDED else "取消"
        return f"本事项已{word}：{reason}"
    return "" if item.is_valid_on(today) else "今天不在有效期内，不能办理，请看下面的有效期。"


# The list.


@dataclass(frozen=True, slots=True)
class GuideRow:
    """An item in the list."""

    item: ServiceItem
    department: str
    promise: str


def listed(catalogue: Catalogue, *, text: str, by_category: bool) -> Mapping[str, Sequence[GuideRow]]:
    """Items in force whose name or code contains the text, by department or category."""
    found: dict[str, list[GuideRow]] = {}
    for item in sorted(catalogue.items_in_force(), key=lambda each: each.category if by_category else each.department):
        if text in item.name or text.upper() == item.code.upper():
            department = catalogue.department_name(item.department)
            group = item.category if by_category else department
            found.setdefault(group, []).append(GuideRow(item, department, promise(item)))
    return found


# The pages.


def routes(templates: Environment, book: Book, *, name: str) -> list[Route]:
    """/guide, /guide/CODE and /compression."""

    def page(template: str, **shown: object) -> Response:
        release = book.catalogues.newest_release()
        body = templates.get_template(template).render(name=name, release=release, **shown)
        return HTMLResponse(body, headers={"Cache-Control": "no-store"})

    async def every(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        by_category = request.query_params.get("by", "") == "category"
        groups = listed(book.catalogues.catalogue(), text=text, by_category=by_category)
        return page("guides.html", groups=groups, text=masking.text(text), by_category=by_category)

    async def one(request: Request) -> Response:
        found = guide(book.catalogues.catalogue(), request.path_params["code"], today=day_of(book.clock.now()))
        if found is None:
            return HTMLResponse(templates.get_template("error.html").render(UNKNOWN), status_code=404)
        return page("guide.html", guide=found, decided_at=_deciding(found.item))

    async def promises(request: Request) -> Response:
        catalogue, chosen = book.catalogues.catalogue(), request.query_params.getlist("category")
        categories = sorted({item.category for item in catalogue.items_in_force()})
        shown = {"categories": categories, "chosen": chosen, "how_compared": HOW_COMPARED}
        return page("compression.html", table=table(catalogue, chosen), **shown)

    return [
        Route("/guide", every),
        Route("/guide/{code}", one),
        Route("/compression", promises),
    ]


def _deciding(item: ServiceItem) -> str:
    return {Level.TOWNSHIP: "乡镇决定", Level.COUNTY: "县级决定", Level.PREFECTURE: "市（州）决定"}.get(
        item.decided_at, "—"
    )
