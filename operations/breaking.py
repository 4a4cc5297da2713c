"""Changes a county's closed book behind the system's back, so that the audit has something to find."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operations import networks
from sync.errors import Malformed
from sync.facts import hashing
from sync.facts.streams import Scope, Stream
from sync.facts.v1 import bodies_pb2, fact_pb2
from sync.journal import cases, schema
from sync.journal.catalogue import Catalogues
from sync.journal.projections import Projections
from sync.journal.writing import REQUEST_BYTES
from sync.node.node import BOOK

Break = Callable[[Path, int], str]


def lose_one(root: Path, seed: int) -> str:
    """One fact of one case is gone: its entry, its private part, and what followed from it."""
    chosen = random.Random(seed)
    with _county_book(root) as book:
        row, number = chosen.choice(book.cases())
        (fact,) = chosen.choice(book.rows("SELECT id FROM facts WHERE case_row=? ORDER BY id", row))
        book.cut_out(fact)
        book.conn.execute("DELETE FROM private_parts WHERE fact=?", [fact])
        book.conn.execute("DELETE FROM facts WHERE id=?", [fact])
        book.fold_anew(row)
    return number


def double_one(root: Path, seed: int) -> str:
    """One filing stands there twice, as if it had been asked for twice."""
    chosen = random.Random(seed)
    with _county_book(root) as book:
        row, number = chosen.choice(book.cases())
        book.file_again(row, request_id=chosen.randbytes(REQUEST_BYTES))
    return number


def rate_one(root: Path, seed: int) -> str:
    """One rating says something else, under the old id."""
    chosen = random.Random(seed)
    with _county_book(root) as book:
        rated = [(row, fact) for row, fact in book.facts_of_cases() if fact.body_type == fact_pb2.BODY_TYPE_RATED]
        if not rated:
            raise Malformed(f"{root} holds no rated case. Rate one first.")
        row, fact = chosen.choice(rated)
        body = bodies_pb2.Rated.FromString(fact.body)
        body.grade = 1 if body.grade >= 3 else 5
        fact.body = body.SerializeToString(deterministic=True)
        return book.rewrite(row, fact)


BREAKS: dict[str, Break] = {"lose-one": lose_one, "double-one": double_one, "rate-one": rate_one}
"""Each takes the directory of a network and a seed, and returns the number of the case it touched."""


@contextmanager
def _county_book(root: Path) -> Iterator[_Book]:
    """The county's book, open for what no node may do: facts and entries have triggers that forbid any change.

    They are taken off and put back within the one transaction, or a reader would see at once that somebody was here.
    """
    network = networks.load(root)
    if network is None:
        raise Malformed(f"{root} holds no network.")
    conn = schema.connect(networks.directory(root, network.county) / BOOK)
    try:
        conn.execute("BEGIN IMMEDIATE")
        triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        yield _Book(conn, network.county.place)
        for _, sql in triggers:
            conn.execute(sql)
        conn.execute("COMMIT")
    finally:
        conn.close()


class _Book:
    """A book in the hands of somebody who may do anything but sign."""

    def __init__(self, conn: Any, place: int) -> None:
        self.conn = conn
        self.place = place

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.conn.execute(query, values).fetchall()
        return found

    def cases(self) -> list[tuple[int, str]]:
        """Row and number. The county's own are left out: what nobody else holds nobody can miss."""
        query = "SELECT id, number FROM cases WHERE home<>? AND number<>'' AND duplicate=0 ORDER BY id"
        if found := self.rows(query, self.place):
            return [(row, number) for row, number in found]
        raise Malformed("The county's book holds no case of a township or village. File one first.")

    def facts_of_cases(self) -> Iterator[tuple[int, fact_pb2.Fact]]:
        for row, encoded in self.rows("SELECT id, bytes FROM facts WHERE case_row IS NOT NULL ORDER BY id"):
            yield row, fact_pb2.Fact.FromString(encoded)

    def cut_out(self, fact: int) -> None:
        """Takes the entry of a fact out of its chain; what followed it follows the one before."""
        for entry, stream, previous in self.rows("SELECT id, stream, previous FROM entries WHERE fact=?", fact):
            self.conn.execute("UPDATE entries SET previous=? WHERE previous=?", [previous, entry])
            if self.conn.execute("DELETE FROM heads WHERE entry=?", [entry]).rowcount and previous is not None:
                self.conn.execute("INSERT INTO heads VALUES (?,?)", [stream, previous])
            self.conn.execute("DELETE FROM entries WHERE id=?", [entry])

    def fold_anew(self, row: int) -> None:
        """The row of a case as it would be with the facts that are left; none if there are none."""
        ((case_id, home),) = self.rows("SELECT case_id, home FROM cases WHERE id=?", row)
        self.conn.execute("DELETE FROM cases WHERE id=?", [row])
        if self.rows("SELECT 1 FROM facts WHERE case_row=?", row):
            self.conn.execute(
                "INSERT INTO cases(id, case_id, home, township) VALUES (?,?,?,?)",
                [row, case_id, home, cases.township_of(home)],
            )
            self._refresh(row)

    def _refresh(self, row: int) -> None:
        projections = Projections(self.conn, Catalogues(self.conn, self.place))
        projections.look_again([row])
        projections.refresh()

    def file_again(self, row: int, *, request_id: bytes) -> None:
        """A copy of a case's filing, a case of its own, at the end of the stream in which the filing stands."""
        ((original, encoded),) = self.rows(
            "SELECT f.id, f.bytes FROM facts f JOIN cases c ON c.case_id=f.fact_id WHERE c.id=?", row
        )
        fact = fact_pb2.Fact.FromString(encoded)
        fact.request_id = request_id
        encoded = fact.SerializeToString(deterministic=True)
        name = hashing.fact_id(encoded)
        case_row = self.conn.execute(
            "INSERT INTO cases(case_id, home, township) VALUES (?,?,?)",
            [name, fact.home, cases.township_of(fact.home)],
        ).lastrowid
        copy = self.conn.execute(
            "INSERT INTO facts(fact_id, case_row, request_id, bytes) VALUES (?,?,?,?)",
            [name, case_row, request_id, encoded],
        ).lastrowid
        self.conn.execute("INSERT INTO private_parts SELECT ?, part FROM private_parts WHERE fact=?", [copy, original])
        self._append(copy, name, stream=self.rows("SELECT stream FROM entries WHERE fact=?", original)[0][0])
        self._refresh(case_row)

    def _append(self, fact: int, name: bytes, *, stream: int) -> None:
        ((author, epoch, kind, place),) = self.rows("SELECT author, epoch, kind, place FROM streams WHERE id=?", stream)
        (previous, seq, before), *_ = self.rows(
            "SELECT e.id, e.seq, e.hash FROM heads h JOIN entries e ON e.id=h.entry WHERE h.stream=?", stream
        )
        follows = hashing.entry_hash(before, Stream(author, epoch, Scope(kind, place)), seq + 1, name)
        entry = self.conn.execute(
            "INSERT INTO entries(stream, seq, previous, hash, fact) VALUES (?,?,?,?,?)",
            [stream, seq + 1, previous, follows, fact],
        ).lastrowid
        self.conn.execute("UPDATE heads SET entry=? WHERE stream=? AND entry=?", [entry, stream, previous])

    def rewrite(self, row: int, fact: fact_pb2.Fact) -> str:
        """Puts other bytes in place of a fact's. Returns the number of its case."""
        self.conn.execute("UPDATE facts SET bytes=? WHERE id=?", [fact.SerializeToString(deterministic=True), row])
        ((case_row, number),) = self.rows(
            "SELECT c.id, c.number FROM facts f JOIN cases c ON c.id=f.case_row WHERE f.id=?", row
        )
        self._refresh(case_row)
        return str(number)
