"""What each neighbour has confirmed so far."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, Any

from sync.cases import places
from sync.cases.accountability import Status
from sync.facts import hashing, signing
from sync.facts.streams import (
    EPOCH_BYTES,
    HASH_BYTES,
    PATH,
    SUBTREE,
    Head,
    Scope,
    Stream,
    head_of,
    heads_in,
    is_well_formed,
    scope_of,
)
from sync.facts.v1 import fact_pb2, journal_pb2
from sync.journal import known
from sync.journal.chains import Chains, EntryRow
from sync.journal.records import records_of

if TYPE_CHECKING:
    from sync.journal.writing import Transaction

Digests = dict[Scope, bytes]

FORGET_HEADS = "DELETE FROM stated_heads WHERE signer=? AND peer=? AND place=? AND kind=?"


class Taken(enum.Enum):
    """What became of a statement."""

    NEW = "new"
    LATE = "late"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"


# What this node states.


def shared_scopes(chains: Chains, here: int, peer: int) -> list[Scope]:
    """The scopes that two places both see, of those in which anything is held here."""
    return [scope for scope in chains.scopes() if scope.visible_at(here) and scope.visible_at(peer)]


def make_statement(tx: Transaction, *, peer: int, brief: bool = False, listed: bool = False) -> journal_pb2.Statement:
    """A signed checkpoint of all that is shared with `peer`, true as of this commit.

    With it goes what the peer cannot recompute: nothing where both hold the same or `brief` is asked for,
    else the list and the heads of the scopes in which the peer's own statement differs. `listed`: the list in any
    case, where what is known of the peer may be out of date: one that was set back says what it said long ago.
    """
    tx.seal()
    digests = {scope: tx.chains.digest(scope) for scope in shared_scopes(tx.chains, tx.identity.place, peer)}
    list_hash = hashing.list_hash(digests.items())
    tx.chains.remember_list(list_hash, digests)
    statement = journal_pb2.Statement(checkpoint=_sign_checkpoint(tx, peer=peer, list_hash=list_hash))
    theirs = stated_digests(tx.conn, signer=peer, peer=tx.identity.place)
    same = theirs is not None and hashing.list_hash(theirs.items()) == list_hash
    if brief or (same and not listed):
        return statement
    statement.digests.extend(_digest_rows(digests))
    for scope, digest in sorted(digests.items()):
        if (theirs or {}).get(scope) != digest:
            statement.heads.append(_heads_row(scope, tx.chains.scope_heads(scope)))
    return statement


def _sign_checkpoint(tx: Transaction, *, peer: int, list_hash: bytes) -> journal_pb2.Checkpoint:
    me, reading = tx.identity, tx.reading()
    if reading.state == fact_pb2.CLOCK_STATE_TRUSTED:
        tx.remember_signing(reading.now_ms)
    counter = int(tx.meta(f"counter:{peer}") or b"0") + 1
    tx.set_meta(f"counter:{peer}", str(counter).encode())
    checkpoint = journal_pb2.Checkpoint(
        signer=me.place,
        key=me.key.public,
        epoch=tx.epoch,
        peer=peer,
        counter=counter,
        at_ms=reading.now_ms,
        clock_state=reading.state,
        list_hash=list_hash,
    )
    checkpoint.signature = me.key.sign(signing.checkpoint_message(checkpoint))
    (upto,) = tx.conn.execute("SELECT COALESCE(MAX(id), 0) FROM entries").fetchone()
    first = _keep_checkpoint(tx.conn, checkpoint, received_at_ms=reading.now_ms, upto_entry=upto)
    _note_arrivals(tx, first)
    return checkpoint


def _keep_checkpoint(
    conn: Any, checkpoint: journal_pb2.Checkpoint, *, received_at_ms: int, upto_entry: int | None
) -> journal_pb2.Checkpoint:
    """Of checkpoints in a row that say the same, the first and the last are kept. Returns that first one.

    One whose clock is trusted does not say the same as one whose clock is not.
    """
    encoded = checkpoint.SerializeToString(deterministic=True)
    newest = conn.execute(
        "SELECT id, list_hash, first FROM checkpoints WHERE signer=? AND peer=? ORDER BY id DESC LIMIT 1",
        [checkpoint.signer, checkpoint.peer],
    ).fetchone()
    if newest is not None and newest[1] == checkpoint.list_hash:
        first = journal_pb2.Checkpoint.FromString(newest[2])
        if (first.epoch, first.clock_state) == (checkpoint.epoch, checkpoint.clock_state):
            conn.execute(
                "UPDATE checkpoints SET last=?, last_received_at_ms=? WHERE id=?", [encoded, received_at_ms, newest[0]]
            )
            return first
    conn.execute(
        "INSERT INTO checkpoints"
        "(signer, peer, list_hash, first, first_received_at_ms, last_received_at_ms, upto_entry) "
        "VALUES (?,?,?,?,?,?,?)",
        [
            checkpoint.signer,
            checkpoint.peer,
            checkpoint.list_hash,
            encoded,
            received_at_ms,
            received_at_ms,
            upto_entry,
        ],
    )
    return checkpoint


def forwarded(conn: Any, *, here: int, to: int, brief: bool = False) -> list[journal_pb2.Statement]:
    """The latest statements a neighbour is due: to one below, those from above; to the one above, those from below.

    `brief`: the signed parts alone, for one that may know the lists already.
    """
    found = conn.execute(
        "SELECT signer, peer, checkpoint, digests FROM stated WHERE signer<>? AND signer<>?", [to, here]
    )
    return [
        journal_pb2.Statement(checkpoint=journal_pb2.Checkpoint.FromString(checkpoint))
        if brief
        else _as_statement(conn, signer=signer, peer=peer, checkpoint=checkpoint, digests=digests, to=to)
        for signer, peer, checkpoint, digests in found.fetchall()
        if is_beyond(signer, here=here, to=to)
    ]


def is_beyond(signer: int, *, here: int, to: int) -> bool:
    """Whether `signer` lies on the other side of this place, seen from the neighbour `to`."""
    if places.contains(to, here):
        return signer != here and places.contains(here, signer)
    return signer != here and places.contains(signer, here)


def _as_statement(
    conn: Any, *, signer: int, peer: int, checkpoint: bytes, digests: bytes, to: int
) -> journal_pb2.Statement:
    statement = journal_pb2.Statement.FromString(digests)
    statement.checkpoint.ParseFromString(checkpoint)
    rows = conn.execute("SELECT kind, place, heads FROM stated_heads WHERE signer=? AND peer=?", [signer, peer])
    for kind, place, heads in rows.fetchall():
        if Scope(kind, place).visible_at(to):
            statement.heads.append(journal_pb2.ScopeHeads.FromString(heads))
    return statement


# What others state.


def take_statement(tx: Transaction, statement: journal_pb2.Statement, *, neighbour: int) -> Taken:
    """Keeps a statement whose signature and hashes hold. It moves no head here: it is its signer's word only."""
    checkpoint = statement.checkpoint
    if not _is_sound(tx, checkpoint, neighbour=neighbour):
        return Taken.REFUSED
    held = _latest(tx.conn, checkpoint)
    if held is not None and _is_late(checkpoint, *held):
        return Taken.LATE
    digests = _digests_of(tx, statement)
    if digests is None:
        return Taken.INCOMPLETE
    if hashing.list_hash(digests.items()) != checkpoint.list_hash:
        return Taken.REFUSED
    now = tx.reading().now_ms
    if held is not None and held[0].epoch != checkpoint.epoch:
        known.note_known(tx, signer=checkpoint.signer)  # What that life stated last is about to be replaced.
    if held is not None and known.are_of_two_stores(checkpoint, held[0]):
        known.note_two_stores(tx, checkpoint)
    known.note_alive(tx, checkpoint, received_at_ms=now)
    first = _keep_checkpoint(tx.conn, checkpoint, received_at_ms=now, upto_entry=None)
    tx.conn.execute(
        "INSERT OR REPLACE INTO stated VALUES (?,?,?,?,?)",
        [checkpoint.signer, checkpoint.peer, checkpoint.SerializeToString(deterministic=True)]
        + [journal_pb2.Statement(digests=_digest_rows(digests)).SerializeToString(deterministic=True), now],
    )
    tx.heard.add(checkpoint.signer)
    complete = _keep_heads(tx, statement, digests)
    _note_arrivals(tx, first)
    return Taken.NEW if complete else Taken.INCOMPLETE


