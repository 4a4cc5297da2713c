"""Every byte of a book is still what was written, or somebody hears of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sync.errors import Corrupt
from sync.facts import hashing
from sync.facts.streams import PATH, SUBTREE, Scope
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import schema
from sync.journal.book import Book
from sync.journal.counter import once
from sync.journal.verify import UNWITNESSED, findings, verify
from sync.journal.writing import Draft, Transaction
from tests.county import (
    BOX,
    COUNTY,
    NEXT_VILLAGE,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Scribe,
    append,
    applicant,
    file_cases,
    filing,
    key_of,
    know,
    private_part,
    take,
)

NEXT_BOX = Scope(PATH, NEXT_VILLAGE)


def published(body_type: fact_pb2.BodyType, body: Any, number: int) -> Draft:
    return Draft(
        scope=Scope(SUBTREE, COUNTY),
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=body_type,
        body=body.SerializeToString(),
        actor=fact_pb2.Actor(place=COUNTY),
        request_id=bytes([number] * 16),
    )


def scribe(life: int, *, key: int = 0) -> Scribe:
    return Scribe(NEXT_VILLAGE, NEXT_BOX, bytes([life] * 16), key_of(NEXT_VILLAGE, life=key))


def handed_over(case: bytes) -> Draft:
    return Draft(
        scope=BOX,
        fact_class=fact_pb2.FACT_CLASS_MOVE,
        body_type=fact_pb2.BODY_TYPE_HANDED_OVER,
        body=bodies_pb2.HandedOver(to_place=TOWNSHIP).SerializeToString(),
        actor=fact_pb2.Actor(place=VILLAGE),
        request_id=b"h" * 16,
        case_id=case,
        based_on=[case],
    )


async def write_a_county(county: County) -> None:
    """The township's book gets something of everything a book can hold."""
    await county.open(COUNTY, TOWNSHIP, VILLAGE)
    await county.introduce(COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE)
    for place in (TOWNSHIP, VILLAGE):
        await know(county.books[place], COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE)
    await append(
        county.books[COUNTY],
        published(fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, bodies_pb2.CatalogueReleased(number=1), 1),
        published(fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED, bodies_pb2.CalendarPublished(number=1), 2),
    )
    await county.settle_down(rounds=2)
    offered, _ = await file_cases(county.books[VILLAGE], 1, 2)
    await append(county.books[VILLAGE], handed_over(offered))
    await county.settle_down(rounds=2)
    township = county.books[TOWNSHIP]
    await append(township, filing(5, at=TOWNSHIP, private=applicant("样例李四")), filing(6, at=TOWNSHIP))
    await keep_registers(township)
    await answer_a_request(township)
    await township.write(publish_posts)
    await bring_odd_segments(township)
    await county.settle_down(rounds=2)
    await township.write(lambda tx: tx.append([filing(8, home=TOWNSHIP)]))


async def keep_registers(township: Book) -> None:
    """An appointment that was kept."""

    def entry(number: int, body_type: fact_pb2.BodyType, body: Any) -> Draft:
        return replace(
            published(body_type, body, number), scope=Scope(PATH, TOWNSHIP), actor=fact_pb2.Actor(place=TOWNSHIP)
        )

    made = entry(51, fact_pb2.BODY_TYPE_APPOINTMENT_MADE, bodies_pb2.AppointmentMade(day=20_833, minute=545))
    (appointment,) = await append(township, made)
    ended = bodies_pb2.AppointmentEnded(appointment=appointment, end=bodies_pb2.APPOINTMENT_END_KEPT)
    await append(township, entry(52, fact_pb2.BODY_TYPE_APPOINTMENT_ENDED, ended))


async def answer_a_request(township: Book) -> None:
    def work(tx: Transaction) -> bytes:
        return once(tx, b"r" * 16, b"d" * 32, lambda: tx.append([filing(7, at=TOWNSHIP, request_id=b"r" * 16)])[0])

    await township.write(work)


def publish_posts(tx: Transaction) -> None:
    roster = bodies_pb2.PostsPublished(place=TOWNSHIP, from_day=1)
    roster.posts.add(unit="综合窗口", post="收件岗", holder_a="样例101")
    away = bodies_pb2.AwayNoticed(unit="综合窗口", post="收件岗", person="样例101", to_ms=1)
    tx.publish(fact_pb2.BODY_TYPE_POSTS_PUBLISHED, roster, request_id=b"p" * 16)
    tx.publish(fact_pb2.BODY_TYPE_AWAY_NOTICED, away, request_id=b"q" * 16)


