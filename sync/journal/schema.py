"""The tables of a book, and what SQLite must be to keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations
from sqlite_utils import utils as sqlite_utils_utils

from sync.errors import Corrupt
from sync.journal.tallies import TABLE as TALLIES

# pysqlite3 where it is installed, else Python's own.
sqlite3: Any = sqlite_utils_utils.sqlite3  # type: ignore[attr-defined]

# 3.51.3 repaired the WAL-reset bug that can corrupt a database with two connections.
SQLITE_FLOOR = (3, 51, 3)

MIGRATIONS = Migrations("journal")

SIZES = (1, 4, 16, 64, 256)
AT_ONCE = SIZES[-1]
"""Values asked for in one query."""

WRITER_CACHE_KIB = 16_000
"""What a commit touches lies all over the indexes: with SQLite's own 2 MB it is read again and again."""

APPEND_ONLY = ("streams", "facts", "entries")

FIRST = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- What happened, and in which journals it stands.
CREATE TABLE streams(
    id INTEGER PRIMARY KEY, author INTEGER NOT NULL, epoch BLOB NOT NULL, kind INTEGER NOT NULL,
    place INTEGER NOT NULL, key BLOB NOT NULL, UNIQUE (place, kind, author, epoch));
CREATE TABLE facts(
    id INTEGER PRIMARY KEY, fact_id BLOB NOT NULL UNIQUE, case_row INTEGER, request_id BLOB NOT NULL,
    bytes BLOB NOT NULL);
CREATE INDEX facts_by_case ON facts(case_row) WHERE case_row IS NOT NULL;
CREATE INDEX facts_by_request ON facts(request_id);
CREATE TABLE entries(
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, seq INTEGER NOT NULL, previous INTEGER,
    hash BLOB NOT NULL UNIQUE, fact INTEGER NOT NULL, signature BLOB);
CREATE INDEX entries_by_stream ON entries(stream, seq);
CREATE INDEX entries_by_fact ON entries(fact);
CREATE TABLE heads(stream INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (stream, entry)) WITHOUT ROWID;

-- Beside the chain: may be erased by law.
CREATE TABLE private_parts(fact INTEGER PRIMARY KEY, part BLOB NOT NULL);

