"""办事指南 and 时限压缩 on the county's page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from county_node import guide, seed
from sync.catalogue.items import ChangeKind, VillageMode
from sync.catalogue.release import Catalogue, ItemChange, Release, apply
from tests import joint
from tests.doors.test_county_page import COUNTY, County, browser_page, get, needs_browser, no_complaints, opened

TODAY = date(2026, 3, 2)
FIRST = apply(Catalogue(COUNTY), seed.first_release())


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[County]:
    made = County(tmp_path)
    async with made.book:
        await made.publish()
        yield made


async def test_a_guide_says_all_that_a_villager_must_know(hall: County) -> None:
    async with opened(hall) as url:
        shown = (await get(url + "guide/MZ07")).text
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))
    for said in (
        "残疾人证申办（初审转报）",
        "主管部门 县残疾人联合会",
        "办件类型 上报件",
        "由谁决定 县级决定",
        "法定时限 未规定",
        "承诺时限 10个工作日",
        "收费 不收费",
        "法律依据 中华人民共和国残疾人证管理办法（2008）",
        "村里怎样办 代办：",
        "有效期 自公布起，长期有效",
        "近期免冠照片（两寸）4张 1 份 — 申请人",
        "审查 乡镇 乡镇残联（初审、报送） 3个工作日",
        "残疾等级评定（检测、鉴定） 县 20个工作日",
        "事项版本 1，见事项目录第 1 版",
    ):
        assert said in plain, said


async def test_a_guide_of_a_joint_item_says_whom_the_lead_asks(hall: County) -> None:
    await hall.release(joint.RELEASE)
    async with opened(hall) as url:
        shown, other = (await get(url + "guide/LB01")).text, (await get(url + "guide/MZ07")).text
    rows = re.findall(r"<tr><th scope=\"row\">(样例[0-9]局)</th><td>(.*?)</td><td>(.*?)</td></tr>", shown)
    assert len(rows) == 9
    assert rows[0] == ("样例1局", "样例1局窗口", "5个工作日")
    assert rows[8] == ("样例9局", "样例9局窗口", "5个工作日，逾期视为同意")
    assert ('id="branches"' in shown, 'id="branches"' in other) == (True, False)


async def test_an_unknown_code_is_answered_in_plain_chinese(hall: County) -> None:
    async with opened(hall) as url:
        answer = await get(url + "guide/" + quote("<b>510524198001011234"))
    assert (answer.status, "没有这个事项" in answer.text) == (404, True)
    assert "510524198001011234" not in answer.text


async def test_items_are_found_by_name_and_listed_by_department_or_category(hall: County) -> None:
    async with opened(hall) as url:
        everything, by_category = await get(url + "guide"), await get(url + "guide?by=category")
        found, none = await get(f"{url}guide?q={quote('残疾人证')}"), await get(f"{url}guide?q={quote('<无此事>')}")
    assert everything.text.count('href="/guide/') == 53
    assert [text.count("<caption>") for text in (everything.text, by_category.text)] == [16, 11]
    assert re.findall(r'href="/guide/(\w+)"', found.text) == ["MZ07"]
    assert "没有查到事项" in none.text
    assert "&lt;无此事&gt;" in none.text


async def test_compression_is_shown_for_all_or_for_some_categories(hall: County) -> None:
    async with opened(hall) as url:
        everything, some = await get(url + "compression"), await get(f"{url}compression?category={quote('水务')}")
    assert everything.text.count('<th scope="row">') == 16 + 1
    assert re.findall(r"<td>([^<]*)</td>", some.text) == ["2", "87", "35", "59.8%", "1"] * 2
    assert "按最少的算" in everything.text


def with_change(kind: ChangeKind, **changed: object) -> Catalogue:
    item = FIRST.item("JS01")
    assert item is not None
    after = replace(item, **changed)  # type: ignore[arg-type]
    return apply(FIRST, Release(2, changes=(ItemChange(kind, "样例：政策调整", after),)))


@pytest.mark.parametrize(
    ("catalogue", "not_now"),
    [
        (FIRST, ""),
        (with_change(ChangeKind.SUSPEND), "本事项已暂停办理：样例：政策调整"),
        (with_change(ChangeKind.CANCEL), "本事项已取消：样例：政策调整"),
        (with_change(ChangeKind.AMEND, valid_to_day=date(2026, 3, 2)), ""),
        (
            with_change(ChangeKind.AMEND, valid_to_day=date(2026, 3, 1)),
            "今天不在有效期内，不能办理，请看下面的有效期。",
        ),
    ],
)
def test_a_guide_says_when_an_item_cannot_be_filed(catalogue: Catalogue, not_now: str) -> None:
    found = guide.guide(catalogue, "JS01", today=TODAY)
    assert found is not None
    assert found.not_now == not_now


def test_every_way_of_the_village_is_explained() -> None:
    assert set(guide.AT_THE_VILLAGE) == set(VillageMode)


@needs_browser
async def test_a_guide_fits_a_telephone_and_prints_without_links(hall: County) -> None:
    async with opened(hall) as url, browser_page(viewport={"width": 390, "height": 800}) as shown:
        with no_complaints(shown):
            await shown.goto(url + "guide")
            await shown.get_by_label("事项名称").fill("残疾人证")
            await shown.get_by_role("button", name="查找").click()
            await shown.get_by_role("link", name="残疾人证申办").click()
            await shown.get_by_role("heading", name="残疾人证申办").wait_for()
            assert await shown.evaluate("document.documentElement.scrollWidth") <= 390
            link = shown.get_by_role("link", name="全部事项")
            assert await link.is_visible()
            await shown.emulate_media(media="print")
            assert not await link.is_visible()
            assert await shown.locator("#materials tbody tr").count() == 5
