from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from sync.facts.v1 import fact_pb2 as _fact_pb2
from sync.rpc.v1 import supervision_service_pb2 as _supervision_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Opinion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPINION_UNSPECIFIED: _ClassVar[Opinion]
    OPINION_CONSENT: _ClassVar[Opinion]
    OPINION_OBJECTION: _ClassVar[Opinion]

class Reach(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REACH_UNSPECIFIED: _ClassVar[Reach]
    REACH_RECORDED: _ClassVar[Reach]
    REACH_SENT: _ClassVar[Reach]
    REACH_AT_TOWNSHIP: _ClassVar[Reach]
    REACH_AT_COUNTY: _ClassVar[Reach]
OPINION_UNSPECIFIED: Opinion
OPINION_CONSENT: Opinion
OPINION_OBJECTION: Opinion
REACH_UNSPECIFIED: Reach
REACH_RECORDED: Reach
REACH_SENT: Reach
REACH_AT_TOWNSHIP: Reach
REACH_AT_COUNTY: Reach

class FileCaseRequest(_message.Message):
    __slots__ = ("request_id", "actor", "home", "item_code", "materials", "applicant", "channel", "happened_at_ms", "paper_page")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    HAPPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    PAPER_PAGE_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    actor: _fact_pb2.Actor
    home: int
    item_code: str
    materials: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.ReceivedMaterial]
    applicant: _bodies_pb2.Applicant
    channel: str
    happened_at_ms: int
    paper_page: str
    def __init__(self, request_id: _Optional[bytes] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., home: _Optional[int] = ..., item_code: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[_bodies_pb2.ReceivedMaterial, _Mapping]]] = ..., applicant: _Optional[_Union[_bodies_pb2.Applicant, _Mapping]] = ..., channel: _Optional[str] = ..., happened_at_ms: _Optional[int] = ..., paper_page: _Optional[str] = ...) -> None: ...

class FileCaseResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class ActRequest(_message.Message):
    __slots__ = ("request_id", "case", "act", "actor", "to_place", "to_unit", "reason", "review_way", "outcome", "detail", "materials", "missing", "day", "extension", "days", "approver", "fact_id", "grade", "private_text", "about_place", "procedure", "amount_fen", "opinion")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    TO_PLACE_FIELD_NUMBER: _ClassVar[int]
    TO_UNIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REVIEW_WAY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    MATERIALS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_TEXT_FIELD_NUMBER: _ClassVar[int]
    ABOUT_PLACE_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FEN_FIELD_NUMBER: _ClassVar[int]
    OPINION_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    case: str
    act: str
    actor: _fact_pb2.Actor
    to_place: int
    to_unit: str
    reason: str
    review_way: str
    outcome: _bodies_pb2.Outcome
    detail: str
    materials: _containers.RepeatedCompositeFieldContainer[_bodies_pb2.ReceivedMaterial]
    missing: _containers.RepeatedScalarFieldContainer[str]
    day: int
    extension: _bodies_pb2.ExtensionKind
    days: int
    approver: str
    fact_id: bytes
    grade: int
    private_text: str
    about_place: int
    procedure: str
    amount_fen: int
    opinion: Opinion
    def __init__(self, request_id: _Optional[bytes] = ..., case: _Optional[str] = ..., act: _Optional[str] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., to_place: _Optional[int] = ..., to_unit: _Optional[str] = ..., reason: _Optional[str] = ..., review_way: _Optional[str] = ..., outcome: _Optional[_Union[_bodies_pb2.Outcome, str]] = ..., detail: _Optional[str] = ..., materials: _Optional[_Iterable[_Union[_bodies_pb2.ReceivedMaterial, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ..., day: _Optional[int] = ..., extension: _Optional[_Union[_bodies_pb2.ExtensionKind, str]] = ..., days: _Optional[int] = ..., approver: _Optional[str] = ..., fact_id: _Optional[bytes] = ..., grade: _Optional[int] = ..., private_text: _Optional[str] = ..., about_place: _Optional[int] = ..., procedure: _Optional[str] = ..., amount_fen: _Optional[int] = ..., opinion: _Optional[_Union[Opinion, str]] = ...) -> None: ...

class ActResponse(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: Case
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: str
    def __init__(self, case: _Optional[str] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("case", "facts", "replies", "branches")
    CASE_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    REPLIES_FIELD_NUMBER: _ClassVar[int]
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    case: Case
    facts: _containers.RepeatedCompositeFieldContainer[CaseFact]
    replies: _containers.RepeatedCompositeFieldContainer[_supervision_service_pb2.Reply]
    branches: _containers.RepeatedCompositeFieldContainer[Branch]
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., facts: _Optional[_Iterable[_Union[CaseFact, _Mapping]]] = ..., replies: _Optional[_Iterable[_Union[_supervision_service_pb2.Reply, _Mapping]]] = ..., branches: _Optional[_Iterable[_Union[Branch, _Mapping]]] = ...) -> None: ...

class Branch(_message.Message):
    __slots__ = ("case", "department", "department_name", "limit_days", "deadline_day", "days_left", "time_left", "opinion", "opinion_label", "reason", "missing")
    CASE_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_FIELD_NUMBER: _ClassVar[int]
    DEPARTMENT_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    DAYS_LEFT_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    OPINION_FIELD_NUMBER: _ClassVar[int]
    OPINION_LABEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    case: Case
    department: str
    department_name: str
    limit_days: int
    deadline_day: int
    days_left: int
    time_left: str
    opinion: Opinion
    opinion_label: str
    reason: str
    missing: bool
    def __init__(self, case: _Optional[_Union[Case, _Mapping]] = ..., department: _Optional[str] = ..., department_name: _Optional[str] = ..., limit_days: _Optional[int] = ..., deadline_day: _Optional[int] = ..., days_left: _Optional[int] = ..., time_left: _Optional[str] = ..., opinion: _Optional[_Union[Opinion, str]] = ..., opinion_label: _Optional[str] = ..., reason: _Optional[str] = ..., missing: _Optional[bool] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("within", "waiting_for", "stages", "joint", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    JOINT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    waiting_for: int
    stages: _containers.RepeatedScalarFieldContainer[str]
    joint: bool
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., waiting_for: _Optional[int] = ..., stages: _Optional[_Iterable[str]] = ..., joint: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("case_id", "number", "home", "item_code", "item_name", "stage", "stage_label", "reach", "reach_label", "custodian", "offered_to", "applicant_masked", "filed_at_ms", "accepted_at_ms", "decided_at_ms", "closed_at_ms", "delivered_at_ms", "outcome", "allowed_acts", "open_branches", "beyond_gap", "held_for_upgrade", "release", "notices", "number_twice", "duplicate", "parent_case_id", "opinions_asked", "opinions_in")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    REACH_LABEL_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    OFFERED_TO_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_MASKED_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_ACTS_FIELD_NUMBER: _ClassVar[int]
    OPEN_BRANCHES_FIELD_NUMBER: _ClassVar[int]
    BEYOND_GAP_FIELD_NUMBER: _ClassVar[int]
    HELD_FOR_UPGRADE_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    NUMBER_TWICE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    PARENT_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    OPINIONS_ASKED_FIELD_NUMBER: _ClassVar[int]
    OPINIONS_IN_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    home: int
    item_code: str
    item_name: str
    stage: str
    stage_label: str
    reach: Reach
    reach_label: str
    custodian: _fact_pb2.Actor
    offered_to: _fact_pb2.Actor
    applicant_masked: str
    filed_at_ms: int
    accepted_at_ms: int
    decided_at_ms: int
    closed_at_ms: int
    delivered_at_ms: int
    outcome: _bodies_pb2.Outcome
    allowed_acts: _containers.RepeatedScalarFieldContainer[str]
    open_branches: int
    beyond_gap: bool
    held_for_upgrade: bool
    release: int
    notices: _containers.RepeatedScalarFieldContainer[str]
    number_twice: bool
    duplicate: bool
    parent_case_id: bytes
    opinions_asked: int
    opinions_in: int
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., home: _Optional[int] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., stage: _Optional[str] = ..., stage_label: _Optional[str] = ..., reach: _Optional[_Union[Reach, str]] = ..., reach_label: _Optional[str] = ..., custodian: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., offered_to: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., applicant_masked: _Optional[str] = ..., filed_at_ms: _Optional[int] = ..., accepted_at_ms: _Optional[int] = ..., decided_at_ms: _Optional[int] = ..., closed_at_ms: _Optional[int] = ..., delivered_at_ms: _Optional[int] = ..., outcome: _Optional[_Union[_bodies_pb2.Outcome, str]] = ..., allowed_acts: _Optional[_Iterable[str]] = ..., open_branches: _Optional[int] = ..., beyond_gap: _Optional[bool] = ..., held_for_upgrade: _Optional[bool] = ..., release: _Optional[int] = ..., notices: _Optional[_Iterable[str]] = ..., number_twice: _Optional[bool] = ..., duplicate: _Optional[bool] = ..., parent_case_id: _Optional[bytes] = ..., opinions_asked: _Optional[int] = ..., opinions_in: _Optional[int] = ...) -> None: ...

class CaseFact(_message.Message):
    __slots__ = ("fact_id", "fact", "standing", "reach", "act_label")
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    ACT_LABEL_FIELD_NUMBER: _ClassVar[int]
    fact_id: bytes
    fact: _fact_pb2.Fact
    standing: str
    reach: Reach
    act_label: str
    def __init__(self, fact_id: _Optional[bytes] = ..., fact: _Optional[_Union[_fact_pb2.Fact, _Mapping]] = ..., standing: _Optional[str] = ..., reach: _Optional[_Union[Reach, str]] = ..., act_label: _Optional[str] = ...) -> None: ...