def _is_sound(tx: Transaction, checkpoint: journal_pb2.Checkpoint, *, neighbour: int) -> bool:
    """Signed with a key the county introduced, by the neighbour for this link or by somebody beyond it."""
    c = checkpoint
    if not (places.is_place(c.signer) and places.is_place(c.peer)):
        return False
    if len(c.list_hash) != HASH_BYTES or len(c.epoch) != EPOCH_BYTES or not 0 <= c.at_ms < 1 << 53:
        return False
    if c.signer == tx.identity.place or (c.signer == neighbour) != (c.peer == tx.identity.place):
        return False
    known = tx.conn.execute("SELECT 1 FROM keys WHERE place=? AND key=?", [c.signer, c.key]).fetchone()
    return bool(known) and signing.verified(c.key, c.signature, signing.checkpoint_message(c))


def _latest(conn: Any, checkpoint: journal_pb2.Checkpoint) -> tuple[journal_pb2.Checkpoint, int] | None:
    """What its signer stated last on the same link, and when that came."""
    found = conn.execute(
        "SELECT checkpoint, received_at_ms FROM stated WHERE signer=? AND peer=?", [checkpoint.signer, checkpoint.peer]
    ).fetchone()
    return (journal_pb2.Checkpoint.FromString(found[0]), found[1]) if found else None


