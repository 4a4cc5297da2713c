"""The case number people see: <place>-<yyyyMMdd>-<6-digit serial>, given without asking anybody.

A branch of a joint case has the number of the case with two digits more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sync.cases import places
from sync.errors import Malformed, Refused

HIGHEST_SERIAL = 999_999
_FORM = re.compile(r"([0-9]{12})-([0-9]{4})([0-9]{2})([0-9]{2})-([0-9]{6})(?:-(0[1-9]|[1-9][0-9]{1,2}))?")


@dataclass(frozen=True, slots=True, order=True)
class CaseNumber:
    """Place that filed the case, day of filing, serial of that place from 1; of a branch, which one, from 1."""

    place: int
    day: date
    serial: int
    branch: int = 0

    def __str__(self) -> str:
        day = self.day.isoformat().replace("-", "")
        number = f"{self.place:012d}-{day}-{self.serial:06d}"
        return of_branch(number, self.branch) if self.branch else number


def parse(text: str) -> CaseNumber:
    """The number written as `text`. Malformed where it is none."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise Malformed(f"“{text}”不是办件编号，应为：12位区划代码-8位日期-6位流水号")
    place, year, month, day, serial, branch = (int(each or 0) for each in found.groups())
    if not places.is_place(place) or serial == 0:
        raise Malformed(f"“{text}”不是办件编号：区划代码或流水号有误")
    return CaseNumber(place, _day(year, month, day, text=text), serial, branch)


def of_branch(number: str, branch: int) -> str:
    """The number of a branch of the case of this number, whatever somebody has written into that."""
    return f"{number}-{branch:02d}"


def next_serial(highest_used: int, *, start: int = 1) -> int:
    """The serial after the highest used (0 = none). `start` continues a paper book and never goes back."""
    serial = max(highest_used + 1, start)
    if serial > HIGHEST_SERIAL:
        raise Refused(
            "CASE_NUMBERS_USED_UP",
            f"本单位的办件流水号已用完（最大{HIGHEST_SERIAL}），请联系县级管理员重新设定起始号。",
        )
    return serial


def _day(year: int, month: int, day: int, *, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Malformed(f"“{text}”不是办件编号：日期有误") from None
