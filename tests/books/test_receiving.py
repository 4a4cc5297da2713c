"""What comes in: taken once, refused by name, kept until it fits, and never believed for anybody's sake."""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sync.facts import hashing, signing
from sync.facts.streams import NO_HASH, PATH, SUBTREE, Scope, Stream
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import receiving, statements
from sync.journal.book import Book
from sync.journal.chains import MAX_HEADS
from sync.journal.offering import unsent
from sync.journal.receiving import BEYOND_GAP, NO_PRIVATE_PART, UNKNOWN_KEY, learn_key
from sync.journal.verify import verify
from tests.county import (
    BOX,
    COUNTY,
    FAR_VILLAGE,
    NEXT_VILLAGE,
    NOON_MS,
    OTHER_TOWNSHIP,
    ROOT,
    TOWNSHIP,
    VILLAGE,
    County,
    Scribe,
    append,
    cases_of,
    certificate_of,
    file_cases,
    heads_of,
    key_introduced,
    key_of,
    know,
    note,
    own_stream,
    private_part,
    rows,
    take,
)


def counted(book: Book) -> tuple[int, ...]:
    """How much stands in each table that a parcel may change."""
    tables = ("streams", "facts", "entries", "heads", "parked", "private_parts", "refusals", "cases", "keys")
    return tuple(rows(book, f"SELECT COUNT(*) FROM {table}")[0][0] for table in tables)


def reasons(book: Book) -> list[str]:
    return [reason for (reason,) in rows(book, "SELECT reason FROM parked ORDER BY last_hash")]


# Once.


async def test_what_came_before_changes_nothing_when_it_comes_again(township: Book) -> None:
    scribe = Scribe().open().write(1, 2)
    first = await take(township, scribe.segment())
    before = counted(township), heads_of(township, BOX)
    again = await take(township, scribe.segment(), scribe.segment(2), scribe.segment(1, 2))
    assert (first.new_entries, again.new_entries, again.had_entries) == (3, 0, 7)
    assert (counted(township), heads_of(township, BOX)) == before


async def test_a_fact_in_two_epochs_counts_once(township: Book) -> None:
    first, second = Scribe().open(), Scribe(epoch=bytes(16)).open()
    await take(township, first.write(1).segment(), second.write(1).segment())
    assert len(cases_of(township)) == 1
    assert len(rows(township, "SELECT 1 FROM entries WHERE fact=(SELECT id FROM facts WHERE case_row=1)")) == 2


# Refused at the door.


def of_no_scope() -> journal_pb2.Segment:
    segment = Scribe().open().segment()
    segment.stream.scope.kind = 7  # type: ignore[assignment]
    return segment


def of_another_home() -> journal_pb2.Segment:
    scribe = Scribe().open()
    return scribe.commit(scribe.fact(1, home=NEXT_VILLAGE)).segment()


def by_another_recorder() -> journal_pb2.Segment:
    scribe = Scribe().open()
    return scribe.commit(scribe.fact(1, recorder=fact_pb2.Actor(place=TOWNSHIP))).segment()


def without_opening() -> journal_pb2.Segment:
    return Scribe().write(1).segment()


def opened_twice() -> journal_pb2.Segment:
    scribe = Scribe().open()
    opening = fact_pb2.Fact.FromString(scribe.entries[0].fact)
    return scribe.commit(opening).segment()


def opened_under_another_name() -> journal_pb2.Segment:
    other = Scribe(epoch=bytes(16)).open()
    scribe = Scribe()
    return scribe.commit(fact_pb2.Fact.FromString(other.entries[0].fact)).segment()


def with_a_fact(**more: Any) -> Callable[[], journal_pb2.Segment]:
    def make() -> journal_pb2.Segment:
        scribe = Scribe().open()
        return scribe.commit(scribe.fact(1, **more)).segment()

    return make


def with_bytes_that_are_no_fact() -> journal_pb2.Segment:
    segment = Scribe().open().write(1).segment()
    segment.entries[1].fact = b"\xff\xff\xff"
    return segment


def of_nothing() -> journal_pb2.Segment:
    return journal_pb2.Segment(stream=Scribe().stream.proto(), first_seq=1, previous_hash=NO_HASH)


def that_follows_nothing() -> journal_pb2.Segment:
    segment = Scribe().open().write(1).segment(2)
    segment.previous_hash = NO_HASH
    return segment


