"""What a neighbour says it holds: its word, signed, and never more than that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.facts import hashing, signing
from sync.facts.streams import PATH, Scope, head_of
from sync.facts.v1 import fact_pb2, journal_pb2
from sync.journal import chains, statements
from sync.journal.book import Book
from sync.journal.chains import EntryRow
from sync.journal.statements import make_statement
from sync.journal.writing import Transaction
from tests.county import (
    BOX,
    COUNTY,
    NEXT_VILLAGE,
    NOON_MS,
    TOWNSHIP,
    VILLAGE,
    County,
    Scribe,
    append,
    file_cases,
    heads_of,
    key_of,
    know,
    note,
    own_stream,
    rows,
    take,
)


def claim(*heads: tuple[Scribe, int], signer: int = VILLAGE, peer: int = TOWNSHIP, counter: int = 1) -> Claim:
    """A statement that claims to hold streams of a scribe up to an entry."""
    rows = [journal_pb2.Head(stream=s.stream.proto(), seq=n, hash=s.hashes[n - 1]) for s, n in heads]
    return Claim(journal_pb2.ScopeHeads(scope=BOX.proto(), heads=rows), signer, peer, counter)


class Claim:
    def __init__(self, heads: journal_pb2.ScopeHeads, signer: int, peer: int, counter: int) -> None:
        digest = hashing.heads_digest(map(head_of, heads.heads))
        self.statement = journal_pb2.Statement(
            digests=[journal_pb2.ScopeDigest(scope=heads.scope, digest=digest)], heads=[heads]
        )
        self.signer = signer
        self.checkpoint = self.statement.checkpoint
        self.checkpoint.MergeFrom(
            journal_pb2.Checkpoint(
                signer=signer,
                key=key_of(signer).public,
                epoch=bytes(16),
                peer=peer,
                counter=counter,
                at_ms=NOON_MS + counter,
                clock_state=fact_pb2.CLOCK_STATE_TRUSTED,
                list_hash=hashing.list_hash([(BOX, digest)]),
            )
        )

    def signed(self, *, life: int = 0) -> journal_pb2.Statement:
        self.checkpoint.key = key_of(self.signer, life=life).public
        message = signing.checkpoint_message(self.checkpoint)
        self.checkpoint.signature = key_of(self.signer, life=life).sign(message)
        return self.statement


async def taken(book: Book, statement: journal_pb2.Statement, *, sender: int = VILLAGE) -> int:
    return (await take(book, statements=[statement], sender=sender)).statements


def head_row(book: Book, scope: Scope = BOX) -> EntryRow:
    row = book.read_chains.row_of(own_stream(book, scope))
    assert row is not None
    return book.read_chains.heads(row)[-1]


async def test_claimed_heads_move_nothing_and_open_no_epoch(township: Book) -> None:
    own = Scribe(TOWNSHIP, BOX, own_stream(township, BOX).epoch, key_of(TOWNSHIP)).open().write(1, 2, 3)
    other = Scribe().open().write(1)
    before = heads_of(township), own_stream(township, BOX), rows(township, "SELECT COUNT(*) FROM entries")
    assert await taken(township, claim((own, 4), (other, 2)).signed()) == 1
    assert (heads_of(township), own_stream(township, BOX), rows(township, "SELECT COUNT(*) FROM entries")) == before


async def test_what_is_claimed_and_not_held_here_counts_as_nothing(county: County) -> None:
    village = await county.open(VILLAGE)
    await know(village, TOWNSHIP)
    await file_cases(village, 1)
    unknown = Scribe(VILLAGE, BOX, own_stream(village, BOX).epoch).open().write(8, 9)
    assert await taken(village, claim((unknown, 3), signer=TOWNSHIP, peer=VILLAGE).signed(), sender=TOWNSHIP) == 1
    assert not statements.covers(village.reader, village.read_chains, signer=TOWNSHIP, entry=head_row(village))


async def test_a_later_statement_counts_even_when_it_says_less(county: County) -> None:
    await county.open(TOWNSHIP, VILLAGE)
    await county.know_each_other()
    village = county.books[VILLAGE]
    await file_cases(village, 1)
    await county.exchange(VILLAGE)
    head = head_row(village)
    assert statements.covers(village.reader, village.read_chains, signer=TOWNSHIP, entry=head)
    less = claim(signer=TOWNSHIP, peer=VILLAGE, counter=99).signed()
    await taken(village, less, sender=TOWNSHIP)
    assert not statements.covers(village.reader, village.read_chains, signer=TOWNSHIP, entry=head)


async def test_a_statement_brought_again_takes_nothing_back(county: County) -> None:
    await county.open(TOWNSHIP, VILLAGE)
    await county.know_each_other()
    village, township = county.books[VILLAGE], county.books[TOWNSHIP]
    long_ago = await township.write(lambda tx: make_statement(tx, peer=VILLAGE, listed=True))
    await file_cases(village, 1)
    await county.exchange(VILLAGE)
    for _ in range(2):
        await taken(village, long_ago, sender=TOWNSHIP)
        assert statements.covers(village.reader, village.read_chains, signer=TOWNSHIP, entry=head_row(village))
    stated = rows(village, "SELECT checkpoint FROM stated WHERE signer=?", TOWNSHIP)
    assert journal_pb2.Checkpoint.FromString(stated[0][0]).counter > long_ago.checkpoint.counter


def counted_anew(each: Claim) -> None:
    """Set back: it counts from an earlier number, later."""
    each.checkpoint.at_ms += 60_000


def by_a_clock_put_right(each: Claim) -> None:
    """What was held was signed by a clock that ran ahead: later than it was received."""
    each.checkpoint.at_ms = NOON_MS + 3_600_000


def by_a_clock_in_doubt(each: Claim) -> None:
    each.checkpoint.clock_state = fact_pb2.CLOCK_STATE_UNTRUSTED


def of_another_life(each: Claim) -> None:
    each.checkpoint.epoch = bytes([1]) * 16


@pytest.mark.parametrize("how", [counted_anew, by_a_clock_put_right, by_a_clock_in_doubt, of_another_life])
async def test_one_that_was_set_back_is_believed_though_it_counts_lower(
    township: Book, how: Callable[[Claim], None]
) -> None:
    village = Scribe().open().write(1, 2)
    await take(township, village.segment())
    (entry,) = township.read_chains.heads(township.read_chains.row_of(village.stream) or 0)
    more = claim((village, 3), counter=9)
    more.checkpoint.at_ms = NOON_MS + 86_400_000 if how is by_a_clock_put_right else more.checkpoint.at_ms
    await taken(township, more.signed())
    assert statements.covers(township.reader, township.read_chains, signer=VILLAGE, entry=entry)
    less = claim((village, 2), counter=3)
    how(less)
    await taken(township, less.signed())
    assert not statements.covers(township.reader, township.read_chains, signer=VILLAGE, entry=entry)


async def test_heads_held_here_are_read_however_long_ago_they_were_stated(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "REMEMBERED_DIGESTS", 1)
    await county.open(TOWNSHIP, VILLAGE)
    await county.know_each_other()
    township, village = county.books[TOWNSHIP], county.books[VILLAGE]
    await file_cases(village, 1)
    await county.settle_down()
    await taken(township, claim(signer=VILLAGE, peer=TOWNSHIP, counter=99).signed())
    await append(township, note(1, home=TOWNSHIP))
    # It holds the same as the township, so it sends no heads.
    brief = await village.write(lambda tx: make_statement(tx, peer=TOWNSHIP, brief=True))
    assert await taken(township, brief) == 1
    assert not statements.unread_scopes(township.reader, signer=VILLAGE, peer=TOWNSHIP)


def of_another_list(each: Claim) -> None:
    each.statement.digests[0].digest = bytes(32)


def with_more_scopes(each: Claim) -> None:
    each.statement.digests.add(scope=Scope(PATH, NEXT_VILLAGE).proto(), digest=bytes(32))


@pytest.mark.parametrize("lie", [of_another_list, with_more_scopes])
async def test_a_list_that_is_not_the_one_signed_is_refused(township: Book, lie: Callable[[Claim], None]) -> None:
    lying = claim((Scribe().open(), 1))
    lying.signed()
    lie(lying)
    assert await taken(township, lying.statement) == 0
    assert rows(township, "SELECT COUNT(*) FROM stated") == [(0,)]


async def test_heads_that_are_not_those_of_the_list_are_not_kept(township: Book) -> None:
    lying = claim((Scribe().open(), 1)).signed()
    lying.heads[0].heads[0].seq = 5
    assert await taken(township, lying) == 1
    assert rows(township, "SELECT COUNT(*) FROM stated_heads") == [(0,)]


@pytest.mark.parametrize(
    ("signer", "peer", "sender", "life"),
    [
        pytest.param(NEXT_VILLAGE, TOWNSHIP, NEXT_VILLAGE, 0, id="a signer never introduced"),
        pytest.param(VILLAGE, TOWNSHIP, VILLAGE, 1, id="a key never introduced"),
        pytest.param(VILLAGE, TOWNSHIP, COUNTY, 0, id="one for this link by way of somebody else"),
        pytest.param(VILLAGE, COUNTY, VILLAGE, 0, id="its own for another link"),
        pytest.param(TOWNSHIP, COUNTY, VILLAGE, 0, id="in our own name"),
        pytest.param(123, TOWNSHIP, 123, 0, id="no place"),
    ],
)
async def test_a_statement_nobody_can_vouch_for_is_refused(
    township: Book, signer: int, peer: int, sender: int, life: int
) -> None:
    statement = claim((Scribe().open(), 1), signer=signer, peer=peer).signed(life=life)
    assert await taken(township, statement, sender=sender) == 0
    assert rows(township, "SELECT COUNT(*) FROM checkpoints") == [(0,)]


@pytest.mark.parametrize(
    "name", ["signer", "epoch", "peer", "counter", "at_ms", "clock_state", "list_hash", "signature"]
)
async def test_a_statement_changed_on_the_way_is_refused(township: Book, name: str) -> None:
    statement = claim((Scribe().open(), 1)).signed()
    value = getattr(statement.checkpoint, name)
    setattr(statement.checkpoint, name, bytes(len(value))[1:] + b"\1" if isinstance(value, bytes) else value + 1)
    assert await taken(township, statement) == 0


async def test_of_checkpoints_with_one_list_the_first_and_the_last_are_kept(township: Book) -> None:
    for _ in range(4):
        await township.write(lambda tx: make_statement(tx, peer=COUNTY))
    await append(township, note(1, home=TOWNSHIP))
    await township.write(lambda tx: make_statement(tx, peer=COUNTY))
    found = rows(township, "SELECT first, last FROM checkpoints WHERE signer=? ORDER BY id", TOWNSHIP)
    counters = [[journal_pb2.Checkpoint.FromString(each).counter for each in row if each] for row in found]
    assert counters == [[1, 4], [5]]


async def test_of_received_checkpoints_the_first_and_the_last_are_kept(township: Book) -> None:
    scribe = Scribe().open().write(1)
    for counter, upto in enumerate((1, 1, 1, 2, 1), start=1):
        await taken(township, claim((scribe, upto), counter=counter).signed())
    found = rows(township, "SELECT first, last FROM checkpoints ORDER BY id")
    counters = [[journal_pb2.Checkpoint.FromString(each).counter for each in row if each] for row in found]
    assert counters == [[1, 3], [4], [5]]


async def test_a_statement_covers_what_is_held_when_it_is_signed(township: Book) -> None:
    def write_and_state(tx: Transaction) -> journal_pb2.Statement:
        tx.append([note(1, at=TOWNSHIP)])
        return make_statement(tx, peer=COUNTY)

    statement = await township.write(write_and_state)
    own = head_row(township)
    assert own.hash in {head.hash for row in statement.heads for head in row.heads}


async def test_the_countys_word_reaches_the_village_with_its_list(county: County) -> None:
    await county.open(COUNTY, TOWNSHIP, VILLAGE)
    await county.know_each_other()
    village = county.books[VILLAGE]
    await file_cases(village, 1)
    await county.exchange(VILLAGE)
    await county.exchange(TOWNSHIP)
    statement = statements.forwarded(county.books[TOWNSHIP].reader, here=TOWNSHIP, to=VILLAGE)
    assert [each.checkpoint.signer for each in statement] == [COUNTY]
    assert await taken(village, statement[0], sender=TOWNSHIP) == 1
    assert statements.covers(village.reader, village.read_chains, signer=COUNTY, entry=head_row(village))
    assert statements.as_of_ms(village.reader, COUNTY) > 0


async def test_a_village_is_given_nothing_of_its_neighbours(county: County) -> None:
    await county.open(COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE)
    await county.know_each_other()
    await county.settle_down()
    (forwarded,) = statements.forwarded(county.books[TOWNSHIP].reader, here=TOWNSHIP, to=VILLAGE)
    assert {row.scope.place for row in forwarded.heads} == {COUNTY, VILLAGE, TOWNSHIP}
    own = await county.books[TOWNSHIP].write(lambda tx: make_statement(tx, peer=VILLAGE))
    shared = statements.shared_scopes(county.books[TOWNSHIP].read_chains, TOWNSHIP, VILLAGE)
    assert own.checkpoint.peer == VILLAGE
    assert Scope(PATH, NEXT_VILLAGE) not in shared
