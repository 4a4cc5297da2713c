"""Finding a case by its number or by who filed it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sync.cases import places
from sync.errors import Malformed

# A place, and as much of the day, the serial and the branch as is known.
_NUMBER = re.compile(r"([0-9]{12})(-[0-9]{0,8}|-[0-9]{8}-[0-9]{0,6}|-[0-9]{8}-[0-9]{6}-[0-9]{0,3})?")
LONGEST_NAME = 100
AFTER_ALL_DIGITS = ":"

COLUMNS = "c.id, c.case_id, c.number, c.home, c.item_code, c.stage, COALESCE(a.name, ''), c.filed_at_ms"


@dataclass(frozen=True, slots=True)
class Found:
    """A case as a search finds it. The name is not masked here."""

    row: int
    case_id: bytes
    number: str
    home: int
    item_code: str
    stage: str
    applicant: str
    filed_at_ms: int


def find(conn: Any, text: str, *, before: int = 0, limit: int) -> list[Found]:
    """Cases with a number that begins so, or filed by somebody of this full name, the newest first.

    `before`: only those older than this row. Raises Malformed for what is neither a number nor a name.
    """
    where, values = _condition(text.strip())
    found = conn.execute(
        f"SELECT {COLUMNS} FROM cases c LEFT JOIN applicants a ON a.case_row=c.id "
        f"WHERE {where} AND c.duplicate=0 AND c.stage<>'' AND (?=0 OR c.id<?) ORDER BY c.id DESC LIMIT ?",
        [*values, before, before, limit],
    )
    return [Found(*each) for each in found]


def _condition(text: str) -> tuple[str, list[str]]:
    number = _NUMBER.fullmatch(text)
    if number and places.is_place(int(number[1])):
        return "c.number>=? AND c.number<?", [text, text + AFTER_ALL_DIGITS]
    if any(each.isdigit() for each in text) or not 2 <= len(text) <= LONGEST_NAME:
        raise Malformed(
            f"“{text[:LONGEST_NAME]}”不能查询：请输入办件编号（或其开头，至少12位区划代码），或申请人全名。"
        )
    return "a.name=?", [text]
