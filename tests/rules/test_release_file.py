"""Releases as files: what a file says, and everything that is wrong with it at once, by line and field."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from county_node import release_file, seed
from county_node.item_fields import FIELDS
from county_node.release_file import Checked
from sync.catalogue import checks
from sync.catalogue.checks import FIELDS_OF
from sync.catalogue.compression import Compression, compression
from sync.catalogue.items import ChangeKind, Level, Limit, LimitUnit, Material, Power, ServiceItem, SpecialProcedure
from sync.catalogue.release import Catalogue, apply
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP

FIRST = apply(Catalogue(COUNTY), seed.first_release())
DOCS = Path(__file__).parents[2] / "docs" / "catalogue.md"
SAMPLE = Path(str(files("county_node"))) / "data" / "sample_release.toml"

HEAD = 'number = 2\ntitle = "样例"\n'
ITEMS = (
    HEAD + '[[items]]\nfile = "items.csv"\nkind = "新增"\nreason = "样例"\ndecided_at = "县"\nvillage_mode = "代办"\n'
)
COLUMNS = "事项代码,事项名称,部门,办件类型,法定时限,承诺工作日,环节,材料"
STAGES = "受理|县|窗口|1；审查|县|业务股|1；审核|县|首席代表|1；办结|县|窗口|1"
WHOLE = f"YL01,样例许可,MZJ,承诺件,20个工作日,5,{STAGES},申请表"


def read(folder: Path, toml: str, csv: str | bytes = "", *, on: Catalogue = FIRST) -> Checked:
    (folder / "release.toml").write_text(toml, encoding="utf-8")
    if csv:
        (folder / "items.csv").write_bytes(csv.encode() if isinstance(csv, str) else csv)
    return release_file.check(folder / "release.toml", on)


def told(checked: Checked) -> list[tuple[str, int, str, str]]:
    return [(each.file, each.line, each.field, each.code) for each in checked.faults]


def item_of(checked: Checked, code: str) -> ServiceItem:
    return next(each.item for each in checked.release.changes if each.item.code == code)


# What a file says.


def test_the_example_of_the_docs_is_a_release_without_fault(tmp_path: Path) -> None:
    toml, csv = (
        re.findall(rf"```{kind}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S) for kind in ("toml", "csv")
    )
    checked = read(tmp_path, *toml, *csv)
    assert checked.faults == ()
    assert [(each.kind, each.item.code, each.item.version) for each in checked.release.changes] == [
        (ChangeKind.AMEND, "JS02", 2),
        (ChangeKind.SUSPEND, "JY02", 1),
        (ChangeKind.ADD, "YL01", 1),
        (ChangeKind.ADD, "YL02", 1),
    ]
    amended, before, added = item_of(checked, "JS02"), FIRST.item("JS02"), item_of(checked, "YL01")
    assert before is not None
    assert (amended.promised_days, amended.name, amended.materials) == (15, before.name, before.materials)
    assert (added.department, added.decided_at, added.legal_limit) == (
        "YLJ",
        Level.COUNTY,
        Limit(20, LimitUnit.WORKING_DAYS),
    )
    assert added.materials == (Material("申请表"), Material("身份证", 1, 1), Material("检验报告", 1, 0, "检验机构"))
    assert added.special_procedures == (SpecialProcedure("现场核查", 5, level=Level.COUNTY),)
    (granted,), (recalled,) = checked.release.delegations, checked.release.recalls
    assert (granted.number, granted.item_code, granted.townships) == (54, "YL01", frozenset({TOWNSHIP, OTHER_TOWNSHIP}))
    assert (granted.from_day, granted.to_day) == (date(2011, 3, 1), date(2012, 2, 29))
    assert (recalled.delegation, recalled.powers, recalled.reason) == (1, frozenset({Power.DECIDE}), "样例：试办期满")


def test_every_field_reads_back_what_it_writes() -> None:
    items = [change.item for change in (*seed.first_release().changes, *sample().release.changes)]
    for item in items:
        for field in FIELDS:
            if written := field.of(item):
                assert field.read(written) == getattr(item, field.name), (item.code, field.name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_spreadsheets_save_it(tmp_path: Path, encoding: str) -> None:
    csv = f"{COLUMNS}\r\n\r\n{WHOLE}\r\n".encode(encoding)
    checked = read(tmp_path, ITEMS, csv)
    assert checked.faults == ()
    assert item_of(checked, "YL01").name == "样例许可"


def test_a_change_keeps_what_it_does_not_name_and_empties_what_it_calls_nothing(tmp_path: Path) -> None:
    before = FIRST.item("JS01")
    assert before is not None
    csv = "事项代码,变动,理由,承诺工作日,法律依据,收费依据\nJS01,变更,样例,2,无,\n"
    checked = read(tmp_path, HEAD + '[[items]]\nfile = "items.csv"\n', csv)
    assert checked.faults == ()
    assert item_of(checked, "JS01") == replace(before, version=2, promised_days=2, legal_basis="")


def test_all_townships_are_named_by_one_word(tmp_path: Path) -> None:
    toml = HEAD + '[[delegations]]\nitem_codes = ["JS01", "JS02"]\ntownships = "全部"\npowers = ["受理"]\n'
    checked = read(tmp_path, toml)
    assert checked.faults == ()
    assert [(each.number, each.item_code) for each in checked.release.delegations] == [(54, "JS01"), (55, "JS02")]
    everybody = {township.code for township in seed.divisions().townships}
    assert [each.townships for each in checked.release.delegations] == [everybody, everybody]


# What is wrong with it.

CHANGE = '[[changes]]\nkind = "变更"\nreason = "样例"\ncode = "JS01"\n'
GRANT = '[[delegations]]\nitem_codes = ["JS01"]\ntownships = ["叙永镇"]\npowers = ["受理"]\n'

FAULTY: dict[str, tuple[str, str, list[tuple[str, int, str, str]]]] = {
    "no TOML": ("number = 2\ntitle = 样例\n", "", [("release.toml", 2, "", "NOT_TOML")]),
    "twice the same line": ("number = 2\nnumber = 2\n", "", [("release.toml", 2, "", "NOT_TOML")]),
    "a number without end": (
        HEAD + CHANGE + f"promised_days = {'9' * 5000}\n",
        "",
        [("release.toml", 0, "", "NOT_TOML")],
    ),
    "the same in hexadecimal": (
        HEAD + CHANGE + f"promised_days = 0x{'f' * 5000}\n",
        "",
        [("release.toml", 3, "promised_days", "UNREADABLE")],
    ),
    "brackets without end": ("title = " + "[" * 3000, "", [("release.toml", 0, "", "NOT_TOML")]),
    "a name no file has": (
        HEAD + '[[items]]\nfile = "\\u0000.csv"\n',
        "",
        [("release.toml", 3, "file", "FILE_MISSING")],
    ),
    "no number": ('title = "样例"\n', "", [("release.toml", 0, "number", "NUMBER_MISSING")]),
    "not the next": ('number = 3\ntitle = "样例"\n', "", [("release.toml", 0, "number", "RELEASE_NOT_NEXT")]),
    "no title": ("number = 2\n", "", [("release.toml", 0, "title", "TITLE_MISSING")]),
    "unknown part": (HEAD + "colour = 1\n", "", [("release.toml", 0, "colour", "FIELD_UNKNOWN")]),
    "not a table": (HEAD + "changes = 3\n", "", [("release.toml", 0, "changes", "NOT_A_TABLE")]),
    "unknown field": (HEAD + CHANGE + "price = 1\n", "", [("release.toml", 3, "price", "FIELD_UNKNOWN")]),
    "neither text nor number": (HEAD + CHANGE + "name = 1.5\n", "", [("release.toml", 3, "name", "UNREADABLE")]),
    "a list for one thing": (HEAD + CHANGE + 'name = ["甲"]\n', "", [("release.toml", 3, "name", "UNREADABLE")]),
    "unknown kind alone": (
        HEAD + '[[changes]]\nkind = "取梢"\ncode = "没有"\n',
        "",
        [("release.toml", 3, "kind", "UNREADABLE")],
    ),
    "no reason": (
        HEAD + '[[changes]]\nkind = "暂停"\ncode = "JS01"\n',
        "",
        [("release.toml", 3, "reason", "REASON_MISSING")],
    ),
    "no such limit": (
        HEAD + CHANGE + 'legal_limit = "二十天"\n',
        "",
        [("release.toml", 3, "legal_limit", "UNREADABLE")],
    ),
    "no such day": (
        HEAD + CHANGE + 'valid_to_day = "2011-02-30"\n',
        "",
        [("release.toml", 3, "valid_to_day", "UNREADABLE")],
    ),
    "a day before time": (
        HEAD + CHANGE + "valid_to_day = 1949-10-01\n",
        "",
        [("release.toml", 3, "valid_to_day", "UNREADABLE")],
    ),
    "half a stage": (HEAD + CHANGE + 'stages = "受理|县"\n', "", [("release.toml", 3, "stages", "UNREADABLE")]),
    "half a branch": (HEAD + CHANGE + 'branches = "YLJ|窗口"\n', "", [("release.toml", 3, "branches", "UNREADABLE")]),
    "a branch of an unknown department": (
        HEAD + CHANGE + 'case_kind = "联办件"\nbranches = "没有|窗口|1"\n',
        "",
        [("release.toml", 3, "branches", "BRANCH_DEPARTMENT_UNKNOWN")],
    ),
    "unknown township": (
        HEAD + GRANT.replace("叙永镇", "无此镇"),
        "",
        [("release.toml", 3, "townships", "UNREADABLE")],
    ),
    "township of another county": (
        HEAD + GRANT.replace("叙永镇", "510525100000"),
        "",
        [("release.toml", 3, "townships", "TOWNSHIP_NOT_OF_COUNTY")],
    ),
    "nothing delegated": (
        HEAD + GRANT.replace('"JS01"', ""),
        "",
        [("release.toml", 3, "item_codes", "ITEM_MISSING")],
    ),
    "a power too many": (
        HEAD + GRANT.replace("JS01", "JS02").replace("受理", "决定"),
        "",
        [("release.toml", 3, "powers", "POWER_BEYOND_ITEM")],
    ),
    "nothing to recall": (
        HEAD + '[[recalls]]\ndelegation = 99\nreason = "样例"\n',
        "",
        [("release.toml", 3, "delegation", "RECALL_OF_UNKNOWN_DELEGATION")],
    ),
    "no number to recall": (
        HEAD + '[[recalls]]\ndelegation = "九"\nreason = "样例"\n',
        "",
        [("release.toml", 3, "delegation", "UNREADABLE")],
    ),
    "no CSV file named": (HEAD + '[[items]]\nkind = "新增"\n', "", [("release.toml", 3, "file", "FILE_MISSING")]),
    "no CSV file there": (ITEMS, "", [("release.toml", 3, "file", "FILE_MISSING")]),
    "what holds for all rows, once": (
        ITEMS.replace('"县"', '"县级"') + 'promised_days = "五"\n',
        f"{COLUMNS}\n{WHOLE.replace(',5,', ',,')}\n{WHOLE.replace('YL01', 'YL02').replace(',5,', ',,')}\n",
        [("release.toml", 3, "decided_at", "UNREADABLE"), ("release.toml", 3, "promised_days", "UNREADABLE")],
    ),
    "nothing in it": (ITEMS, "\n", [("items.csv", 0, "", "FILE_EMPTY")]),
    "quotes left open": (ITEMS, f'{COLUMNS}\n{WHOLE}\n"YL02', [("items.csv", 3, "", "NOT_CSV")]),
    "unknown column": (ITEMS, f"{COLUMNS},颜色\n{WHOLE},红\n", [("items.csv", 1, "颜色", "FIELD_UNKNOWN")]),
    "a column twice": (ITEMS, f"{COLUMNS},材料\n{WHOLE},照片\n", [("items.csv", 1, "材料", "FIELD_TWICE")]),
    "cells left over": (ITEMS, f"{COLUMNS}\n{WHOLE},,多\n", [("items.csv", 2, "", "CELLS_LEFT")]),
    "a row over two lines before it": (
        ITEMS,
        f'{COLUMNS}\n"YL00",样例,MZJ,承诺件,20个工作日,5,{STAGES},"申请表；\n照片"\n{WHOLE.replace("MZJ", "没有")}\n',
        [("items.csv", 4, "department", "DEPARTMENT_UNKNOWN")],
    ),
    "the same code twice": (
        ITEMS,
        f"{COLUMNS}\n{WHOLE}\n{WHOLE}\n",
        [("items.csv", 2, "code", "DUPLICATE_CODE"), ("items.csv", 3, "code", "DUPLICATE_CODE")],
    ),
    "no promise": (
        ITEMS,
        f"{COLUMNS}\n{WHOLE.replace(',5,', ',,').replace('|1', '|0')}\n",
        [("items.csv", 2, "promised_days", "PROMISE_MISSING")],
    ),
    "no legal limit": (
        ITEMS,
        f"{COLUMNS}\n{WHOLE.replace('20个工作日', '')}\n",
        [("items.csv", 2, "legal_limit", "LEGAL_LIMIT_MISSING")],
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_each_fault_of_a_file_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    toml, csv, expected = FAULTY[name]
    checked = read(tmp_path, toml, csv)
    assert told(checked) == expected
    for fault in checked.faults:
        assert re.search(r"[\u4e00-\u9fff].*。$", fault.message), fault.message
        assert fault.text.startswith(fault.file)


def test_all_faults_are_told_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    broken = [
        WHOLE.replace("YL01", "YL02").replace("样例许可", "").replace(",5,", ",3,"),
        WHOLE.replace("YL01", "YL03").replace("承诺件", "急件").replace("20个工作日", "2个工作日"),
    ]
    toml = 'number = 5\n[[changes]]\nkind = "变更"\ncode = "没有"\npromised_days = "三"\n' + ITEMS.partition("\n")[2]
    toml = toml.replace('title = "样例"\n', "")
    checked = read(tmp_path, toml, "\n".join([COLUMNS, WHOLE, *broken]))
    assert told(checked) == [
        ("release.toml", 0, "number", "RELEASE_NOT_NEXT"),
        ("release.toml", 0, "title", "TITLE_MISSING"),
        ("release.toml", 2, "promised_days", "UNREADABLE"),
        ("release.toml", 2, "reason", "REASON_MISSING"),
        ("release.toml", 2, "code", "ITEM_UNKNOWN"),
        *[("release.toml", 2, field, FAULT) for field, FAULT in MISSING],
        ("items.csv", 3, "name", "NAME_MISSING"),
        ("items.csv", 3, "stages", "STAGES_OVER_PROMISE"),
        ("items.csv", 4, "case_kind", "UNREADABLE"),
        ("items.csv", 4, "promised_days", "PROMISE_OVER_LEGAL"),
    ]
    assert checked.faults[-1].text == (
        "items.csv 第4行 YL03 承诺工作日（promised_days）："
        "承诺5个工作日，超过法定时限2个工作日，请缩短承诺，或核对法定时限。"
    )


# Of an item that is not in the catalogue and of which nothing but a code is said.
MISSING = [
    ("name", "NAME_MISSING"),
    ("department", "DEPARTMENT_UNKNOWN"),
    ("case_kind", "CASE_KIND_MISSING"),
    ("village_mode", "VILLAGE_MODE_MISSING"),
    ("decided_at", "DECIDING_LEVEL_WRONG"),
    ("legal_limit", "LEGAL_LIMIT_MISSING"),
    ("materials", "MATERIALS_MISSING"),
    ("stages", "STAGE_MISSING"),
]


def test_a_release_too_large_for_one_fact_is_told_before_it_is_sent(tmp_path: Path) -> None:
    rows = [WHOLE.replace("YL01", f"YL{number:04}").replace("申请表", "样" * 600) for number in range(150)]
    checked = read(tmp_path, ITEMS, "\n".join([COLUMNS, *rows]))
    assert [each.code for each in checked.faults] == ["RELEASE_TOO_LARGE"]
    assert "请分成几版发布" in checked.faults[0].message
    assert read(tmp_path, ITEMS, "\n".join([COLUMNS, *rows[:100]])).faults == ()


def test_every_fault_of_the_checks_names_its_field() -> None:
    codes = re.findall(r'"([A-Z_]{6,})"', Path(checks.__file__).read_text(encoding="utf-8"))
    assert set(codes) == set(FIELDS_OF)
    assert {field for fields in FIELDS_OF.values() for field in fields} - {"version"} <= set(release_file.LABELS)


# The whole catalogue that comes along to be tried out.


@cache
def sample() -> Checked:
    return release_file.check(SAMPLE, FIRST)


def test_the_sample_is_the_second_release_of_a_county_and_says_it_is_invented() -> None:
    checked = sample()
    assert checked.faults == ()
    catalogue = apply(FIRST, checked.release)
    categories = [change.item.category for change in checked.release.changes]
    assert (len(catalogue.departments), len(catalogue.items_in_force())) == (35, 136 + 101 + 53)
    assert {each.department for each in catalogue.items_in_force()} == set(catalogue.departments)
    assert (categories.count("行政审批（样例，虚构）"), categories.count("公共服务（样例，虚构）")) == (136, 101)
    assert "样例，虚构" in checked.release.title
    assert {change.reason for change in checked.release.changes} == {"样例，虚构"}


def test_the_limits_of_the_sample_add_up_to_the_countys_published_figure() -> None:
    found = compression(change.item for change in sample().release.changes)
    total = sum(found.values(), Compression())
    assert (total.legal_days, total.promised_days) == (4561, 1525)
    assert total.percent == pytest.approx(66.6, abs=0.05)
    assert total.items + total.without_limit == 237


@pytest.mark.parametrize("written", ["听证|20|县|样例法|计入法定", "听证|20|县|样例法", "听证|20"])
def test_a_special_procedure_is_written_as_it_is_read(written: str) -> None:
    (field,) = [each for each in FIELDS if each.name == "special_procedures"]
    (read,) = field.read(written)
    assert read.within_legal_limit is written.endswith("计入法定")
    assert field.write((read,)) == written
    with pytest.raises(ValueError, match="计入法定"):
        field.read("听证|20|县|样例法|不计")


@pytest.mark.parametrize("written", ["YL1|样例窗口|5|逾期视为同意", "YL1|样例窗口|5；YL2|样例二窗口|3"])
def test_a_branch_is_written_as_it_is_read(written: str) -> None:
    (field,) = [each for each in FIELDS if each.name == "branches"]
    first, *_ = field.read(written)
    assert (first.department, first.unit, first.limit_days) == ("YL1", "样例窗口", 5)
    assert first.silence_is_consent is written.endswith("逾期视为同意")
    assert field.write(field.read(written)) == written
    with pytest.raises(ValueError, match="逾期视为同意"):
        field.read("YL1|样例窗口|5|不算")
