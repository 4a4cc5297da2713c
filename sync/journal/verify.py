"""Whether every byte of a book is still what was written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from google.protobuf.message import Message

from sync.cases import places
from sync.cases.accountability import Deed
from sync.cases.fold import OFFERS
from sync.cases.limits import Standing
from sync.cases.replies import BADLY_RATED, WRITERS
from sync.cases.workdays import Calendar, day_numbered
from sync.errors import Corrupt
from sync.facts import hashing, signing
from sync.facts.streams import (
    EPOCH_BYTES,
    HASH_BYTES,
    NO_HASH,
    Head,
    Scope,
    Stream,
    head_of,
    is_well_formed,
    scope_of,
    stream_of,
)
from sync.facts.v1 import bodies_pb2, fact_pb2, journal_pb2
from sync.journal import cases, schema
from sync.journal.catalogue import Catalogues
from sync.journal.clock import TOLERANCE_MS
from sync.journal.findings import SWEPT, WITHDRAWN
from sync.journal.known import WHOLE_LIFE
from sync.journal.projections import Projections, is_filing
from sync.journal.receiving import BEYOND_GAP, NO_PRIVATE_PART, UNKNOWN_KEY
from sync.journal.records import SETTLED
from sync.journal.statements import Digests
from sync.journal.tallies import COLUMNS as TALLIED
from sync.journal.tallies import DAY, MONTH, case_rows, month_at, tally_of
from sync.journal.translation import ANNOTATIONS, applicant_name, body_of, grade_of, move_of, named_by
from sync.journal.writing import REQUEST_BYTES

# What to do about a finding.
OLDER = "put an older, sound copy of the book in its place: what its neighbours hold of what came later comes back"
RESTORE = f"Stop the node, move the book and its -wal and -shm away and keep them, and {OLDER}."
REBUILD = f"What follows from the facts no longer agrees with them. {RESTORE}"
NOT_THEIRS = "It does not count. Write down who recorded it and show it to whoever looks after the node."
EXCHANGE = f"Let the node exchange with its neighbour, then check again; if it stays, {OLDER}."
LOOK = "It carries nothing that is passed on. Write it down and show it to whoever looks after the node."

# Values with no second witness: checked for their form, never for their content.
UNWITNESSED: dict[str, tuple[str, ...]] = {
    # When and from whom something came here.
    "parked": ("sender", "at_ms"),
    "checkpoints": ("first_received_at_ms", "last_received_at_ms"),
    "stated": ("received_at_ms",),
    # A note for a person.
    "refusals": ("id", "at_ms", "peer", "by_peer", "segment_hash", "code", "reason"),
    # What somebody signed for in between is not kept: they are only checked not to claim more than was signed.
    "known": ("until_ms", "stated_ms"),
    "backdated": ("not_before_ms",),
    # What a supervisor was shown, and when; what was told to others is checked.
    "findings": ("id", "limit_days", "deadline_day", "found_at_ms", "changed_at_ms", "evidence", "unit"),
    "two_stores": ("found_at_ms",),
    "silences": ("id", "place", "since_ms", "found_at_ms", "ended_at_ms"),
    # Nobody else holds what a caller asked; an answer that is a case id is checked.
    "requests": ("digest", "answer"),
    # When this program brought the tables to its version.
    "_sqlite_migrations": ("id", "applied_at"),
}

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Finding:
    """What is wrong, in which row of which table, and what to do."""

    what: str
    table: str
    row: str
    do: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.what}. {self.do}"


Findings = Iterator[Finding]


def verify(path: Path, root_key: bytes) -> list[Finding]:
    """All findings about the book at `path`, open or closed; empty if every byte is as it was written."""
    return list(findings(path, root_key))


def findings(path: Path, root_key: bytes) -> Findings:
    """The same, one after another. Reads one snapshot, writes nothing, holds neither facts nor entries in memory.

    Raises Corrupt if there is no book at `path`, or SQLite is too old to read it.
    """
    conn = _open(path)
    try:
        conn.execute("BEGIN")
        book = _Book(conn, root_key)
        for check in CHECKS:
            yield from _run(check, book)
    finally:
        conn.close()


def _open(path: Path) -> Any:
    schema.require_sqlite(schema.sqlite3.sqlite_version_info)
    if not path.is_file():
        raise Corrupt(f"There is no book at {path}. Check the folder of the node.")
    # A closed book in a folder that may only be read has no WAL to look into.
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        conn = schema.sqlite3.connect(f"file:{quote(str(path.resolve()))}?{mode}", uri=True, isolation_level=None)
        conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            conn.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except schema.sqlite3.OperationalError:
            conn.close()
            continue
        # What SQLite says of a damaged schema quotes it, byte for byte.
        except (schema.sqlite3.DatabaseError, UnicodeDecodeError) as error:
            conn.close()
            raise Corrupt(f"{path} is no book: {error}. {RESTORE}") from None
        return conn
    raise Corrupt(f"{path} cannot be opened. Check who may read it.")


def _run(check: Callable[[_Book], Findings], book: _Book) -> Findings:
    """One check; where the book is too damaged for it to go on, that is a finding."""
    try:
        yield from check(book)
    except Exception as error:
        subject = check.__name__.removeprefix("_")
        yield Finding(f"cannot be read on ({type(error).__name__}: {error})", subject, "-", RESTORE)


@dataclass
class _Book:
    """What the checks share: streams, keys, own place. Small, however many facts there are."""

    conn: Any
    root_key: bytes
    streams: dict[int, Stream] = field(default_factory=dict)
    stream_keys: dict[int, bytes] = field(default_factory=dict)
    introduced: set[tuple[int, bytes]] = field(default_factory=set)
    place: int = 0
    epoch: bytes = b""

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        yield from self.conn.execute(query, values)

    def knows(self, place: int, key: bytes) -> bool:
        """Introduced by the root key, or a key this place writes its own streams with."""
        own = (place, key) in {(s.author, self.stream_keys[row]) for row, s in self.streams.items() if self.is_own(s)}
        return own or (place, key) in self.introduced

    def is_own(self, stream: Stream) -> bool:
        return stream.author == self.place


# The file.


def _file(book: _Book) -> Findings:
    for (said,) in book.rows("PRAGMA integrity_check"):
        if said != "ok":
            yield Finding(f"SQLite finds damage: {said}", "file", "-", RESTORE)


def _tables(book: _Book) -> Findings:
    """Tables, indices and the triggers that forbid changes are those this version makes."""
    wanted, migrations = _as_made_new()
    for kind, name, _ in sorted(wanted - set(book.rows(LISTING))):
        yield Finding(f"this {kind} is missing or was changed", name, "-", RESTORE)
    if set(book.rows(APPLIED)) != migrations:
        yield Finding("lists other migrations than this version knows", "_sqlite_migrations", "-", RESTORE)


LISTING = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
APPLIED = "SELECT migration_set, name FROM _sqlite_migrations"


@cache
def _as_made_new() -> tuple[frozenset[tuple[str, str, str]], frozenset[tuple[str, str]]]:
    """What stands in the schema of a new book: (type, name, sql), and its migrations."""
    with closing(schema.sqlite3.connect(":memory:")) as fresh:
        schema.migrate(fresh)
        return frozenset(fresh.execute(LISTING)), frozenset(fresh.execute(APPLIED))


# Whose book it is.


def _meta(book: _Book) -> Findings:
    values = dict(book.rows("SELECT name, value FROM meta"))
    book.epoch = bytes(values.get("epoch", b""))
    authors = [author for (author,) in book.rows("SELECT DISTINCT author FROM streams WHERE epoch=?", book.epoch)]
    if len(book.epoch) != EPOCH_BYTES or len(authors) != 1:
        yield Finding("no stream stands in the epoch the book says it is in", "meta", "epoch", RESTORE)
        return
    (book.place,) = authors
    for name, value in values.items():
        if name.startswith("counter:"):
            if not _is_number(value):
                yield Finding("is no number", "meta", name, RESTORE)
        elif name not in VALUES:
            yield Finding("nothing is kept under this name", "meta", name, REBUILD)


VALUES = frozenset({"epoch", "last_recorded_at_ms", "last_signed_at_ms", "refold", SWEPT})
"""Names in `meta`, counters of links aside."""


def _is_number(value: object) -> bool:
    return isinstance(value, bytes) and value.isdigit() and str(int(value)).encode() == value


def _newest_time(book: _Book) -> Findings:
    """The newest time written down is that of an own fact, and no trusted one of this epoch is newer."""
    found = book.conn.execute("SELECT value FROM meta WHERE name='last_recorded_at_ms'").fetchone()
    trusted = [0]
    seen = set()
    for encoded, epoch in book.rows(
        "SELECT f.bytes, s.epoch FROM streams s JOIN entries e ON e.stream=s.id JOIN facts f ON f.id=e.fact "
        "WHERE s.author=?",
        book.place,
    ):
        fact = fact_pb2.Fact.FromString(encoded)
        if fact.clock_state == fact_pb2.CLOCK_STATE_TRUSTED:
            seen.add(str(fact.recorded_at_ms).encode())
            if epoch == book.epoch:
                trusted[0] = max(trusted[0], fact.recorded_at_ms)
    if found is None and trusted == [0]:
        return
    if found is None or found[0] not in seen or int(found[0]) < trusted[0]:
        yield Finding("is not the newest time written here", "meta", "last_recorded_at_ms", RESTORE)
    signed = book.conn.execute("SELECT value FROM meta WHERE name='last_signed_at_ms'").fetchone()
    newest = max((at_ms for (signer, _), at_ms in _last_signed(book).items() if signer == book.place), default=0)
    if signed is not None and not (_is_number(signed[0]) and int(signed[0]) <= newest + TOLERANCE_MS):
        yield Finding("is not the newest time this node has signed for", "meta", "last_signed_at_ms", REBUILD)


def _keys(book: _Book) -> Findings:
    for place, key, encoded in book.rows("SELECT place, key, certificate FROM keys"):
        certificate = _canonical(bodies_pb2.KeyCertificate, encoded)
        if certificate is None or (certificate.place, certificate.key) != (place, key):
            yield Finding("the certificate is not that of this place and key", "keys", f"place {place}", RESTORE)
        elif len(key) != signing.KEY_BYTES or not signing.is_certified(book.root_key, certificate):
            yield Finding("the county's root key did not sign this", "keys", f"place {place}", RESTORE)
        else:
            book.introduced.add((place, key))


def _canonical(kind: type[M], encoded: object) -> M | None:
    """The message that these bytes are, if they are the only bytes it can be."""
    if not isinstance(encoded, bytes):
        return None
    try:
        message = kind.FromString(encoded)
    except ValueError:
        return None
    return message if message.SerializeToString(deterministic=True) == encoded else None


# Journals.


def _streams(book: _Book) -> Findings:
    yield from _numbered(book, "streams")
    for row, author, epoch, kind, place, key in book.rows("SELECT id, author, epoch, kind, place, key FROM streams"):
        stream = Stream(author, epoch, Scope(kind, place))
        if not is_well_formed(stream) or not stream.scope.writable_at(author):
            yield Finding("no such stream can be", "streams", f"id {row}", RESTORE)
            continue
        book.streams[row], book.stream_keys[row] = stream, key
        if not stream.scope.visible_at(book.place):
            yield Finding(f"is not for {book.place} to see", "streams", f"id {row}", RESTORE)
    for row, stream in book.streams.items():
        if not book.knows(stream.author, book.stream_keys[row]):
            yield Finding("its key was never introduced", "streams", f"id {row}", RESTORE)


def _numbered(book: _Book, table: str) -> Findings:
    """Rows of these tables are never deleted: their numbers have no holes."""
    query = f"SELECT COUNT(*), COALESCE(MIN(id), 1), COALESCE(MAX(id), 0) FROM {table}"
    count, oldest, newest = book.conn.execute(query).fetchone()
    if (oldest, newest) != (1, count):
        yield Finding(f"{count} rows, numbered {oldest} to {newest}", table, "id", RESTORE)


def _facts(book: _Book) -> Findings:
    yield from _numbered(book, "facts")
    parked = _parked_facts(book)
    published = _Published(book)
    found = book.rows(
        "SELECT f.id, f.fact_id, f.case_row, f.request_id, f.bytes, c.case_id, p.part, "
        "EXISTS (SELECT 1 FROM entries e WHERE e.fact=f.id) "
        "FROM facts f LEFT JOIN cases c ON c.id=f.case_row LEFT JOIN private_parts p ON p.fact=f.id"
    )
    for row, name, case_row, request_id, encoded, case_id, part, chained in found:
        for what in _about_fact(name, request_id, encoded):
            yield Finding(what, "facts", f"id {row}", RESTORE)
        if not chained and name not in parked:
            yield Finding("stands in no journal and waits in none", "facts", f"id {row}", RESTORE)
        fact = fact_pb2.Fact.FromString(encoded)
        if (case_row is None) != (_case_of(fact, name) is None) or case_id != _case_of(fact, name):
            yield Finding("is filed under another case", "facts", f"id {row}", REBUILD)
        yield from _about_private_part(row, fact, part, needed=bool(chained))
        if case_row is None:
            published.learn(fact, name, row=row)
        yield from _about_named(book, row, fact, case_row)
        if fact.body_type == fact_pb2.BODY_TYPE_KEY_INTRODUCED:
            yield from _about_introduction(book, row, fact)
    yield from published.differences()
    for (row,) in book.rows("SELECT fact FROM private_parts WHERE fact NOT IN (SELECT id FROM facts)"):
        yield Finding("belongs to no fact", "private_parts", f"fact {row}", RESTORE)


def _about_fact(name: bytes, request_id: bytes, encoded: bytes) -> Iterator[str]:
    if hashing.fact_id(encoded) != name:
        yield "its bytes are not those its id names"
    if fact_pb2.Fact.FromString(encoded).request_id != request_id:
        yield "its request id is not the one in its bytes"


def _case_of(fact: fact_pb2.Fact, name: bytes) -> bytes | None:
    if fact.fact_class == fact_pb2.FACT_CLASS_ADMIN:
        return None
    return fact.case_id or (name if fact.body_type == fact_pb2.BODY_TYPE_CASE_FILED else None)


def _about_private_part(row: int, fact: fact_pb2.Fact, part: object, *, needed: bool) -> Findings:
    if part is None:
        if fact.private_hash and needed:
            yield Finding("its private part is missing", "facts", f"id {row}", RESTORE)
    elif not isinstance(part, bytes) or hashing.private_hash(part) != fact.private_hash:
        yield Finding("is not the private part its fact names", "private_parts", f"fact {row}", RESTORE)


def _about_introduction(book: _Book, row: int, fact: fact_pb2.Fact) -> Findings:
    certificate = bodies_pb2.KeyIntroduced.FromString(fact.body).certificate
    certified = places.is_place(certificate.place) and signing.is_certified(book.root_key, certificate)
    if certified and (certificate.place, certificate.key) not in book.introduced:
        yield Finding(f"the key that fact {row} introduces is missing", "keys", f"place {certificate.place}", RESTORE)


def _about_named(book: _Book, row: int, fact: fact_pb2.Fact, case_row: int | None) -> Findings:
    """A reply, or the end of an appointment, is about something of the same case or office that its writer held."""
    if fact.body_type not in ABOUT:
        return
    act = ANNOTATIONS.get(fact.body_type)
    said = fact_pb2.FACT_CLASS_ANNOTATION if act else fact_pb2.FACT_CLASS_ADMIN
    if fact.fact_class != said or (act and places.level(fact.recorder.place) < WRITERS[act]):
        yield Finding(f"{fact.recorder.place} may not write it", "facts", f"id {row}", NOT_THEIRS)
    if fact.recorder.place != book.place:
        return
    wanted, named = ABOUT[fact.body_type]
    found = book.conn.execute("SELECT case_row, bytes FROM facts WHERE fact_id=?", [named(fact)]).fetchone()
    about = fact_pb2.Fact.FromString(found[1]) if found else fact_pb2.Fact()
    if (about.body_type, about.home) != (wanted, fact.home) or found[0] != case_row:
        yield Finding("what it is about is not here", "facts", f"id {row}", EXCHANGE)


# Of what names another fact, which body that must be, and how it is named.
ABOUT: dict[fact_pb2.BodyType, tuple[fact_pb2.BodyType, Callable[[fact_pb2.Fact], bytes]]] = {
    fact_pb2.BODY_TYPE_COMPLAINT_ACCEPTED: (fact_pb2.BODY_TYPE_COMPLAINED, named_by),
    fact_pb2.BODY_TYPE_COMPLAINT_ANSWERED: (fact_pb2.BODY_TYPE_COMPLAINED, named_by),
    fact_pb2.BODY_TYPE_RATING_CALLED_BACK: (fact_pb2.BODY_TYPE_RATED, named_by),
    fact_pb2.BODY_TYPE_APPOINTMENT_ENDED: (
        fact_pb2.BODY_TYPE_APPOINTMENT_MADE,
        lambda fact: body_of(fact, bodies_pb2.AppointmentEnded).appointment,
    ),
}


class _Published:
    """Releases, calendars, registers and posts as the facts make them, in tables of their own."""

    # By the name of each table, what its rows begin with.
    TABLES: ClassVar = {"releases": "number", "calendars": "number", "register": "fact", "posts": "place"}

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._conn = schema.sqlite3.connect(":memory:")
        for _, name, sql in _as_made_new()[0]:
            # A calendar has the cases judged anew that waited for it: here none.
            if name in (*self.TABLES, "cases"):
                self._conn.execute(sql)
        self._projections = Projections(self._conn, Catalogues(self._conn, book.place))

    def learn(self, fact: fact_pb2.Fact, name: bytes, *, row: int) -> None:
        self._projections.learn(cases.Stored(row, name, fact), case_row=None, beyond_gap=False)

    def differences(self) -> Findings:
        for table, first in self.TABLES.items():
            query = f"SELECT * FROM {table}"
            for row in set(self._book.rows(query)) ^ set(self._conn.execute(query)):
                yield Finding("is not what the facts say", table, f"{first} {row[0]}", REBUILD)
        self._conn.close()


def _entries(book: _Book) -> Findings:
    yield from _numbered(book, "entries")
    begun = set()
    found = book.rows(
        "SELECT e.id, e.stream, e.seq, e.previous, e.hash, e.signature, p.stream, p.seq, p.hash, f.fact_id, f.bytes "
        "FROM entries e LEFT JOIN entries p ON p.id=e.previous LEFT JOIN facts f ON f.id=e.fact ORDER BY e.id"
    )
    for row, stream_row, seq, previous, entry_hash, signature, *before, name, encoded in found:
        stream = book.streams.get(stream_row)
        if stream is None or encoded is None:
            yield Finding("its stream or its fact is missing", "entries", f"id {row}", RESTORE)
            continue
        begun.add(stream_row)
        if _does_not_follow(stream_row, seq, previous, before):
            yield Finding("does not follow the entry it names", "entries", f"id {row}", RESTORE)
        elif hashing.entry_hash(before[2] or NO_HASH, stream, seq, name) != entry_hash:
            yield Finding("its hash is not that of its contents", "entries", f"id {row}", RESTORE)
        if signature is not None and not _signed(book.stream_keys[stream_row], signature, entry_hash):
            yield Finding("its signature is not that of its stream's key", "entries", f"id {row}", RESTORE)
        for what in _about_place(stream, seq, book.stream_keys[stream_row], fact_pb2.Fact.FromString(encoded)):
            yield Finding(what, "entries", f"id {row}", RESTORE)
    for row in book.streams.keys() - begun:
        yield Finding("holds no entry", "streams", f"id {row}", RESTORE)


def _does_not_follow(stream: int, seq: int, previous: int | None, before: list[Any]) -> bool:
    if seq == 1 or previous is None:
        return not (seq == 1 and previous is None)
    return (before[0], before[1]) != (stream, seq - 1)


def _signed(key: bytes, signature: object, entry_hash: bytes) -> bool:
    return isinstance(signature, bytes) and signing.verified(key, signature, signing.entry_message(entry_hash))


def _about_place(stream: Stream, seq: int, key: bytes, fact: fact_pb2.Fact) -> Iterator[str]:
    if fact.home != stream.scope.place:
        yield "its fact belongs to another home"
    if fact.recorder.place != stream.author:
        yield "its fact was recorded by another place"
    if (seq == 1) != (fact.body_type == fact_pb2.BODY_TYPE_STREAM_OPENED):
        yield "StreamOpened stands first in a stream, and only there"
    elif seq == 1:
        opened = bodies_pb2.StreamOpened.FromString(fact.body)
        if (stream_of(opened.stream), opened.key) != (stream, key):
            yield "StreamOpened names another stream or key"


def _heads(book: _Book) -> Findings:
    tips = "SELECT stream, id FROM entries WHERE id NOT IN (SELECT previous FROM entries WHERE previous IS NOT NULL)"
    for stream, entry in book.rows(f"SELECT stream, entry FROM heads EXCEPT {tips}"):
        yield Finding("is no entry that nothing follows", "heads", f"stream {stream} entry {entry}", RESTORE)
    for stream, entry in book.rows(f"{tips} EXCEPT SELECT stream, entry FROM heads"):
        yield Finding(
            "nothing follows this entry, yet it is no head", "heads", f"stream {stream} entry {entry}", RESTORE
        )
    for row in book.rows("SELECT e.id FROM heads h JOIN entries e ON e.id=h.entry WHERE e.signature IS NULL"):
        yield Finding("is the last of its stream and not signed", "entries", f"id {row[0]}", RESTORE)


# What waits.


def _parked_facts(book: _Book) -> set[bytes]:
    names = set()
    for (encoded,) in book.rows("SELECT segment FROM parked"):
        segment = _canonical(journal_pb2.Segment, encoded) or journal_pb2.Segment()
        names |= {hashing.fact_id(entry.fact) for entry in segment.entries}
    return names


def _parked(book: _Book) -> Findings:
    columns = "last_hash, author, epoch, kind, place, previous_hash, reason, segment"
    for last_hash, *stated, reason, encoded in book.rows(f"SELECT {columns} FROM parked"):
        segment = _canonical(journal_pb2.Segment, encoded)
        what = "cannot be read" if segment is None else _about_parked(book, segment, last_hash, stated, reason)
        if what:
            yield Finding(what, "parked", f"last_hash {_hex(last_hash)}", RESTORE)


def _about_parked(
    book: _Book, segment: journal_pb2.Segment, last_hash: bytes, stated: list[Any], reason: str
) -> str | None:
    stream = stream_of(segment.stream)
    if [stream.author, stream.epoch, stream.scope.kind, stream.scope.place, segment.previous_hash] != stated:
        return "is filed under another stream"
    if not is_well_formed(stream) or not stream.scope.visible_at(book.place):
        return "no such stream can be"
    names = [hashing.fact_id(entry.fact) for entry in segment.entries]
    hashes = [segment.previous_hash]
    for offset, name in enumerate(names):
        hashes.append(hashing.entry_hash(hashes[-1], stream, segment.first_seq + offset, name))
    if hashes[-1] != last_hash:
        return "its entries are not those its hash names"
    keys = _keys_of_parked(book, stream, segment, reason)
    for entry, entry_hash in zip(segment.entries, hashes[1:], strict=True):
        if what := _about_parked_entry(entry, entry_hash, keys):
            return what
    if not segment.entries[-1].signature:
        return "its last entry is not signed"
    return _about_reason(book, segment, names, reason)


def _about_parked_entry(entry: journal_pb2.Entry, entry_hash: bytes, keys: list[bytes]) -> str | None:
    fact = fact_pb2.Fact.FromString(entry.fact)
    if entry.private_part and hashing.private_hash(entry.private_part) != fact.private_hash:
        return "a private part is not the one its fact names"
    if entry.signature and keys and not any(_signed(key, entry.signature, entry_hash) for key in keys):
        return "a signature is not that of its author"
    return None


def _keys_of_parked(book: _Book, stream: Stream, segment: journal_pb2.Segment, reason: str) -> list[bytes]:
    """The keys that may have signed it; none, where it waits for one that it does not name itself."""
    if reason == UNKNOWN_KEY:
        first = fact_pb2.Fact.FromString(segment.entries[0].fact) if segment.entries else fact_pb2.Fact()
        return [bodies_pb2.StreamOpened.FromString(first.body).key] if _opens(first) else []
    keys = [key for place, key in book.introduced if place == stream.author]
    return keys + [book.stream_keys[row] for row, each in book.streams.items() if each == stream]


def _opens(fact: fact_pb2.Fact) -> bool:
    return fact.body_type == fact_pb2.BODY_TYPE_STREAM_OPENED


def _about_reason(book: _Book, segment: journal_pb2.Segment, names: list[bytes], reason: str) -> str | None:
    """Whether it waits for what it says it waits for."""
    stored = [_one(book, "SELECT id FROM facts WHERE fact_id=?", name) for name in names]
    if reason == UNKNOWN_KEY:
        return None
    if None in stored:
        return "its facts are missing"
    if reason == BEYOND_GAP:
        held = _one(book, "SELECT id FROM entries WHERE hash=?", segment.previous_hash)
        return "waits for an entry that is here" if held else None
    if reason == NO_PRIVATE_PART:
        lacking = [_one(book, "SELECT part FROM private_parts WHERE fact=?", row) is None for row in stored]
        hashed = [bool(fact_pb2.Fact.FromString(entry.fact).private_hash) for entry in segment.entries]
        return None if any(a and b for a, b in zip(lacking, hashed, strict=True)) else "waits for what is here"
    return "waits for nothing that is known"


def _one(book: _Book, query: str, value: object) -> Any:
    found = book.conn.execute(query, [value]).fetchone()
    return found[0] if found else None


# What was confirmed.


def _checkpoints(book: _Book) -> Findings:
    yield from _numbered(book, "checkpoints")
    counters: Counter[int] = Counter()
    found = book.rows(
        "SELECT id, signer, peer, list_hash, first, last, first_received_at_ms, last_received_at_ms, upto_entry "
        "FROM checkpoints ORDER BY id"
    )
    for row, signer, peer, list_hash, first, last, *received, upto in found:
        own = signer == book.place
        for encoded in (first, last) if last is not None else (first,):
            if what := _about_checkpoint(book, encoded, signer=signer, peer=peer, list_hash=list_hash):
                yield Finding(what, "checkpoints", f"id {row}", RESTORE)
        if own != (upto is not None):
            yield Finding("only this book's own say up to which entry they reach", "checkpoints", f"id {row}", RESTORE)
        if own:
            made = [journal_pb2.Checkpoint.FromString(each) for each in (first, last or first)]
            if [each.at_ms for each in made] != received:
                yield Finding("was not made when it says", "checkpoints", f"id {row}", RESTORE)
            if made[0].counter != counters[peer] + 1:
                yield Finding("one before it is missing", "checkpoints", f"id {row}", RESTORE)
            counters[peer] = made[1].counter
    yield from _about_counters(book, counters)


def _about_checkpoint(book: _Book, encoded: object, *, signer: int, peer: int, list_hash: bytes) -> str | None:
    checkpoint = _canonical(journal_pb2.Checkpoint, encoded)
    if checkpoint is None:
        return "cannot be read"
    if (checkpoint.signer, checkpoint.peer, checkpoint.list_hash) != (signer, peer, list_hash):
        return "is filed under another link or list"
    if not book.knows(signer, checkpoint.key):
        return "its signer's key was never introduced"
    signed = signing.verified(checkpoint.key, checkpoint.signature, signing.checkpoint_message(checkpoint))
    return None if signed else "its signature does not hold"


def _about_counters(book: _Book, counters: Counter[int]) -> Findings:
    stored = {
        int(name.removeprefix("counter:")): int(value)
        for name, value in book.rows("SELECT name, value FROM meta WHERE name LIKE 'counter:%'")
    }
    for peer in stored.keys() | counters.keys():
        if stored.get(peer) != counters[peer]:
            yield Finding("is not the number of the newest checkpoint", "meta", f"counter:{peer}", RESTORE)


def _own_checkpoints(book: _Book) -> Findings:
    """Own checkpoints are true: each list is that of the heads held when it was signed. One walk over the entries."""
    held = _HeldHeads(book)
    entries = book.rows("SELECT id, stream, seq, previous, hash FROM entries ORDER BY id")
    claimed = book.rows(
        "SELECT id, peer, list_hash, upto_entry FROM checkpoints WHERE signer=? ORDER BY upto_entry, id", book.place
    )
    (newest,) = book.conn.execute("SELECT COALESCE(MAX(id), 0) FROM entries").fetchone()
    for row, peer, list_hash, upto in claimed:
        if not 0 < upto <= newest:
            yield Finding("reaches beyond the entries held", "checkpoints", f"id {row}", RESTORE)
            continue
        held.advance(entries, upto=upto)
        if held.list_hash(peer) != list_hash:
            yield Finding("is not what was held when it was signed", "checkpoints", f"id {row}", RESTORE)


class _HeldHeads:
    """The heads as they were after each entry."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._at = 0
        self._heads: dict[Scope, dict[int, Head]] = {}
        self._digests: dict[Scope, bytes] = {}

    def advance(self, entries: Iterator[tuple[Any, ...]], *, upto: int) -> None:
        while self._at < upto:
            self.take(next(entries))

    def take(self, entry: tuple[Any, ...]) -> None:
        self._at, stream_row, seq, previous, entry_hash = entry
        stream = self._book.streams[stream_row]
        heads = self._heads.setdefault(stream.scope, {})
        heads.pop(previous, None)
        heads[self._at] = Head(stream, seq, entry_hash)
        self._digests.pop(stream.scope, None)

    def list_hash(self, peer: int) -> bytes:
        shared = [s for s in self._heads if s.visible_at(self._book.place) and s.visible_at(peer)]
        return hashing.list_hash((scope, self.digest(scope)) for scope in shared)

    def digest(self, scope: Scope) -> bytes:
        if scope not in self._digests:
            self._digests[scope] = hashing.heads_digest(self._heads[scope].values())
        return self._digests[scope]


