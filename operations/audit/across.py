"""Books against each other: what one has and another must have, and what both say of a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.message import DecodeError

from operations.audit import digests, places
from operations.audit.books import ClosedBook
from operations.audit.chains import End, is_visible
from operations.audit.checkpoints import Stated
from operations.audit.counting import Case, Period, count, unjudged
from operations.audit.digests import Scope
from operations.audit.examining import Examined
from operations.audit.facts import case_of
from operations.audit.findings import Finding, Findings
from sync.facts.v1 import fact_pb2


class Line(NamedTuple):
    """Two neighbours."""

    child: int
    parent: int


class Making(NamedTuple):
    """What checkpoints of one making have in common."""

    signer: int
    peer: int
    epoch: bytes
    list_hash: bytes


class Row(NamedTuple):
    """An entry of a stream, with what it says of its case."""

    seq: int
    hash: bytes
    fact: bytes
    case: bytes


@dataclass
class Across:
    """All books of a network, each examined by itself before."""

    books: dict[int, ClosedBook]
    examined: dict[int, Examined]
    findings: Findings
    in_transit: int = 0
    on_the_way_down: int = 0
    # Cases of which something is under way on a line: their two books may differ.
    moving: dict[Line, set[bytes]] = field(default_factory=dict)
    # What a place signed that it holds, and does not.
    claimed: dict[tuple[int, bytes], int] = field(default_factory=dict)

    def compare(self) -> None:
        self._check_received()
        self._check_claims()
        for line in self.lines():
            self.moving[line] = set()
            for stream in sorted(self._shared(line)):
                self._compare_stream(line, stream)
            self._compare_cases(line)
        self._check_origins()
        self._check_doubles()

    def lines(self) -> list[Line]:
        found = ((place, places.parent_among(place, self.books)) for place in sorted(self.books))
        return [Line(child, parent) for child, parent in found if parent is not None]

    # Checkpoints.

    def _check_received(self) -> None:
        """A checkpoint is one that its signer's own book made. Those of a lost book's earlier life nobody can judge."""
        made: dict[Making, list[Stated]] = {}
        for examined in self.examined.values():
            for own in examined.own:
                made.setdefault(_making(own), []).append(own)
        lives = {(making.signer, making.epoch) for making in made}
        for place, examined in self.examined.items():
            for each in examined.received:
                known = (each.signer, each.epoch) in lives
                if known and not _was_made(each, made.get(_making(each), [])):
                    detail = f"{each.signer}致{each.peer}，checkpoints {each.row}"
                    self.findings.put(Finding(place, "CHECKPOINT_NOT_MADE", detail))

    def _check_claims(self) -> None:
        """Heads that a place signed for must be in its book."""
        for examined in self.examined.values():
            for claim in examined.claims:
                if claim.signer in self.books and not self._has(claim.signer, claim.stream, End(claim.seq, claim.hash)):
                    key = claim.signer, claim.stream
                    self.claimed[key] = max(claim.seq, self.claimed.get(key, 0))
        for (place, stream), seq in self.claimed.items():
            self.findings.put(Finding(place, "CLAIMED_NOT_HELD", stream=stream, seq=seq))

    def _has(self, place: int, stream: bytes, end: End) -> bool:
        if end in self.examined[place].ends.get(stream, []):
            return True
        return bool(self.books[place].rows("SELECT 1 FROM entries WHERE hash=? AND seq=?", end.hash, end.seq))

    # Streams.

    def _shared(self, line: Line) -> set[bytes]:
        """Streams that both must see, and one of them has."""
        either = self.examined[line.child].ends.keys() | self.examined[line.parent].ends.keys()
        return {each for each in either if all(is_visible(_scope_of(each), place) for place in line)}

    def _compare_stream(self, line: Line, stream: bytes) -> None:
        """Entries travel away from their author: the nearer book has all that the farther one has."""
        upward = places.contains(line.child, int.from_bytes(stream[:8], "big"))
        near, far = (line.child, line.parent) if upward else (line.parent, line.child)
        there = self.examined[near].ends.get(stream, []), self.examined[far].ends.get(stream, [])
        if there[0] == there[1] and not self._is_doubtful(near, far, stream):
            return
        under_way = list(self._under_way(near, far, stream))
        self.in_transit += len(under_way) if upward else 0
        self.on_the_way_down += 0 if upward else len(under_way)
        self.moving[line] |= {row.case for row in under_way if row.case}

    def _is_doubtful(self, near: int, far: int, stream: bytes) -> bool:
        damaged = stream in self.examined[near].damaged or stream in self.examined[far].damaged
        return damaged or (near, stream) in self.claimed or (far, stream) in self.claimed

    def _under_way(self, near: int, far: int, stream: bytes) -> Iterator[Row]:
        """Compares entry by entry. What the farther book lacks at its end is under way, unless it signed for it."""
        here, there = self._entries(near, stream), self._entries(far, stream)
        reached = max((row.seq for row in there.values()), default=0)
        signed_for = self.claimed.get((far, stream), 0)
        for row in there.values():
            if row.hash not in here:
                self._say("MISSING_HERE", near, stream, row)
        # In a forked stream a whole branch may be under way.
        due = signed_for if self._is_forked(near, stream) else max(reached, signed_for)
        for row in here.values():
            if row.hash not in there and row.seq <= due:
                self._say("MISSING_HERE", far, stream, row)
            elif row.hash not in there:
                yield row

    def _is_forked(self, place: int, stream: bytes) -> bool:
        return len(self.examined[place].ends.get(stream, [])) > 1

    def _say(self, what: str, place: int, stream: bytes, row: Row) -> None:
        self.findings.put(Finding(place, what, fact=row.fact, case=row.case, stream=stream, seq=row.seq))

    def _entries(self, place: int, stream: bytes) -> dict[bytes, Row]:
        found = self.books[place].rows(ENTRIES, *digests.columns(stream))
        rows = (Row(seq, name, fact_id or b"", _case_of(fact_id, encoded)) for seq, name, fact_id, encoded in found)
        return {row.hash: row for row in rows}

    # Cases.

    def _compare_cases(self, line: Line) -> None:
        """The same facts make the same case and the same figures, at whichever level."""
        above, below = self.examined[line.parent].cases, self.examined[line.child].cases
        above, below = self._settled(line, above), self._settled(line, below)
        for name in sorted(above.keys() | below.keys()):
            if above.get(name) != below.get(name):
                detail = _difference(above.get(name), below.get(name), line)
                self.findings.put(Finding(line.parent, "CASE_DIFFERS", detail, case=name))
        here, there = count(above.values(), Period()), count(below.values(), Period())
        for figure in sorted(here.keys() | there.keys()):
            if here.get(figure) != there.get(figure):
                detail = f"{figure}：{line.parent}账上{here.get(figure)}，{line.child}账上{there.get(figure)}"
                self.findings.put(Finding(line.child, "FIGURES_DIFFER", detail))

    def _settled(self, line: Line, found: dict[bytes, Case]) -> dict[bytes, Case]:
        """Those both must have in the same state: of the child's homes, nothing of them under way.

        While a calendar is under way, only one of them can judge what it covers.
        """
        same = self.examined[line.parent].calendars == self.examined[line.child].calendars
        return {
            name: case if same else unjudged(case)
            for name, case in found.items()
            if places.contains(line.child, case.home) and not {name, case.parent} & self.moving[line]
        }

    def _check_origins(self) -> None:
        for place, examined in self.examined.items():
            for case in examined.cases.values():
                origin = self.examined.get(case.filed_by)
                if origin is not None and case.case_id not in origin.cases:
                    self.findings.put(
                        Finding(place, "FILING_UNKNOWN_AT_ORIGIN", f"收件单位{case.filed_by}", case=case.case_id)
                    )

    def _check_doubles(self) -> None:
        filed: dict[bytes, tuple[int, Case]] = {}
        for place, examined in self.examined.items():
            for case in examined.cases.values():
                if case.filed_by:
                    filed.setdefault(case.case_id, (place, case))
        by_number: dict[str, bytes] = {}
        by_request: dict[tuple[int, bytes, int], bytes] = {}
        for name, (place, case) in filed.items():
            if case.number and by_number.setdefault(case.number, name) != name:
                detail = f"{case.number}：{by_number[case.number].hex()}与{name.hex()}"
                self.findings.put(Finding(place, "NUMBER_TWICE", detail, case=name))
            if not case.parent and by_request.setdefault(case.request, name) != name:
                detail = f"{by_request[case.request].hex()}与{name.hex()}"
                self.findings.put(Finding(place, "FILED_TWICE", detail, case=name))


ENTRIES = """
SELECT e.seq, e.hash, f.fact_id, f.bytes FROM streams s JOIN entries e ON e.stream = s.id
LEFT JOIN facts f ON f.id = e.fact WHERE s.author=? AND s.epoch=? AND s.kind=? AND s.place=? ORDER BY e.seq
"""


def _making(stated: Stated) -> Making:
    return Making(stated.signer, stated.peer, stated.epoch, stated.list_hash)


def _was_made(received: Stated, made: list[Stated]) -> bool:
    """Not all that were made arrive: its ends lie between the first and the last that were made with the same list."""
    ends = (received.first, received.last)
    return all(any(own.first <= counter <= own.last for own in made) for counter in ends)


def _scope_of(stream: bytes) -> Scope:
    return Scope(*digests.columns(stream)[2:])


def _case_of(fact_id: bytes | None, encoded: bytes | None) -> bytes:
    try:
        return case_of(fact_pb2.Fact.FromString(encoded or b""), fact_id or b"")
    except DecodeError:
        return b""


def _difference(above: Case | None, below: Case | None, line: Line) -> str:
    if above is None or below is None:
        return f"只在{line.child if above is None else line.parent}账上"
    names = [name for name in Case._fields if getattr(above, name) != getattr(below, name)]
    return "，".join(f"{name}：{getattr(above, name)}与{getattr(below, name)}" for name in names)
