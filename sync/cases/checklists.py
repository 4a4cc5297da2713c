"""八统一 and 八个有: what is the same at every station, and what every station has.

Which sixteen things these are is a county's own wording. What the journals of a station prove is worked out and nobody
may attest it; the rest somebody has looked at, and no software can know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

UNIFIED, HAS = "八统一", "八个有"


class Proof(StrEnum):
    """What journals can prove of a station."""

    # It holds the county's newest release: its items are everybody's.
    ITEMS = "items"
    # Every item in force says what to bring, how long it takes and on what law it rests.
    GUIDES = "guides"
    # Every item in force has come to the station, with who decides it and what is promised.
    PUBLISHED = "published"
    # Its cases have all taken the one course.
    MODE = "mode"
    # It has cases, and nothing of its journals is missing: they are chained. Numbers that were skipped prove nothing;
    # a station goes on from another serial when a paper book is continued.
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list. `proved_by` None: somebody has to look."""

    code: str
    list: str
    name: str
    proved_by: Proof | None = None


_ALL = (
    Entry("unified_name", UNIFIED, "统一名称标识"),
    Entry("unified_room", UNIFIED, "统一场所布局"),
    Entry("unified_items", UNIFIED, "统一服务事项", Proof.ITEMS),
    Entry("unified_guides", UNIFIED, "统一办事指南", Proof.GUIDES),
    Entry("unified_mode", UNIFIED, "统一运行模式", Proof.MODE),
    Entry("unified_published", UNIFIED, "统一公开内容", Proof.PUBLISHED),
    Entry("unified_rules", UNIFIED, "统一管理制度"),
    Entry("unified_conduct", UNIFIED, "统一着装用语"),
    Entry("has_room", HAS, "有固定场所"),
    Entry("has_plate", HAS, "有标牌印章"),
    Entry("has_staff", HAS, "有专人值守"),
    Entry("has_equipment", HAS, "有办公设备"),
    Entry("has_funds", HAS, "有工作经费"),
    Entry("has_training", HAS, "有业务培训"),
    Entry("has_records", HAS, "有完整台账", Proof.RECORDS),
    Entry("has_supervision", HAS, "有监督渠道"),
)
ENTRIES = {each.code: each for each in _ALL}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the journals held here say of a station: places and counts.

    `recorded_by`: the node its journals come from, its own or that of the township that keys in for it; 0 = none.
    `release`: the newest held by that node, `newest` the newest there is; 0 = none. `items`: in force, and of these
    `guided` and `published`. `cases`: filed for it; `odd`: with steps beside their course; `skipped`: numbers left out;
    `beyond_gap`: cases or segments of which something before is not here.
    """

    recorded_by: int
    release: int
    newest: int
    items: int
    guided: int
    published: int
    cases: int
    odd: int
    skipped: int
    beyond_gap: int


@dataclass(frozen=True, slots=True)
class Proved:
    """Whether an entry holds, and what that is said from."""

    met: bool
    evidence: str


def proved(proof: Proof, found: Evidence) -> Proved:
    """What the journals say of one entry."""
    if not found.recorded_by:
        return Proved(False, "没有节点为本站记账，账本里没有依据")
    return PROOFS[proof](found)


def _items(found: Evidence) -> Proved:
    return Proved(_is_current(found), f"{found.recorded_by}的节点{_held(found)}")


def _guides(found: Evidence) -> Proved:
    met = _is_current(found) and 0 < found.items == found.guided
    return Proved(met, f"{_held(found)}，其中事项{found.items}项，写明材料、时限和依据的{found.guided}项")


def _published(found: Evidence) -> Proved:
    met = _is_current(found) and 0 < found.items == found.published
    return Proved(met, f"{_held(found)}，其中事项{found.items}项，写明决定层级和办理时限的{found.published}项")


def _is_current(found: Evidence) -> bool:
    return 0 < found.release == found.newest


def _held(found: Evidence) -> str:
    return f"持有目录第{found.release}版，已发布到第{found.newest}版"


def _mode(found: Evidence) -> Proved:
    return Proved(found.cases > 0 and not found.odd, f"本站办件{found.cases}件，其中流程有异的{found.odd}件")


def _records(found: Evidence) -> Proved:
    whole = found.cases > 0 and not found.beyond_gap
    skipped = f"编号跳过{found.skipped}个（另设起始号的不算缺漏），" if found.skipped else ""
    return Proved(whole, f"本站办件{found.cases}件，{skipped}账目不连续{found.beyond_gap}处")


PROOFS = {
    Proof.ITEMS: _items,
    Proof.GUIDES: _guides,
    Proof.PUBLISHED: _published,
    Proof.MODE: _mode,
    Proof.RECORDS: _records,
}