def _stated(book: _Book) -> Findings:
    for signer, peer, encoded, listed in book.rows("SELECT signer, peer, checkpoint, digests FROM stated"):
        row = f"signer {signer} peer {peer}"
        newest = book.conn.execute(
            "SELECT list_hash, COALESCE(last, first) FROM checkpoints WHERE signer=? AND peer=? "
            "ORDER BY id DESC LIMIT 1",
            [signer, peer],
        ).fetchone()
        if newest is None or newest[1] != encoded:
            yield Finding("is not the newest checkpoint kept of this link", "stated", row, EXCHANGE)
            continue
        if what := _about_checkpoint(book, encoded, signer=signer, peer=peer, list_hash=newest[0]):
            yield Finding(what, "stated", row, EXCHANGE)
        digests = _digests(listed)
        if digests is None or hashing.list_hash(digests.items()) != newest[0]:
            yield Finding("its list is not the one that was signed", "stated", row, EXCHANGE)
        else:
            yield from _about_stated_heads(book, signer, peer, digests)
    links = "SELECT signer, peer FROM {}"
    for signer, peer in book.rows(f"{links.format('checkpoints')} EXCEPT {links.format('stated')}"):
        if signer != book.place:
            yield Finding(
                "the list behind its checkpoints is missing", "stated", f"signer {signer} peer {peer}", EXCHANGE
            )
    for signer, peer in book.rows(f"{links.format('stated_heads')} EXCEPT {links.format('stated')}"):
        yield Finding("belongs to no statement", "stated_heads", f"signer {signer} peer {peer}", EXCHANGE)


