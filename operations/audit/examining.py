"""One book by itself: everything that can be known without the others."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from operations.audit import chains, checkpoints, counting, digests, facts, promises
from operations.audit.books import ClosedBook
from operations.audit.chains import Chains, End
from operations.audit.checkpoints import Held, Stated
from operations.audit.counting import Case
from operations.audit.facts import Facts
from operations.audit.findings import Findings
from operations.audit.promises import Calendar
from operations.audit.signatures import Signed
from sync.facts.v1 import bodies_pb2

# Rows of these tables are never deleted: their numbers have no holes.
NUMBERED = ("streams", "facts", "entries", "checkpoints", "cases")


@dataclass
class Examined:
    """What one book shows, small enough to be handed to whoever compares the books."""

    place: int
    findings: Findings
    is_readable: bool = True
    fact_ids: bytes = b""
    entries: int = 0
    private_parts: int = 0
    ends: dict[bytes, list[End]] = field(default_factory=dict)
    damaged: set[bytes] = field(default_factory=set)
    signed: list[Signed] = field(default_factory=list)
    own: list[Stated] = field(default_factory=list)
    received: list[Stated] = field(default_factory=list)
    claims: list[Held] = field(default_factory=list)
    cases: dict[bytes, Case] = field(default_factory=dict)
    calendars: list[Calendar] = field(default_factory=list)


def examine(book: ClosedBook) -> Examined:
    """Reads a book from end to end. A file that cannot be read on is a finding."""
    examined = Examined(book.place, Findings(book.place))
    conn = book.open()
    try:
        _examine(conn, book, examined)
    except Exception as error:
        examined.is_readable = False
        examined.findings.add("BOOK_UNREADABLE", f"{type(error).__name__}: {error}")
    finally:
        conn.close()
    return examined


def _examine(conn: sqlite3.Connection, book: ClosedBook, examined: Examined) -> None:
    findings = examined.findings
    _check_numbers(conn, findings)
    read = facts.read(conn, findings)
    examined.fact_ids = b"".join(kept.fact_id for kept in read.by_row.values())
    examined.private_parts = read.private_parts
    examined.signed += _certificates(conn, book, read, findings)
    facts.check_published(conn, read, findings)
    read.registers.check(conn, findings)
    examined.calendars = promises.calendars(read.calendars)
    examined.cases = {case.case_id: case for case in _cases(read, examined.calendars)}
    _check_case_rows(conn, examined.cases, findings)
    journals = chains.read(conn, read, findings)
    examined.entries, examined.ends, examined.damaged = len(journals.entries), journals.ends, journals.damaged
    _check_unchained(conn, journals, read, findings)
    _check_epoch(conn, journals, findings)
    said = checkpoints.read(conn, read, journals, findings)
    examined.signed += journals.signed + said.signed
    examined.own, examined.received, examined.claims = said.own, said.received, said.claims


def _check_numbers(conn: sqlite3.Connection, findings: Findings) -> None:
    for table in NUMBERED:
        count, newest = conn.execute(f"SELECT COUNT(*), COALESCE(MAX(id), 0) FROM {table}").fetchone()
        if count != newest:
            findings.add("ROWS_MISSING", f"{table}：{count}行，编到{newest}")


def _certificates(conn: sqlite3.Connection, book: ClosedBook, read: Facts, findings: Findings) -> list[Signed]:
    """Those of the facts are what the table of keys must hold. The root key's signature is verified with the others."""
    stored = {(place, key): row for place, key, row in conn.execute("SELECT place, key, certificate FROM keys")}
    for named, certificate in read.certificates.items():
        if stored.pop(named, None) != certificate.SerializeToString(deterministic=True):
            findings.add("KEY_WRONG", f"keys {named[0]}")
    for (place, key), encoded in stored.items():
        certificate = bodies_pb2.KeyCertificate.FromString(encoded)
        if (certificate.place, certificate.key) != (place, key):
            findings.add("KEY_WRONG", f"keys {place}")
        read.certificates[place, key] = certificate
    return [
        Signed(book.root_key, each.signature, digests.certificate_message(each), "keys", place)
        for (place, _), each in read.certificates.items()
    ]


def _check_unchained(conn: sqlite3.Connection, journals: Chains, read: Facts, findings: Findings) -> None:
    chained = {entry.fact for entry in journals.entries.values()}
    loose = {kept.fact_id: kept for row, kept in read.by_row.items() if row not in chained}
    for fact_id in loose.keys() - set(facts.waiting(conn)):
        findings.add("FACT_UNCHAINED", fact=fact_id, case=loose[fact_id].case_id)


def _check_epoch(conn: sqlite3.Connection, journals: Chains, findings: Findings) -> None:
    found = conn.execute("SELECT value FROM meta WHERE name='epoch'").fetchone()
    if found is None or (findings.book, found[0]) not in {(s.author, s.epoch) for s in journals.streams.values()}:
        findings.add("STREAM_WRONG", "meta epoch")


# Cases.


def _cases(read: Facts, calendars: list[Calendar]) -> list[Case]:
    found = [counting.case_of(case_id, said, calendars) for case_id, said in read.said.items()]
    return counting.mark_not_needed(counting.mark_repeated(found))


def _check_case_rows(conn: sqlite3.Connection, found: dict[bytes, Case], findings: Findings) -> None:
    columns = [name for _, name, *_ in conn.execute("PRAGMA table_info(cases)") if name in Case._fields]
    missing = dict(found)
    for values in conn.execute(f"SELECT {', '.join(columns)} FROM cases"):
        stored = dict(zip(columns, values, strict=True))
        case = missing.pop(stored["case_id"], None)
        if case is None:
            findings.add("CASE_WITHOUT_FACTS", stored["number"], case=stored["case_id"])
            continue
        for name, value in stored.items():
            counted = _as_column(getattr(case, name))
            if counted != value:
                findings.add("CASE_ROW_WRONG", f"{name}：登记{value}，重算{counted}", case=case.case_id)
    for case_id in missing:
        findings.add("CASE_ROW_MISSING", case=case_id)


def _as_column(value: object) -> object:
    """Several times stand in one column as a JSON list."""
    if isinstance(value, tuple):
        return json.dumps(value) if value else ""
    return value