def beyond_all_numbers() -> journal_pb2.Segment:
    segment = Scribe().open().write(1, 2).segment(2)
    segment.first_seq = (1 << 64) - 1
    return segment


def cut_at_an_unsigned_entry() -> journal_pb2.Segment:
    scribe = Scribe().open()
    return scribe.commit(scribe.fact(1), scribe.fact(2)).segment(1, 2)


def signed_by_another() -> journal_pb2.Segment:
    scribe = Scribe().open()
    scribe.key = key_of(TOWNSHIP)
    return scribe.write(1).segment()


def with_another_private_part() -> journal_pb2.Segment:
    scribe = Scribe().open()
    fact = scribe.fact(1, private_hash=hashing.private_hash(private_part("张三")))
    return scribe.commit(fact, private=[private_part("李四")]).segment()


def with_a_private_part_nobody_named() -> journal_pb2.Segment:
    scribe = Scribe().open()
    return scribe.commit(scribe.fact(1), private=[private_part("李四")]).segment()


REFUSED = [
    ("BAD_STREAM", of_no_scope),
    ("BAD_STREAM", lambda: Scribe(epoch=b"short").open().segment()),
    ("BAD_STREAM", lambda: Scribe(place=123, scope=Scope(PATH, VILLAGE)).open().segment()),
    ("FOREIGN_SCOPE", lambda: Scribe(place=NEXT_VILLAGE).open().segment()),
    ("FOREIGN_SCOPE", lambda: Scribe(place=VILLAGE, scope=Scope(PATH, TOWNSHIP)).open().segment()),
    ("NOT_MINE_TO_SEE", lambda: Scribe(place=FAR_VILLAGE, scope=Scope(PATH, FAR_VILLAGE)).open().segment()),
    ("NOT_MINE_TO_SEE", lambda: Scribe(place=COUNTY, scope=Scope(PATH, COUNTY)).open().segment()),
    ("BAD_SEGMENT", of_nothing),
    ("BROKEN_CHAIN", that_follows_nothing),
    ("BROKEN_CHAIN", beyond_all_numbers),
    ("BAD_FACT", with_bytes_that_are_no_fact),
    ("BAD_FACT", with_a_fact(request_id=b"short")),
    ("BAD_FACT", with_a_fact(version=0)),
    ("BAD_FACT", with_a_fact(based_on=[b"short"])),
    ("BAD_FACT", with_a_fact(recorded_at_ms=-1)),
    ("BAD_FACT", with_a_fact(body=bytes(receiving.MAX_FACT_BYTES))),
    ("WRONG_HOME", of_another_home),
    ("WRONG_RECORDER", by_another_recorder),
    ("NOT_OPENED", without_opening),
    ("NOT_OPENED", opened_twice),
    ("NOT_OPENED", opened_under_another_name),
    ("BAD_SIGNATURE", cut_at_an_unsigned_entry),
    ("BAD_SIGNATURE", signed_by_another),
    ("PRIVATE_MISMATCH", with_another_private_part),
    ("PRIVATE_MISMATCH", with_a_private_part_nobody_named),
]


@pytest.mark.parametrize(("code", "make"), REFUSED)
async def test_a_bad_segment_names_its_sender_and_the_rest_of_the_parcel_goes_on(
    township: Book, code: str, make: Callable[[], journal_pb2.Segment]
) -> None:
    good = Scribe(epoch=b"g" * 16).open().write(9)
    before = counted(township)
    receipt = await take(township, make(), good.segment(), sender=NEXT_VILLAGE)
    assert [each.code for each in receipt.refused] == [code]
    assert receipt.new_entries == 2
    assert good.hashes[-1] in heads_of(township)
    assert rows(township, "SELECT peer, by_peer, code FROM refusals") == [(NEXT_VILLAGE, 0, code)]
    streams, facts, entries, heads, parked, private, _, cases, keys = before
    assert counted(township) == (streams + 1, facts + 2, entries + 2, heads + 1, parked, private, 1, cases + 1, keys)


async def test_every_reason_to_refuse_has_a_test() -> None:
    raised = set(re.findall(r'_RefusedSegment\(\s*"([A-Z_]+)"', inspect.getsource(receiving)))
    assert raised == {code for code, _ in REFUSED} | {"TOO_MANY_HEADS", "PARKED_FULL"}