def _digests(encoded: object) -> Digests | None:
    statement = _canonical(journal_pb2.Statement, encoded)
    if statement is None or statement.HasField("checkpoint") or statement.heads:
        return None
    return {scope_of(row.scope): row.digest for row in statement.digests}


def _about_stated_heads(book: _Book, signer: int, peer: int, digests: Digests) -> Findings:
    kept = set()
    for kind, place, digest, encoded in book.rows(
        "SELECT kind, place, digest, heads FROM stated_heads WHERE signer=? AND peer=?", signer, peer
    ):
        scope, row = Scope(kind, place), _canonical(journal_pb2.ScopeHeads, encoded)
        kept.add(scope)
        if row is None or scope_of(row.scope) != scope or digests.get(scope) != digest or not _fits(row, digest):
            yield Finding("is not what was signed", "stated_heads", _link_row(signer, peer, scope), EXCHANGE)
    for scope in digests.keys() - kept:
        if scope.visible_at(book.place) and _was_held(book, scope, digests[scope]):
            yield Finding(
                "the heads behind the list are missing", "stated_heads", _link_row(signer, peer, scope), EXCHANGE
            )


def _fits(row: journal_pb2.ScopeHeads, digest: bytes) -> bool:
    return hashing.heads_digest(map(head_of, row.heads)) == digest


