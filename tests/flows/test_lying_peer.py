"""A township that signs with its own valid key and lies: it harms nobody's book but what is said of itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from sync.cases.stages import Act
from sync.exchange.parcels import count_unconfirmed
from sync.facts import hashing, signing
from sync.facts.signing import SigningKey
from sync.facts.streams import PATH, SUBTREE, Scope, head_of
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import statements
from sync.journal.book import Book
from sync.journal.cases import CaseFacts, load
from sync.journal.chains import EntryRow
from sync.journal.receiving import MAX_BASED_ON
from sync.journal.translation import BODY_TYPES
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
    cases_of,
    file_cases,
    heads_of,
    key_of,
    know,
    own_stream,
    rows,
    take,
)

EVERYBODY = (COUNTY, TOWNSHIP, OTHER_TOWNSHIP, VILLAGE, NEXT_VILLAGE, FAR_VILLAGE)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    """The books above and below the liar, who know all keys; whatever it says, they stay in order."""
    async with County(tmp_path) as county:
        await county.open(COUNTY, VILLAGE)
        for book in county.books.values():
            await know(book, *EVERYBODY)
        yield county
        paths = [county.path(place) for place in list(county.books)]
        for place in list(county.books):
            await county.close(place)
        for path in paths:
            assert [str(each) for each in verify(path, ROOT.public)] == []


@pytest.fixture
async def filed(county: County) -> bytes:
    """A case of the village, which the county holds as well."""
    (case_id,) = await file_cases(county.books[VILLAGE], 1)
    await hand_up(county)
    return case_id


async def hand_up(county: County) -> None:
    """The liar passes on what the village has: the village's own bytes."""
    for stream, segment in own_segments(county.books[VILLAGE]):
        if stream.scope == BOX:
            receipt = await take(county.books[COUNTY], segment, sender=TOWNSHIP)
            assert not receipt.refused


def own_segments(book: Book) -> list[tuple[Any, journal_pb2.Segment]]:
    """The streams a book has written itself, whole."""
    found = []
    for scope in book.read_chains.scopes():
        stream = own_stream(book, scope)
        segment = journal_pb2.Segment(stream=stream.proto(), first_seq=1, previous_hash=bytes(32))
        row = book.read_chains.row_of(stream)
        entries = rows(
            book,
            "SELECT f.bytes, e.signature, p.part FROM entries e JOIN facts f ON f.id=e.fact "
            "LEFT JOIN private_parts p ON p.fact=f.id WHERE e.stream=? ORDER BY e.seq",
            row,
        )
        for fact, signature, part in entries:
            segment.entries.add(fact=fact, signature=signature or b"", private_part=part or b"")
        if entries:
            found.append((stream, segment))
    return found


def liar(scope: Scope = BOX, *, place: int = TOWNSHIP, epoch: bytes = b"l" * 16) -> Scribe:
    """Writes what it likes, with the township's valid key."""
    return Scribe(place, scope, epoch, key_of(TOWNSHIP)).open()


def move(scribe: Scribe, number: int, act: Act, body: Message, *, case_id: bytes, based_on: bytes) -> bytes:
    """Writes one move and returns its id."""
    fact = scribe.fact(
        number, case_id=case_id, based_on=[based_on], body_type=BODY_TYPES[act], body=body.SerializeToString()
    )
    scribe.commit(fact)
    return hashing.fact_id(scribe.entries[-1].fact)


def case_in(book: Book, case_id: bytes) -> CaseFacts:
    ((row, home),) = rows(book, "SELECT id, home FROM cases WHERE case_id=?", case_id)
    return load(book.reader, row, case_id, home)


