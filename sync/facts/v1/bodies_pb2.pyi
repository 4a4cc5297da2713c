from sync.facts.v1 import journal_pb2 as _journal_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPEN_REASON_UNSPECIFIED: _ClassVar[OpenReason]
    OPEN_REASON_FIRST: _ClassVar[OpenReason]
    OPEN_REASON_RESTORE: _ClassVar[OpenReason]
    OPEN_REASON_ENROL: _ClassVar[OpenReason]
    OPEN_REASON_PROOF: _ClassVar[OpenReason]
    OPEN_REASON_CLONE: _ClassVar[OpenReason]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ADD: _ClassVar[ChangeKind]
    CHANGE_KIND_TAKE_OVER: _ClassVar[ChangeKind]
    CHANGE_KIND_CANCEL: _ClassVar[ChangeKind]
    CHANGE_KIND_MERGE: _ClassVar[ChangeKind]
    CHANGE_KIND_SPLIT: _ClassVar[ChangeKind]
    CHANGE_KIND_CONVERT: _ClassVar[ChangeKind]
    CHANGE_KIND_AMEND: _ClassVar[ChangeKind]
    CHANGE_KIND_SUSPEND: _ClassVar[ChangeKind]

class CaseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_KIND_UNSPECIFIED: _ClassVar[CaseKind]
    CASE_KIND_INSTANT: _ClassVar[CaseKind]
    CASE_KIND_PROMISED: _ClassVar[CaseKind]
    CASE_KIND_PASSED_UP: _ClassVar[CaseKind]
    CASE_KIND_JOINT: _ClassVar[CaseKind]

class LimitUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_UNIT_UNSPECIFIED: _ClassVar[LimitUnit]
    LIMIT_UNIT_NONE: _ClassVar[LimitUnit]
    LIMIT_UNIT_AT_ONCE: _ClassVar[LimitUnit]
    LIMIT_UNIT_WORKING_DAYS: _ClassVar[LimitUnit]
    LIMIT_UNIT_CALENDAR_DAYS: _ClassVar[LimitUnit]
    LIMIT_UNIT_MONTHS: _ClassVar[LimitUnit]