async def bring_odd_segments(township: Book) -> None:
    """A fork, one segment for each reason to wait, a refusal of our own and one of a neighbour's."""
    one = scribe(1).open().write(1)
    other = one.branch(after=2).write(2, 3)
    gap, part = scribe(2).open().write(4, 5), private_part("王五")
    bare = scribe(3).open()
    bare.commit(bare.fact(6, private_hash=hashing.private_hash(part)))
    unknown = scribe(4, key=7).open().write(7)
    bad = scribe(5).open().segment()
    bad.entries[0].signature = bytes(64)
    refusal = journal_pb2.SegmentRefusal(segment_hash=bytes(32), code="BAD_FACT", reason="格式不对")
    segments = [one.write(9).segment(), other.segment(3), gap.segment(3), bare.segment(), unknown.segment(), bad]
    receipt = await take(township, *segments, sender=NEXT_VILLAGE, refusals=[refusal])
    assert len(receipt.parked) == 3
    assert len(receipt.refused) == 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def written(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The closed book of the township."""
    async with County(tmp_path_factory.mktemp("county")) as county:
        await write_a_county(county)
        assert verify(county.path(TOWNSHIP), ROOT.public) == [], "while the node is writing"
        for place in list(county.books):
            await county.close(place)
        yield county.path(TOWNSHIP)


class Attack:
    """A copy of a book, changed behind the node's back, with its triggers put back afterwards."""

    def __init__(self, written: Path, path: Path) -> None:
        shutil.copy(written, path)
        self.path = path
        self.conn = schema.sqlite3.connect(str(path), isolation_level=None)
        self.triggers = self.conn.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in self.triggers:
            self.conn.execute(f"DROP TRIGGER {name}")

    def close(self) -> None:
        for _, sql in self.triggers:
            self.conn.execute(sql)
        self.conn.close()

    def findings(self) -> list[str]:
        return [str(each) for each in verify(self.path, ROOT.public)]


def changed(value: Any, *, at: int, bit: int) -> Any:
    """The value with one bit of one byte turned; a number is changed in one of its low bytes."""
    if isinstance(value, int):
        return value ^ (1 << (8 * (at % 2) + bit % 7))
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[at % len(raw)] ^= 1 << bit
    return bytes(raw)


def set_value(attack: Attack, table: str, column: str, key: dict[str, Any], value: Any) -> None:
    where = " AND ".join(f"{name} IS ?" for name in key)
    text = "CAST(? AS TEXT)" if isinstance(key[column], str) else "?"
    attack.conn.execute(f"UPDATE {table} SET {column}={text} WHERE {where}", [value, *key.values()])


def all_rows(written: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every row of every table, by column."""
    with closing(schema.sqlite3.connect(str(written))) as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        found = []
        for table in tables:
            cursor = conn.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in cursor.description]
            found += [(table, dict(zip(names, values, strict=True))) for values in cursor.fetchall()]
        return found


# Kept by whoever supervises; tried where findings are tested.
AT_THE_COUNTY = {"findings", "backdated", "silences", "two_stores"}


# Only checked not to claim more than was signed; books of earlier versions do not have it.
LESS_KNOWN = "last_signed_at_ms"


def is_unwitnessed(table: str, column: str) -> bool:
    return column in UNWITNESSED.get(table, ())


def test_a_book_as_written_has_nothing_to_find(written: Path) -> None:
    assert verify(written, ROOT.public) == []


def test_the_book_under_test_holds_something_of_everything(written: Path) -> None:
    """Or the attacks below would be aimed at nothing."""
    with closing(schema.sqlite3.connect(str(written))) as conn:
        listed = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        assert {table for table, _ in all_rows(written)} == listed - {"sqlite_sequence"} - AT_THE_COUNTY
        assert {reason for (reason,) in conn.execute("SELECT reason FROM parked")} == {
            "beyond gap",
            "private part missing",
            "unknown key",
        }
        assert conn.execute("SELECT stream FROM heads GROUP BY stream HAVING COUNT(*) > 1").fetchall()


def test_checking_changes_nothing(written: Path) -> None:
    before = written.read_bytes()
    assert list(findings(written, ROOT.public)) == []
    assert written.read_bytes() == before


def test_one_changed_value_in_any_column_of_any_table_is_found(written: Path, tmp_path: Path) -> None:
    missed, tried = [], set()
    for number, (table, row) in enumerate(all_rows(written)):
        if row.get("name") == LESS_KNOWN:
            continue
        for column, value in row.items():
            # The empty ones have no byte to change; three rows of each column will do.
            if value in (None, "", b"") or is_unwitnessed(table, column) or (table, column, number % 3) in tried:
                continue
            tried.add((table, column, number % 3))
            with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
                try:
                    set_value(attack, table, column, row, changed(value, at=len(str(value)) // 2, bit=0))
                except schema.sqlite3.IntegrityError:
                    continue
            if not attack.findings():
                missed.append((table, column, value))
    assert missed == []
    assert len({(table, column) for table, column, _ in tried}) > 60


# Deleted without a witness: what came last of its kind and is named by nothing else.
UNWITNESSED_ROWS = {"refusals", "_sqlite_migrations", "parked", "requests", "arrivals", "known", "sqlite_sequence"}


def test_a_deleted_row_of_any_table_is_found(written: Path, tmp_path: Path) -> None:
    missed, tried = [], set()
    for table, row in all_rows(written):
        if table in UNWITNESSED_ROWS or row.get("name") == LESS_KNOWN:
            continue
        tried.add(table)
        with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
            where = " AND ".join(f"{name} IS ?" for name in row)
            attack.conn.execute(f"DELETE FROM {table} WHERE {where}", list(row.values()))
        if not attack.findings():
            missed.append((table, row))
    assert missed == []
    assert tried == {table for table, _ in all_rows(written)} - UNWITNESSED_ROWS


def test_a_parked_segment_whose_facts_count_is_missed_when_it_is_deleted(written: Path, tmp_path: Path) -> None:
    with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
        attack.conn.execute("DELETE FROM parked WHERE reason='beyond gap'")
    assert any("waits in none" in each for each in attack.findings())


def test_two_hundred_flipped_bits_are_found_wherever_they_carry_meaning(written: Path, tmp_path: Path) -> None:
    chance = random.Random(2027)
    # By bytes stored, not by rows: where there is more to damage, more is damaged.
    values = [
        (table, column, row)
        for table, row in all_rows(written)
        for column, value in row.items()
        if isinstance(value, str | bytes) and value and table != "sqlite_sequence"
    ]
    missed, found = [], 0
    for table, column, row in chance.choices(values, k=200, weights=[len(row[column]) for _, column, row in values]):
        value = row[column]
        with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
            flipped = changed(value, at=chance.randrange(len(value)), bit=chance.randrange(8))
            set_value(attack, table, column, row, flipped)
        if attack.findings():
            found += 1
        elif not is_unwitnessed(table, column):
            missed.append((table, column, value, flipped))
    print(f"{found} of 200 found, {200 - found} in values without a witness")
    assert missed == []
    assert found > 180


def test_a_dropped_trigger_is_found(written: Path, tmp_path: Path) -> None:
    with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
        attack.triggers.pop()
    assert any("missing or was changed" in each for each in attack.findings())


def test_a_signature_taken_off_the_last_entry_is_found(written: Path, tmp_path: Path) -> None:
    with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
        attack.conn.execute("UPDATE entries SET signature=NULL WHERE id=(SELECT MAX(entry) FROM heads)")
    assert any("not signed" in each for each in attack.findings())


def test_another_root_key_knows_nobody(written: Path) -> None:
    assert {each.table for each in verify(written, key_of(COUNTY).public)} >= {"keys", "streams", "checkpoints"}


def test_flipped_bytes_in_the_file_itself_are_found_or_stand_in_free_space(written: Path, tmp_path: Path) -> None:
    chance, raw, path = random.Random(7), written.read_bytes(), tmp_path / "book.sqlite"
    before, changed_and_missed, found = contents(written), [], 0
    for _ in range(100):
        at = chance.randrange(100, len(raw))
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :])
        if problems(path):
            found += 1
        elif differences(contents(path), before) - set(UNWITNESSED):
            changed_and_missed.append(at)
    assert changed_and_missed == []
    assert found > 10


def problems(path: Path) -> list[str]:
    try:
        return [str(each) for each in verify(path, ROOT.public)]
    except Corrupt as error:
        return [str(error)]


def contents(path: Path) -> dict[str, list[dict[str, Any]]]:
    by_table: dict[str, list[dict[str, Any]]] = {}
    for table, row in all_rows(path):
        by_table.setdefault(table, []).append(row)
    return by_table


def differences(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {table for table in one.keys() | other.keys() if one.get(table) != other.get(table)}


def test_a_finding_says_what_where_and_what_to_do(written: Path, tmp_path: Path) -> None:
    with closing(Attack(written, tmp_path / "book.sqlite")) as attack:
        attack.conn.execute("UPDATE cases SET stage='HANDED' WHERE id=1")
    (finding,) = verify(attack.path, ROOT.public)
    assert (finding.table, finding.row) == ("cases", "id 1")
    assert "stage" in finding.what
    assert "put an older, sound copy of the book in its place" in finding.do


def test_where_there_is_no_book_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Corrupt, match="no book"):
        verify(tmp_path / "nothing.sqlite", ROOT.public)
    (tmp_path / "text.sqlite").write_text("not a book at all, but long enough to be looked into" * 40)
    with pytest.raises(Corrupt, match="no book"):
        verify(tmp_path / "text.sqlite", ROOT.public)