def _link_row(signer: int, peer: int, scope: Scope) -> str:
    return f"signer {signer} peer {peer} kind {scope.kind} place {scope.place}"


def _was_held(book: _Book, scope: Scope, digest: bytes) -> bool:
    """Whether these were at any time the heads held here; what a neighbour alone held may rightly be unknown."""
    held = _HeldHeads(book)
    for entry in book.rows(
        "SELECT e.id, stream, seq, previous, hash FROM entries e JOIN streams s ON s.id=e.stream "
        "WHERE s.place=? AND s.kind=? ORDER BY e.id",
        scope.place,
        scope.kind,
    ):
        held.take(entry)
        if held.digest(scope) == digest:
            return True
    return False


# Notes.


def _refusals(book: _Book) -> Findings:
    query = "SELECT id, peer, by_peer, segment_hash, code, reason FROM refusals"
    for row, peer, by_peer, segment_hash, code, reason in book.rows(query):
        formed = places.is_place(peer) and by_peer in (0, 1) and isinstance(segment_hash, bytes)
        if not formed or not all(map(_is_text, (code, reason))):
            yield Finding("does not have its form", "refusals", f"id {row}", LOOK)
        elif not by_peer and (len(segment_hash) != HASH_BYTES or not code.replace("_", "").isupper()):
            yield Finding("was not written by this book", "refusals", f"id {row}", LOOK)


