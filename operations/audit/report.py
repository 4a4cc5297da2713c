"""The audit of a network, from its closed books to one answer."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

from operations.audit import books, published
from operations.audit.across import Across
from operations.audit.books import ClosedBook
from operations.audit.counting import Figures
from operations.audit.examining import Examined, examine
from operations.audit.findings import LISTED, Finding, Findings
from operations.audit.naming import Naming
from operations.audit.signatures import Claim, failing, in_chunks

PROCESSES = 2

Tell = Callable[[str], None]


@dataclass
class Report:
    """What was looked at and what was found."""

    books: int = 0
    facts: int = 0
    entries: int = 0
    signatures: int = 0
    checkpoints: int = 0
    private_parts: int = 0
    in_transit: int = 0
    on_the_way_down: int = 0
    figures: Figures = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        return not self.found

    def as_dict(self) -> dict[str, Any]:
        listed = [{"book": f.book, "what": f.what, "case": f.number, "text": f.text} for f in self.findings]
        return {"sound": self.sound} | vars(self) | {"findings": listed}

    def as_text(self) -> str:
        lines = [
            f"{self.books}本账，{self.facts}个事实，{self.entries}条流水，{self.signatures}个签名，"
            f"{self.checkpoints}份确认书，还在往上传的{self.in_transit}条，用时{self.seconds}秒",
            "，".join(f"{name} {value:g}" for name, value in self.figures.items()),
            *(finding.text for finding in self.findings),
            f"发现{self.found}处问题，列出{len(self.findings)}处。" if self.found else "账目属实，没有发现问题。",
        ]
        return "\n".join(lines)


def audit(root: Path, *, tell: Tell) -> Report:
    """Audits the network in `root`. Raises NotAuditable where something is missing or still in use."""
    begun = time.monotonic()
    network = {book.place: book for book in books.of_network(root)}
    report, findings = Report(books=len(network)), Findings(next(iter(network)))
    with multiprocessing.Pool(PROCESSES) as pool:
        examined = {each.place: each for each in _examined(pool, list(network.values()), tell)}
        for each in examined.values():
            findings.take(each.findings)
        report.signatures = _verify(pool, network, examined, findings, tell)
    tell("各账本相互核对")
    readable = {place: each for place, each in examined.items() if each.is_readable}
    across = Across({place: network[place] for place in readable}, readable, findings)
    across.compare()
    report.in_transit, report.on_the_way_down = across.in_transit, across.on_the_way_down
    report.figures = published.compare(root, examined[findings.book], findings)
    _sum_up(report, examined)
    naming = Naming(network, examined)
    report.findings = [naming.named(finding) for finding in _first(findings.listed)]
    report.found, report.seconds = findings.total, round(time.monotonic() - begun, 1)
    return report


def _examined(pool: Pool, network: list[ClosedBook], tell: Tell) -> Iterator[Examined]:
    """The largest first, so that no processor waits for it at the end."""
    largest_first = sorted(network, key=lambda book: -book.size)
    for number, each in enumerate(pool.imap_unordered(examine, largest_first), start=1):
        tell(f"账本 {number}/{len(network)}：{each.place}，{each.entries}条")
        yield each


def _verify(
    pool: Pool, network: dict[int, ClosedBook], examined: dict[int, Examined], findings: Findings, tell: Tell
) -> int:
    """Verifies each signature once. Returns how many there are."""
    stands: dict[Claim, tuple[int, str, int]] = {}
    for place, each in examined.items():
        for key, signature, message, table, row in each.signed:
            stands.setdefault((key, signature, message), (place, table, row))
        each.signed.clear()
    tell(f"核对{len(stands)}个签名")
    for wrong in pool.imap_unordered(failing, in_chunks(stands)):
        for claim in wrong:
            findings.put(_unsigned(network, *stands[claim]))
    return len(stands)


def _unsigned(network: dict[int, ClosedBook], place: int, table: str, row: int) -> Finding:
    if table == "entries":
        for fact_id, case_id in network[place].rows(SIGNED_FACT, row):
            return Finding(place, "SIGNATURE_WRONG", f"{table} {row}", fact=fact_id or b"", case=case_id or b"")
    return Finding(place, "SIGNATURE_WRONG", f"{table} {row}")


SIGNED_FACT = """
SELECT f.fact_id, c.case_id FROM entries e LEFT JOIN facts f ON f.id = e.fact
LEFT JOIN cases c ON c.id = f.case_row WHERE e.id=?
"""


def _sum_up(report: Report, examined: dict[int, Examined]) -> None:
    distinct: set[bytes] = set()
    for each in examined.values():
        distinct.update(each.fact_ids[at : at + 32] for at in range(0, len(each.fact_ids), 32))
    report.facts = len(distinct)
    report.entries = sum(each.entries for each in examined.values())
    report.checkpoints = sum(len(each.own) + len(each.received) for each in examined.values())
    report.private_parts = sum(each.private_parts for each in examined.values())


def _first(listed: list[Finding]) -> list[Finding]:
    """Those that speak of a case before those that only say that something of a book is wrong."""
    return sorted(listed, key=lambda f: not (f.case or f.fact or f.stream))[:LISTED]
