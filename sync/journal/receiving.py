"""Where all roads end: what came, what was new, what was refused and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from sync.cases import places
from sync.facts import hashing, signing
from sync.facts.streams import HASH_BYTES, NO_HASH, PATH, SUBTREE, Stream, is_well_formed, stream_of
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import known, statements
from sync.journal.chains import MAX_HEADS, EntryRow, NewEntry
from sync.journal.writing import REQUEST_BYTES, Incoming, Transaction

MAX_FACT_BYTES = 512 * 1024
MAX_PARCEL_BYTES = 900 * 1024
MAX_ENTRIES = 10_000
MAX_BASED_ON = 64
MAX_PARTS = 4096
"""Segments, statements or refusals in one parcel: no full parcel that says anything comes near it."""

MAX_PARKED_BYTES = 64 * 1024 * 1024
MAX_PARKED_BYTES_FROM_ONE = 8 * 1024 * 1024
MAX_PARKED_FROM_ONE = 2000
"""What one neighbour's segments may take up while they wait: none can fill the room of all."""

MAX_REFUSALS = 2000
"""Refusals remembered for each neighbour."""

MAX_SEQ = 1 << 62

NOT_FOR_EVER = frozenset({"BAD_SIGNATURE", "PRIVATE_MISMATCH", "PARKED_FULL"})
"""Refusals that say nothing of the facts: damage on the way, no room. Remembered, they would bar honest segments."""

BEYOND_GAP, NO_PRIVATE_PART, UNKNOWN_KEY = "beyond gap", "private part missing", "unknown key"


@dataclass
class Receipt:
    """What one parcel brought."""

    new_entries: int = 0
    had_entries: int = 0
    parked: list[str] = field(default_factory=list)
    refused: list[journal_pb2.SegmentRefusal] = field(default_factory=list)
    statements: int = 0
    new_epoch: bool = False
    """It proved that this store was set back: it has opened another epoch, of which the sender knows nothing yet."""
    incomplete: bool = False
    """A statement could not be read from what is known here: an exchange is due."""
    gaps: list[tuple[Stream, set[bytes]]] = field(default_factory=list, repr=False)
    """Entries just held, by stream: what waits for them is still to be taken up."""


