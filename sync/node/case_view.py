"""A case as people see it: where it stands, how far it has got, what may be done now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sync.cases import masking, places
from sync.cases.fold import CaseState
from sync.cases.stages import Stage
from sync.facts.v1 import fact_pb2
from sync.journal import cases, statements
from sync.journal.cases import CaseFacts, Stored
from sync.journal.chains import EntryRow
from sync.journal.translation import act_of
from sync.rpc.v1 import case_service_pb2 as pb

if TYPE_CHECKING:
    from sync.node.node import Node

REACH_LABELS = {
    pb.REACH_RECORDED: "已登记",
    pb.REACH_SENT: "已发出",
    pb.REACH_AT_TOWNSHIP: "乡镇已收",
    pb.REACH_AT_COUNTY: "县已收",
}

# The place of a fact in its case, for people, in the order in which they are shown.
STANDING_LABELS = {
    "path": "有效",
    "conflict": "冲突，待了结",
    "late": "办件已移交，待了结",
    "not_allowed": "不合办理规则，待了结",
    "settled": "已了结，不计入",
    "waiting": "前一步还没有到",
    "duplicate": "重复，不计入",
    "annotation": "附记",
}
STANDING_ORDER = tuple(STANDING_LABELS)

COLUMNS = (
    "id, case_id, home, number, item_code, stage, custodian_place, custodian_unit, offered_place, offered_unit, "
    "filed_at_ms, accepted_at_ms, decided_at_ms, closed_at_ms, delivered_at_ms, outcome, open_branches, beyond_gap, "
    "held_for_upgrade, release, duplicate, parent"
)


def row_of(cursor: Any, values: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}


class CaseView:
    """Reads cases of one node's book."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def facts(self, row: Mapping[str, Any]) -> CaseFacts:
        return self._node.book.case(row["id"], case_id=row["case_id"], home=row["home"])

    def facts_of(self, case_id: bytes) -> CaseFacts | None:
        """The same by its id. None: nothing of it is here."""
        found = cases.find(self._node.book.reader, case_id)
        return self._node.book.case(found[0], case_id=case_id, home=found[1]) if found else None

    def brief(self, row: Mapping[str, Any]) -> pb.Case:
        """A case for a list."""
        item = self._node.book.catalogues.catalogue().item(row["item_code"])
        stage = Stage[row["stage"]] if row["stage"] else None
        case = pb.Case(
            case_id=row["case_id"],
            number=row["number"],
            home=row["home"],
            item_code=row["item_code"],
            item_name=item.name if item else "",
            stage=row["stage"],
            stage_label=stage.label if stage else "收件未到",
            custodian=fact_pb2.Actor(place=row["custodian_place"], unit=row["custodian_unit"]),
            applicant_masked=self._applicant(row["id"]),
            outcome=row["outcome"],
            open_branches=row["open_branches"],
            beyond_gap=bool(row["beyond_gap"]),
            held_for_upgrade=bool(row["held_for_upgrade"]),
            release=row["release"],
            duplicate=bool(row["duplicate"]),
            parent_case_id=row["parent"] or b"",
            number_twice=self._number_twice(row["number"]),
            **{name: row[name] for name in row if name.endswith("_at_ms")},
        )
        if row["offered_place"]:
            case.offered_to.CopyFrom(fact_pb2.Actor(place=row["offered_place"], unit=row["offered_unit"]))
        case.reach = self._own_reach(row["id"])
        case.reach_label = REACH_LABELS[case.reach]
        return case

    def history(self, facts: CaseFacts) -> list[pb.CaseFact]:
        """The facts of a case with their standing: its path first, then what is beside it."""
        standing = _standings(facts)
        position = {name: index for index, name in enumerate(facts.state.path)}
        ordered = sorted(
            facts.facts,
            key=lambda f: (
                STANDING_ORDER.index(standing[f.fact_id]),
                position.get(f.fact_id, 0),
                f.fact.recorded_at_ms,
            ),
        )
        return [self._fact(each, standing[each.fact_id]) for each in ordered]

    def _fact(self, stored: Stored, standing: str) -> pb.CaseFact:
        act = act_of(stored.fact)
        return pb.CaseFact(
            fact_id=stored.fact_id,
            fact=stored.fact,
            standing=standing,
            reach=self._reach(stored.row),
            act_label=act.label if act else "本版本不识别的步骤，升级后可见",
        )

    def _applicant(self, case_row: int) -> str:
        found = self._node.book.reader.execute("SELECT name FROM applicants WHERE case_row=?", [case_row]).fetchone()
        return masking.name(found[0]) if found else ""

    def _number_twice(self, number: str) -> bool:
        found = self._node.book.reader.execute("SELECT 1 FROM cases WHERE number=? AND number<>'' LIMIT 2", [number])
        return len(found.fetchall()) > 1

    # How far it has got.

    def _own_reach(self, case_row: int) -> pb.Reach:
        """How far the newest fact that this node wrote on the case has got; of others' facts, the filing."""
        conn, here = self._node.book.reader, self._node.settings.place
        found = conn.execute(
            "SELECT f.id FROM facts f JOIN entries e ON e.fact=f.id JOIN streams s ON s.id=e.stream "
            "WHERE f.case_row=? ORDER BY s.author=? DESC, e.id DESC LIMIT 1",
            [case_row, here],
        ).fetchone()
        return self._reach(found[0]) if found else pb.REACH_RECORDED

    def _reach(self, fact_row: int) -> pb.Reach:
        book = self._node.book
        here = book.identity.place
        found = book.reader.execute(
            "SELECT id, stream, seq, hash FROM entries WHERE fact=? ORDER BY id LIMIT 1", [fact_row]
        ).fetchone()
        if found is None:
            return pb.REACH_RECORDED
        entry = EntryRow(*found)
        home = book.read_chains.stream(entry.stream).scope.place
        for place in reversed([p for p in places.path(home) if places.level(p) in REACHED]):
            if place == here or self._covers(place, entry):
                return REACHED[places.level(place)]
        return pb.REACH_SENT if self._was_sent(entry) else pb.REACH_RECORDED

    def _covers(self, place: int, entry: EntryRow) -> bool:
        return statements.covers(self._node.book.reader, self._node.book.read_chains, signer=place, entry=entry)

    def _was_sent(self, entry: EntryRow) -> bool:
        link, chains = self._node.uplink, self._node.book.read_chains
        if link is None:
            return False
        sent = link.sent().get(chains.stream(entry.stream), set())
        return bool(sent) and chains.covered(entry.stream, sent).has(entry)


REACHED = {places.TOWNSHIP: pb.REACH_AT_TOWNSHIP, places.COUNTY: pb.REACH_AT_COUNTY}


def _standings(facts: CaseFacts) -> dict[bytes, str]:
    return {each.fact_id: _standing(each, facts.state, facts.duplicates) for each in facts.facts}


def _standing(each: Stored, state: CaseState, duplicates: frozenset[bytes]) -> str:
    if each.fact_id in duplicates:
        return "duplicate"
    if each.fact.fact_class != fact_pb2.FACT_CLASS_MOVE:
        return "annotation"
    tables = {
        "path": state.path,
        "settled": state.closed_by_settlement,
        "conflict": state.conflict,
        "late": state.late,
        "not_allowed": state.not_allowed,
    }
    return next((name for name, ids in tables.items() if each.fact_id in ids), "waiting")