-- Verified segments whose predecessor, private part or key is not here yet.
CREATE TABLE parked(
    last_hash BLOB PRIMARY KEY, author INTEGER NOT NULL, epoch BLOB NOT NULL, kind INTEGER NOT NULL,
    place INTEGER NOT NULL, previous_hash BLOB NOT NULL, reason TEXT NOT NULL, sender INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, segment BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE keys(
    place INTEGER NOT NULL, key BLOB NOT NULL, certificate BLOB NOT NULL, PRIMARY KEY (place, key)) WITHOUT ROWID;

-- What neighbours have confirmed: the first and the last checkpoint with the same list hash, and the latest list and
-- heads. upto_entry: for own checkpoints, the newest entry they cover.
CREATE TABLE checkpoints(
    id INTEGER PRIMARY KEY, signer INTEGER NOT NULL, peer INTEGER NOT NULL, list_hash BLOB NOT NULL,
    first BLOB NOT NULL, last BLOB, first_received_at_ms INTEGER NOT NULL, last_received_at_ms INTEGER NOT NULL,
    upto_entry INTEGER);
CREATE INDEX checkpoints_by_link ON checkpoints(signer, peer);
CREATE TABLE stated(
    signer INTEGER NOT NULL, peer INTEGER NOT NULL, checkpoint BLOB NOT NULL, digests BLOB NOT NULL,
    received_at_ms INTEGER NOT NULL, PRIMARY KEY (signer, peer)) WITHOUT ROWID;
CREATE TABLE stated_heads(
    signer INTEGER NOT NULL, peer INTEGER NOT NULL, kind INTEGER NOT NULL, place INTEGER NOT NULL,
    digest BLOB NOT NULL, heads BLOB NOT NULL, PRIMARY KEY (signer, peer, place, kind)) WITHOUT ROWID;

CREATE TABLE refusals(
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, peer INTEGER NOT NULL, by_peer INTEGER NOT NULL,
    segment_hash BLOB NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (peer, by_peer, segment_hash, code));

-- Answers already given, so that a repeated call gets the same one.
CREATE TABLE requests(request_id BLOB PRIMARY KEY, digest BLOB NOT NULL, answer BLOB NOT NULL) WITHOUT ROWID;

-- Projections: what follows from the facts, kept at hand.
CREATE TABLE cases(
    id INTEGER PRIMARY KEY, case_id BLOB NOT NULL UNIQUE, home INTEGER NOT NULL, township INTEGER NOT NULL,
    number TEXT NOT NULL DEFAULT '', serial INTEGER NOT NULL DEFAULT 0, item_code TEXT NOT NULL DEFAULT '',
    item_version INTEGER NOT NULL DEFAULT 0, release INTEGER NOT NULL DEFAULT 0, filed_by INTEGER NOT NULL DEFAULT 0,
    stage TEXT NOT NULL DEFAULT '', custodian_place INTEGER NOT NULL DEFAULT 0,
    custodian_unit TEXT NOT NULL DEFAULT '', offered_place INTEGER NOT NULL DEFAULT 0,
    offered_unit TEXT NOT NULL DEFAULT '', outcome INTEGER NOT NULL DEFAULT 0,
    filed_at_ms INTEGER NOT NULL DEFAULT 0, received_at_ms INTEGER NOT NULL DEFAULT 0,
    accepted_at_ms INTEGER NOT NULL DEFAULT 0, decided_at_ms INTEGER NOT NULL DEFAULT 0,
    closed_at_ms INTEGER NOT NULL DEFAULT 0, delivered_at_ms INTEGER NOT NULL DEFAULT 0,
    promised_days INTEGER NOT NULL DEFAULT 0, via_village INTEGER NOT NULL DEFAULT 0,
    open_branches INTEGER NOT NULL DEFAULT 0, beyond_gap INTEGER NOT NULL DEFAULT 0,
    held_for_upgrade INTEGER NOT NULL DEFAULT 0, duplicate INTEGER NOT NULL DEFAULT 0);
CREATE INDEX cases_by_number ON cases(number);
CREATE INDEX cases_by_home ON cases(home, serial);
CREATE INDEX cases_by_custodian ON cases(custodian_place, stage);
CREATE INDEX cases_by_offer ON cases(offered_place) WHERE offered_place <> 0;
CREATE INDEX cases_by_township ON cases(township, stage);
CREATE TABLE releases(number INTEGER NOT NULL, fact_id BLOB NOT NULL, PRIMARY KEY (number, fact_id)) WITHOUT ROWID;
CREATE TABLE calendars(number INTEGER NOT NULL, fact_id BLOB NOT NULL, PRIMARY KEY (number, fact_id)) WITHOUT ROWID;
"""


# What figures and clocks are made of. Lists of times are JSON.
SECOND = """
ALTER TABLE cases ADD COLUMN paper INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN handed_over_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN taken_in_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN asked_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN extended_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN extended_to_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN legal_days_added INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN stage_at_ms TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN ended_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN ending TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN used_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN deadline_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN on_time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN verdict_calendar INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN provisional INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN rated_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN grade INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN complaints TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN shirked TEXT NOT NULL DEFAULT '';
CREATE TABLE applicants(case_row INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX applicants_by_name ON applicants(name);
CREATE TRIGGER applicants_go_with_private_parts AFTER DELETE ON private_parts
    BEGIN DELETE FROM applicants WHERE case_row=(SELECT case_row FROM facts WHERE id=OLD.fact); END;
INSERT INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# When an offer came to whom it was made: the time of the taker's first trusted checkpoint that covers it.
THIRD = """
ALTER TABLE cases ADD COLUMN offer INTEGER NOT NULL DEFAULT 0;
CREATE TABLE arrivals(fact INTEGER PRIMARY KEY, signer INTEGER NOT NULL, at_ms INTEGER NOT NULL);
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# What is open is looked at often, what has ended seldom.
FOURTH = f"""
{TALLIES};
CREATE INDEX cases_by_end ON cases(ended_at_ms);
CREATE INDEX cases_in_conflict ON cases(home) WHERE open_branches>0;
DROP INDEX cases_by_township;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# What supervision rests on. known: of each life of a place's store, through when all is here that it did in a scope,
# and when it last stated anything; kind and place 0: of the life as a whole. backdated: facts written after their
# author had signed for a journal without them, at a later time than they say. findings, silences: kept by the county.
FIFTH = """
CREATE TABLE known(
    signer INTEGER NOT NULL, epoch BLOB NOT NULL, kind INTEGER NOT NULL, place INTEGER NOT NULL,
    until_ms INTEGER NOT NULL, stated_ms INTEGER NOT NULL, PRIMARY KEY (signer, epoch, place, kind)) WITHOUT ROWID;
CREATE TABLE backdated(fact INTEGER PRIMARY KEY, not_before_ms INTEGER NOT NULL);
CREATE TABLE findings(
    id INTEGER PRIMARY KEY, case_row INTEGER NOT NULL, kind INTEGER NOT NULL, place INTEGER NOT NULL,
    start_day INTEGER NOT NULL, limit_days INTEGER NOT NULL, deadline_day INTEGER NOT NULL, standing TEXT NOT NULL,
    found_at_ms INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL, evidence TEXT NOT NULL, confirmed_by BLOB,
    UNIQUE (case_row, kind, start_day, place));
CREATE TABLE silences(
    id INTEGER PRIMARY KEY, place INTEGER NOT NULL, since_ms INTEGER NOT NULL, found_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL, UNIQUE (place, since_ms));
CREATE INDEX findings_unsettled ON findings(standing) WHERE standing IN ('suspected', 'for_a_person');
"""


# Clocks of special procedures, of what the village does first, and of delivery.
SIXTH = """
ALTER TABLE cases ADD COLUMN village_act_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN special TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN special_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN special_at_ms TEXT NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN legal_special_at_ms TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_undelivered ON cases(decided_at_ms) WHERE stage='CLOSED';
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# What needs a reply, and the registers of offices. replies: complaints and ratings to be called back, JSON. register:
# day is that of the contact, the service, the appointment or the attestation; names: the appointment that ends.
SEVENTH = """
ALTER TABLE cases ADD COLUMN replies TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_with_replies ON cases(home) WHERE replies<>'';
CREATE TABLE register(
    fact INTEGER PRIMARY KEY, kind INTEGER NOT NULL, home INTEGER NOT NULL, place INTEGER NOT NULL,
    day INTEGER NOT NULL, names BLOB NOT NULL);
CREATE INDEX register_by_kind ON register(kind, home);
CREATE INDEX register_by_name ON register(names) WHERE names<>x'';
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM facts);
"""


# Joint cases: what a branch is of, its limit, and from when it is not needed any more.
EIGHTH = """
ALTER TABLE cases ADD COLUMN parent BLOB;
ALTER TABLE cases ADD COLUMN opinion_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN need_ended_at_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cases_by_parent ON cases(parent) WHERE parent IS NOT NULL;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# What the facts of a case show against the rules of supervision, and its accountability records.
# two_stores: lives of which two stores, or one that was set back, have stated something.
NINTH = """
ALTER TABLE cases ADD COLUMN signals TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_signalled ON cases(home) WHERE signals<>'';
ALTER TABLE cases ADD COLUMN records TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_with_records ON cases(home) WHERE records<>'';
CREATE TABLE two_stores(
    signer INTEGER NOT NULL, epoch BLOB NOT NULL, found_at_ms INTEGER NOT NULL,
    PRIMARY KEY (signer, epoch)) WITHOUT ROWID;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# Rosters of places (person '') and absences of persons.
TENTH = """
CREATE TABLE posts(
    place INTEGER NOT NULL, person TEXT NOT NULL, fact_id BLOB NOT NULL,
    PRIMARY KEY (place, person, fact_id)) WITHOUT ROWID;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM facts);