class StageName(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_NAME_UNSPECIFIED: _ClassVar[StageName]
    STAGE_NAME_AGENCY: _ClassVar[StageName]
    STAGE_NAME_VILLAGE_ACT: _ClassVar[StageName]
    STAGE_NAME_ACCEPTANCE: _ClassVar[StageName]
    STAGE_NAME_EXAMINATION: _ClassVar[StageName]
    STAGE_NAME_REVIEW: _ClassVar[StageName]
    STAGE_NAME_CLOSING: _ClassVar[StageName]

class Level(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEVEL_UNSPECIFIED: _ClassVar[Level]
    LEVEL_VILLAGE: _ClassVar[Level]
    LEVEL_TOWNSHIP: _ClassVar[Level]
    LEVEL_COUNTY: _ClassVar[Level]
    LEVEL_PREFECTURE: _ClassVar[Level]

class VillageMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VILLAGE_MODE_UNSPECIFIED: _ClassVar[VillageMode]
    VILLAGE_MODE_AGENCY: _ClassVar[VillageMode]
    VILLAGE_MODE_ASSIST: _ClassVar[VillageMode]
    VILLAGE_MODE_INFORM: _ClassVar[VillageMode]

class Power(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POWER_UNSPECIFIED: _ClassVar[Power]
    POWER_ACCEPT: _ClassVar[Power]
    POWER_EXAMINE: _ClassVar[Power]
    POWER_DECIDE: _ClassVar[Power]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_GRANTED: _ClassVar[Outcome]
    OUTCOME_DENIED: _ClassVar[Outcome]

class ExtensionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXTENSION_KIND_UNSPECIFIED: _ClassVar[ExtensionKind]
    EXTENSION_KIND_PROMISE: _ClassVar[ExtensionKind]
    EXTENSION_KIND_LEGAL: _ClassVar[ExtensionKind]

class AccountabilityDeed(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNTABILITY_DEED_UNSPECIFIED: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_OPEN: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_ASSIGN: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_COMMENT: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_SERVE: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_EXPLAIN: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_CHECK: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_UPHOLD: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_CANCEL: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_HANDLE: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_REVIEW: _ClassVar[AccountabilityDeed]
    ACCOUNTABILITY_DEED_ARCHIVE: _ClassVar[AccountabilityDeed]

class AccountabilityCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNTABILITY_CAUSE_UNSPECIFIED: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_OWN_DELAY: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_UPSTREAM: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_APPLICANT: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_SPECIAL_NOT_REGISTERED: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_LINE_OR_NODE: _ClassVar[AccountabilityCause]
    ACCOUNTABILITY_CAUSE_CATALOGUE_OR_CALENDAR: _ClassVar[AccountabilityCause]

class AccountabilityMeasure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNTABILITY_MEASURE_UNSPECIFIED: _ClassVar[AccountabilityMeasure]
    ACCOUNTABILITY_MEASURE_REMIND: _ClassVar[AccountabilityMeasure]
    ACCOUNTABILITY_MEASURE_ORDER: _ClassVar[AccountabilityMeasure]
    ACCOUNTABILITY_MEASURE_CIRCULATE: _ClassVar[AccountabilityMeasure]
    ACCOUNTABILITY_MEASURE_PURSUE: _ClassVar[AccountabilityMeasure]

class TimeLimit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIME_LIMIT_UNSPECIFIED: _ClassVar[TimeLimit]
    TIME_LIMIT_AGENCY: _ClassVar[TimeLimit]
    TIME_LIMIT_DECISION: _ClassVar[TimeLimit]
    TIME_LIMIT_STAGE: _ClassVar[TimeLimit]
    TIME_LIMIT_PROMISE: _ClassVar[TimeLimit]
    TIME_LIMIT_LEGAL: _ClassVar[TimeLimit]
    TIME_LIMIT_DELIVERY_UP: _ClassVar[TimeLimit]
    TIME_LIMIT_SPECIAL: _ClassVar[TimeLimit]
    TIME_LIMIT_VILLAGE_ACT: _ClassVar[TimeLimit]
    TIME_LIMIT_DELIVERY: _ClassVar[TimeLimit]
    TIME_LIMIT_OPINION: _ClassVar[TimeLimit]

class ContactOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_OUTCOME_UNSPECIFIED: _ClassVar[ContactOutcome]
    CONTACT_OUTCOME_ANSWERED: _ClassVar[ContactOutcome]
    CONTACT_OUTCOME_REFERRED: _ClassVar[ContactOutcome]
    CONTACT_OUTCOME_REGISTERED: _ClassVar[ContactOutcome]

class ServiceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERVICE_KIND_UNSPECIFIED: _ClassVar[ServiceKind]
    SERVICE_KIND_VISIT: _ClassVar[ServiceKind]
    SERVICE_KIND_AFTER_HOURS: _ClassVar[ServiceKind]
    SERVICE_KIND_BY_APPOINTMENT: _ClassVar[ServiceKind]
    SERVICE_KIND_HOLIDAY: _ClassVar[ServiceKind]

class AppointmentEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APPOINTMENT_END_UNSPECIFIED: _ClassVar[AppointmentEnd]
    APPOINTMENT_END_KEPT: _ClassVar[AppointmentEnd]
    APPOINTMENT_END_CANCELLED: _ClassVar[AppointmentEnd]
    APPOINTMENT_END_MISSED: _ClassVar[AppointmentEnd]
OPEN_REASON_UNSPECIFIED: OpenReason
OPEN_REASON_FIRST: OpenReason
OPEN_REASON_RESTORE: OpenReason
OPEN_REASON_ENROL: OpenReason
OPEN_REASON_PROOF: OpenReason
OPEN_REASON_CLONE: OpenReason
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ADD: ChangeKind
CHANGE_KIND_TAKE_OVER: ChangeKind
CHANGE_KIND_CANCEL: ChangeKind
CHANGE_KIND_MERGE: ChangeKind
CHANGE_KIND_SPLIT: ChangeKind
CHANGE_KIND_CONVERT: ChangeKind
CHANGE_KIND_AMEND: ChangeKind
CHANGE_KIND_SUSPEND: ChangeKind
CASE_KIND_UNSPECIFIED: CaseKind
CASE_KIND_INSTANT: CaseKind
CASE_KIND_PROMISED: CaseKind
CASE_KIND_PASSED_UP: CaseKind
CASE_KIND_JOINT: CaseKind
LIMIT_UNIT_UNSPECIFIED: LimitUnit
LIMIT_UNIT_NONE: LimitUnit
LIMIT_UNIT_AT_ONCE: LimitUnit
LIMIT_UNIT_WORKING_DAYS: LimitUnit
LIMIT_UNIT_CALENDAR_DAYS: LimitUnit
LIMIT_UNIT_MONTHS: LimitUnit
STAGE_NAME_UNSPECIFIED: StageName
STAGE_NAME_AGENCY: StageName
STAGE_NAME_VILLAGE_ACT: StageName
STAGE_NAME_ACCEPTANCE: StageName
STAGE_NAME_EXAMINATION: StageName
STAGE_NAME_REVIEW: StageName
STAGE_NAME_CLOSING: StageName
LEVEL_UNSPECIFIED: Level
LEVEL_VILLAGE: Level
LEVEL_TOWNSHIP: Level
LEVEL_COUNTY: Level
LEVEL_PREFECTURE: Level
VILLAGE_MODE_UNSPECIFIED: VillageMode
VILLAGE_MODE_AGENCY: VillageMode
VILLAGE_MODE_ASSIST: VillageMode
VILLAGE_MODE_INFORM: VillageMode
POWER_UNSPECIFIED: Power
POWER_ACCEPT: Power
POWER_EXAMINE: Power
POWER_DECIDE: Power
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_GRANTED: Outcome
OUTCOME_DENIED: Outcome
EXTENSION_KIND_UNSPECIFIED: ExtensionKind
EXTENSION_KIND_PROMISE: ExtensionKind
EXTENSION_KIND_LEGAL: ExtensionKind
ACCOUNTABILITY_DEED_UNSPECIFIED: AccountabilityDeed
ACCOUNTABILITY_DEED_OPEN: AccountabilityDeed
ACCOUNTABILITY_DEED_ASSIGN: AccountabilityDeed
ACCOUNTABILITY_DEED_COMMENT: AccountabilityDeed
ACCOUNTABILITY_DEED_SERVE: AccountabilityDeed
ACCOUNTABILITY_DEED_EXPLAIN: AccountabilityDeed
ACCOUNTABILITY_DEED_CHECK: AccountabilityDeed
ACCOUNTABILITY_DEED_UPHOLD: AccountabilityDeed
ACCOUNTABILITY_DEED_CANCEL: AccountabilityDeed
ACCOUNTABILITY_DEED_HANDLE: AccountabilityDeed
ACCOUNTABILITY_DEED_REVIEW: AccountabilityDeed
ACCOUNTABILITY_DEED_ARCHIVE: AccountabilityDeed
ACCOUNTABILITY_CAUSE_UNSPECIFIED: AccountabilityCause
ACCOUNTABILITY_CAUSE_OWN_DELAY: AccountabilityCause
ACCOUNTABILITY_CAUSE_UPSTREAM: AccountabilityCause
ACCOUNTABILITY_CAUSE_APPLICANT: AccountabilityCause
ACCOUNTABILITY_CAUSE_SPECIAL_NOT_REGISTERED: AccountabilityCause
ACCOUNTABILITY_CAUSE_LINE_OR_NODE: AccountabilityCause
ACCOUNTABILITY_CAUSE_CATALOGUE_OR_CALENDAR: AccountabilityCause
ACCOUNTABILITY_MEASURE_UNSPECIFIED: AccountabilityMeasure
ACCOUNTABILITY_MEASURE_REMIND: AccountabilityMeasure
ACCOUNTABILITY_MEASURE_ORDER: AccountabilityMeasure
ACCOUNTABILITY_MEASURE_CIRCULATE: AccountabilityMeasure
ACCOUNTABILITY_MEASURE_PURSUE: AccountabilityMeasure
TIME_LIMIT_UNSPECIFIED: TimeLimit
TIME_LIMIT_AGENCY: TimeLimit
TIME_LIMIT_DECISION: TimeLimit
TIME_LIMIT_STAGE: TimeLimit
TIME_LIMIT_PROMISE: TimeLimit
TIME_LIMIT_LEGAL: TimeLimit
TIME_LIMIT_DELIVERY_UP: TimeLimit
TIME_LIMIT_SPECIAL: TimeLimit
TIME_LIMIT_VILLAGE_ACT: TimeLimit
TIME_LIMIT_DELIVERY: TimeLimit
TIME_LIMIT_OPINION: TimeLimit
CONTACT_OUTCOME_UNSPECIFIED: ContactOutcome
CONTACT_OUTCOME_ANSWERED: ContactOutcome
CONTACT_OUTCOME_REFERRED: ContactOutcome
CONTACT_OUTCOME_REGISTERED: ContactOutcome
SERVICE_KIND_UNSPECIFIED: ServiceKind
SERVICE_KIND_VISIT: ServiceKind
SERVICE_KIND_AFTER_HOURS: ServiceKind
SERVICE_KIND_BY_APPOINTMENT: ServiceKind
SERVICE_KIND_HOLIDAY: ServiceKind
APPOINTMENT_END_UNSPECIFIED: AppointmentEnd
APPOINTMENT_END_KEPT: AppointmentEnd
APPOINTMENT_END_CANCELLED: AppointmentEnd
APPOINTMENT_END_MISSED: AppointmentEnd

class StreamOpened(_message.Message):
    __slots__ = ("stream", "key", "reason", "predecessors")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PREDECESSORS_FIELD_NUMBER: _ClassVar[int]
    stream: _journal_pb2.StreamId
    key: bytes
    reason: OpenReason
    predecessors: _containers.RepeatedCompositeFieldContainer[Predecessor]
    def __init__(self, stream: _Optional[_Union[_journal_pb2.StreamId, _Mapping]] = ..., key: _Optional[bytes] = ..., reason: _Optional[_Union[OpenReason, str]] = ..., predecessors: _Optional[_Iterable[_Union[Predecessor, _Mapping]]] = ...) -> None: ...

class Predecessor(_message.Message):
    __slots__ = ("epoch", "heads")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    epoch: bytes
    heads: _containers.RepeatedCompositeFieldContainer[_journal_pb2.Head]
    def __init__(self, epoch: _Optional[bytes] = ..., heads: _Optional[_Iterable[_Union[_journal_pb2.Head, _Mapping]]] = ...) -> None: ...

class KeyIntroduced(_message.Message):
    __slots__ = ("certificate",)
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    certificate: KeyCertificate
    def __init__(self, certificate: _Optional[_Union[KeyCertificate, _Mapping]] = ...) -> None: ...

class KeyCertificate(_message.Message):
    __slots__ = ("place", "key", "nats_key", "issued_at_ms", "signature")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    NATS_KEY_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    place: int
    key: bytes
    nats_key: str
    issued_at_ms: int
    signature: bytes
    def __init__(self, place: _Optional[int] = ..., key: _Optional[bytes] = ..., nats_key: _Optional[str] = ..., issued_at_ms: _Optional[int] = ..., signature: _Optional[bytes] = ...) -> None: ...

class CatalogueReleased(_message.Message):
    __slots__ = ("number", "title", "departments", "changes", "delegations", "recalls")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENTS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    DELEGATIONS_FIELD_NUMBER: _ClassVar[int]
    RECALLS_FIELD_NUMBER: _ClassVar[int]
    number: int
    title: str
    departments: _containers.RepeatedCompositeFieldContainer[Department]
    changes: _containers.RepeatedCompositeFieldContainer[ItemChange]
    delegations: _containers.RepeatedCompositeFieldContainer[Delegation]
    recalls: _containers.RepeatedCompositeFieldContainer[DelegationRecall]
    def __init__(self, number: _Optional[int] = ..., title: _Optional[str] = ..., departments: _Optional[_Iterable[_Union[Department, _Mapping]]] = ..., changes: _Optional[_Iterable[_Union[ItemChange, _Mapping]]] = ..., delegations: _Optional[_Iterable[_Union[Delegation, _Mapping]]] = ..., recalls: _Optional[_Iterable[_Union[DelegationRecall, _Mapping]]] = ...) -> None: ...

class Department(_message.Message):
    __slots__ = ("code", "name")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: str
    def __init__(self, code: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ItemChange(_message.Message):
    __slots__ = ("kind", "reason", "item")
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    kind: ChangeKind
    reason: str
    item: ServiceItem
    def __init__(self, kind: _Optional[_Union[ChangeKind, str]] = ..., reason: _Optional[str] = ..., item: _Optional[_Union[ServiceItem, _Mapping]] = ...) -> None: ...

class ServiceItem(_message.Message):
    __slots__ = ("code", "version", "name", "category", "department", "case_kind", "legal_limit", "promised_days", "stages", "materials", "fee_basis", "special_procedures", "decided_at", "village_mode", "legal_basis", "valid_from_day", "valid_to_day", "branches")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    CASE_KIND_FIELD_NUMBER: _ClassVar[int]
    LEGAL_LIMIT_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DAYS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    FEE_BASIS_FIELD_NUMBER: _ClassVar[int]
    SPECIAL_PROCEDURES_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    VILLAGE_MODE_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_DAY_FIELD_NUMBER: _ClassVar[int]
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    code: str
    version: int
    name: str
    category: str
    department: str
    case_kind: CaseKind
    legal_limit: Limit
    promised_days: int
    stages: _containers.RepeatedCompositeFieldContainer[ItemStage]
    materials: _containers.RepeatedCompositeFieldContainer[Material]
    fee_basis: str
    special_procedures: _containers.RepeatedCompositeFieldContainer[SpecialProcedure]
    decided_at: Level
    village_mode: VillageMode
    legal_basis: str
    valid_from_day: int
    valid_to_day: int
    branches: _containers.RepeatedCompositeFieldContainer[Branch]
    def __init__(self, code: _Optional[str] = ..., version: _Optional[int] = ..., name: _Optional[str] = ..., category: _Optional[str] = ..., department: _Optional[str] = ..., case_kind: _Optional[_Union[CaseKind, str]] = ..., legal_limit: _Optional[_Union[Limit, _Mapping]] = ..., promised_days: _Optional[int] = ..., stages: _Optional[_Iterable[_Union[ItemStage, _Mapping]]] = ..., materials: _Optional[_Iterable[_Union[Material, _Mapping]]] = ..., fee_basis: _Optional[str] = ..., special_procedures: _Optional[_Iterable[_Union[SpecialProcedure, _Mapping]]] = ..., decided_at: _Optional[_Union[Level, str]] = ..., village_mode: _Optional[_Union[VillageMode, str]] = ..., legal_basis: _Optional[str] = ..., valid_from_day: _Optional[int] = ..., valid_to_day: _Optional[int] = ..., branches: _Optional[_Iterable[_Union[Branch, _Mapping]]] = ...) -> None: ...

class Branch(_message.Message):
    __slots__ = ("department", "unit", "limit_days", "silence_is_consent")
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    SILENCE_IS_CONSENT_FIELD_NUMBER: _ClassVar[int]
    department: str
    unit: str
    limit_days: int
    silence_is_consent: bool
    def __init__(self, department: _Optional[str] = ..., unit: _Optional[str] = ..., limit_days: _Optional[int] = ..., silence_is_consent: _Optional[bool] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("number", "unit")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    number: int
    unit: LimitUnit
    def __init__(self, number: _Optional[int] = ..., unit: _Optional[_Union[LimitUnit, str]] = ...) -> None: ...

class ItemStage(_message.Message):
    __slots__ = ("stage", "level", "owner", "limit_days")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    stage: StageName
    level: Level
    owner: str
    limit_days: int
    def __init__(self, stage: _Optional[_Union[StageName, str]] = ..., level: _Optional[_Union[Level, str]] = ..., owner: _Optional[str] = ..., limit_days: _Optional[int] = ...) -> None: ...

class Material(_message.Message):
    __slots__ = ("name", "originals", "copies", "issued_by")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    ISSUED_BY_FIELD_NUMBER: _ClassVar[int]
    name: str
    originals: int
    copies: int
    issued_by: str
    def __init__(self, name: _Optional[str] = ..., originals: _Optional[int] = ..., copies: _Optional[int] = ..., issued_by: _Optional[str] = ...) -> None: ...

class SpecialProcedure(_message.Message):
    __slots__ = ("name", "limit_days", "legal_basis", "level", "within_legal_limit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    WITHIN_LEGAL_LIMIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    limit_days: int
    legal_basis: str
    level: Level
    within_legal_limit: bool
    def __init__(self, name: _Optional[str] = ..., limit_days: _Optional[int] = ..., legal_basis: _Optional[str] = ..., level: _Optional[_Union[Level, str]] = ..., within_legal_limit: _Optional[bool] = ...) -> None: ...

class Delegation(_message.Message):
    __slots__ = ("number", "item_code", "townships", "powers", "from_day", "to_day")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    TOWNSHIPS_FIELD_NUMBER: _ClassVar[int]
    POWERS_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    number: int
    item_code: str
    townships: _containers.RepeatedScalarFieldContainer[int]
    powers: _containers.RepeatedScalarFieldContainer[Power]
    from_day: int
    to_day: int
    def __init__(self, number: _Optional[int] = ..., item_code: _Optional[str] = ..., townships: _Optional[_Iterable[int]] = ..., powers: _Optional[_Iterable[_Union[Power, str]]] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ...) -> None: ...

class DelegationRecall(_message.Message):
    __slots__ = ("delegation", "townships", "powers", "reason")
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    TOWNSHIPS_FIELD_NUMBER: _ClassVar[int]
    POWERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    delegation: int
    townships: _containers.RepeatedScalarFieldContainer[int]
    powers: _containers.RepeatedScalarFieldContainer[Power]
    reason: str
    def __init__(self, delegation: _Optional[int] = ..., townships: _Optional[_Iterable[int]] = ..., powers: _Optional[_Iterable[_Union[Power, str]]] = ..., reason: _Optional[str] = ...) -> None: ...

class CalendarPublished(_message.Message):
    __slots__ = ("number", "first_day", "last_day", "rest_weekdays", "working_weekend_days", "source")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FIRST_DAY_FIELD_NUMBER: _ClassVar[int]
    LAST_DAY_FIELD_NUMBER: _ClassVar[int]
    REST_WEEKDAYS_FIELD_NUMBER: _ClassVar[int]
    WORKING_WEEKEND_DAYS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    number: int
    first_day: int
    last_day: int
    rest_weekdays: _containers.RepeatedScalarFieldContainer[int]
    working_weekend_days: _containers.RepeatedScalarFieldContainer[int]
    source: str
    def __init__(self, number: _Optional[int] = ..., first_day: _Optional[int] = ..., last_day: _Optional[int] = ..., rest_weekdays: _Optional[_Iterable[int]] = ..., working_weekend_days: _Optional[_Iterable[int]] = ..., source: _Optional[str] = ...) -> None: ...

class PostsPublished(_message.Message):
    __slots__ = ("place", "from_day", "posts")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    POSTS_FIELD_NUMBER: _ClassVar[int]
    place: int
    from_day: int
    posts: _containers.RepeatedCompositeFieldContainer[Post]
    def __init__(self, place: _Optional[int] = ..., from_day: _Optional[int] = ..., posts: _Optional[_Iterable[_Union[Post, _Mapping]]] = ...) -> None: ...

class Post(_message.Message):
    __slots__ = ("unit", "post", "holder_a", "holder_b", "chief_representative", "letter", "letter_from_day", "letter_to_day")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    HOLDER_A_FIELD_NUMBER: _ClassVar[int]
    HOLDER_B_FIELD_NUMBER: _ClassVar[int]
    CHIEF_REPRESENTATIVE_FIELD_NUMBER: _ClassVar[int]
    LETTER_FIELD_NUMBER: _ClassVar[int]
    LETTER_FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    LETTER_TO_DAY_FIELD_NUMBER: _ClassVar[int]
    unit: str
    post: str
    holder_a: str
    holder_b: str
    chief_representative: bool
    letter: str
    letter_from_day: int
    letter_to_day: int
    def __init__(self, unit: _Optional[str] = ..., post: _Optional[str] = ..., holder_a: _Optional[str] = ..., holder_b: _Optional[str] = ..., chief_representative: _Optional[bool] = ..., letter: _Optional[str] = ..., letter_from_day: _Optional[int] = ..., letter_to_day: _Optional[int] = ...) -> None: ...

class AwayNoticed(_message.Message):
    __slots__ = ("unit", "post", "person", "from_ms", "to_ms", "note")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    unit: str
    post: str
    person: str
    from_ms: int
    to_ms: int
    note: str
    def __init__(self, unit: _Optional[str] = ..., post: _Optional[str] = ..., person: _Optional[str] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class CaseFiled(_message.Message):
    __slots__ = ("number", "materials", "channel", "serial", "branch")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    BRANCH_FIELD_NUMBER: _ClassVar[int]
    number: str
    materials: _containers.RepeatedCompositeFieldContainer[ReceivedMaterial]
    channel: str
    serial: int
    branch: Branch
    def __init__(self, number: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[ReceivedMaterial, _Mapping]]] = ..., channel: _Optional[str] = ..., serial: _Optional[int] = ..., branch: _Optional[_Union[Branch, _Mapping]] = ...) -> None: ...

class ReceivedMaterial(_message.Message):
    __slots__ = ("name", "originals", "copies")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINALS_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    originals: int
    copies: int
    def __init__(self, name: _Optional[str] = ..., originals: _Optional[int] = ..., copies: _Optional[int] = ...) -> None: ...

class Applicant(_message.Message):
    __slots__ = ("name", "id_number", "phone", "note")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ID_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    name: str
    id_number: str
    phone: str
    note: str
    def __init__(self, name: _Optional[str] = ..., id_number: _Optional[str] = ..., phone: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class HandedOver(_message.Message):
    __slots__ = ("to_place", "to_unit")
    TO_PLACE_FIELD_NUMBER: _ClassVar[int]
    TO_UNIT_FIELD_NUMBER: _ClassVar[int]
    to_place: int
    to_unit: str
    def __init__(self, to_place: _Optional[int] = ..., to_unit: _Optional[str] = ...) -> None: ...

class TakenIn(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Accepted(_message.Message):
    __slots__ = ("promised_days",)
    PROMISED_DAYS_FIELD_NUMBER: _ClassVar[int]
    promised_days: int
    def __init__(self, promised_days: _Optional[int] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("reason", "review_way")
    REASON_FIELD_NUMBER: _ClassVar[int]
    REVIEW_WAY_FIELD_NUMBER: _ClassVar[int]
    reason: str
    review_way: str
    def __init__(self, reason: _Optional[str] = ..., review_way: _Optional[str] = ...) -> None: ...

class StageDone(_message.Message):
    __slots__ = ("stage", "opinion", "next_unit")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    OPINION_FIELD_NUMBER: _ClassVar[int]
    NEXT_UNIT_FIELD_NUMBER: _ClassVar[int]
    stage: StageName
    opinion: str
    next_unit: str
    def __init__(self, stage: _Optional[_Union[StageName, str]] = ..., opinion: _Optional[str] = ..., next_unit: _Optional[str] = ...) -> None: ...

class PassedUp(_message.Message):
    __slots__ = ("to_place", "to_unit", "opinion")
    TO_PLACE_FIELD_NUMBER: _ClassVar[int]
    TO_UNIT_FIELD_NUMBER: _ClassVar[int]
    OPINION_FIELD_NUMBER: _ClassVar[int]
    to_place: int
    to_unit: str
    opinion: str
    def __init__(self, to_place: _Optional[int] = ..., to_unit: _Optional[str] = ..., opinion: _Optional[str] = ...) -> None: ...

class Decided(_message.Message):
    __slots__ = ("outcome", "reason", "document_number", "silent")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    reason: str
    document_number: str
    silent: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., reason: _Optional[str] = ..., document_number: _Optional[str] = ..., silent: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Closed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Delivered(_message.Message):
    __slots__ = ("manner",)
    MANNER_FIELD_NUMBER: _ClassVar[int]
    manner: str
    def __init__(self, manner: _Optional[str] = ...) -> None: ...

class Overridden(_message.Message):
    __slots__ = ("reason", "unit")
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    unit: str
    def __init__(self, reason: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class Settled(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class AskedOnce(_message.Message):
    __slots__ = ("missing", "due_day", "notice")
    MISSING_FIELD_NUMBER: _ClassVar[int]
    DUE_DAY_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    missing: _containers.RepeatedScalarFieldContainer[str]
    due_day: int
    notice: str
    def __init__(self, missing: _Optional[_Iterable[str]] = ..., due_day: _Optional[int] = ..., notice: _Optional[str] = ...) -> None: ...

class Supplied(_message.Message):
    __slots__ = ("materials", "promised_days")
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    PROMISED_DAYS_FIELD_NUMBER: _ClassVar[int]
    materials: _containers.RepeatedCompositeFieldContainer[ReceivedMaterial]
    promised_days: int
    def __init__(self, materials: _Optional[_Iterable[_Union[ReceivedMaterial, _Mapping]]] = ..., promised_days: _Optional[int] = ...) -> None: ...

class Lapsed(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Withdrawn(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class SentBack(_message.Message):
    __slots__ = ("reason", "unit")
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    unit: str
    def __init__(self, reason: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class Extended(_message.Message):
    __slots__ = ("kind", "to_day", "days", "approver", "reason", "notice")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    kind: ExtensionKind
    to_day: int
    days: int
    approver: str
    reason: str
    notice: str
    def __init__(self, kind: _Optional[_Union[ExtensionKind, str]] = ..., to_day: _Optional[int] = ..., days: _Optional[int] = ..., approver: _Optional[str] = ..., reason: _Optional[str] = ..., notice: _Optional[str] = ...) -> None: ...

class Reassigned(_message.Message):
    __slots__ = ("unit", "reason")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    unit: str
    reason: str
    def __init__(self, unit: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SpecialBegun(_message.Message):
    __slots__ = ("procedure", "limit_days", "legal_basis", "notice", "within_legal_limit")
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    WITHIN_LEGAL_LIMIT_FIELD_NUMBER: _ClassVar[int]
    procedure: str
    limit_days: int
    legal_basis: str
    notice: str
    within_legal_limit: bool
    def __init__(self, procedure: _Optional[str] = ..., limit_days: _Optional[int] = ..., legal_basis: _Optional[str] = ..., notice: _Optional[str] = ..., within_legal_limit: _Optional[bool] = ...) -> None: ...

class SpecialEnded(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: str
    def __init__(self, result: _Optional[str] = ...) -> None: ...

class VillageActDone(_message.Message):
    __slots__ = ("opinion",)
    OPINION_FIELD_NUMBER: _ClassVar[int]
    opinion: str
    def __init__(self, opinion: _Optional[str] = ...) -> None: ...

class Forked(_message.Message):
    __slots__ = ("branches",)
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    branches: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, branches: _Optional[_Iterable[bytes]] = ...) -> None: ...

class OpinionGiven(_message.Message):
    __slots__ = ("consents", "reason")
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    consents: bool
    reason: str
    def __init__(self, consents: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Corrected(_message.Message):
    __slots__ = ("fact_id", "reason")
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    fact_id: bytes
    reason: str
    def __init__(self, fact_id: _Optional[bytes] = ..., reason: _Optional[str] = ...) -> None: ...

class Rated(_message.Message):
    __slots__ = ("grade", "reason", "channel")
    GRADE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    grade: int
    reason: str
    channel: str
    def __init__(self, grade: _Optional[int] = ..., reason: _Optional[str] = ..., channel: _Optional[str] = ...) -> None: ...

class Complained(_message.Message):
    __slots__ = ("channel", "about_place", "about_unit")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ABOUT_PLACE_FIELD_NUMBER: _ClassVar[int]
    ABOUT_UNIT_FIELD_NUMBER: _ClassVar[int]
    channel: str
    about_place: int
    about_unit: str
    def __init__(self, channel: _Optional[str] = ..., about_place: _Optional[int] = ..., about_unit: _Optional[str] = ...) -> None: ...

class FeeCharged(_message.Message):
    __slots__ = ("amount_fen", "basis")
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    amount_fen: int
    basis: str
    def __init__(self, amount_fen: _Optional[int] = ..., basis: _Optional[str] = ...) -> None: ...

class FindingConfirmed(_message.Message):
    __slots__ = ("limit", "place", "start_day", "limit_days", "deadline_day", "act", "known_through_ms")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_THROUGH_MS_FIELD_NUMBER: _ClassVar[int]
    limit: TimeLimit
    place: int
    start_day: int
    limit_days: int
    deadline_day: int
    act: bytes
    known_through_ms: int
    def __init__(self, limit: _Optional[_Union[TimeLimit, str]] = ..., place: _Optional[int] = ..., start_day: _Optional[int] = ..., limit_days: _Optional[int] = ..., deadline_day: _Optional[int] = ..., act: _Optional[bytes] = ..., known_through_ms: _Optional[int] = ...) -> None: ...

class FindingWithdrawn(_message.Message):
    __slots__ = ("finding", "evidence")
    FINDING_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    finding: bytes
    evidence: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, finding: _Optional[bytes] = ..., evidence: _Optional[_Iterable[bytes]] = ...) -> None: ...

class FindingSettled(_message.Message):
    __slots__ = ("limit", "place", "start_day", "late", "reason")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    limit: TimeLimit
    place: int
    start_day: int
    late: bool
    reason: str
    def __init__(self, limit: _Optional[_Union[TimeLimit, str]] = ..., place: _Optional[int] = ..., start_day: _Optional[int] = ..., late: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class AccountabilityStep(_message.Message):
    __slots__ = ("deed", "record", "rule", "office", "unit", "post", "person", "evidence", "cause", "measure", "reply_by_day", "text", "assignee")
    DEED_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    POST_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    REPLY_BY_DAY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    deed: AccountabilityDeed
    record: bytes
    rule: str
    office: int
    unit: str
    post: str
    person: str
    evidence: bytes
    cause: AccountabilityCause
    measure: AccountabilityMeasure
    reply_by_day: int
    text: str
    assignee: str
    def __init__(self, deed: _Optional[_Union[AccountabilityDeed, str]] = ..., record: _Optional[bytes] = ..., rule: _Optional[str] = ..., office: _Optional[int] = ..., unit: _Optional[str] = ..., post: _Optional[str] = ..., person: _Optional[str] = ..., evidence: _Optional[bytes] = ..., cause: _Optional[_Union[AccountabilityCause, str]] = ..., measure: _Optional[_Union[AccountabilityMeasure, str]] = ..., reply_by_day: _Optional[int] = ..., text: _Optional[str] = ..., assignee: _Optional[str] = ...) -> None: ...

class ComplaintAccepted(_message.Message):
    __slots__ = ("complaint",)
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    complaint: bytes
    def __init__(self, complaint: _Optional[bytes] = ...) -> None: ...

class ComplaintAnswered(_message.Message):
    __slots__ = ("complaint",)
    COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    complaint: bytes
    def __init__(self, complaint: _Optional[bytes] = ...) -> None: ...

class RatingCalledBack(_message.Message):
    __slots__ = ("rating", "result")
    RATING_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    rating: bytes
    result: str
    def __init__(self, rating: _Optional[bytes] = ..., result: _Optional[str] = ...) -> None: ...

class FirstContact(_message.Message):
    __slots__ = ("channel", "about", "outcome", "referred_place", "referred_unit")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REFERRED_PLACE_FIELD_NUMBER: _ClassVar[int]
    REFERRED_UNIT_FIELD_NUMBER: _ClassVar[int]
    channel: str
    about: str
    outcome: ContactOutcome
    referred_place: int
    referred_unit: str
    def __init__(self, channel: _Optional[str] = ..., about: _Optional[str] = ..., outcome: _Optional[_Union[ContactOutcome, str]] = ..., referred_place: _Optional[int] = ..., referred_unit: _Optional[str] = ...) -> None: ...

class ServiceLogged(_message.Message):
    __slots__ = ("kind", "day", "staff", "count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    STAFF_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: ServiceKind
    day: int
    staff: str
    count: int
    def __init__(self, kind: _Optional[_Union[ServiceKind, str]] = ..., day: _Optional[int] = ..., staff: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class AppointmentMade(_message.Message):
    __slots__ = ("day", "minute", "channel")
    DAY_FIELD_NUMBER: _ClassVar[int]
    MINUTE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    day: int
    minute: int
    channel: str
    def __init__(self, day: _Optional[int] = ..., minute: _Optional[int] = ..., channel: _Optional[str] = ...) -> None: ...

class AppointmentEnded(_message.Message):
    __slots__ = ("appointment", "end")
    APPOINTMENT_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    appointment: bytes
    end: AppointmentEnd
    def __init__(self, appointment: _Optional[bytes] = ..., end: _Optional[_Union[AppointmentEnd, str]] = ...) -> None: ...

class ChecklistAttested(_message.Message):
    __slots__ = ("entry", "met", "day", "attester", "remark")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    MET_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    ATTESTER_FIELD_NUMBER: _ClassVar[int]
    REMARK_FIELD_NUMBER: _ClassVar[int]
    entry: str
    met: bool
    day: int
    attester: str
    remark: str
    def __init__(self, entry: _Optional[str] = ..., met: _Optional[bool] = ..., day: _Optional[int] = ..., attester: _Optional[str] = ..., remark: _Optional[str] = ...) -> None: ...

class PrivateText(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...
