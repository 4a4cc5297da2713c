"""A sound county is called sound; whatever is changed, lost or doubled in its closed books is found and named."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from county_node import seed
from operations import breaking
from operations.networks import load
from sync.facts.streams import SUBTREE, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal.catalogue_translation import calendar_message
from sync.journal.writing import Draft
from sync.node.node import BOOK, LOCK
from tests.audit.network import Laid, audited, opened
from tests.county import append

COUNTY, TOWNSHIP = 510524000000, 510524100000

# A filing of a village station that has gone all the way up, in the county's book.
OF_A_CASE = "SELECT f.id FROM facts f JOIN cases c ON c.case_id = f.fact_id WHERE c.stage = 'CLOSED' AND c.via_village"
FACT = f"id = ({OF_A_CASE} ORDER BY f.id LIMIT 1)"
ENTRY = f"fact = ({OF_A_CASE} ORDER BY f.id LIMIT 1)"
NUMBER = (
    f"SELECT number FROM cases c JOIN facts f ON f.case_row = c.id WHERE f.id = ({OF_A_CASE} ORDER BY f.id LIMIT 1)"
)


def number_of(root: Path) -> str:
    with closing(sqlite3.connect(root / str(COUNTY) / BOOK)) as conn:
        return str(conn.execute(NUMBER).fetchone()[0])


def turned(value: Any) -> Any:
    """The value with one bit turned."""
    if isinstance(value, int):
        return value ^ 1
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[len(raw) // 2] ^= 1
    return raw.decode() if isinstance(value, str) else bytes(raw)


def turn(root: Path, place: int, table: str, column: str, where: str) -> None:
    with opened(root, place) as conn:
        ((row, value),) = conn.execute(f"SELECT rowid, {column} FROM {table} WHERE {where} LIMIT 1").fetchall()
        conn.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", [turned(value), row])


# As it is.


def test_a_sound_county_is_called_sound_and_counted(sound: dict[str, Any]) -> None:
    assert sound["findings"] == []
    assert sound["sound"] is True
    assert (sound["books"], sound["in_transit"]) == (4, 1)
    figures = sound["figures"]
    assert (figures["handled"], figures["closed"], figures["open"]) == (10, 7, 3)
    assert (figures["via_village_stations"], figures["paper_claimed"]) == (8, 1)
    assert (figures["refused"], figures["withdrawn"], figures["complaints"]) == (1, 1, 1)
    assert (figures["rated"], figures["satisfied"], figures["satisfied_percent"]) == (2, 1, 50.0)


def test_the_command_runs_the_auditor_and_passes_on_what_it_says(written: Path) -> None:
    command = [sys.executable, "-c", "from operations.cli import main; main()", "audit", str(written), "--json"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["sound"] is True
    assert "账本 4/4" in said.stderr


def test_an_audit_changes_nothing(written: Path) -> None:
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    audited(written)
    assert {path: path.read_bytes() for path in written.rglob("*") if path.is_file()} == before


def test_the_auditor_loads_no_code_of_what_it_audits() -> None:
    show = "import sys, operations.audit.__main__; print(*[m for m in sys.modules if m.split('.')[0] in KNOWN])"
    known = "KNOWN = {'sync', 'county_node', 'township_node', 'village_agent', 'operations'}; "
    said = subprocess.run([sys.executable, "-c", known + show], capture_output=True, text=True, check=True)
    strangers = [
        module for module in said.stdout.split() if not f"{module}.".startswith(("sync.facts.v1.", "operations.audit."))
    ]
    assert sorted(strangers) == ["operations", "sync", "sync.facts"]


# One turned bit.


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("facts", "bytes", FACT),
        ("facts", "fact_id", FACT),
        ("facts", "request_id", FACT),
        ("facts", "case_row", FACT),
        ("entries", "hash", ENTRY),
        ("entries", "seq", ENTRY),
        ("private_parts", "part", ENTRY),
        ("cases", "number", f"id = (SELECT case_row FROM facts WHERE {FACT})"),
        ("cases", "stage", f"id = (SELECT case_row FROM facts WHERE {FACT})"),
        ("cases", "home", f"id = (SELECT case_row FROM facts WHERE {FACT})"),
        ("cases", "received_at_ms", f"id = (SELECT case_row FROM facts WHERE {FACT})"),
    ],
)
def test_a_turned_bit_is_found_and_its_case_named(root: Path, table: str, column: str, where: str) -> None:
    number = number_of(root)
    turn(root, COUNTY, table, column, where)
    told = audited(root)
    assert told.code == 1
    assert number in told.cases


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("entries", "stream", ENTRY),
        ("entries", "previous", ENTRY),
        ("entries", "fact", ENTRY),
        ("entries", "id", ENTRY),
        ("entries", "signature", "signature IS NOT NULL"),
        ("facts", "id", FACT),
        ("private_parts", "fact", ENTRY),
        ("streams", "key", "1"),
        ("streams", "author", "1"),
        ("heads", "entry", "1"),
        ("keys", "certificate", "1"),
        ("checkpoints", "first", "1"),
        ("checkpoints", "last", "last IS NOT NULL"),
        ("checkpoints", "list_hash", "1"),
        ("checkpoints", "signer", "1"),
        ("checkpoints", "peer", "1"),
        ("checkpoints", "upto_entry", "upto_entry > 1"),
        ("stated", "digests", "1"),
        ("stated", "checkpoint", "1"),
        ("stated_heads", "heads", "1"),
        ("releases", "number", "1"),
        ("meta", "value", "name='epoch'"),
        ("meta", "value", f"name='counter:{TOWNSHIP}'"),
    ],
)
def test_a_turned_bit_anywhere_else_is_found(root: Path, table: str, column: str, where: str) -> None:
    with opened(root, COUNTY) as conn:
        names = [name for _, name, *_, key in conn.execute(f"PRAGMA table_info({table})") if key]
        key = " AND ".join(f"{name} IS ?" for name in names)
        value, *named = conn.execute(f"SELECT {column}, {', '.join(names)} FROM {table} WHERE {where}").fetchone()
        if (table, column) in SWAPPED:
            conn.execute(f"UPDATE {table} SET {column}=999999 WHERE {key}", named)
        else:
            conn.execute(f"UPDATE {table} SET {column}=? WHERE {key}", [turned(value), *named])
    assert audited(root).code == 1


# One bit aside there is another row already.
SWAPPED = {("entries", "id"), ("facts", "id"), ("private_parts", "fact"), ("heads", "entry")}


# One lost row.


@pytest.mark.parametrize("table", ["facts", "entries", "private_parts"])
@pytest.mark.parametrize("place", [COUNTY, TOWNSHIP])
def test_a_lost_row_of_a_case_is_found_and_its_case_named(root: Path, table: str, place: int) -> None:
    number = number_of(root)
    with opened(root, place) as conn:
        ((fact,),) = conn.execute(OF_A_CASE + " AND c.number=?", [number]).fetchall()
        conn.execute(f"DELETE FROM {table} WHERE {'id' if table == 'facts' else 'fact'}=?", [fact])
    told = audited(root)
    assert told.code == 1
    assert number in told.cases


@pytest.mark.parametrize(
    "table", ["streams", "heads", "keys", "checkpoints", "stated", "cases", "releases", "register", "meta"]
)
@pytest.mark.parametrize("which", ["MIN", "MAX"])
def test_a_lost_row_of_any_other_table_is_found(root: Path, table: str, which: str) -> None:
    order = {"meta": "name='epoch'", "cases": "id", "checkpoints": "id", "streams": "id"}.get(table, "1")
    with opened(root, COUNTY) as conn:
        names = [name for _, name, *_, key in conn.execute(f"PRAGMA table_info({table})") if key]
        direction = "ASC" if which == "MIN" else "DESC"
        row = conn.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order} {direction}").fetchone()
        if table == "meta":
            row = ("epoch",) if which == "MIN" else (f"counter:{TOWNSHIP}",)
        conn.execute(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} IS ?' for name in names)}", row)
    assert audited(root).code == 1


def test_a_changed_entry_of_a_register_is_found(root: Path) -> None:
    turn(root, TOWNSHIP, "register", "day", "names<>x''")
    assert audited(root).kinds == {"REGISTER_WRONG"}


def test_a_changed_reply_is_found_and_its_case_named(root: Path) -> None:
    with opened(root, COUNTY) as conn:
        ((number,),) = conn.execute("SELECT number FROM cases WHERE complaints<>''").fetchall()
        conn.execute("UPDATE cases SET replies='' WHERE number=?", [number])
    told = audited(root)
    assert (told.kinds, told.cases) == ({"CASE_ROW_WRONG"}, {number})


def test_an_end_lost_on_both_sides_of_its_chain_is_still_claimed_by_a_signature(root: Path) -> None:
    """The county's book looks whole without the last entry of a stream, but it signed for it."""
    with opened(root, COUNTY) as conn:
        query = "SELECT e.id, e.fact, e.stream, e.previous, c.number FROM heads h JOIN entries e ON e.id=h.entry "
        query += "JOIN facts f ON f.id=e.fact JOIN cases c ON c.id=f.case_row JOIN streams s ON s.id=e.stream "
        entry, fact, stream, previous, number = conn.execute(f"{query} WHERE s.author<>?", [COUNTY]).fetchone()
        for delete in ("private_parts WHERE fact", "facts WHERE id"):
            conn.execute(f"DELETE FROM {delete}=?", [fact])
        conn.execute("DELETE FROM entries WHERE id=?", [entry])
        conn.execute("UPDATE heads SET entry=? WHERE stream=?", [previous, stream])
    told = audited(root)
    assert "CLAIMED_NOT_HELD" in told.kinds
    assert number in told.cases