"""


# call_back_place: who has still to call somebody back about a bad rating, 0 = nobody.
ELEVENTH = """
ALTER TABLE cases ADD COLUMN call_back_place INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cases_to_call_back ON cases(call_back_place) WHERE call_back_place<>0;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# When a legal limit was extended. Whose a finding is: the unit that had the case on the last day. So far it was named
# by who had it last; the cases are weighed anew.
TWELFTH = """
ALTER TABLE cases ADD COLUMN legal_extended_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE findings ADD COLUMN unit TEXT NOT NULL DEFAULT '';
UPDATE findings SET unit=COALESCE((SELECT custodian_unit FROM cases WHERE id=case_row AND custodian_place=place), '');
UPDATE meta SET value=x'30' WHERE name='supervised_through';
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM cases);
"""


# What offices are asked to explain is looked at whenever one of them has signed for anything. Rosters are learnt anew:
# some do not count any more.
THIRTEENTH = """
CREATE INDEX cases_served ON cases(home) WHERE instr(records, 'SERVED')>0;
DELETE FROM posts;
INSERT OR IGNORE INTO meta SELECT 'refold', x'01' WHERE EXISTS (SELECT 1 FROM facts);
"""


@MIGRATIONS()
def m001_first(db: Database) -> None:
    for statement in FIRST.split(";\n"):
        db.conn.execute(statement)
    for table in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_never_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