class _RefusedSegment(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Arrived(Incoming):
    """An entry of a segment, read."""

    hash: bytes
    signature: bytes


Facts = Sequence[fact_pb2.Fact | None]
"""Of each entry of a segment its fact. None where it cannot be read."""


def receive(tx: Transaction, parcel: journal_pb2.Parcel, *, neighbour: int) -> Receipt:
    """Takes in a parcel that came from `neighbour`. Idempotent: what is held already changes nothing.

    A bad segment is refused, the rest goes on. Heads move only by verified, contiguous entries held here.
    """
    receipt, epoch = Receipt(), tx.epoch
    tx.seal()
    facts = [_facts_of(segment) for segment in parcel.segments]
    if _learn_keys(tx, facts):
        _retry_parked(tx, receipt, reason=UNKNOWN_KEY)
    for segment, read in zip(parcel.segments, facts, strict=True):
        _take(tx, segment, read, receipt, sender=neighbour)
        _close_gaps(tx, receipt)
    if tx.private_parts_came:
        _retry_parked(tx, receipt, reason=NO_PRIVATE_PART)
    for statement in parcel.statements:
        outcome = statements.take_statement(tx, statement, neighbour=neighbour)
        receipt.statements += outcome is not statements.Taken.REFUSED
        receipt.incomplete |= outcome is statements.Taken.INCOMPLETE
    for refusal in parcel.refusals:
        _remember_refusal(tx, refusal, peer=neighbour, by_peer=True)
    receipt.new_epoch = tx.epoch != epoch
    return receipt


# Keys.


def _learn_keys(tx: Transaction, segments: Iterable[Facts]) -> int:
    """A certificate proves itself by the root key's signature, wherever it stands."""
    introduced = (
        fact.body
        for facts in segments
        for fact in facts
        if fact is not None and fact.body_type == fact_pb2.BODY_TYPE_KEY_INTRODUCED
    )
    return sum(_keep_key(tx, body) for body in introduced)


def learn_key(tx: Transaction, body: bytes) -> bool:
    """Keeps a key that the root key certifies, and takes up what waited for it. True if it is new."""
    new = _keep_key(tx, body)
    if new:
        _retry_parked(tx, Receipt(), reason=UNKNOWN_KEY)
    return new


def _keep_key(tx: Transaction, body: bytes) -> bool:
    try:
        certificate = bodies_pb2.KeyIntroduced.FromString(body).certificate
    except DecodeError:
        return False
    if not places.is_place(certificate.place) or len(certificate.key) != signing.KEY_BYTES:
        return False
    if not signing.is_certified(tx.identity.root_key, certificate):
        return False
    cursor = tx.conn.execute(
        "INSERT OR IGNORE INTO keys VALUES (?,?,?)",
        [certificate.place, certificate.key, certificate.SerializeToString(deterministic=True)],
    )
    return bool(cursor.rowcount)


def knows_key(tx: Transaction, place: int, key: bytes) -> bool:
    return bool(tx.conn.execute("SELECT 1 FROM keys WHERE place=? AND key=?", [place, key]).fetchone())


def _keys_of(tx: Transaction, place: int) -> list[bytes]:
    return [bytes(key) for (key,) in tx.conn.execute("SELECT key FROM keys WHERE place=?", [place]).fetchall()]


# Segments.


def _take(tx: Transaction, segment: journal_pb2.Segment, facts: Facts, receipt: Receipt, *, sender: int) -> None:
    """Takes in one segment; a refused or failed one leaves no trace but the refusal."""
    noted = tx.projections.noted()
    tx.conn.execute("SAVEPOINT segment")
    try:
        _take_segment(tx, segment, facts, receipt, sender=sender)
    except _RefusedSegment as refused:
        tx.conn.execute("ROLLBACK TO segment")
        tx.forget()
        tx.projections.note_again(noted)
        _refuse(tx, segment, refused, receipt, sender=sender)
    tx.conn.execute("RELEASE segment")
    tx.projections.keep_up()


def _take_segment(
    tx: Transaction, segment: journal_pb2.Segment, facts: Facts, receipt: Receipt, *, sender: int
) -> None:
    """Holds, parks or refuses a segment."""
    stream = stream_of(segment.stream)
    _check_stream(tx, stream)
    arrived = _read(segment, facts, stream)
    key = _signing_key(tx, segment, stream, arrived)
    tip = arrived[-1].hash
    if key is None:
        _park(tx, segment, tip, receipt, reason=UNKNOWN_KEY, sender=sender)
        return
    written_later = known.written_later(tx, stream, segment.first_seq, arrived)
    if any(_lacks_private_part(tx, each) for each in arrived):
        tx.keep_facts(arrived, beyond_gap=True)
        known.note_written_later(tx, written_later)
        _heed_proof(tx, stream)
        _park(tx, segment, tip, receipt, reason=NO_PRIVATE_PART, sender=sender)
        return
    new = _not_held(tx, stream, segment.first_seq, arrived)
    receipt.had_entries += len(arrived) - len(new)
    if not new:
        return
    at = len(arrived) - len(new)
    before = arrived[at - 1].hash if at else segment.previous_hash
    previous = None if before == NO_HASH else tx.chains.find(before)
    if previous is not None and (tx.chains.stream(previous.stream), previous.seq + 1) != (
        stream,
        segment.first_seq + at,
    ):
        raise _RefusedSegment("BROKEN_CHAIN", "the first entry does not follow the one it names")
    if before != NO_HASH and previous is None:
        # They count, though they move no head.
        tx.keep_facts(arrived, beyond_gap=True)
        known.note_written_later(tx, written_later)
        _heed_proof(tx, stream)
        _park(tx, segment, tip, receipt, reason=BEYOND_GAP, sender=sender)
        return
    _hold(tx, stream, new, previous=previous, key=key)
    known.note_written_later(tx, written_later)
    _heed_proof(tx, stream)
    receipt.new_entries += len(new)
    receipt.gaps.append((stream, {each.hash for each in new}))


def _not_held(tx: Transaction, stream: Stream, first_seq: int, arrived: Sequence[_Arrived]) -> list[_Arrived]:
    row = tx.chains.row_of(stream)
    if row is None or all(head.seq < first_seq for head in tx.chains.heads(row)):
        return list(arrived)
    return [each for each in arrived if tx.chains.find(each.hash) is None]


def _check_stream(tx: Transaction, stream: Stream) -> None:
    if not is_well_formed(stream):
        raise _RefusedSegment("BAD_STREAM", "the stream has no proper name")
    if not stream.scope.writable_at(stream.author):
        raise _RefusedSegment("FOREIGN_SCOPE", f"{stream.author} may not write for {stream.scope.place}")
    if not stream.scope.visible_at(tx.identity.place):
        raise _RefusedSegment("NOT_MINE_TO_SEE", f"{stream.scope.place} is not kept at {tx.identity.place}")


def _facts_of(segment: journal_pb2.Segment) -> list[fact_pb2.Fact | None]:
    return [_parsed(entry.fact) for entry in segment.entries]


def _read(segment: journal_pb2.Segment, facts: Facts, stream: Stream) -> list[_Arrived]:
    """Parses, checks and hashes the entries of a segment."""
    if not 0 < len(segment.entries) <= MAX_ENTRIES:
        raise _RefusedSegment("BAD_SEGMENT", f"{len(segment.entries)} entries")
    first = segment.first_seq == 1
    if (
        not 1 <= segment.first_seq < MAX_SEQ
        or len(segment.previous_hash) != HASH_BYTES
        or first != (segment.previous_hash == NO_HASH)
    ):
        raise _RefusedSegment("BROKEN_CHAIN", "the first entry does not say what it follows")
    previous, arrived = segment.previous_hash, []
    for seq, (entry, parsed) in enumerate(zip(segment.entries, facts, strict=True), start=segment.first_seq):
        fact = _checked(entry, parsed, stream, opening=seq == 1)
        fact_id = hashing.fact_id(entry.fact)
        previous = hashing.entry_hash(previous, stream, seq, fact_id)
        arrived.append(_Arrived(entry.fact, fact, fact_id, entry.private_part, previous, entry.signature))
    return arrived


def _parsed(encoded: bytes) -> fact_pb2.Fact | None:
    try:
        return fact_pb2.Fact.FromString(encoded)
    except DecodeError:
        return None


def _checked(entry: journal_pb2.Entry, fact: fact_pb2.Fact | None, stream: Stream, *, opening: bool) -> fact_pb2.Fact:
    """The fact of an entry, if its envelope is in order and belongs into this stream."""
    if fact is None or len(entry.fact) > MAX_FACT_BYTES or not _envelope_is_well_formed(fact):
        raise _RefusedSegment("BAD_FACT", "the envelope of a fact is not well formed")
    if fact.home != stream.scope.place:
        raise _RefusedSegment("WRONG_HOME", f"a fact of {fact.home} in a stream of {stream.scope.place}")
    if fact.recorder.place != stream.author:
        raise _RefusedSegment("WRONG_RECORDER", f"a fact of {fact.recorder.place} in a stream of {stream.author}")
    if opening != (fact.body_type == fact_pb2.BODY_TYPE_STREAM_OPENED):
        raise _RefusedSegment("NOT_OPENED", "StreamOpened stands first in a stream, and only there")
    if opening and stream_of(_opened(fact).stream) != stream:
        raise _RefusedSegment("NOT_OPENED", "StreamOpened names another stream")
    if entry.private_part and hashing.private_hash(entry.private_part) != fact.private_hash:
        raise _RefusedSegment("PRIVATE_MISMATCH", "a private part is not the one its fact names")
    return fact


def _envelope_is_well_formed(fact: fact_pb2.Fact) -> bool:
    ids = [fact.case_id, fact.parent_case_id, fact.private_hash]
    return (
        fact.version >= 1
        and len(fact.request_id) == REQUEST_BYTES
        and all(len(each) in (0, HASH_BYTES) for each in ids)
        and len(fact.based_on) <= MAX_BASED_ON
        and all(len(each) == HASH_BYTES for each in [*fact.based_on, *fact.attachment_hashes])
        and 0 <= fact.recorded_at_ms < 1 << 53
        and 0 <= fact.happened_at_ms < 1 << 53
    )


def _opened(fact: fact_pb2.Fact) -> bodies_pb2.StreamOpened:
    try:
        return bodies_pb2.StreamOpened.FromString(fact.body)
    except DecodeError:
        raise _RefusedSegment("NOT_OPENED", "StreamOpened cannot be read") from None


def _signing_key(
    tx: Transaction, segment: journal_pb2.Segment, stream: Stream, arrived: Sequence[_Arrived]
) -> bytes | None:
    """The key that signed the last entry. None if it may be one that is not known yet."""
    row = tx.chains.row_of(stream)
    if row is not None:
        candidates, known = [tx.chains.key(row)], True
    elif segment.first_seq == 1:
        candidates = [_opened(arrived[0].fact).key]
        known = knows_key(tx, stream.author, candidates[0])
    else:
        candidates = _keys_of(tx, stream.author)
        known = bool(candidates)
    message = signing.entry_message(arrived[-1].hash)
    for key in candidates:
        if signing.verified(key, arrived[-1].signature, message):
            return key if known else None
    # A later segment of a stream not opened here may be signed with a key that is still on its way.
    if row is not None or segment.first_seq == 1:
        raise _RefusedSegment("BAD_SIGNATURE", "the last entry is not signed with a key of the stream's author")
    return None


def _lacks_private_part(tx: Transaction, each: _Arrived) -> bool:
    return bool(each.fact.private_hash) and not each.private and not tx.holds_private_part(each.fact_id)


def _hold(
    tx: Transaction,
    stream: Stream,
    new: Sequence[_Arrived],
    *,
    previous: EntryRow | None,
    key: bytes,
) -> None:
    row = tx.chains.row_of(stream)
    if row is None:
        row = tx.chains.open(stream, key=key)
    kept = tx.keep_facts(new)
    # Only the last signature was verified; one inside that was not must not become a place to cut at.
    entries = [NewEntry(each.hash, fact, None) for each, (fact, _) in zip(new, kept, strict=True)]
    tx.chains.add(row, [*entries[:-1], entries[-1]._replace(signature=new[-1].signature)], previous=previous)
    tx.touched.add(stream.scope)
    if len(tx.chains.heads(row)) > MAX_HEADS:
        raise _RefusedSegment("TOO_MANY_HEADS", f"more than {MAX_HEADS} branches: the key must be retired")


def _heed_proof(tx: Transaction, stream: Stream) -> None:
    """Somebody holds entries of this very epoch that this store lacks: it was set back, or has a twin."""
    if stream.author == tx.identity.place and stream.epoch == tx.epoch:
        tx.open_epoch(bodies_pb2.OPEN_REASON_PROOF)
        tx.seal()


# Segments kept for later.


def _park(
    tx: Transaction,
    segment: journal_pb2.Segment,
    tip: bytes,
    receipt: Receipt,
    *,
    reason: str,
    sender: int,
) -> None:
    if _waits_already(tx, tip, entries=len(segment.entries), reason=reason):
        receipt.parked.append(reason)
        return
    encoded = _without_inner_signatures(segment).SerializeToString(deterministic=True)
    _find_room(tx, len(encoded), sender=sender)
    stream = stream_of(segment.stream)
    tx.conn.execute(
        "INSERT OR REPLACE INTO parked VALUES (?,?,?,?,?,?,?,?,?,?)",
        [tip, stream.author, stream.epoch, stream.scope.kind, stream.scope.place]
        + [segment.previous_hash, reason, sender, tx.reading().now_ms, encoded],
    )
    tx.touched.add(stream.scope)
    receipt.parked.append(reason)


def _waits_already(tx: Transaction, tip: bytes, *, entries: int, reason: str) -> bool:
    """Whether one that ends the same waits here that must not be pushed out: the facts it brought count by now.

    One that waits for a key may have a damaged signature, and gives way to any that was verified.
    """
    found = tx.conn.execute("SELECT reason, segment FROM parked WHERE last_hash=?", [tip]).fetchone()
    if found is None or reason == UNKNOWN_KEY:
        return found is not None
    return found[0] != UNKNOWN_KEY and len(journal_pb2.Segment.FromString(found[1]).entries) > entries


def _without_inner_signatures(segment: journal_pb2.Segment) -> journal_pb2.Segment:
    """Only the last signature was verified: one inside that was not must not stand in a book, nor be passed on."""
    kept = journal_pb2.Segment()
    kept.CopyFrom(segment)
    for entry in kept.entries[:-1]:
        entry.ClearField("signature")
    return kept


def _find_room(tx: Transaction, size: int, *, sender: int) -> None:
    held, own, count = tx.conn.execute(
        "SELECT TOTAL(LENGTH(segment)), TOTAL(LENGTH(segment) * (sender=?)), TOTAL(sender=?) FROM parked",
        [sender, sender],
    ).fetchone()
    if held + size > MAX_PARKED_BYTES or own + size > MAX_PARKED_BYTES_FROM_ONE or count >= MAX_PARKED_FROM_ONE:
        raise _RefusedSegment("PARKED_FULL", "too much is waiting already; close the gaps first")


def _close_gaps(tx: Transaction, receipt: Receipt) -> None:
    """Takes up the parked segments that follow what was just held, and those that follow them. Never recursive."""
    while receipt.gaps:
        stream, held = receipt.gaps.pop()
        waiting = tx.conn.execute(
            "SELECT last_hash, previous_hash FROM parked WHERE author=? AND epoch=? AND place=? AND kind=?",
            [stream.author, stream.epoch, stream.scope.place, stream.scope.kind],
        )
        for last_hash, previous in waiting.fetchall():
            if previous in held:
                _retake(tx, receipt, last_hash)


def _retry_parked(tx: Transaction, receipt: Receipt, *, reason: str) -> None:
    for (last_hash,) in tx.conn.execute(
        "SELECT last_hash FROM parked WHERE reason=? ORDER BY at_ms", [reason]
    ).fetchall():
        _retake(tx, receipt, last_hash)
        _close_gaps(tx, receipt)


def _retake(tx: Transaction, receipt: Receipt, last_hash: bytes) -> None:
    found = tx.conn.execute("SELECT segment, sender FROM parked WHERE last_hash=?", [last_hash]).fetchone()
    if found:
        tx.conn.execute("DELETE FROM parked WHERE last_hash=?", [last_hash])
        segment = journal_pb2.Segment.FromString(found[0])
        _take(tx, segment, _facts_of(segment), receipt, sender=found[1])


# Refusals.


def _refuse(
    tx: Transaction, segment: journal_pb2.Segment, refused: _RefusedSegment, receipt: Receipt, *, sender: int
) -> None:
    refusal = journal_pb2.SegmentRefusal(
        segment_hash=_claimed_hash(segment), stream=segment.stream, code=refused.code, reason=str(refused)
    )
    receipt.refused.append(refusal)
    _remember_refusal(tx, refusal, peer=sender, by_peer=False)


def _claimed_hash(segment: journal_pb2.Segment) -> bytes:
    """The hash the sender knows the segment by, whether or not it is in order."""
    stream, previous = stream_of(segment.stream), segment.previous_hash
    if stream.scope.kind not in (PATH, SUBTREE) or len(previous) != HASH_BYTES:
        return NO_HASH
    for offset, entry in enumerate(segment.entries):
        seq = (segment.first_seq + offset) % (1 << 64)
        previous = hashing.entry_hash(previous, stream, seq, hashing.fact_id(entry.fact))
    return previous


def _remember_refusal(tx: Transaction, refusal: journal_pb2.SegmentRefusal, *, peer: int, by_peer: bool) -> None:
    if by_peer and (refusal.code in NOT_FOR_EVER or len(refusal.segment_hash) != HASH_BYTES):
        return
    if tx.conn.execute("SELECT COUNT(*) FROM refusals WHERE peer=?", [peer]).fetchone()[0] >= MAX_REFUSALS:
        return
    tx.conn.execute(
        "INSERT OR IGNORE INTO refusals(at_ms, peer, by_peer, segment_hash, code, reason) VALUES (?,?,?,?,?,?)",
        [tx.reading().now_ms, peer, by_peer, refusal.segment_hash, refusal.code[:64], refusal.reason[:512]],
    )