async def test_a_private_part_damaged_on_the_way_does_not_keep_the_whole_one_out(county: County) -> None:
    """The refusal named the hash of the honest segment, and the village never offered that again."""
    await county.open(TOWNSHIP, VILLAGE)
    await county.know_each_other()
    village, township = county.books[VILLAGE], county.books[TOWNSHIP]
    await file_cases(village, 1)
    (segment,) = unsent(
        village.reader, village.read_chains, here=VILLAGE, peer=TOWNSHIP, scopes=[BOX], assumed={}, limit=10**6
    ).segments
    segment.entries[-1].private_part = private_part("张四")
    receipt = await take(township, segment)
    assert [each.code for each in receipt.refused] == ["PRIVATE_MISMATCH"]
    await take(village, refusals=receipt.refused, sender=TOWNSHIP)
    await county.exchange(VILLAGE)
    assert heads_of(township, BOX) >= heads_of(village, BOX)


async def test_a_segment_that_names_no_hash_is_noted_by_none(township: Book) -> None:
    """What stood there in place of a hash was kept, however long: 2,000 refusals could fill a disk."""
    segment = journal_pb2.Segment(stream=Scribe().stream.proto(), first_seq=2, previous_hash=bytes(100_000))
    assert [each.code for each in (await take(township, segment)).refused] == ["BAD_SEGMENT"]
    assert rows(township, "SELECT segment_hash FROM refusals") == [(NO_HASH,)]


async def test_a_sequence_that_jumps_is_refused_even_if_its_author_signed_it(township: Book) -> None:
    scribe = Scribe().open().write(1)
    await take(township, scribe.segment())
    jumping = Scribe().open().write(1)
    encoded = jumping.fact(2).SerializeToString()
    tip = hashing.entry_hash(jumping.hashes[-1], jumping.stream, 9, hashing.fact_id(encoded))
    segment = journal_pb2.Segment(stream=jumping.stream.proto(), first_seq=9, previous_hash=jumping.hashes[-1])
    segment.entries.add(fact=encoded, signature=jumping.key.sign(signing.entry_message(tip)))
    receipt = await take(township, segment)
    assert [each.code for each in receipt.refused] == ["BROKEN_CHAIN"]
    assert heads_of(township, BOX) >= {scribe.hashes[-1]}


async def test_an_entry_of_one_stream_is_no_predecessor_in_another(township: Book) -> None:
    scribe, other = Scribe().open().write(1), Scribe(epoch=b"o" * 16).open()
    await take(township, scribe.segment(), other.segment())
    other.entries, other.hashes = list(scribe.entries), list(scribe.hashes)
    receipt = await take(township, other.write(2).segment(3))
    assert [each.code for each in receipt.refused] == ["BROKEN_CHAIN"]


async def test_a_refusal_is_remembered_and_the_segment_not_offered_again(county: County) -> None:
    village = await county.open(VILLAGE)
    await know(village, TOWNSHIP)
    await file_cases(village, 1)
    offer = unsent(
        village.reader, village.read_chains, here=VILLAGE, peer=TOWNSHIP, scopes=[BOX], assumed={}, limit=10**6
    )
    assert len(offer.segments) == 1
    tip = offer.tips[0][1]

    def offered() -> int:
        return len(
            unsent(
                village.reader, village.read_chains, here=VILLAGE, peer=TOWNSHIP, scopes=[BOX], assumed={}, limit=10**6
            ).segments
        )

    for code in ("PARKED_FULL", "BAD_SIGNATURE", "PRIVATE_MISMATCH"):  # No room, or damage on the way: not the facts.
        passing = journal_pb2.SegmentRefusal(segment_hash=tip, code=code, reason="later")
        await take(village, refusals=[passing], sender=TOWNSHIP)
        assert offered() == 1
    bad = journal_pb2.SegmentRefusal(segment_hash=tip, code="BAD_FACT", reason="no")
    await take(village, refusals=[bad], sender=TOWNSHIP)
    assert offered() == 0


# Gaps.


