"""A node writes: chained, signed once, all or nothing, and never changed again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial

import pytest

from sync.errors import Corrupt, Malformed, Unavailable
from sync.facts import hashing, signing
from sync.facts.streams import NO_HASH, PATH, Scope
from sync.facts.v1 import fact_pb2
from sync.journal import schema, statements
from sync.journal.book import TURN, Book
from sync.journal.receiving import MAX_PARCEL_BYTES
from sync.journal.writing import Transaction
from tests.county import (
    BOX,
    NEXT_VILLAGE,
    NOON_MS,
    TOWNSHIP,
    VILLAGE,
    County,
    cases_of,
    file_cases,
    filing,
    know,
    note,
    own_stream,
    private_part,
    rows,
)


async def while_busy(book: Book, *works: Callable[[Transaction], object]) -> list[object]:
    """Lets several jobs wait behind one that is running, so that they share a commit."""
    go, started = threading.Event(), threading.Event()

    def block(tx: Transaction) -> None:
        started.set()
        go.wait(5)

    first = asyncio.create_task(book.write(block))
    await asyncio.to_thread(started.wait, 5)
    waiting = [asyncio.create_task(book.write(work)) for work in works]
    await asyncio.sleep(0.02)
    go.set()
    await first
    return list(await asyncio.gather(*waiting, return_exceptions=True))


def chain_of(book: Book, scope: Scope = BOX) -> list[tuple[int, bytes, bytes | None]]:
    """(seq, hash, signature) of this node's own stream."""
    row = book.read_chains.row_of(own_stream(book, scope))
    found = rows(book, "SELECT seq, hash, signature FROM entries WHERE stream=? ORDER BY seq", row)
    return [(seq, hash, signature) for seq, hash, signature in found]


async def test_what_is_written_stands_in_a_chain_from_the_opening_on(village: Book) -> None:
    await file_cases(village, 1, 2, 3)
    stream, previous = own_stream(village, BOX), NO_HASH
    found = rows(village, "SELECT e.seq, e.hash, f.bytes FROM entries e JOIN facts f ON f.id=e.fact ORDER BY e.seq")
    assert [seq for seq, _, _ in found] == [1, 2, 3, 4]
    for seq, entry_hash, encoded in found:
        previous = hashing.entry_hash(previous, stream, seq, hashing.fact_id(encoded))
        assert entry_hash == previous
    assert fact_pb2.Fact.FromString(found[0][2]).body_type == fact_pb2.BODY_TYPE_STREAM_OPENED
    assert [head.hash for head in village.read_chains.scope_heads(BOX)] == [previous]


async def test_a_commit_signs_the_last_entry_of_each_stream_it_touched_and_no_other(township: Book) -> None:
    other = Scope(PATH, NEXT_VILLAGE)
    before = len(chain_of(township)), len(chain_of(township, other))
    await while_busy(
        township,
        lambda tx: tx.append([filing(1, at=TOWNSHIP), filing(2, at=TOWNSHIP)]),
        lambda tx: tx.append([filing(3, home=NEXT_VILLAGE, at=TOWNSHIP)]),
        lambda tx: tx.append([filing(4, at=TOWNSHIP)]),
    )
    added = chain_of(township)[before[0] :], chain_of(township, other)[before[1] :]
    assert [[bool(signature) for _, _, signature in each] for each in added] == [[False, False, True], [True]]
    for each in added:
        _, entry_hash, signature = each[-1]
        assert signature is not None
        assert signing.verified(township.identity.key.public, signature, signing.entry_message(entry_hash))


async def test_what_comes_while_another_book_of_the_process_has_its_turn_shares_the_commit(village: Book) -> None:
    writes = []
    with TURN:
        for draft in (filing(1), filing(2)):
            writes.append(asyncio.create_task(village.write(partial(Transaction.append, drafts=[draft]))))
            await asyncio.sleep(0.02)
    await asyncio.gather(*writes)
    assert [bool(signature) for _, _, signature in chain_of(village)] == [True, False, True]


async def test_a_job_that_fails_leaves_no_trace_and_does_not_hurt_those_it_shares_a_commit_with(village: Book) -> None:
    def fail(tx: Transaction) -> None:
        tx.append([filing(2)])
        raise Malformed("no")

    first, failed, third = await while_busy(
        village, lambda tx: tx.append([filing(1)]), fail, lambda tx: tx.append([filing(3)])
    )
    assert isinstance(failed, Malformed)
    assert isinstance(first, list)
    assert isinstance(third, list)
    assert set(cases_of(village)) == {first[0], third[0]}
    assert len(chain_of(village)) == 3


