"""Service items (办理事项): what the county offers, within which limits, decided by whom.

Numbers are those of the stored facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Level(IntEnum):
    """Level of government, as the catalogue counts it."""

    UNSPECIFIED = 0
    VILLAGE = 1
    TOWNSHIP = 2
    COUNTY = 3
    PREFECTURE = 4

    @property
    def label(self) -> str:
        return ("", "村", "乡镇", "县", "市（州）")[self]


class CaseKind(IntEnum):
    """办件类型"""

    UNSPECIFIED = 0
    # 即办件
    INSTANT = 1
    # 承诺件
    PROMISED = 2
    # 上报件
    PASSED_UP = 3
    # 联办件
    JOINT = 4

    @property
    def label(self) -> str:
        return ("", "即办件", "承诺件", "上报件", "联办件")[self]


class LimitUnit(IntEnum):
    """Unit of a legal limit."""

    UNSPECIFIED = 0
    # The law sets none.
    NONE = 1
    # 及时 / 当场
    AT_ONCE = 2
    WORKING_DAYS = 3
    CALENDAR_DAYS = 4
    MONTHS = 5

    @property
    def label(self) -> str:
        return ("", "未规定", "当场（及时）", "个工作日", "日", "个月")[self]


class StageName(IntEnum):
    """Stages of an item. The catalogue's words; where a case stands is derived from its facts."""

    UNSPECIFIED = 0
    # 代办 and 村级协办 lie before acceptance, outside the promise.
    AGENCY = 1
    VILLAGE_ACT = 2
    ACCEPTANCE = 3
    EXAMINATION = 4
    REVIEW = 5
    CLOSING = 6

    @property
    def label(self) -> str:
        return ("", "代办", "村级协办", "受理", "审查", "审核", "办结")[self]


# The stages that the promise covers. Every item has all of them.
PROMISE_STAGES = (StageName.ACCEPTANCE, StageName.EXAMINATION, StageName.REVIEW, StageName.CLOSING)


class VillageMode(IntEnum):
    """What the village does for an item."""

    UNSPECIFIED = 0
    # 代办: the agent carries.
    AGENCY = 1
    # 协办: the village acts first.
    ASSIST = 2
    # 公开告知: information only.
    INFORM = 3

    @property
    def label(self) -> str:
        return ("", "代办", "协办", "公开告知")[self]


class Power(IntEnum):
    """What a delegation allows."""

    UNSPECIFIED = 0
    ACCEPT = 1
    EXAMINE = 2
    DECIDE = 3

    @property
    def label(self) -> str:
        return ("", "受理", "审查", "决定")[self]


class ChangeKind(IntEnum):
    """How an item changes from one release to the next."""

    UNSPECIFIED = 0
    ADD = 1
    TAKE_OVER = 2
    CANCEL = 3
    MERGE = 4
    SPLIT = 5
    CONVERT = 6
    AMEND = 7
    SUSPEND = 8

    @property
    def label(self) -> str:
        return ("", "新增", "承接", "取消", "合并", "拆分", "转变", "变更", "暂停")[self]


@dataclass(frozen=True, slots=True)
class Limit:
    """A legal limit. The number is not read for NONE and AT_ONCE."""

    number: int = 0
    unit: LimitUnit = LimitUnit.NONE

    @property
    def label(self) -> str:
        counted = self.unit not in (LimitUnit.NONE, LimitUnit.AT_ONCE)
        return f"{self.number}{self.unit.label}" if counted else self.unit.label


@dataclass(frozen=True, slots=True)
class ItemStage:
    """A stage and its limit: working days, calendar days for VILLAGE_ACT."""

    stage: StageName
    level: Level
    owner: str
    limit_days: int


@dataclass(frozen=True, slots=True)
class Material:
    """A paper the applicant brings. `issued_by` empty = the applicant."""

    name: str
    originals: int = 1
    copies: int = 0
    issued_by: str = ""


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """特别程序: stops the clock while it runs, within its own limit in working days.

    `within_legal_limit`: the legal limit goes on meanwhile, only the promise stands still.
    """

    name: str
    limit_days: int
    legal_basis: str = ""
    level: Level = Level.UNSPECIFIED
    within_legal_limit: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """会办: a department (its code) whose opinion a joint case needs, the unit that gives it, and its limit.

    `limit_days`: working days.
    `silence_is_consent`: where the limit has passed without an opinion, the lead may take it for consent.
    """

    department: str
    unit: str
    limit_days: int
    silence_is_consent: bool = False


@dataclass(frozen=True, slots=True)
class Department:
    """A county department."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """An item in one version. `promised_days`: working days. Validity None = from its release, or open."""

    code: str
    version: int
    name: str = ""
    category: str = ""
    department: str = ""
    case_kind: CaseKind = CaseKind.UNSPECIFIED
    legal_limit: Limit = Limit()
    promised_days: int = 0
    stages: tuple[ItemStage, ...] = ()
    materials: tuple[Material, ...] = ()
    fee_basis: str = ""
    special_procedures: tuple[SpecialProcedure, ...] = ()
    decided_at: Level = Level.UNSPECIFIED
    village_mode: VillageMode = VillageMode.UNSPECIFIED
    legal_basis: str = ""
    valid_from_day: date | None = None
    valid_to_day: date | None = None
    branches: tuple[Branch, ...] = ()

    def limit_of(self, stage: StageName) -> int | None:
        """The limit of a stage. None: it has none."""
        return next((each.limit_days for each in self.stages if each.stage is stage), None)

    def special_procedure(self, name: str) -> SpecialProcedure | None:
        """The special procedure of this name."""
        return next((each for each in self.special_procedures if each.name == name), None)

    def is_valid_on(self, day: date) -> bool:
        """Whether the day lies within its validity."""
        started = self.valid_from_day is None or self.valid_from_day <= day
        return started and (self.valid_to_day is None or day <= self.valid_to_day)


@dataclass(frozen=True, slots=True)
class Delegation:
    """The county lets townships use powers over an item. `from_day` None = from its release, `to_day` None = open."""

    number: int
    item_code: str
    townships: frozenset[int]
    powers: frozenset[Power]
    from_day: date | None = None
    to_day: date | None = None

    def is_open_on(self, day: date) -> bool:
        """Whether the day lies within it."""
        started = self.from_day is None or self.from_day <= day
        return started and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True, slots=True)
class DelegationRecall:
    """The county takes a delegation back. No townships, no powers named = all of them."""

    delegation: int
    townships: frozenset[int] = frozenset()
    powers: frozenset[Power] = frozenset()
    reason: str = ""

    def takes(self, township: int, power: Power) -> bool:
        """Whether it takes this power from this township."""
        return (not self.townships or township in self.townships) and (not self.powers or power in self.powers)