# Figures.


def figures_of(sound: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """What GetFigures would answer, as the auditor counted it, with some figures changed."""
    total = {**sound["figures"], **changed}
    by_place = {
        510524100000: {**dict.fromkeys(sound["figures"], 0), **sound["figures"], "handled": 9, "open": 2},
        COUNTY: {**dict.fromkeys(sound["figures"], 0), "handled": 1, "open": 1},
    }
    del by_place[COUNTY]["satisfied_percent"]
    rows = [{"place": place, "figures": figures} for place, figures in by_place.items()]
    return {"within": COUNTY, "from_day": 0, "to_day": 30_000, "total": total, "rows": rows}


def test_figures_given_out_are_counted_again(root: Path, sound: dict[str, Any]) -> None:
    (root / "figures.json").write_text(json.dumps(figures_of(sound)), encoding="utf-8")
    told = audited(root)
    assert told.code == 0, told.out


@pytest.mark.parametrize("figure", ["handled", "closed", "open", "satisfied_percent", "paper_claimed", "complaints"])
def test_a_figure_that_is_not_true_is_named_with_both_values(root: Path, sound: dict[str, Any], figure: str) -> None:
    wrong = sound["figures"][figure] + 1
    (root / "figures.json").write_text(json.dumps(figures_of(sound, **{figure: wrong})), encoding="utf-8")
    told = audited(root)
    assert told.code == 1
    (finding,) = told.report["findings"]
    assert finding["what"] == "FIGURE_WRONG"
    assert f"{figure}：公布{wrong}，重算{sound['figures'][figure]}" in finding["text"]


def test_a_period_is_counted_by_the_days_in_shanghai(root: Path, sound: dict[str, Any]) -> None:
    """No case had come by the day before the first."""
    figures = figures_of(sound)
    empty = {name: 0 for name in sound["figures"] if name != "satisfied_percent"}
    figures |= {"to_day": 20_832, "total": empty, "rows": []}
    (root / "figures.json").write_text(json.dumps(figures), encoding="utf-8")
    assert audited(root).code == 0


# Breaks.


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", list(breaking.BREAKS))
def test_every_break_is_found_and_its_case_named(root: Path, name: str, seed: int) -> None:
    number = breaking.BREAKS[name](root, seed)
    told = audited(root)
    assert told.code == 1
    assert number in told.cases


def test_a_break_leaves_the_book_closed_and_guarded(root: Path) -> None:
    breaking.BREAKS["lose-one"](root, 1)
    assert not (root / str(COUNTY) / f"{BOOK}-wal").exists()
    with closing(sqlite3.connect(root / str(COUNTY) / BOOK)) as conn, pytest.raises(sqlite3.DatabaseError):
        conn.execute("DELETE FROM facts")


# What only two books together show.


def test_a_rating_changed_in_every_book_alike_is_still_found(root: Path) -> None:
    number = ""
    for place in (COUNTY, TOWNSHIP):
        with opened(root, place) as conn:
            for row, encoded, found in conn.execute(
                "SELECT f.id, f.bytes, c.number FROM facts f JOIN cases c ON c.id=f.case_row"
            ).fetchall():
                fact = fact_pb2.Fact.FromString(encoded)
                if fact.body_type == fact_pb2.BODY_TYPE_RATED:
                    fact.body = bodies_pb2.Rated(grade=4).SerializeToString()
                    conn.execute("UPDATE facts SET bytes=? WHERE id=?", [fact.SerializeToString(), row])
                    number = found
    told = audited(root)
    assert told.kinds >= {"FACT_CHANGED"}
    assert number in told.cases


def test_a_village_set_back_to_an_older_book_lacks_what_it_wrote(root: Path) -> None:
    village = next(int(each.name) for each in sorted(root.glob("[0-9]*")) if int(each.name) > TOWNSHIP)
    with opened(root, village) as conn:
        newest = f"SELECT MAX(e.id) FROM entries e JOIN streams s ON s.id=e.stream WHERE s.author={village}"
        ((entry, fact, stream, previous, number),) = conn.execute(
            "SELECT e.id, e.fact, e.stream, e.previous, c.number FROM entries e JOIN facts f ON f.id=e.fact "
            f"JOIN cases c ON c.id=f.case_row WHERE e.id=({newest})"
        ).fetchall()
        conn.execute("DELETE FROM entries WHERE id=?", [entry])
        conn.execute("DELETE FROM private_parts WHERE fact=?", [fact])
        conn.execute("DELETE FROM facts WHERE id=?", [fact])
        conn.execute("UPDATE heads SET entry=? WHERE stream=?", [previous, stream])
    told = audited(root)
    assert "MISSING_HERE" in told.kinds
    assert number in told.cases


# What cannot be audited.


def test_a_running_node_is_not_audited(root: Path) -> None:
    with (root / str(TOWNSHIP) / LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = audited(root)
    assert (told.code, told.out) == (3, "")
    assert told.err == f"{TOWNSHIP}的节点还在运行，或没有正常关闭。请先停止整个网络，再审计。\n"


def test_a_book_that_was_not_closed_is_not_audited(root: Path) -> None:
    (root / str(COUNTY) / f"{BOOK}-wal").write_bytes(b"\0" * 32)
    told = audited(root)
    assert (told.code, told.out) == (3, "")
    assert str(COUNTY) in told.err


@pytest.mark.parametrize("missing", ["network.json", f"{COUNTY}/node.toml", f"{TOWNSHIP}/{BOOK}"])
def test_what_is_missing_is_named(root: Path, missing: str) -> None:
    (root / missing).unlink()
    told = audited(root)
    assert told.code == 3
    assert Path(missing).name in told.err


def test_a_file_that_is_no_book_is_a_finding(root: Path) -> None:
    book = root / str(TOWNSHIP) / BOOK
    book.write_bytes(book.read_bytes()[:8192] + bytes(len(book.read_bytes()) - 8192))
    told = audited(root)
    assert told.code == 1
    assert "BOOK_UNREADABLE" in told.kinds


async def test_while_a_calendar_is_under_way_two_books_may_judge_differently(root: Path) -> None:
    network = load(root)
    assert network is not None
    homes = {spot.place: spot.homes for spot in network.spots}
    async with Laid(root, network=network, homes=homes) as laid:
        await laid.open(laid.county)
        longer = replace(seed.calendar(), number=2, last_day=date(2028, 12, 31))
        draft = Draft(
            scope=Scope(SUBTREE, laid.county),
            fact_class=fact_pb2.FACT_CLASS_ADMIN,
            body_type=fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED,
            body=calendar_message(longer, source="样例").SerializeToString(deterministic=True),
            actor=fact_pb2.Actor(place=laid.county),
            request_id=bytes(16),
        )
        await append(laid.books[laid.county], draft)
    told = audited(root)
    assert told.code == 0, told.out
    assert (told.report["figures"]["judged"], told.report["figures"]["provisional"]) == (5, 0)