def _is_text(value: object) -> bool:
    """Text that was read as UTF-8: bytes that are none come as surrogates."""
    return isinstance(value, str) and not any("\ud800" <= each <= "\udfff" for each in value)


def _requests(book: _Book) -> Findings:
    for request_id, digest, answer in book.rows("SELECT request_id, digest, answer FROM requests"):
        row = f"request_id {_hex(request_id)}"
        if len(request_id) != REQUEST_BYTES or len(digest) != HASH_BYTES or not isinstance(answer, bytes):
            yield Finding("does not have its form", "requests", row, LOOK)
            continue
        written = book.rows(
            "SELECT f.fact_id, c.case_id FROM facts f LEFT JOIN cases c ON c.id=f.case_row WHERE request_id=?",
            request_id,
        )
        named = {name for names in written for name in names}
        if not named:
            yield Finding("nothing was written for it", "requests", row, RESTORE)
        elif len(answer) == HASH_BYTES and answer not in named:
            yield Finding("its answer is not the case it wrote to", "requests", row, RESTORE)


# What follows from the facts.


def _cases(book: _Book) -> Findings:
    yield from _numbered(book, "cases")
    calendars = Catalogues(book.conn, book.place).calendars()
    defaults = schema.defaults(book.conn, "cases")
    for values in book.rows("SELECT * FROM cases ORDER BY id"):
        stored = dict(zip(defaults, values, strict=True))
        expected = _fold_anew(book, stored["id"], stored["case_id"], calendars)
        if expected is None:
            yield Finding("no fact belongs to it", "cases", f"id {stored['id']}", REBUILD)
            continue
        differing = [name for name, value in stored.items() if (defaults | expected)[name] != value]
        if differing:
            yield Finding(f"{', '.join(differing)}: not what its facts say", "cases", f"id {stored['id']}", REBUILD)


