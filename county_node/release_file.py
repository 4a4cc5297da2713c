"""A release of the catalogue as the county writes it: one TOML file, and CSV files of items beside it.

docs/catalogue.md describes the format. What is wrong is told all at once, by file, line and field; the checks
themselves are those of sync.catalogue.checks.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from county_node import item_fields
from county_node.item_fields import Value
from county_node.seed import divisions
from sync.catalogue.checks import BRINGING_IN, Fault, faults, notices
from sync.catalogue.items import (
    ChangeKind,
    Delegation,
    DelegationRecall,
    Department,
    Limit,
    LimitUnit,
    Power,
    ServiceItem,
)
from sync.catalogue.release import ENDINGS, Catalogue, ItemChange, Release
from sync.journal.catalogue_translation import release_message
from sync.journal.writing import MAX_ENTRY_BYTES

T = TypeVar("T")

ALL = "全部"
"""Every township of the county."""

LARGEST_BYTES = MAX_ENTRY_BYTES - 1024
"""Of a release as a fact; the rest is for its envelope."""

ITEM_FIELDS = {field.name: field for field in item_fields.FIELDS}

# What a file may say, table by table, with the words for it. Release and changes are described in bodies.proto.
CHANGE = {"kind": "变动", "reason": "理由", **{name: field.label for name, field in ITEM_FIELDS.items()}}
READ_CHANGE: dict[str, Callable[[Value], Any]] = {
    "kind": item_fields.one_of(ChangeKind),
    "reason": item_fields.text,
    **{name: field.read for name, field in ITEM_FIELDS.items()},
}
TABLES: dict[str, dict[str, str]] = {
    "departments": {"code": "部门代码", "name": "部门名称"},
    "items": {"file": "文件", **CHANGE},
    "changes": CHANGE,
    "delegations": {
        "item_codes": "事项代码",
        "townships": "乡镇",
        "powers": "权力",
        "from_day": "起始日期",
        "to_day": "截止日期",
    },
    "recalls": {"delegation": "委托编号", "townships": "乡镇", "powers": "权力", "reason": "理由"},
}
RELEASE = {"number": "版次", "title": "说明"}
LABELS = {name: label for words in (*TABLES.values(), CHANGE, RELEASE) for name, label in words.items()} | {
    "item_code": "事项代码"
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, or should be looked at. `line` 0: the file as a whole."""

    file: str
    line: int
    about: str
    field: str
    message: str
    code: str

    @property
    def text(self) -> str:
        """One line for whoever wrote the file."""
        place = f"{self.file} 第{self.line}行" if self.line else self.file
        label = LABELS.get(self.field)
        field = f"{label}（{self.field}）" if label else self.field
        return f"{' '.join(filter(None, (place, self.about, field)))}：{self.message}"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A line of a CSV file or a table of the TOML file: where it stands, and what it says of each field."""

    file: str
    line: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Checked:
    """A release as read, on top of a catalogue. With faults it must not be published."""

    release: Release
    faults: tuple[Problem, ...]
    notices: tuple[Problem, ...]


def check(path: Path, catalogue: Catalogue) -> Checked:
    """Reads the release in a TOML file as the one that follows the catalogue."""
    file = _File(path)
    release = _Reading(file, catalogue).release()
    if file.unreadable:
        return Checked(release, tuple(file.problems), ())
    told = [*file.problems, *file.located(faults(catalogue, release)), *_too_large(file, release)]
    ordered = sorted(dict.fromkeys(told), key=lambda each: (each.file != path.name, each.file, each.line))
    return Checked(release, tuple(ordered), () if told else tuple(file.located(notices(release))))


def _too_large(file: _File, release: Release) -> Iterator[Problem]:
    size = release_message(release).ByteSize()
    if size > LARGEST_BYTES:
        message = f"本版有{size // 1024} KB，最多{LARGEST_BYTES // 1024} KB，请分成几版发布。"
        yield Problem(file.path.name, 0, "", "", message, "RELEASE_TOO_LARGE")


class _File:
    """The tables of a release file, what is wrong with them, and which rows speak of what."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.tables: dict[str, list[Row]] = {name: [] for name in TABLES}
        self.head = Row(path.name, 0, {})
        # Nothing can be said of what could not even be parsed.
        self.unreadable = False
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._unread: set[tuple[Row, str]] = set()
        self._read()

    def tell(self, row: Row, message: str, *, code: str, field: str = "", about: str = "") -> None:
        self.problems.append(Problem(row.file, row.line, about, field, message, code))

    def speaks_of(self, about: str, row: Row) -> None:
        """Faults about this belong to this row."""
        self._rows[about].append(row)

    def value(self, row: Row, field: str, read: Callable[[Value], T], *, default: T, about: str = "") -> T:
        """What a row says of a field; the default where it says nothing or cannot be read, which is told."""
        if field not in row.values:
            return default
        try:
            return read(row.values[field])
        except ValueError as error:
            self.tell(row, str(error), code="UNREADABLE", field=field, about=about)
            self._unread.add((row, field))
            return default

    def is_silent(self, row: Row, field: str) -> bool:
        """Whether a row says nothing of a field, not even something that cannot be read."""
        return field not in row.values and (row, field) not in self._unread

    def located(self, found: list[Fault]) -> Iterator[Problem]:
        """Faults by file and line, but for what follows from a field that could not be read."""
        for each in found:
            for row in self._rows.get(each.where, [self.head]):
                if not self._unread & {(row, field) for field in (*each.fields, "kind")}:
                    yield Problem(row.file, row.line, each.where, each.fields[0], each.message, each.code)

    # The TOML file.

    def _read(self) -> None:
        text = self._text(self.path, self.head)
        if text is None:
            self.unreadable = True
            return
        try:
            parsed = tomllib.loads(text)
        # Also a number of thousands of digits, or brackets nested without end.
        except (ValueError, RecursionError) as error:
            self.unreadable = True
            at = re.search(r"at line (\d+)", str(error))
            row = replace(self.head, line=int(at[1])) if at else self.head
            self.tell(row, "这里不是有效的TOML，请核对引号、方括号和等号，同一项只写一次。", code="NOT_TOML")
            return
        head = {name: value for name, value in parsed.items() if name not in TABLES}
        self.head = self._row(0, head, words=RELEASE)
        for name in TABLES:
            self.tables[name] = self._table(name, parsed.get(name, []), lines=_lines(text, name))
        for row in self.tables["items"]:
            self.tables["changes"] += self._csv_rows(row)

    def _text(self, path: Path, named_by: Row, *, field: str = "") -> str | None:
        """The file's text. Spreadsheets save UTF-8 with a mark, or GB 18030."""
        try:
            content = path.read_bytes()
        # ValueError: no file can have that name.
        except (OSError, ValueError):
            self.tell(named_by, f"打不开文件“{path.name}”，请核对名称和位置。", code="FILE_MISSING", field=field)
            return None
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
        self.tell(named_by, f"“{path.name}”不是文本，请另存为UTF-8编码。", code="NOT_TEXT", field=field)
        return None

    def _table(self, name: str, found: Any, *, lines: list[int]) -> list[Row]:
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.tell(self.head, f"请写成[[{name}]]。", code="NOT_A_TABLE", field=name)
            return []
        known = lines if len(lines) == len(found) else [0] * len(found)
        return [self._row(line, each, words=TABLES[name]) for line, each in zip(known, found, strict=True)]

    def _row(self, line: int, written: Mapping[str, Any], *, words: Mapping[str, str]) -> Row:
        row = Row(self.path.name, line, {})
        values: dict[str, Value] = {}
        for name, value in written.items():
            if name not in words:
                self.tell(row, f"没有这一项，可以写{'、'.join(words)}。", code="FIELD_UNKNOWN", field=name)
            elif (said := _value(value)) is None:
                self.tell(row, "请写文字、整数、日期或文字的列表。", code="UNREADABLE", field=name)
            else:
                values[name] = said
        return replace(row, values=values)

    # CSV files.

    def _csv_rows(self, named_by: Row) -> Iterator[Row]:
        """The rows of a CSV file of items; what the TOML file says beside its name holds where a cell is empty."""
        name = self.value(named_by, "file", item_fields.text, default="")
        if not name:
            self.tell(named_by, "请写明事项表的文件名。", code="FILE_MISSING", field="file")
            return
        text = self._text(self.path.parent / name, named_by, field="file")
        if text is None:
            return
        defaults = {field: value for field, value in named_by.values.items() if field != "file"}
        for field in defaults:
            self.value(named_by, field, READ_CHANGE[field], default=None)
        headings: list[str] | None = None
        for line, cells in self._lines_of(name, text):
            if headings is None:
                headings = self._headings(Row(name, line, {}), cells)
            elif len(cells) > len(headings):
                self.tell(Row(name, line, {}), f"比表头多出{len(cells) - len(headings)}格，请核对。", code="CELLS_LEFT")
            else:
                written = {field: cell for field, cell in zip(headings, cells, strict=False) if cell and field}
                yield self._filled_up(Row(name, line, written), defaults, named_by)
        if headings is None:
            self.tell(Row(name, 0, {}), "这个文件是空的，请写上表头和事项。", code="FILE_EMPTY")

    def _filled_up(self, row: Row, defaults: Mapping[str, Value], named_by: Row) -> Row:
        """A row with what it leaves empty; what could not be read there has been told already."""
        wanted = {field for field in defaults if field not in row.values}
        unread = {field for field in wanted if (named_by, field) in self._unread}
        filled = replace(row, values={**{field: defaults[field] for field in wanted - unread}, **row.values})
        self._unread |= {(filled, field) for field in unread}
        return filled

    def _lines_of(self, name: str, text: str) -> Iterator[tuple[int, list[str]]]:
        """Rows that say something, with the line each begins on."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        while True:
            line = reader.line_num + 1
            try:
                cells = [cell.strip() for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error:
                message = "这里不是有效的CSV，请核对引号是否成对；表格文件请另存为CSV。以下各行没有读。"
                self.tell(Row(name, line, {}), message, code="NOT_CSV")
                return
            if any(cells):
                yield line, cells

    def _headings(self, row: Row, cells: list[str]) -> list[str]:
        """The field of each column; "" where a heading is not known, which is told."""
        names = {label: name for name, label in CHANGE.items()}
        for cell in cells:
            if cell not in names:
                self.tell(row, f"没有这一栏，可用的栏是{'、'.join(names)}。", code="FIELD_UNKNOWN", field=cell)
            elif cells.count(cell) > 1:
                self.tell(row, "这一栏出现了不止一次，请只留一栏。", code="FIELD_TWICE", field=cell)
        return [names.get(cell, "") for cell in cells]


def _lines(text: str, table: str) -> list[int]:
    """On which lines the tables of an array begin."""
    heading = re.compile(rf"\s*\[\[\s*{table}\s*\]\]")
    return [number for number, line in enumerate(text.split("\n"), start=1) if heading.match(line)]


def _value(written: Any) -> Value | None:
    """None: nothing that a field may be."""
    if isinstance(written, str):
        return written.strip()
    if isinstance(written, date) or (isinstance(written, int) and not isinstance(written, bool)):
        return _text_of(written)
    if isinstance(written, list):
        parts = [_value(each) for each in written]
        return [part for part in parts if isinstance(part, str)] if all(isinstance(p, str) for p in parts) else None
    return None


def _text_of(written: date | int) -> str | None:
    """None: a number of thousands of digits, which TOML allows in hexadecimal."""
    try:
        return str(written)
    except ValueError:
        return None


class _Reading:
    """Makes a release of the rows of a file."""

    def __init__(self, file: _File, catalogue: Catalogue) -> None:
        self._file = file
        self._catalogue = catalogue

    def release(self) -> Release:
        tables = self._file.tables
        return Release(
            number=self._number(),
            title=self._file.value(self._file.head, "title", item_fields.text, default=""),
            departments=tuple(map(self._department, tables["departments"])),
            changes=tuple(map(self._change, tables["changes"])),
            delegations=tuple(self._delegations()),
            recalls=tuple(map(self._recall, tables["recalls"])),
        )

    def _number(self) -> int:
        """Written in the file, so that a release is not published twice by mistake."""
        following, head = self._catalogue.release + 1, self._file.head
        if "number" not in head.values and not self._file.unreadable:
            message = f"请写明版次，下一版是number = {following}。"
            self._file.tell(head, message, code="NUMBER_MISSING", field="number")
        return self._file.value(head, "number", item_fields.number, default=following)

    def _text(self, row: Row, field: str, *, about: str = "") -> str:
        return self._file.value(row, field, item_fields.text, default="", about=about)

    def _department(self, row: Row) -> Department:
        code = self._text(row, "code")
        self._file.speaks_of(code, row)
        return Department(code, self._text(row, "name", about=code))

    def _change(self, row: Row) -> ItemChange:
        code = self._text(row, "code")
        self._file.speaks_of(code, row)
        kind = self._file.value(row, "kind", READ_CHANGE["kind"], default=ChangeKind.UNSPECIFIED, about=code)
        return ItemChange(kind, self._text(row, "reason", about=code), self._item(row, code, kind))

    def _item(self, row: Row, code: str, kind: ChangeKind) -> ServiceItem:
        """A changed item keeps what its row says nothing of."""
        known = self._catalogue.item(code)
        version = known.version if known else 0
        if kind in ENDINGS:
            return ServiceItem(code, version)
        before = known if known and kind not in BRINGING_IN else _blank(code)
        if before is not known and kind and self._file.is_silent(row, "promised_days"):
            message = "请填写承诺工作日；当天办结的写0。"
            self._file.tell(row, message, code="PROMISE_MISSING", field="promised_days", about=code)
        said = {
            name: self._file.value(row, name, field.read, default=getattr(before, name), about=code)
            for name, field in ITEM_FIELDS.items()
            if name != "code"
        }
        return replace(before, version=version + 1, **said)

    def _delegations(self) -> Iterator[Delegation]:
        number = max(self._catalogue.delegations, default=0)
        for row in self._file.tables["delegations"]:
            nothing: list[str] = []
            codes = self._file.value(row, "item_codes", item_fields.texts, default=nothing)
            if not codes:
                self._file.tell(row, "请写明委托哪些事项。", code="ITEM_MISSING", field="item_codes")
            granted = self._delegation(row)
            for code in codes:
                number += 1
                self._file.speaks_of(f"委托{number}", row)
                yield replace(granted, number=number, item_code=code)

    def _delegation(self, row: Row) -> Delegation:
        return Delegation(
            0,
            "",
            self._townships(row),
            self._powers(row),
            from_day=self._file.value(row, "from_day", item_fields.day, default=None),
            to_day=self._file.value(row, "to_day", item_fields.day, default=None),
        )

    def _recall(self, row: Row) -> DelegationRecall:
        number = self._file.value(row, "delegation", item_fields.number, default=0)
        self._file.speaks_of(f"收回委托{number}", row)
        return DelegationRecall(number, self._townships(row), self._powers(row), self._text(row, "reason"))

    def _powers(self, row: Row) -> frozenset[Power]:
        read = item_fields.one_of(Power)
        nothing: frozenset[Power] = frozenset()
        return self._file.value(
            row, "powers", lambda value: frozenset(map(read, item_fields.texts(value))), default=nothing
        )

    def _townships(self, row: Row) -> frozenset[int]:
        return self._file.value(row, "townships", self._places, default=frozenset())

    def _places(self, value: Value) -> frozenset[int]:
        """Townships by name or code; those of another county than the listed one by code only."""
        listed = divisions().townships if divisions().code == self._catalogue.county else ()
        known = {township.name: township.code for township in listed}
        found: set[int] = set()
        for written in item_fields.texts(value):
            if written == ALL and known:
                found.update(known.values())
            elif written in known:
                found.add(known[written])
            elif re.fullmatch("[0-9]{12}", written):
                found.add(int(written))
            else:
                raise ValueError(f"没有叫“{written}”的乡镇，请写全名、12位代码或“{ALL}”。")
        return frozenset(found)


def _blank(code: str) -> ServiceItem:
    """An item of which nothing is said yet, not even that the law sets no limit."""
    return ServiceItem(code, 0, legal_limit=Limit(unit=LimitUnit.UNSPECIFIED))