async def test_a_job_that_fails_after_sealing_takes_nothing_from_those_before_it(village: Book) -> None:
    def fail(tx: Transaction) -> None:
        statements.make_statement(tx, peer=TOWNSHIP)
        raise Malformed("no")

    await while_busy(village, lambda tx: tx.append([filing(1)]), fail)
    assert len(chain_of(village)) == 2
    ((beyond_gap, stage),) = rows(village, "SELECT beyond_gap, stage FROM cases")
    assert not beyond_gap
    assert stage


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
@pytest.mark.parametrize("act", ["UPDATE {} SET id=id+1000", "DELETE FROM {}"])
async def test_nothing_written_is_ever_changed(village: Book, table: str, act: str) -> None:
    await file_cases(village, 1)
    before = rows(village, f"SELECT * FROM {table}")
    with pytest.raises(schema.sqlite3.IntegrityError, match="append-only"):
        await village.write(lambda tx: tx.conn.execute(act.format(table)))
    assert rows(village, f"SELECT * FROM {table}") == before


async def test_a_full_disk_is_unavailable_keeps_nothing_half_and_the_next_write_works(village: Book) -> None:
    await file_cases(village, 1)
    before = rows(village, "SELECT * FROM entries"), cases_of(village)
    (pages,) = village._conn.execute("PRAGMA page_count").fetchone()
    village._conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="try again"):
        await village.write(lambda tx: tx.append([note(n, size=2000) for n in range(50)]))
    assert (rows(village, "SELECT * FROM entries"), cases_of(village)) == before
    village._conn.execute("PRAGMA max_page_count=1000000")
    await file_cases(village, 2)
    assert len(cases_of(village)) == 2
    assert [seq for seq, _, _ in chain_of(village)] == [1, 2, 3]


async def test_those_who_share_a_commit_with_one_that_fills_the_disk_are_told_or_written(village: Book) -> None:
    (pages,) = village._conn.execute("PRAGMA page_count").fetchone()
    village._conn.execute(f"PRAGMA max_page_count={pages + 1}")
    small, large = await while_busy(
        village,
        lambda tx: tx.append([filing(1)]),
        lambda tx: tx.append([note(n, size=2000) for n in range(50)]),
    )
    assert isinstance(large, Unavailable)
    assert len(cases_of(village)) == (0 if isinstance(small, Unavailable) else 1)


async def test_a_write_that_nobody_waits_for_any_more_does_not_stop_the_book(village: Book) -> None:
    go, started = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        started.set()
        go.wait(5)

    running = asyncio.create_task(village.write(slow))
    await asyncio.to_thread(started.wait, 5)
    waiting = asyncio.create_task(village.write(lambda tx: tx.append([filing(1)])))
    await asyncio.sleep(0.01)
    running.cancel()
    waiting.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)
    go.set()
    await file_cases(village, 2)
    assert len(cases_of(village)) == 1


async def test_a_write_to_a_book_that_is_closing_is_unavailable(county: County) -> None:
    village = await county.open(VILLAGE)
    closing = asyncio.create_task(county.close(VILLAGE))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(village.write(lambda tx: None), 5)
    await closing


async def test_a_commit_larger_than_a_parcel_still_fits_into_parcels(county: County) -> None:
    await county.open(TOWNSHIP, VILLAGE)
    await county.know_each_other()
    village = county.books[VILLAGE]
    await village.write(lambda tx: tx.append([note(n, size=4000) for n in range(400)]))
    assert MAX_PARCEL_BYTES < 400 * 4000

    await county.exchange(VILLAGE)
    assert (
        len(
            rows(
                county.books[TOWNSHIP],
                "SELECT 1 FROM entries e JOIN streams s ON s.id=e.stream WHERE author=?",
                VILLAGE,
            )
        )
        == 401
    )


async def test_a_fact_too_large_for_any_parcel_is_refused_where_it_is_written(village: Book) -> None:
    with pytest.raises(Malformed, match="too large"):
        await village.write(lambda tx: tx.append([note(1, size=600 * 1024)]))
    with pytest.raises(Malformed, match="too large"):
        await village.write(lambda tx: tx.append([filing(1, private=private_part("长" * 300_000))]))