async def test_a_segment_beyond_a_gap_is_kept_counts_and_moves_no_head(township: Book) -> None:
    scribe = Scribe().open().write(1, 2, 3)
    await take(township, scribe.segment(1, 2))
    before = heads_of(township, BOX)
    receipt = await take(township, scribe.segment(4))
    assert receipt.parked == [BEYOND_GAP]
    assert heads_of(township, BOX) == before
    assert rows(township, "SELECT number, beyond_gap FROM cases ORDER BY serial") == [("1", 0), ("3", 1)]

    closed = await take(township, scribe.segment(3, 3))
    assert heads_of(township, BOX) == before - {scribe.hashes[1]} | {scribe.hashes[3]}
    assert closed.new_entries == 2
    assert rows(township, "SELECT beyond_gap FROM cases") == [(0,), (0,), (0,)]
    assert reasons(township) == []


@pytest.mark.parametrize("seed", range(12))
async def test_a_gap_closes_whatever_the_order_in_which_the_missing_come(township: Book, seed: int) -> None:
    scribe = Scribe().open().write(*range(1, 9))
    segments = [scribe.segment(seq, seq) for seq in range(1, 10)]
    random.Random(seed).shuffle(segments)
    for segment in segments:
        await take(township, segment)
    assert scribe.hashes[-1] in heads_of(township, BOX)
    assert len(cases_of(township)) == 8
    assert counted(township)[4] == 0


async def test_a_signature_inside_what_waits_is_not_kept_for_nobody_has_verified_it(
    county: County, township: Book
) -> None:
    """One that was damaged on the way made the whole book look forged."""
    scribe = Scribe().open().write(1, 2, 3)
    damaged = scribe.segment(2)
    damaged.entries[0].signature = bytes(64)
    assert (await take(township, damaged)).parked == [BEYOND_GAP]
    await county.close(TOWNSHIP)
    assert [str(each) for each in verify(county.path(TOWNSHIP), ROOT.public)] == []
    await county.open(TOWNSHIP)
    await take(county.books[TOWNSHIP], scribe.segment(1, 1))
    assert scribe.hashes[-1] in heads_of(county.books[TOWNSHIP], BOX)


async def test_hundreds_of_segments_behind_one_gap_are_all_taken_up(township: Book) -> None:
    scribe = Scribe().open().write(*range(1, 401))
    await take(township, *(scribe.segment(seq, seq) for seq in range(401, 1, -1)))
    assert len(reasons(township)) == 400
    receipt = await take(township, scribe.segment(1, 1))
    assert receipt.new_entries == 401
    assert reasons(township) == []
    assert rows(township, "SELECT COUNT(*) FROM cases WHERE beyond_gap=1") == [(0,)]


async def test_what_waits_is_passed_on_for_it_counts_above_as_well(county: County) -> None:
    await county.open(COUNTY, TOWNSHIP)
    await county.know_each_other()
    for book in county.books.values():
        await know(book, VILLAGE)
    scribe = Scribe().open().write(1, 2)
    await take(county.books[TOWNSHIP], scribe.segment(3))
    await county.exchange(TOWNSHIP)
    assert rows(county.books[COUNTY], "SELECT number, beyond_gap FROM cases") == [("2", 1)]
    assert reasons(county.books[COUNTY]) == [BEYOND_GAP]