def _is_late(checkpoint: journal_pb2.Checkpoint, held: journal_pb2.Checkpoint, received_at_ms: int) -> bool:
    """Whether its signer has said more since: a road may bring again what it brought long ago.

    A lower counter at a later time is none of these: that signer was set back, and what it says now counts.
    """
    return (
        (checkpoint.epoch, checkpoint.key) == (held.epoch, held.key)
        and checkpoint.counter < held.counter
        and checkpoint.at_ms <= min(held.at_ms, received_at_ms)
        and checkpoint.clock_state == held.clock_state == fact_pb2.CLOCK_STATE_TRUSTED
    )


def _digests_of(tx: Transaction, statement: journal_pb2.Statement) -> Digests | None:
    """The list behind a checkpoint: as sent, as stated or held here, or as known from before."""
    checkpoint = statement.checkpoint
    if statement.digests:
        return {scope_of(row.scope): row.digest for row in statement.digests if _is_digest(row)}
    stated = tx.chains.list_behind(checkpoint.list_hash)
    if stated is not None:
        return stated
    own = {s: tx.chains.digest(s) for s in shared_scopes(tx.chains, checkpoint.signer, checkpoint.peer)}
    if hashing.list_hash(own.items()) == checkpoint.list_hash:
        return own
    earlier = stated_digests(tx.conn, signer=checkpoint.signer, peer=checkpoint.peer)
    if earlier is not None and hashing.list_hash(earlier.items()) == checkpoint.list_hash:
        return earlier
    return None


def _is_digest(row: journal_pb2.ScopeDigest) -> bool:
    return row.scope.kind in (PATH, SUBTREE) and places.is_place(row.scope.place) and len(row.digest) == HASH_BYTES


def _keep_heads(tx: Transaction, statement: journal_pb2.Statement, digests: Digests) -> bool:
    """Keeps the heads behind each digest, as sent, as held here, or as known. False if some are not known."""
    link = [statement.checkpoint.signer, statement.checkpoint.peer]
    sent = {scope_of(row.scope): row for row in statement.heads}
    rows = tx.conn.execute("SELECT kind, place, digest FROM stated_heads WHERE signer=? AND peer=?", link).fetchall()
    known = {Scope(kind, place): digest for kind, place, digest in rows}
    for scope in known.keys() - digests.keys():
        tx.conn.execute(FORGET_HEADS, [*link, scope.place, scope.kind])
    complete = True
    for scope, digest in digests.items():
        if known.get(scope) == digest or not scope.visible_at(tx.identity.place):
            continue
        row = sent.get(scope)
        if row is None or not _fits(row, scope, digest):
            behind = tx.chains.heads_behind(scope, digest)
            row = _heads_row(scope, behind) if behind is not None else None
        if row is None:
            complete = False
            tx.conn.execute(FORGET_HEADS, [*link, scope.place, scope.kind])
            continue
        tx.conn.execute(
            "INSERT OR REPLACE INTO stated_heads VALUES (?,?,?,?,?,?)",
            [*link, scope.kind, scope.place, digest, row.SerializeToString(deterministic=True)],
        )
        tx.confirmed.add(scope)
    return complete