async def test_the_same_private_part_is_kept_beside_the_fact_and_only_its_hash_in_it(village: Book) -> None:
    (case_id,) = await file_cases(village, 1)
    ((encoded, part),) = rows(
        village, "SELECT f.bytes, p.part FROM facts f JOIN private_parts p ON p.fact=f.id WHERE fact_id=?", case_id
    )
    assert "张三".encode() not in encoded
    assert fact_pb2.Fact.FromString(encoded).private_hash == hashing.private_hash(part)


# Clocks.


def times_of(book: Book) -> list[tuple[int, int]]:
    found = rows(book, "SELECT f.bytes FROM facts f ORDER BY f.id")
    facts = [fact_pb2.Fact.FromString(encoded) for (encoded,) in found]
    return [(f.recorded_at_ms, f.clock_state) for f in facts if f.body_type == fact_pb2.BODY_TYPE_CASE_FILED]


async def test_a_clock_behind_the_last_entry_is_not_trusted_and_blocks_nothing(county: County) -> None:
    village = await county.open(VILLAGE)
    await file_cases(village, 1)
    county.watches[VILLAGE].now_ms = NOON_MS - 86_400_000
    await file_cases(village, 2, 3)
    county.watches[VILLAGE].now_ms = NOON_MS + 86_400_000
    await file_cases(village, 4)
    states = [state for _, state in times_of(village)]
    good, bad = fact_pb2.CLOCK_STATE_TRUSTED, fact_pb2.CLOCK_STATE_UNTRUSTED
    assert states == [good, bad, bad, good]


async def test_a_clock_before_the_build_or_far_from_the_parents_is_not_trusted(county: County) -> None:
    village = await county.open(VILLAGE)
    village.clock.offset_ms = 600_000
    await file_cases(village, 1)
    village.clock.offset_ms = None
    village.clock.built_at_ms = NOON_MS + 86_400_000
    await file_cases(village, 2)
    assert {state for _, state in times_of(village)} == {fact_pb2.CLOCK_STATE_UNTRUSTED}


# Opening.


async def test_a_book_goes_on_where_it_stopped(county: County) -> None:
    await file_cases(await county.open(VILLAGE), 1)
    await county.close(VILLAGE)
    village = await county.open(VILLAGE)
    await file_cases(village, 2)
    assert [seq for seq, _, _ in chain_of(village)] == [1, 2, 3]
    assert len(rows(village, "SELECT 1 FROM streams")) == 1


async def test_a_home_that_is_new_gets_its_stream_at_the_next_start(county: County) -> None:
    county.homes[TOWNSHIP] = (TOWNSHIP,)
    await county.open(TOWNSHIP)
    await county.close(TOWNSHIP)
    county.homes[TOWNSHIP] = (TOWNSHIP, VILLAGE)
    township = await county.open(TOWNSHIP)
    await know(township, TOWNSHIP)
    await township.write(lambda tx: tx.append([filing(1, at=TOWNSHIP)]))
    assert [seq for seq, _, _ in chain_of(township)] == [1, 2]


def test_an_sqlite_with_the_wal_bug_is_refused() -> None:
    with pytest.raises(Corrupt, match=r"3\.40\.1 is too old"):
        schema.require_sqlite((3, 40, 1))
    schema.require_sqlite(schema.SQLITE_FLOOR)


async def test_a_file_that_does_not_keep_wal_with_full_sync_is_refused(tmp_path: object) -> None:
    with pytest.raises(Corrupt, match="WAL"):
        schema.connect(":memory:")  # type: ignore[arg-type]


async def test_a_book_commits_with_full_sync(village: Book) -> None:
    assert village._conn.execute("PRAGMA synchronous").fetchone() == (2,)
    assert village._conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_book_of_a_newer_version_is_not_opened(county: County) -> None:
    await county.open(VILLAGE)
    await county.close(VILLAGE)
    conn = schema.sqlite3.connect(str(county.path(VILLAGE)))
    conn.execute(
        "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('journal', 'm999_later', '2030-01-01')"
    )
    conn.commit()
    conn.close()
    with pytest.raises(Corrupt, match="m999_later"):
        Book(county.path(VILLAGE), county.identity(VILLAGE))
