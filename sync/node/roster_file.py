"""A roster (岗位表) as an office writes it: one TOML file. docs/posts.md describes it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sync.cases.posts import Fault, Post, faults, name_of

KINDS: dict[str, tuple[type, str]] = {
    "unit": (str, "请写文字，放在引号里。"),
    "post": (str, "请写文字，放在引号里。"),
    "holder_a": (str, "请写工号，放在引号里。"),
    "holder_b": (str, "请写工号，放在引号里。"),
    "chief_representative": (bool, "请写true或false。"),
    "letter": (str, "请写文字，放在引号里。"),
    "letter_from_day": (date, "请写日期，如2026-03-01，不加引号。"),
    "letter_to_day": (date, "请写日期，如2026-03-01，不加引号。"),
}
"""What each field of a post is written as."""


class Checked(NamedTuple):
    """A roster as read. With faults it must not be published."""

    from_day: date
    posts: tuple[Post, ...]
    faults: tuple[Fault, ...]


def check(path: Path, *, today: date) -> Checked:
    """Reads the roster in a file; without `from_day` it counts from today on. Every fault is told at once."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return Checked(today, (), (Fault("", "", "文件不是UTF-8编码的文字，请另存为UTF-8编码。"),))
    # Also a number of thousands of digits, or brackets nested without end.
    except (ValueError, RecursionError) as error:
        message = f"文件不是有效的TOML，请核对引号、方括号和等号（{error}）。"
        return Checked(today, (), (Fault("", "", message),))
    unread: list[Fault] = []
    head = {name: value for name, value in written.items() if name != "posts"}
    from_day = _read("", head, {"from_day": KINDS["letter_from_day"]}, unread).get("from_day", today)
    posts = tuple(_post(number, each, unread) for number, each in enumerate(_tables(written, unread), start=1))
    read = {(each.about, each.field) for each in unread}
    found = [each for each in faults(posts, from_day=from_day, today=today) if (each.about, each.field) not in read]
    return Checked(from_day, posts, (*unread, *found))


def _tables(written: Mapping[str, Any], unread: list[Fault]) -> list[dict[str, Any]]:
    found = written.get("posts", [])
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    unread.append(Fault("", "", "岗位请写成[[posts]]，一个岗位一段。"))
    return []


def _post(number: int, written: dict[str, Any], unread: list[Fault]) -> Post:
    names = (written.get("unit"), written.get("post"))
    about = name_of(number, *(each.strip() if isinstance(each, str) else "" for each in names))
    return Post(**{"unit": "", "post": "", **_read(about, written, KINDS, unread)})


def _read(
    about: str, written: Mapping[str, Any], kinds: Mapping[str, tuple[type, str]], unread: list[Fault]
) -> dict[str, Any]:
    """The fields that can be read; what is wrong with the others."""
    read: dict[str, Any] = {}
    for name, value in written.items():
        kind, how = kinds.get(name, (None, f"没有这一项，可以写{'、'.join(kinds)}。"))
        # Not isinstance: a time of day is a date to Python, and true a number.
        if type(value) is kind:
            read[name] = value.strip() if isinstance(value, str) else value
        else:
            unread.append(Fault(about, name, how))
    return read