async def test_too_much_waiting_is_refused_for_now(township: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    scribe = Scribe().open().write(1, 2, 3)
    monkeypatch.setattr(receiving, "MAX_PARKED_BYTES", scribe.segment(3, 3).ByteSize() + 10)
    receipt = await take(township, scribe.segment(3, 3), scribe.segment(4))
    assert receipt.parked == [BEYOND_GAP]
    assert [each.code for each in receipt.refused] == ["PARKED_FULL"]
    await take(township, scribe.segment(1, 2))
    assert scribe.hashes[2] in heads_of(township, BOX)


# Keys.


async def test_a_segment_of_an_unknown_key_is_kept_and_taken_when_the_key_comes(county: County) -> None:
    township = await county.open(TOWNSHIP)
    await know(township, COUNTY, TOWNSHIP)
    village = Scribe().open().write(1)
    receipt = await take(township, village.segment())
    assert receipt.parked == [UNKNOWN_KEY]
    assert cases_of(township) == {}

    county_word = Scribe(COUNTY, Scope(SUBTREE, COUNTY), key=key_of(COUNTY)).open()
    introduced = county_word.fact(
        1,
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_KEY_INTRODUCED,
        body=key_introduced(VILLAGE),
    )
    await take(township, county_word.commit(introduced).segment(), sender=COUNTY)
    assert village.hashes[-1] in heads_of(township, BOX)
    assert len(cases_of(township)) == 1
    assert reasons(township) == []


async def test_what_waits_for_a_key_is_taken_when_it_is_learnt_here(county: County) -> None:
    township = await county.open(TOWNSHIP)
    scribe = Scribe().open().write(1)
    await take(township, scribe.segment())
    assert await township.write(lambda tx: learn_key(tx, key_introduced(VILLAGE)))
    assert scribe.hashes[-1] in heads_of(township, BOX)
    assert reasons(township) == []


async def test_the_entries_of_a_new_machine_wait_for_its_key_even_without_their_opening(township: Book) -> None:
    enrolled = Scribe(epoch=b"n" * 16, key=key_of(VILLAGE, life=1)).open().write(1)
    receipt = await take(township, enrolled.segment(2))
    assert receipt.parked == [UNKNOWN_KEY]
    assert receipt.refused == []
    await township.write(lambda tx: learn_key(tx, key_introduced(VILLAGE, life=1)))
    assert reasons(township) == [BEYOND_GAP]
    await take(township, enrolled.segment(1, 1))
    assert enrolled.hashes[-1] in heads_of(township, BOX)


async def test_a_shorter_cut_pushes_out_no_longer_one_that_waits(county: County, township: Book) -> None:
    """Whoever passes journals on may cut them anew: the facts of the rest stood in no journal and waited in none."""
    scribe = Scribe().open().write(1, 2, 3)
    for segment in (scribe.segment(4), scribe.segment(3), scribe.segment(4)):
        assert (await take(township, segment)).parked == [BEYOND_GAP]
    await county.close(TOWNSHIP)
    assert [str(each) for each in verify(county.path(TOWNSHIP), ROOT.public)] == []
    await county.open(TOWNSHIP)
    await take(county.books[TOWNSHIP], scribe.segment(1, 2))
    assert scribe.hashes[-1] in heads_of(county.books[TOWNSHIP], BOX)
    assert reasons(county.books[TOWNSHIP]) == []


async def test_a_damaged_copy_pushes_out_nothing_that_was_verified(township: Book) -> None:
    """The copy was refused when the gap closed, and the facts of the honest segment stood in no journal."""
    scribe = Scribe().open().write(1, 2)
    damaged = scribe.segment(3)
    damaged.entries[-1].signature = bytes(64)
    for segment in (scribe.segment(3), damaged):
        await take(township, segment)
        assert reasons(township) == [BEYOND_GAP]
    await take(township, scribe.segment(1, 2))
    assert scribe.hashes[-1] in heads_of(township, BOX)
    assert reasons(township) == []


async def test_a_key_without_the_root_keys_word_is_not_learnt(county: County) -> None:
    township = await county.open(TOWNSHIP)
    forged = certificate_of(VILLAGE)
    forged.signature = key_of(COUNTY).sign(signing.certificate_message(forged))
    moved = certificate_of(VILLAGE)
    moved.place = NEXT_VILLAGE
    short = signing.certify(ROOT, place=VILLAGE, key=b"short", nats_key="", at_ms=1)
    for certificate in (forged, moved, short):
        body = bodies_pb2.KeyIntroduced(certificate=certificate).SerializeToString()
        assert not await township.write(partial(learn_key, body=body))
    assert township.introduced() == []


# Private parts.


async def test_a_missing_private_part_moves_no_head_until_it_comes(township: Book) -> None:
    scribe, part = Scribe().open(), private_part("张三")
    scribe.commit(scribe.fact(1, private_hash=hashing.private_hash(part)), private=[part]).write(2)
    bare = scribe.segment()
    for entry in bare.entries:
        entry.ClearField("private_part")
    await take(township, scribe.segment(1, 1))
    receipt = await take(township, bare)
    assert receipt.parked == [NO_PRIVATE_PART]
    assert scribe.hashes[0] in heads_of(township, BOX)
    assert rows(township, "SELECT number, beyond_gap FROM cases ORDER BY serial") == [("1", 1), ("2", 1)]
    assert not await covers(township, scribe)

    await take(township, scribe.segment(2, 2))
    assert scribe.hashes[-1] in heads_of(township, BOX)
    assert rows(township, "SELECT beyond_gap FROM cases") == [(0,), (0,)]
    assert reasons(township) == []
    assert await covers(township, scribe)


async def covers(book: Book, scribe: Scribe) -> bool:
    """Whether the book's statement to the county names the last entry of a scribe's stream as a head."""
    statement = await book.write(lambda tx: statements.make_statement(tx, peer=COUNTY))
    return scribe.hashes[-1] in {head.hash for row in statement.heads for head in row.heads}


async def test_a_private_part_that_comes_in_another_epoch_serves_both(township: Book) -> None:
    first, second, part = Scribe().open(), Scribe(epoch=b"s" * 16).open(), private_part("张三")
    fact = first.fact(1, private_hash=hashing.private_hash(part))
    first.commit(fact)
    second.commit(fact, private=[part])
    await take(township, first.segment())
    assert reasons(township) == [NO_PRIVATE_PART]
    await take(township, second.segment())
    assert {first.hashes[-1], second.hashes[-1]} <= heads_of(township, BOX)
    assert reasons(township) == []


# Forks.


def fork() -> tuple[Scribe, Scribe]:
    """Two stores that wrote on after the same two entries."""
    one = Scribe().open().write(1)
    return one, one.branch(after=2).write(3, 4)


async def test_a_fork_is_held_relayed_and_folded_alike_above(county: County) -> None:
    await county.open(COUNTY, TOWNSHIP)
    for book in county.books.values():
        await know(book, COUNTY, TOWNSHIP, VILLAGE)
    one, other = fork()
    one.write(2)
    await take(county.books[TOWNSHIP], one.segment(), other.segment(3))
    await county.settle_down()
    for book in county.books.values():
        assert {one.hashes[-1], other.hashes[-1]} <= heads_of(book, BOX)
    assert len(cases_of(county.books[COUNTY])) == 4
    assert cases_of(county.books[TOWNSHIP]) == cases_of(county.books[COUNTY])
    assert heads_of(county.books[TOWNSHIP], BOX) == heads_of(county.books[COUNTY], BOX)


async def test_a_branch_goes_on_from_its_own_head(township: Book) -> None:
    one, other = fork()
    one.write(2)
    await take(township, one.segment(), other.segment())
    await take(township, one.write(5).segment(4), other.write(6).segment(5))
    found = heads_of(township, BOX) & {*one.hashes, *other.hashes}
    assert found == {one.hashes[-1], other.hashes[-1]}


async def test_more_branches_than_sixteen_are_refused(township: Book) -> None:
    stem = Scribe().open()
    branches = [stem.branch(after=1).write(number) for number in range(1, MAX_HEADS + 2)]
    await take(township, *(branch.segment() for branch in branches[:-1]))
    before = heads_of(township, BOX)
    receipt = await take(township, branches[-1].segment())
    assert [each.code for each in receipt.refused] == ["TOO_MANY_HEADS"]
    assert heads_of(township, BOX) == before
    assert len(cases_of(township)) == MAX_HEADS


# Proof.


def scribe_of(book: Book) -> Scribe:
    """What this book wrote in the village's box, for another store to go on with."""
    stream = own_stream(book, BOX)
    found = rows(
        book,
        "SELECT f.bytes, signature, hash FROM entries e JOIN facts f ON f.id=e.fact WHERE stream=? ORDER BY seq",
        book.read_chains.row_of(stream),
    )
    entries = [journal_pb2.Entry(fact=encoded, signature=signature or b"") for encoded, signature, _ in found]
    return Scribe(stream.author, BOX, stream.epoch, key_of(stream.author), entries, [name for *_, name in found])


@pytest.mark.parametrize("sender", [TOWNSHIP, COUNTY, NEXT_VILLAGE])
@pytest.mark.parametrize("beyond_a_gap", [False, True])
async def test_own_entries_that_are_lacking_here_begin_a_new_epoch_whoever_brings_them(
    village: Book, sender: int, beyond_a_gap: bool
) -> None:
    twin = scribe_of(village).write(7, 8)
    before = own_stream(village, BOX)
    receipt = await take(village, twin.segment(3 if beyond_a_gap else 2), sender=sender)
    assert receipt.refused == []
    after = own_stream(village, BOX)
    assert after.epoch != before.epoch
    ((encoded,),) = rows(
        village,
        "SELECT f.bytes FROM facts f JOIN entries e ON e.fact=f.id JOIN streams s ON s.id=e.stream WHERE s.epoch=?",
        after.epoch,
    )
    opened = bodies_pb2.StreamOpened.FromString(fact_pb2.Fact.FromString(encoded).body)
    assert opened.reason == bodies_pb2.OPEN_REASON_PROOF
    assert [each.epoch for each in opened.predecessors] == [before.epoch]
    held = twin.hashes[0] if beyond_a_gap else twin.hashes[-1]
    assert [head.hash for head in opened.predecessors[0].heads] == [held]


async def test_own_entries_that_are_held_prove_nothing(village: Book) -> None:
    await append(village, note(1))
    before = own_stream(village, BOX)
    await take(village, scribe_of(village).segment(), sender=TOWNSHIP)
    assert own_stream(village, BOX) == before


async def test_after_a_proof_the_node_writes_on_in_its_new_epoch(village: Book) -> None:
    twin = scribe_of(village).write(7)
    await take(village, twin.segment(2), sender=TOWNSHIP)
    await file_cases(village, 9)
    assert twin.hashes[-1] in heads_of(village, BOX)
    assert len(cases_of(village)) == 2
    assert len(scribe_of(village).entries) == 2


# Admin facts.


@pytest.mark.parametrize(
    ("body_type", "body", "table"),
    [
        (fact_pb2.BODY_TYPE_CATALOGUE_RELEASED, bodies_pb2.CatalogueReleased(number=1), "releases"),
        (fact_pb2.BODY_TYPE_CALENDAR_PUBLISHED, bodies_pb2.CalendarPublished(number=1), "calendars"),
    ],
)
async def test_only_the_county_makes_catalogue_and_calendar(
    county: County, body_type: fact_pb2.BodyType, body: Any, table: str
) -> None:
    village = await county.open(VILLAGE)
    await know(village, COUNTY, TOWNSHIP)
    for place, expected in ((TOWNSHIP, 0), (COUNTY, 1)):
        scribe = Scribe(place, Scope(SUBTREE, place), key=key_of(place)).open()
        fact = scribe.fact(1, fact_class=fact_pb2.FACT_CLASS_ADMIN, body_type=body_type, body=body.SerializeToString())
        receipt = await take(village, scribe.commit(fact).segment(), sender=TOWNSHIP)
        assert receipt.new_entries == 2
        assert rows(village, f"SELECT COUNT(*) FROM {table}") == [(expected,)]


# One act, two facts.


async def test_one_act_named_by_two_facts_counts_once_and_the_other_is_shown(township: Book) -> None:
    scribe = Scribe().open()
    first, second = scribe.fact(1), scribe.fact(1, recorded_at_ms=NOON_MS + 5)
    names = [hashing.fact_id(fact.SerializeToString()) for fact in (first, second)]
    await take(township, scribe.commit(first).segment())
    assert rows(township, "SELECT duplicate FROM cases") == [(0,)]
    await take(township, scribe.commit(second).segment())
    found = dict(rows(township, "SELECT case_id, duplicate FROM cases"))
    assert found == {min(names): 0, max(names): 1}


async def test_one_move_named_by_two_facts_is_made_once(township: Book) -> None:
    scribe = Scribe().open()
    filed = scribe.fact(1)
    case_id = hashing.fact_id(filed.SerializeToString())
    offers = [
        scribe.fact(
            2,
            case_id=case_id,
            based_on=[case_id],
            body_type=fact_pb2.BODY_TYPE_HANDED_OVER,
            body=bodies_pb2.HandedOver(to_place=TOWNSHIP, to_unit=unit).SerializeToString(),
        )
        for unit in ("one", "two")
    ]
    names = {hashing.fact_id(each.SerializeToString()): unit for each, unit in zip(offers, ("one", "two"), strict=True)}
    await take(township, scribe.commit(filed, *offers).segment())
    assert rows(township, "SELECT offered_unit, open_branches FROM cases") == [(names[min(names)], 0)]


# Homes.


async def test_a_township_sees_nothing_of_another(county: County) -> None:
    other = await county.open(OTHER_TOWNSHIP)
    await know(other, VILLAGE, TOWNSHIP)
    receipt = await take(other, Scribe().open().segment(), sender=COUNTY)
    assert [each.code for each in receipt.refused] == ["NOT_MINE_TO_SEE"]
    assert Stream(VILLAGE, bytes(range(16)), BOX) not in other.read_chains.streams()