@MIGRATIONS()
def m002_figures_and_clocks(db: Database) -> None:
    for statement in SECOND.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m003_arrivals(db: Database) -> None:
    for statement in THIRD.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m004_tallies(db: Database) -> None:
    for statement in FOURTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m005_supervision(db: Database) -> None:
    for statement in FIFTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m006_special_procedures(db: Database) -> None:
    for statement in SIXTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m007_replies_and_registers(db: Database) -> None:
    for statement in SEVENTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m008_joint_cases(db: Database) -> None:
    for statement in EIGHTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m009_rules(db: Database) -> None:
    for statement in NINTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m010_posts(db: Database) -> None:
    for statement in TENTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m011_calls_back(db: Database) -> None:
    for statement in ELEVENTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m012_units_of_findings_and_legal_extensions(db: Database) -> None:
    for statement in TWELFTH.split(";\n"):
        db.conn.execute(statement)


@MIGRATIONS()
def m013_served(db: Database) -> None:
    for statement in THIRTEENTH.split(";\n"):
        db.conn.execute(statement)


def connect(path: Path, *, read_only: bool = False) -> Any:
    """A connection that keeps what it commits through a power cut.

    Raises Corrupt if SQLite is too old, or does not take WAL and synchronous=FULL.
    """
    require_sqlite(sqlite3.sqlite_version_info)
    try:
        return _connected(path, read_only=read_only)
    except sqlite3.DatabaseError as error:
        raise Corrupt(f"The book {path} cannot be opened: {error}. Restore it from a copy, or begin anew.") from None


def _connected(path: Path, *, read_only: bool) -> Any:
    conn = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=30)
    conn.execute("PRAGMA busy_timeout=30000")
    mode = conn.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    conn.execute("PRAGMA synchronous=FULL")
    if mode != "wal" or conn.execute("PRAGMA synchronous").fetchone()[0] != 2:
        raise Corrupt(f"{path} does not keep WAL with synchronous=FULL. Put the book on a local disk.")
    conn.execute("PRAGMA query_only=ON" if read_only else f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
    return conn


class RowNumbers:
    """Numbers for the next rows of a table of which none is ever deleted. Only one thread writes."""

    def __init__(self, conn: Any, table: str) -> None:
        self._conn = conn
        self._table = table
        self._next = self._unwritten = 0

    def give(self, count: int = 1) -> int:
        """The first of so many numbers in a row."""
        if not self._next:
            (highest,) = self._conn.execute(f"SELECT COALESCE(MAX(id), 0) FROM {self._table}").fetchone()
            self._next = max(int(highest), self._unwritten) + 1
        first = self._next
        self._next += count
        return first

    def forget(self, *, unwritten: int = 0) -> None:
        """After something was taken back. `unwritten`: the highest number of a row that is still to be written."""
        self._next, self._unwritten = 0, unwritten


def defaults(conn: Any, table: str) -> dict[str, object]:
    """The columns of a table with what stands there where nothing else is said."""
    return {name: _default(declared) for _, name, _, _, declared, _ in conn.execute(f"PRAGMA table_info({table})")}


def _default(declared: str | None) -> object:
    return None if declared is None else "" if declared == "''" else int(declared)


def find_many(conn: Any, query: str, wanted: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query that ends in `IN`, for many values. Few forms of it, so that SQLite prepares each once."""
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        places = next(size for size in SIZES if size >= len(some))
        filled = [*some, *[some[-1]] * (places - len(some))]
        yield from conn.execute(f"{query} ({','.join('?' * places)})", filled).fetchall()


def require_sqlite(version: tuple[int, ...]) -> None:
    """Raises Corrupt below the floor: Debian's own SQLite 3.40 can corrupt a WAL database."""
    if version < SQLITE_FLOOR:
        found, floor = (".".join(map(str, v)) for v in (version, SQLITE_FLOOR))
        raise Corrupt(
            f"SQLite {found} is too old: {floor} or later is needed. On Linux install the package pysqlite3; "
            "elsewhere use a Python that carries a newer SQLite."
        )


def migrate(conn: Any) -> None:
    """Brings the tables to this version. Raises Corrupt for a book written by a newer version."""
    db = Database(conn)
    known = {migration.name for migration in MIGRATIONS.pending(Database(memory=True))}
    newer = {migration.name for migration in MIGRATIONS.applied(db)} - known
    if newer:
        raise Corrupt(f"The book was written by a newer version ({', '.join(sorted(newer))}). Install that version.")
    MIGRATIONS.apply(db)