def held(book: Book) -> tuple[Any, ...]:
    """All that a lie must leave as it is."""
    counts = [rows(book, f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("entries", "facts", "streams", "keys")]
    epoch = rows(book, "SELECT value FROM meta WHERE name='epoch'")
    return heads_of(book), cases_of(book), epoch, counts


# What it may not write.


@pytest.mark.parametrize("receiver", [COUNTY, VILLAGE])
@pytest.mark.parametrize(
    "scope",
    [Scope(PATH, FAR_VILLAGE), Scope(PATH, OTHER_TOWNSHIP), Scope(SUBTREE, OTHER_TOWNSHIP), Scope(SUBTREE, COUNTY)],
)
async def test_it_writes_in_no_scope_but_its_own(county: County, scope: Scope, receiver: int) -> None:
    book = county.books[receiver]
    before = held(book)
    receipt = await take(book, liar(scope).write(1).segment(), sender=TOWNSHIP)
    assert [each.code for each in receipt.refused] == ["FOREIGN_SCOPE"]
    assert held(book) == before


async def test_it_publishes_no_catalogue(county: County) -> None:
    scribe = liar(Scope(SUBTREE, TOWNSHIP))
    release = bodies_pb2.CatalogueReleased(number=1, title="假目录")
    published = scribe.fact(
        1,
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_CATALOGUE_RELEASED,
        body=release.SerializeToString(),
    )
    segment = scribe.commit(published).segment()
    for book in county.books.values():
        assert not (await take(book, segment, sender=TOWNSHIP)).refused
        assert book.catalogues.newest_release() == 0


@pytest.mark.parametrize("receiver", [COUNTY, VILLAGE])
async def test_it_continues_no_village_stream_and_opens_none(county: County, filed: bytes, receiver: int) -> None:
    book, stream = county.books[receiver], own_stream(county.books[VILLAGE], BOX)
    (true,) = [segment for each, segment in own_segments(county.books[VILLAGE]) if each == stream]
    forger = Scribe(VILLAGE, BOX, stream.epoch, key_of(TOWNSHIP))
    for entry in true.entries:
        forger.commit(fact_pb2.Fact.FromString(entry.fact), private=[entry.private_part], signed=False)
    forger.write(7)
    opener = Scribe(VILLAGE, BOX, b"n" * 16, key_of(TOWNSHIP)).open().write(8)
    before = held(book)
    for segment in (forger.segment(len(true.entries) + 1), forger.segment()):
        receipt = await take(book, segment, sender=TOWNSHIP)
        assert [each.code for each in receipt.refused] == ["BAD_SIGNATURE"]
    # A stream opened with a key that is not the village's waits for a certificate that never comes.
    assert (await take(book, opener.segment(), sender=TOWNSHIP)).parked == ["unknown key"]
    assert held(book) == before


@pytest.mark.parametrize("root", [key_of(TOWNSHIP), SigningKey(bytes(32))])
async def test_no_certificate_of_its_own_making_is_believed(county: County, root: SigningKey) -> None:
    thief = SigningKey(b"t" * 32)
    forged = signing.certify(root, place=VILLAGE, key=thief.public, nats_key="", at_ms=NOON_MS)
    scribe = liar(Scope(SUBTREE, TOWNSHIP))
    introduced = scribe.fact(
        1,
        fact_class=fact_pb2.FACT_CLASS_ADMIN,
        body_type=fact_pb2.BODY_TYPE_KEY_INTRODUCED,
        body=bodies_pb2.KeyIntroduced(certificate=forged).SerializeToString(),
    )
    segment = scribe.commit(introduced).segment()
    stolen = Scribe(VILLAGE, BOX, b"s" * 16, thief).open().write(9)
    for book in county.books.values():
        known = [(each.place, each.key) for each in book.introduced()]
        cases = cases_of(book)
        receipt = await take(book, segment, stolen.segment(), sender=TOWNSHIP)
        assert receipt.parked == ["unknown key"]
        assert [(each.place, each.key) for each in book.introduced()] == known
        assert cases_of(book) == cases


# Moves it may not make.


def takes_in_what_was_not_offered(scribe: Scribe, case_id: bytes) -> None:
    move(scribe, 1, Act.TAKE_IN, bodies_pb2.TakenIn(), case_id=case_id, based_on=case_id)


def decides_what_another_holds(scribe: Scribe, case_id: bytes) -> None:
    granted = bodies_pb2.Decided(outcome=bodies_pb2.OUTCOME_GRANTED)
    move(scribe, 1, Act.DECIDE, granted, case_id=case_id, based_on=case_id)


def offers_it_to_itself(scribe: Scribe, case_id: bytes) -> None:
    offered = move(
        scribe, 1, Act.HAND_OVER, bodies_pb2.HandedOver(to_place=TOWNSHIP), case_id=case_id, based_on=case_id
    )
    move(scribe, 2, Act.TAKE_IN, bodies_pb2.TakenIn(), case_id=case_id, based_on=offered)


def settles_what_another_holds(scribe: Scribe, case_id: bytes) -> None:
    move(scribe, 1, Act.SETTLE, bodies_pb2.Settled(reason="算了"), case_id=case_id, based_on=case_id)


LIES = [takes_in_what_was_not_offered, decides_what_another_holds, offers_it_to_itself, settles_what_another_holds]


@pytest.mark.parametrize("lie", LIES)
async def test_a_move_it_has_no_right_to_stands_beside_the_case_and_moves_it_nowhere(
    county: County, filed: bytes, lie: Callable[[Scribe, bytes], None]
) -> None:
    for book in county.books.values():
        before = case_in(book, filed).state
        scribe = liar()
        lie(scribe, filed)
        assert not (await take(book, scribe.segment(), sender=TOWNSHIP)).refused
        after = case_in(book, filed).state
        assert (after.stage, after.custodian, after.offered_to, after.path, after.outcome) == (
            before.stage,
            before.custodian,
            before.offered_to,
            before.path,
            before.outcome,
        )
        assert len(after.not_allowed) == len(scribe.entries) - 1, "shown, not hidden"


@pytest.mark.parametrize("first", ["lie", "filing"])
async def test_a_decision_on_a_case_of_another_township_is_not_part_of_it(county: County, first: str) -> None:
    top = county.books[COUNTY]
    honest = Scribe(FAR_VILLAGE, Scope(PATH, FAR_VILLAGE), b"f" * 16, key_of(FAR_VILLAGE)).open().write(1)
    case_id = hashing.fact_id(honest.entries[1].fact)
    scribe = liar()
    decides_what_another_holds(scribe, case_id)
    both = [(scribe.segment(), TOWNSHIP), (honest.segment(), OTHER_TOWNSHIP)]
    for segment, sender in both if first == "lie" else reversed(both):
        assert not (await take(top, segment, sender=sender)).refused
    seen = case_in(top, case_id)
    assert [each.fact_id for each in seen.facts] == [case_id]
    ((home, township, stage, custodian, outcome, branches),) = rows(
        top, "SELECT home, township, stage, custodian_place, outcome, open_branches FROM cases WHERE case_id=?", case_id
    )
    assert (home, stage, custodian, outcome, branches) == (FAR_VILLAGE, "RECEIVED", FAR_VILLAGE, 0, 0)
    assert township == OTHER_TOWNSHIP, "counted in the figures of the township it belongs to"


async def test_more_predecessors_than_any_settlement_needs_are_refused(county: County, filed: bytes) -> None:
    scribe = liar()
    based_on = [filed] + [hashing.number(n) * 4 for n in range(MAX_BASED_ON)]
    settled = bodies_pb2.Settled(reason="x").SerializeToString()
    scribe.commit(scribe.fact(1, case_id=filed, based_on=based_on, body_type=fact_pb2.BODY_TYPE_SETTLED, body=settled))
    for book in county.books.values():
        before = held(book)
        receipt = await take(book, scribe.segment(), sender=TOWNSHIP)
        assert [each.code for each in receipt.refused] == ["BAD_FACT"]
        assert held(book) == before


def a_long_chain(scribe: Scribe, case_id: bytes, count: int) -> None:
    tip = case_id
    for number in range(count):
        tip = move(scribe, number, Act.TAKE_IN, bodies_pb2.TakenIn(), case_id=case_id, based_on=tip)


def a_broad_tree(scribe: Scribe, case_id: bytes, count: int) -> None:
    """Each move names as many as it may of those before it."""
    names = [case_id]
    for number in range(count):
        fact = scribe.fact(
            number,
            case_id=case_id,
            based_on=names[-MAX_BASED_ON:],
            body_type=fact_pb2.BODY_TYPE_SETTLED,
            body=bodies_pb2.Settled(reason="x").SerializeToString(),
        )
        names.append(hashing.fact_id(scribe.commit(fact).entries[-1].fact))


@pytest.mark.parametrize("tree", [a_long_chain, a_broad_tree])
async def test_a_huge_tree_neither_stops_a_book_nor_moves_the_case(
    county: County, filed: bytes, tree: Callable[[Scribe, bytes, int], None]
) -> None:
    scribe = liar()
    tree(scribe, filed, 3000)
    began = time.monotonic()
    for book in county.books.values():
        before = case_in(book, filed).state
        receipt = await take(book, scribe.segment(), sender=TOWNSHIP)
        assert (receipt.new_entries, receipt.refused) == (3001, [])
        after = case_in(book, filed).state
        assert (after.path, after.stage, after.custodian) == (before.path, before.stage, before.custodian)
    assert time.monotonic() - began < 20


# What it claims.


def word(*heads: journal_pb2.Head, scope: Scope = BOX, signer: int = TOWNSHIP, peer: int = VILLAGE) -> Any:
    """A statement signed with the township's key, of whatever heads it likes, in whoever's name."""
    digest = hashing.heads_digest(map(head_of, heads))
    checkpoint = journal_pb2.Checkpoint(
        signer=signer,
        key=key_of(TOWNSHIP).public,
        epoch=b"l" * 16,
        peer=peer,
        counter=1,
        at_ms=NOON_MS,
        clock_state=fact_pb2.CLOCK_STATE_TRUSTED,
        list_hash=hashing.list_hash([(scope, digest)]),
    )
    checkpoint.signature = key_of(TOWNSHIP).sign(signing.checkpoint_message(checkpoint))
    return journal_pb2.Statement(
        checkpoint=checkpoint,
        digests=[journal_pb2.ScopeDigest(scope=scope.proto(), digest=digest)],
        heads=[journal_pb2.ScopeHeads(scope=scope.proto(), heads=heads)],
    )


def head_row(book: Book) -> EntryRow:
    row = book.read_chains.row_of(own_stream(book, BOX))
    assert row is not None
    return book.read_chains.heads(row)[-1]


def head(book: Book) -> journal_pb2.Head:
    found = head_row(book)
    return journal_pb2.Head(stream=own_stream(book, BOX).proto(), seq=found.seq, hash=found.hash)


def covered(book: Book, signer: int) -> bool:
    return statements.covers(book.reader, book.read_chains, signer=signer, entry=head_row(book))


async def test_a_claim_to_hold_all_shows_as_its_word_and_drops_nothing(county: County) -> None:
    village = county.books[VILLAGE]
    await file_cases(village, 1, 2, 3)
    before = held(village)
    assert (await take(village, statements=[word(head(village))], sender=TOWNSHIP)).statements == 1
    assert (covered(village, TOWNSHIP), covered(village, COUNTY)) == (True, False)
    assert held(village) == before
    # As soon as it says less, all of it is due again.
    less = word()
    assert (await take(village, statements=[less], sender=TOWNSHIP)).statements == 1
    assert not covered(village, TOWNSHIP)
    assert count_unconfirmed(village, TOWNSHIP) >= 4
    await county.open(TOWNSHIP)
    await know(county.books[TOWNSHIP], *EVERYBODY)
    await county.exchange(VILLAGE)
    assert cases_of(county.books[TOWNSHIP]).keys() == cases_of(village).keys()


async def test_it_does_not_speak_for_the_county_nor_for_the_village(county: County) -> None:
    village, top = county.books[VILLAGE], county.books[COUNTY]
    await file_cases(village, 1)
    as_county = word(head(village), signer=COUNTY, peer=TOWNSHIP)
    as_village = word(signer=VILLAGE, peer=TOWNSHIP)
    for book in (village, top):
        before = held(book)
        receipt = await take(book, statements=[as_county, as_village], sender=TOWNSHIP)
        assert receipt.statements == 0
        assert held(book) == before
    assert not covered(village, COUNTY)


async def test_heads_nobody_wrote_move_none_at_the_county(county: County, filed: bytes) -> None:
    top = county.books[COUNTY]
    invented = journal_pb2.Head(stream=own_stream(county.books[VILLAGE], BOX).proto(), seq=1 << 40, hash=b"x" * 32)
    before = held(top)
    assert (await take(top, statements=[word(invented, peer=COUNTY)], sender=TOWNSHIP)).statements == 1
    assert held(top) == before
    assert not statements.covers(top.reader, top.read_chains, signer=TOWNSHIP, entry=_any_entry(top))


def _any_entry(book: Book) -> EntryRow:
    ((entry,),) = rows(
        book, "SELECT MAX(e.id) FROM entries e JOIN streams s ON s.id=e.stream WHERE s.author=?", VILLAGE
    )
    ((number, stream, seq, name),) = rows(book, "SELECT id, stream, seq, hash FROM entries WHERE id=?", entry)
    return EntryRow(number, stream, seq, name)


async def test_a_false_refusal_hides_nothing_from_the_people_at_the_village(county: County) -> None:
    village = county.books[VILLAGE]
    await file_cases(village, 1, 2)
    before = held(village)
    refusal = journal_pb2.SegmentRefusal(segment_hash=head(village).hash, code="BAD_FACT", reason="不想收")
    await take(village, refusals=[refusal], sender=TOWNSHIP)
    assert held(village) == before
    assert count_unconfirmed(village, TOWNSHIP) >= 3
    assert rows(village, "SELECT peer, by_peer, code FROM refusals") == [(TOWNSHIP, 1, "BAD_FACT")]


# What it says again.


async def test_old_parcels_played_again_change_nothing(county: County) -> None:
    village, top = county.books[VILLAGE], county.books[COUNTY]
    scribe = liar()
    played = []
    for number in range(3):
        await file_cases(village, number)
        scribe.write(100 + number)
        segments = [segment for stream, segment in own_segments(village) if stream.scope == BOX]
        parcel = ([*segments, scribe.segment()], [word(head(village), peer=COUNTY)])
        played.append(parcel)
        await take(top, *parcel[0], statements=parcel[1], sender=TOWNSHIP)
    before = held(top)
    for segments, stated in [*reversed(played), *played, played[0]]:
        receipt = await take(top, *segments, statements=stated, sender=TOWNSHIP)
        assert (receipt.new_entries, receipt.refused, receipt.parked) == (0, [], [])
        assert held(top) == before
    assert len(cases_of(top)) == 6


async def test_an_old_checkpoint_played_again_costs_the_village_only_another_offer(county: County) -> None:
    village = county.books[VILLAGE]
    await file_cases(village, 1)
    old = word(head(village))
    await file_cases(village, 2)
    new = word(head(village))
    for statement, unconfirmed in ((old, True), (new, False), (old, True)):
        before = held(village)
        await take(village, statements=[statement], sender=TOWNSHIP)
        assert covered(village, TOWNSHIP) is not unconfirmed
        assert held(village) == before