def _fold_anew(book: _Book, row: int, case_id: bytes, calendars: list[Calendar]) -> dict[str, object] | None:
    found = book.conn.execute(
        "SELECT bytes FROM facts WHERE case_row=? ORDER BY fact_id<>?, id LIMIT 1", [row, case_id]
    ).fetchone()
    if found is None:
        return None
    home = fact_pb2.Fact.FromString(found[0]).home
    case = cases.load(book.conn, row, case_id, home)
    repeated, parent = cases.is_repeated(book.conn, case), cases.load_parent(book.conn, case)
    found = cases.columns(case, repeated=repeated, parent=parent, calendars=calendars)
    return {"id": row, "case_id": case_id} | found


def _tallies(book: _Book) -> Findings:
    """What is kept of each home and day is what its cases count for."""
    counted: Counter[tuple[int, int, int, str]] = Counter()
    for row in case_rows(book.conn):
        for (day, name), count in tally_of(row).items():
            counted[DAY, day, row["home"], name] += count
            counted[MONTH, month_at(day_numbered(day)), row["home"], name] += count
    for unit, at, home, *stored in book.rows("SELECT * FROM tallies"):
        for name, count in zip(TALLIED, stored, strict=True):
            counted[unit, at, home, name] -= count
    for (unit, at, home, name), missing in counted.items():
        if missing:
            yield Finding(f"{name}: {missing:+d} by its cases", "tallies", f"unit {unit} at {at} home {home}", REBUILD)