def _fits(row: journal_pb2.ScopeHeads, scope: Scope, digest: bytes) -> bool:
    heads = [head_of(head) for head in row.heads]
    if not all(is_well_formed(h.stream) and h.stream.scope == scope and h.seq < 1 << 63 for h in heads):
        return False
    return hashing.heads_digest(heads) == digest


def stated_digests(conn: Any, *, signer: int, peer: int) -> Digests | None:
    """The list of a place's latest statement on a link. None if it never made one."""
    found = conn.execute("SELECT digests FROM stated WHERE signer=? AND peer=?", [signer, peer]).fetchone()
    if found is None:
        return None
    return {scope_of(row.scope): row.digest for row in journal_pb2.Statement.FromString(found[0]).digests}


def unread_scopes(conn: Any, *, signer: int, peer: int) -> set[Scope]:
    """Scopes of which a place has stated a digest, but not, so that it could be read here, the heads behind it."""
    stated = stated_digests(conn, signer=signer, peer=peer) or {}
    rows = conn.execute("SELECT kind, place, digest FROM stated_heads WHERE signer=? AND peer=?", [signer, peer])
    read = {Scope(kind, place): digest for kind, place, digest in rows.fetchall()}
    return {scope for scope, digest in stated.items() if read.get(scope) != digest}


def stated_heads(conn: Any, *, signer: int, peer: int, scope: Scope) -> dict[Stream, set[bytes]]:
    """What a place says it holds of a scope: the hashes of its heads by stream."""
    found = conn.execute(
        "SELECT heads FROM stated_heads WHERE signer=? AND peer=? AND place=? AND kind=?",
        [signer, peer, scope.place, scope.kind],
    ).fetchone()
    heads: dict[Stream, set[bytes]] = {}
    for head in heads_in(found[0]) if found else ():
        heads.setdefault(head.stream, set()).add(head.hash)
    return heads


def covers(conn: Any, chains: Chains, *, signer: int, entry: EntryRow) -> bool:
    """True if the latest statement of `signer`, on any link, covers an entry held here."""
    stream = chains.stream(entry.stream)
    links = conn.execute("SELECT peer FROM stated WHERE signer=?", [signer]).fetchall()
    for (peer,) in links:
        tips = stated_heads(conn, signer=signer, peer=peer, scope=stream.scope).get(stream, set())
        if tips and chains.covered(entry.stream, tips).has(entry):
            return True
    return False


def as_of_ms(conn: Any, signer: int) -> int:
    """How recent the data of a place are: min(its clock, receipt) of its latest trusted checkpoint. 0 = unknown."""
    best = 0
    for encoded, received in conn.execute("SELECT checkpoint, received_at_ms FROM stated WHERE signer=?", [signer]):
        checkpoint = journal_pb2.Checkpoint.FromString(encoded)
        if checkpoint.clock_state == fact_pb2.CLOCK_STATE_TRUSTED:
            best = max(best, min(checkpoint.at_ms, received))
    return best


# Offers to somebody that are not noted as arrived: the case's home, and the entries of the offer.
OFFERED = (
    "SELECT c.id, c.home, e.fact, e.id, e.stream, e.seq, e.hash FROM cases c JOIN entries e ON e.fact=c.offer "
    "LEFT JOIN arrivals a ON a.fact=c.offer WHERE c.offered_place<>0 AND c.offered_place=? AND a.fact IS NULL"
)