def _applicants(book: _Book) -> Findings:
    """Names to search by are those in the private parts of filings."""
    named = set()
    held = "SELECT f.case_row, f.bytes, p.part FROM private_parts p JOIN facts f ON f.id=p.fact ORDER BY f.case_row"
    for case_row, encoded, part in book.rows(held):
        name = applicant_name(part) if is_filing(fact_pb2.Fact.FromString(encoded)) else ""
        stored = _one(book, "SELECT name FROM applicants WHERE case_row=?", case_row)
        named |= {case_row} if name and case_row is not None else set()
        if name and case_row is not None and stored != name:
            yield Finding("is not the name its filing gives", "applicants", f"case_row {case_row}", REBUILD)
    for (case_row,) in book.rows("SELECT case_row FROM applicants"):
        if case_row not in named:
            yield Finding("no filing gives this name", "applicants", f"case_row {case_row}", REBUILD)


def _arrivals(book: _Book) -> Findings:
    """An arrival is a time at which whoever had to take in, to explain or to call back had signed for it."""
    signed = _signed_times(book)
    for row, signer, at_ms, encoded in book.rows(
        "SELECT a.fact, a.signer, a.at_ms, f.bytes FROM arrivals a LEFT JOIN facts f ON f.id=a.fact"
    ):
        if not encoded or not _is_turned_to(fact_pb2.Fact.FromString(encoded), signer):
            yield Finding("is of nothing that was turned to its signer", "arrivals", f"fact {row}", REBUILD)
            continue
        if at_ms not in signed[signer]:
            yield Finding("no checkpoint of its signer is of this time", "arrivals", f"fact {row}", REBUILD)


def _is_turned_to(fact: fact_pb2.Fact, place: int) -> bool:
    """Whether a fact offers a case to a place, asks it to explain something, or is a bad rating it may have to hear."""
    if fact.body_type == fact_pb2.BODY_TYPE_ACCOUNTABILITY_STEP:
        return int(body_of(fact, bodies_pb2.AccountabilityStep).deed) == Deed.SERVE and place in places.path(fact.home)
    if fact.fact_class == fact_pb2.FACT_CLASS_ANNOTATION:
        return grade_of(fact) in BADLY_RATED and place in places.path(fact.home)
    offer = move_of(b"", fact)
    return offer.act in OFFERS and offer.to_place == place


def _signed_times(book: _Book) -> dict[int, set[int]]:
    """When the first checkpoint of each list was made, by a trusted clock."""
    found = defaultdict[int, set[int]](set)
    for signer, encoded in book.rows("SELECT signer, first FROM checkpoints"):
        first = _canonical(journal_pb2.Checkpoint, encoded)
        if first and first.clock_state == fact_pb2.CLOCK_STATE_TRUSTED:
            found[signer].add(first.at_ms)
    return found


def _known(book: _Book) -> Findings:
    """Nobody may be taken to have said more, or later, than he signed."""
    signed, scopes = _last_signed(book), {stream.scope for stream in book.streams.values()}
    for signer, epoch, kind, place, *times in book.rows(
        "SELECT signer, epoch, kind, place, until_ms, stated_ms FROM known"
    ):
        row = f"signer {signer}, {kind}:{place}"
        if Scope(kind, place) not in scopes | {WHOLE_LIFE}:
            yield Finding("nothing is held in this scope", "known", row, REBUILD)
        # A clock may be put back a little, and the last checkpoint is then not the latest.
        if max(times) > signed.get((signer, epoch), -1 - TOLERANCE_MS) + TOLERANCE_MS:
            yield Finding("its signer has not signed for so much", "known", row, REBUILD)


def _two_stores(book: _Book) -> Findings:
    """Only of a life that has stated anything can two stores have been seen."""
    stated = _last_signed(book)
    for signer, epoch in book.rows("SELECT signer, epoch FROM two_stores"):
        if (signer, epoch) not in stated:
            yield Finding("nothing was stated by this life", "two_stores", f"signer {signer}", REBUILD)


def _backdated(book: _Book) -> Findings:
    latest: dict[int, int] = {}
    for (signer, _), at_ms in _last_signed(book).items():
        latest[signer] = max(at_ms, latest.get(signer, 0))
    for row, not_before_ms, encoded in book.rows(
        "SELECT b.fact, b.not_before_ms, f.bytes FROM backdated b LEFT JOIN facts f ON f.id=b.fact"
    ):
        fact = fact_pb2.Fact.FromString(encoded) if encoded else fact_pb2.Fact()
        if not fact.recorded_at_ms < not_before_ms <= latest.get(fact.recorder.place, 0):
            yield Finding("its author did not sign without it at a later time", "backdated", f"fact {row}", REBUILD)


def _last_signed(book: _Book) -> dict[tuple[int, bytes], int]:
    """By signer and epoch, the latest time that stands in a checkpoint."""
    found: dict[tuple[int, bytes], int] = {}
    for ends in book.rows("SELECT first, last FROM checkpoints"):
        for checkpoint in (each and _canonical(journal_pb2.Checkpoint, each) for each in ends):
            if checkpoint:
                life = checkpoint.signer, checkpoint.epoch
                found[life] = max(checkpoint.at_ms, found.get(life, 0))
    return found


def _kept_findings(book: _Book) -> Findings:
    """What stands as confirmed was told to everybody, of this case and this limit."""
    for row, case_row, key, standing, told, of_case, encoded in book.rows(
        "SELECT n.id, n.case_row, n.kind || ' ' || n.place || ' ' || n.start_day, n.standing, n.confirmed_by, "
        "f.case_row, f.bytes FROM findings n LEFT JOIN facts f ON f.fact_id=n.confirmed_by"
    ):
        known = standing in (*Standing, WITHDRAWN, *SETTLED.values())
        if not known or (standing == Standing.CONFIRMED) != (told is not None):
            yield Finding("stands at nothing that can be said of a limit", "findings", f"id {row}", REBUILD)
        if told is None:
            continue
        fact = fact_pb2.Fact.FromString(encoded) if encoded else fact_pb2.Fact()
        said = body_of(fact, bodies_pb2.FindingConfirmed)
        confirms = fact.body_type == fact_pb2.BODY_TYPE_FINDING_CONFIRMED and of_case == case_row
        if not confirms or key != f"{int(said.limit)} {said.place} {said.start_day}":
            yield Finding("is not what was told of it", "findings", f"id {row}", REBUILD)


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)


CHECKS: Iterable[Callable[[_Book], Findings]] = (
    _file,
    _tables,
    _meta,
    _keys,
    _streams,
    _facts,
    _entries,
    _heads,
    _parked,
    _checkpoints,
    _own_checkpoints,
    _stated,
    _refusals,
    _requests,
    _cases,
    _tallies,
    _applicants,
    _arrivals,
    _known,
    _backdated,
    _two_stores,
    _kept_findings,
    _newest_time,
)