# The same of bad ratings about which the signer has to call somebody back.
RATED = (
    "SELECT c.id, c.home, e.fact, e.id, e.stream, e.seq, e.hash FROM cases c JOIN json_each(c.replies) v "
    "ON v.value->>2>0 AND v.value->>4=0 JOIN facts f ON f.fact_id=unhex(v.value->>0) JOIN entries e ON e.fact=f.id "
    "LEFT JOIN arrivals a ON a.fact=f.id AND a.signer=c.call_back_place "
    "WHERE c.call_back_place<>0 AND c.call_back_place=? AND a.fact IS NULL"
)


def _note_arrivals(tx: Transaction, checkpoint: journal_pb2.Checkpoint) -> None:
    """What has come to the signer, by the first checkpoint of its list: from now on it is its turn."""
    if checkpoint.clock_state != fact_pb2.CLOCK_STATE_TRUSTED:
        return
    if places.level(checkpoint.signer) != places.VILLAGE:
        _note_awaited(tx, checkpoint)
    if places.level(tx.identity.place) == places.COUNTY and checkpoint.signer != tx.identity.place:
        _note_served(tx, checkpoint)


def _note_awaited(tx: Transaction, checkpoint: journal_pb2.Checkpoint) -> None:
    """Offers and bad ratings."""
    signer = checkpoint.signer
    tx.projections.refresh()  # One may have come with the same parcel.
    waiting = [row for query in (OFFERED, RATED) for row in tx.conn.execute(query, [signer]).fetchall()]
    for row, home, fact, *entry in waiting:
        if signer == tx.identity.place:
            arrived = Scope(PATH, home).visible_at(checkpoint.peer)
        else:
            arrived = covers(tx.conn, tx.chains, signer=signer, entry=EntryRow(*entry))
        if arrived:
            tx.conn.execute("INSERT OR REPLACE INTO arrivals VALUES (?,?,?)", [fact, signer, checkpoint.at_ms])
            tx.projections.arrived.add(row)


# Cases of which an office is asked to explain something.
SERVED = "SELECT id, case_id, home, records FROM cases WHERE instr(records, 'SERVED')>0"
ENTRIES = (
    "SELECT f.id, e.id, e.stream, e.seq, e.hash FROM facts f JOIN entries e ON e.fact=f.id "
    "LEFT JOIN arrivals a ON a.fact=f.id WHERE f.fact_id=? AND a.fact IS NULL"
)


def _note_served(tx: Transaction, checkpoint: journal_pb2.Checkpoint) -> None:
    """Only the county judges who did not explain, so only it has to know who was asked when."""
    signer = checkpoint.signer
    for row, case_id, home, listed in tx.conn.execute(SERVED).fetchall():
        asked = {office for _, status, office in json.loads(listed) if status == Status.SERVED}
        if signer not in {speaks_for(tx.conn, office) for office in asked}:
            continue
        for record in records_of(tx.projections.case(row, case_id=bytes(case_id), home=home)):
            if record.reply_by_day and record.served and speaks_for(tx.conn, record.office) == signer:
                for fact, *entry in tx.conn.execute(ENTRIES, [record.served.fact_id]).fetchall():
                    if covers(tx.conn, tx.chains, signer=signer, entry=EntryRow(*entry)):
                        tx.conn.execute(
                            "INSERT OR IGNORE INTO arrivals VALUES (?,?,?)", [fact, signer, checkpoint.at_ms]
                        )


def speaks_for(conn: Any, place: int) -> int:
    """Whose node holds what a place is sent: its own, of a village without one that of its township."""
    if places.level(place) != places.VILLAGE:
        return place
    has_its_own = conn.execute("SELECT 1 FROM keys WHERE place=?", [place]).fetchone()
    return place if has_its_own else places.parent(place) or place


def _digest_rows(digests: Digests) -> list[journal_pb2.ScopeDigest]:
    return [journal_pb2.ScopeDigest(scope=scope.proto(), digest=digest) for scope, digest in sorted(digests.items())]


def _heads_row(scope: Scope, heads: list[Head]) -> journal_pb2.ScopeHeads:
    ordered = sorted(heads, key=lambda head: (hashing.stream_bytes(head.stream), head.seq, head.hash))
    return journal_pb2.ScopeHeads(scope=scope.proto(), heads=[head.proto() for head in ordered])
