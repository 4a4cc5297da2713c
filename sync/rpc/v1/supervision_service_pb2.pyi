from sync.facts.v1 import bodies_pb2 as _bodies_pb2
from sync.facts.v1 import fact_pb2 as _fact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClockKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_KIND_UNSPECIFIED: _ClassVar[ClockKind]
    CLOCK_KIND_AGENCY: _ClassVar[ClockKind]
    CLOCK_KIND_DECISION: _ClassVar[ClockKind]
    CLOCK_KIND_STAGE: _ClassVar[ClockKind]
    CLOCK_KIND_PROMISE: _ClassVar[ClockKind]
    CLOCK_KIND_LEGAL: _ClassVar[ClockKind]
    CLOCK_KIND_DELIVERY_UP: _ClassVar[ClockKind]
    CLOCK_KIND_SPECIAL: _ClassVar[ClockKind]
    CLOCK_KIND_VILLAGE_ACT: _ClassVar[ClockKind]
    CLOCK_KIND_DELIVERY: _ClassVar[ClockKind]
    CLOCK_KIND_OPINION: _ClassVar[ClockKind]

class ClockLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOCK_LEVEL_UNSPECIFIED: _ClassVar[ClockLevel]
    CLOCK_LEVEL_NORMAL: _ClassVar[ClockLevel]
    CLOCK_LEVEL_REMINDER: _ClassVar[ClockLevel]
    CLOCK_LEVEL_LAST_DAY: _ClassVar[ClockLevel]
    CLOCK_LEVEL_OVERDUE: _ClassVar[ClockLevel]
    CLOCK_LEVEL_OVERDUE_PROVISIONAL: _ClassVar[ClockLevel]
    CLOCK_LEVEL_PROVISIONAL: _ClassVar[ClockLevel]

class LimitStanding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_STANDING_UNSPECIFIED: _ClassVar[LimitStanding]
    LIMIT_STANDING_RUNNING: _ClassVar[LimitStanding]
    LIMIT_STANDING_IN_TIME: _ClassVar[LimitStanding]
    LIMIT_STANDING_SUSPECTED: _ClassVar[LimitStanding]
    LIMIT_STANDING_FOR_A_PERSON: _ClassVar[LimitStanding]
    LIMIT_STANDING_CONFIRMED: _ClassVar[LimitStanding]
    LIMIT_STANDING_WITHDRAWN: _ClassVar[LimitStanding]
    LIMIT_STANDING_SETTLED_LATE: _ClassVar[LimitStanding]
    LIMIT_STANDING_SETTLED_IN_TIME: _ClassVar[LimitStanding]
    LIMIT_STANDING_STAGE_LATE: _ClassVar[LimitStanding]

class ReplyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPLY_KIND_UNSPECIFIED: _ClassVar[ReplyKind]
    REPLY_KIND_COMPLAINT_ACCEPTANCE: _ClassVar[ReplyKind]
    REPLY_KIND_COMPLAINT_ANSWER: _ClassVar[ReplyKind]
    REPLY_KIND_CALL_BACK: _ClassVar[ReplyKind]

class ReportBy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPORT_BY_UNSPECIFIED: _ClassVar[ReportBy]
    REPORT_BY_PLACE: _ClassVar[ReportBy]
    REPORT_BY_DEPARTMENT: _ClassVar[ReportBy]
    REPORT_BY_WINDOW: _ClassVar[ReportBy]
CLOCK_KIND_UNSPECIFIED: ClockKind
CLOCK_KIND_AGENCY: ClockKind
CLOCK_KIND_DECISION: ClockKind
CLOCK_KIND_STAGE: ClockKind
CLOCK_KIND_PROMISE: ClockKind
CLOCK_KIND_LEGAL: ClockKind
CLOCK_KIND_DELIVERY_UP: ClockKind
CLOCK_KIND_SPECIAL: ClockKind
CLOCK_KIND_VILLAGE_ACT: ClockKind
CLOCK_KIND_DELIVERY: ClockKind
CLOCK_KIND_OPINION: ClockKind
CLOCK_LEVEL_UNSPECIFIED: ClockLevel
CLOCK_LEVEL_NORMAL: ClockLevel
CLOCK_LEVEL_REMINDER: ClockLevel
CLOCK_LEVEL_LAST_DAY: ClockLevel
CLOCK_LEVEL_OVERDUE: ClockLevel
CLOCK_LEVEL_OVERDUE_PROVISIONAL: ClockLevel
CLOCK_LEVEL_PROVISIONAL: ClockLevel
LIMIT_STANDING_UNSPECIFIED: LimitStanding
LIMIT_STANDING_RUNNING: LimitStanding
LIMIT_STANDING_IN_TIME: LimitStanding
LIMIT_STANDING_SUSPECTED: LimitStanding
LIMIT_STANDING_FOR_A_PERSON: LimitStanding
LIMIT_STANDING_CONFIRMED: LimitStanding
LIMIT_STANDING_WITHDRAWN: LimitStanding
LIMIT_STANDING_SETTLED_LATE: LimitStanding
LIMIT_STANDING_SETTLED_IN_TIME: LimitStanding
LIMIT_STANDING_STAGE_LATE: LimitStanding
REPLY_KIND_UNSPECIFIED: ReplyKind
REPLY_KIND_COMPLAINT_ACCEPTANCE: ReplyKind
REPLY_KIND_COMPLAINT_ANSWER: ReplyKind
REPLY_KIND_CALL_BACK: ReplyKind
REPORT_BY_UNSPECIFIED: ReportBy
REPORT_BY_PLACE: ReportBy
REPORT_BY_DEPARTMENT: ReportBy
REPORT_BY_WINDOW: ReportBy

class GetFiguresRequest(_message.Message):
    __slots__ = ("within", "from_day", "to_day")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    within: int
    from_day: int
    to_day: int
    def __init__(self, within: _Optional[int] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ...) -> None: ...

class GetFiguresResponse(_message.Message):
    __slots__ = ("within", "from_day", "to_day", "counted_at_ms", "total", "rows")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    COUNTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    within: int
    from_day: int
    to_day: int
    counted_at_ms: int
    total: Figures
    rows: _containers.RepeatedCompositeFieldContainer[PlaceFigures]
    def __init__(self, within: _Optional[int] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ..., counted_at_ms: _Optional[int] = ..., total: _Optional[_Union[Figures, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[PlaceFigures, _Mapping]]] = ...) -> None: ...

class WatchFiguresRequest(_message.Message):
    __slots__ = ("figures",)
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    figures: GetFiguresRequest
    def __init__(self, figures: _Optional[_Union[GetFiguresRequest, _Mapping]] = ...) -> None: ...

class WatchFiguresResponse(_message.Message):
    __slots__ = ("figures",)
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    figures: GetFiguresResponse
    def __init__(self, figures: _Optional[_Union[GetFiguresResponse, _Mapping]] = ...) -> None: ...

class PlaceFigures(_message.Message):
    __slots__ = ("place", "figures", "data_as_of_ms")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    DATA_AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    place: int
    figures: Figures
    data_as_of_ms: int
    def __init__(self, place: _Optional[int] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., data_as_of_ms: _Optional[int] = ...) -> None: ...

class Figures(_message.Message):
    __slots__ = ("handled", "via_village_stations", "closed", "open", "in_transit", "refused", "withdrawn", "lapsed", "judged", "on_time", "early", "not_instant", "promised_early", "instant", "same_day", "extended", "provisional", "rated", "satisfied", "complaints", "shirked", "paper_claimed", "late", "late_provisional", "conflicts", "satisfied_percent", "on_time_percent", "early_percent", "promised_early_percent", "same_day_percent")
    HANDLED_FIELD_NUMBER: _ClassVar[int]
    VIA_VILLAGE_STATIONS_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    IN_TRANSIT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    LAPSED_FIELD_NUMBER: _ClassVar[int]
    JUDGED_FIELD_NUMBER: _ClassVar[int]
    ON_TIME_FIELD_NUMBER: _ClassVar[int]
    EARLY_FIELD_NUMBER: _ClassVar[int]
    NOT_INSTANT_FIELD_NUMBER: _ClassVar[int]
    PROMISED_EARLY_FIELD_NUMBER: _ClassVar[int]
    INSTANT_FIELD_NUMBER: _ClassVar[int]
    SAME_DAY_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_FIELD_NUMBER: _ClassVar[int]
    PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    RATED_FIELD_NUMBER: _ClassVar[int]
    SATISFIED_FIELD_NUMBER: _ClassVar[int]
    COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    SHIRKED_FIELD_NUMBER: _ClassVar[int]
    PAPER_CLAIMED_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    LATE_PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    SATISFIED_PERCENT_FIELD_NUMBER: _ClassVar[int]
    ON_TIME_PERCENT_FIELD_NUMBER: _ClassVar[int]
    EARLY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PROMISED_EARLY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SAME_DAY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    handled: int
    via_village_stations: int
    closed: int
    open: int
    in_transit: int
    refused: int
    withdrawn: int
    lapsed: int
    judged: int
    on_time: int
    early: int
    not_instant: int
    promised_early: int
    instant: int
    same_day: int
    extended: int
    provisional: int
    rated: int
    satisfied: int
    complaints: int
    shirked: int
    paper_claimed: int
    late: int
    late_provisional: int
    conflicts: int
    satisfied_percent: float
    on_time_percent: float
    early_percent: float
    promised_early_percent: float
    same_day_percent: float
    def __init__(self, handled: _Optional[int] = ..., via_village_stations: _Optional[int] = ..., closed: _Optional[int] = ..., open: _Optional[int] = ..., in_transit: _Optional[int] = ..., refused: _Optional[int] = ..., withdrawn: _Optional[int] = ..., lapsed: _Optional[int] = ..., judged: _Optional[int] = ..., on_time: _Optional[int] = ..., early: _Optional[int] = ..., not_instant: _Optional[int] = ..., promised_early: _Optional[int] = ..., instant: _Optional[int] = ..., same_day: _Optional[int] = ..., extended: _Optional[int] = ..., provisional: _Optional[int] = ..., rated: _Optional[int] = ..., satisfied: _Optional[int] = ..., complaints: _Optional[int] = ..., shirked: _Optional[int] = ..., paper_claimed: _Optional[int] = ..., late: _Optional[int] = ..., late_provisional: _Optional[int] = ..., conflicts: _Optional[int] = ..., satisfied_percent: _Optional[float] = ..., on_time_percent: _Optional[float] = ..., early_percent: _Optional[float] = ..., promised_early_percent: _Optional[float] = ..., same_day_percent: _Optional[float] = ...) -> None: ...

class CaseClock(_message.Message):
    __slots__ = ("case_id", "number", "home", "item_code", "item_name", "stage", "stage_label", "custodian_place", "custodian_unit", "kind", "kind_label", "start_day", "limit_days", "deadline_day", "days_left", "time_left", "level", "deemed_accepted")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_PLACE_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_UNIT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    DAYS_LEFT_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DEEMED_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    home: int
    item_code: str
    item_name: str
    stage: str
    stage_label: str
    custodian_place: int
    custodian_unit: str
    kind: ClockKind
    kind_label: str
    start_day: int
    limit_days: int
    deadline_day: int
    days_left: int
    time_left: str
    level: ClockLevel
    deemed_accepted: bool
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., home: _Optional[int] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., stage: _Optional[str] = ..., stage_label: _Optional[str] = ..., custodian_place: _Optional[int] = ..., custodian_unit: _Optional[str] = ..., kind: _Optional[_Union[ClockKind, str]] = ..., kind_label: _Optional[str] = ..., start_day: _Optional[int] = ..., limit_days: _Optional[int] = ..., deadline_day: _Optional[int] = ..., days_left: _Optional[int] = ..., time_left: _Optional[str] = ..., level: _Optional[_Union[ClockLevel, str]] = ..., deemed_accepted: _Optional[bool] = ...) -> None: ...

class ListClocksRequest(_message.Message):
    __slots__ = ("within", "kinds", "levels", "custodian", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    CUSTODIAN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    kinds: _containers.RepeatedScalarFieldContainer[ClockKind]
    levels: _containers.RepeatedScalarFieldContainer[ClockLevel]
    custodian: int
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., kinds: _Optional[_Iterable[_Union[ClockKind, str]]] = ..., levels: _Optional[_Iterable[_Union[ClockLevel, str]]] = ..., custodian: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListClocksResponse(_message.Message):
    __slots__ = ("clocks", "next_page_token")
    CLOCKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    clocks: _containers.RepeatedCompositeFieldContainer[CaseClock]
    next_page_token: str
    def __init__(self, clocks: _Optional[_Iterable[_Union[CaseClock, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SearchCasesRequest(_message.Message):
    __slots__ = ("text", "page_size", "page_token")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    text: str
    page_size: int
    page_token: str
    def __init__(self, text: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[FoundCase]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[FoundCase, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FoundCase(_message.Message):
    __slots__ = ("case_id", "number", "home", "item_code", "item_name", "stage", "stage_label", "applicant_masked", "filed_at_ms")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    ITEM_CODE_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_LABEL_FIELD_NUMBER: _ClassVar[int]
    APPLICANT_MASKED_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    home: int
    item_code: str
    item_name: str
    stage: str
    stage_label: str
    applicant_masked: str
    filed_at_ms: int
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., home: _Optional[int] = ..., item_code: _Optional[str] = ..., item_name: _Optional[str] = ..., stage: _Optional[str] = ..., stage_label: _Optional[str] = ..., applicant_masked: _Optional[str] = ..., filed_at_ms: _Optional[int] = ...) -> None: ...

class ListFindingsRequest(_message.Message):
    __slots__ = ("within", "standings", "place", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    STANDINGS_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    standings: _containers.RepeatedScalarFieldContainer[LimitStanding]
    place: int
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., standings: _Optional[_Iterable[_Union[LimitStanding, str]]] = ..., place: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFindingsResponse(_message.Message):
    __slots__ = ("findings", "next_page_token", "silent")
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    next_page_token: str
    silent: _containers.RepeatedCompositeFieldContainer[Silence]
    def __init__(self, findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., silent: _Optional[_Iterable[_Union[Silence, _Mapping]]] = ...) -> None: ...

class Silence(_message.Message):
    __slots__ = ("place", "since_ms")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    place: int
    since_ms: int
    def __init__(self, place: _Optional[int] = ..., since_ms: _Optional[int] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("case_id", "number", "home", "place", "kind", "kind_label", "start_day", "limit_days", "deadline_day", "standing", "standing_label", "found_at_ms", "changed_at_ms", "evidence", "unit")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    STANDING_LABEL_FIELD_NUMBER: _ClassVar[int]
    FOUND_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    home: int
    place: int
    kind: int
    kind_label: str
    start_day: int
    limit_days: int
    deadline_day: int
    standing: LimitStanding
    standing_label: str
    found_at_ms: int
    changed_at_ms: int
    evidence: _containers.RepeatedScalarFieldContainer[bytes]
    unit: str
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., home: _Optional[int] = ..., place: _Optional[int] = ..., kind: _Optional[int] = ..., kind_label: _Optional[str] = ..., start_day: _Optional[int] = ..., limit_days: _Optional[int] = ..., deadline_day: _Optional[int] = ..., standing: _Optional[_Union[LimitStanding, str]] = ..., standing_label: _Optional[str] = ..., found_at_ms: _Optional[int] = ..., changed_at_ms: _Optional[int] = ..., evidence: _Optional[_Iterable[bytes]] = ..., unit: _Optional[str] = ...) -> None: ...

class ExplainCaseRequest(_message.Message):
    __slots__ = ("case",)
    CASE_FIELD_NUMBER: _ClassVar[int]
    case: str
    def __init__(self, case: _Optional[str] = ...) -> None: ...

class ExplainCaseResponse(_message.Message):
    __slots__ = ("case_id", "number", "item_name", "item_version", "calendar", "limits")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ITEM_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEM_VERSION_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    item_name: str
    item_version: int
    calendar: int
    limits: _containers.RepeatedCompositeFieldContainer[ExplainedLimit]
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., item_name: _Optional[str] = ..., item_version: _Optional[int] = ..., calendar: _Optional[int] = ..., limits: _Optional[_Iterable[_Union[ExplainedLimit, _Mapping]]] = ...) -> None: ...

class ExplainedLimit(_message.Message):
    __slots__ = ("kind_label", "place", "limit_days", "start_day", "deadline_day", "ended_day", "ended_by_label", "ended_by", "standing", "standing_label", "known_through_ms", "evidence", "days", "deemed", "calendar_days")
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    ENDED_DAY_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_LABEL_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    STANDING_LABEL_FIELD_NUMBER: _ClassVar[int]
    KNOWN_THROUGH_MS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    DEEMED_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_DAYS_FIELD_NUMBER: _ClassVar[int]
    kind_label: str
    place: int
    limit_days: int
    start_day: int
    deadline_day: int
    ended_day: int
    ended_by_label: str
    ended_by: bytes
    standing: LimitStanding
    standing_label: str
    known_through_ms: int
    evidence: _containers.RepeatedScalarFieldContainer[bytes]
    days: _containers.RepeatedCompositeFieldContainer[ExplainedDay]
    deemed: bool
    calendar_days: bool
    def __init__(self, kind_label: _Optional[str] = ..., place: _Optional[int] = ..., limit_days: _Optional[int] = ..., start_day: _Optional[int] = ..., deadline_day: _Optional[int] = ..., ended_day: _Optional[int] = ..., ended_by_label: _Optional[str] = ..., ended_by: _Optional[bytes] = ..., standing: _Optional[_Union[LimitStanding, str]] = ..., standing_label: _Optional[str] = ..., known_through_ms: _Optional[int] = ..., evidence: _Optional[_Iterable[bytes]] = ..., days: _Optional[_Iterable[_Union[ExplainedDay, _Mapping]]] = ..., deemed: _Optional[bool] = ..., calendar_days: _Optional[bool] = ...) -> None: ...

class ExplainedDay(_message.Message):
    __slots__ = ("day", "number", "note")
    DAY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    day: int
    number: int
    note: str
    def __init__(self, day: _Optional[int] = ..., number: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...

class ListSignalsRequest(_message.Message):
    __slots__ = ("within", "spot_checks_of", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    SPOT_CHECKS_OF_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    spot_checks_of: int
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., spot_checks_of: _Optional[int] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSignalsResponse(_message.Message):
    __slots__ = ("signals", "next_page_token")
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    signals: _containers.RepeatedCompositeFieldContainer[Signal]
    next_page_token: str
    def __init__(self, signals: _Optional[_Iterable[_Union[Signal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Signal(_message.Message):
    __slots__ = ("rule", "rule_label", "phase_label", "kind_label", "colour_label", "place", "about", "case_id", "number", "fact_id", "at_ms", "reply_days")
    RULE_FIELD_NUMBER: _ClassVar[int]
    RULE_LABEL_FIELD_NUMBER: _ClassVar[int]
    PHASE_LABEL_FIELD_NUMBER: _ClassVar[int]
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    COLOUR_LABEL_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    REPLY_DAYS_FIELD_NUMBER: _ClassVar[int]
    rule: str
    rule_label: str
    phase_label: str
    kind_label: str
    colour_label: str
    place: int
    about: str
    case_id: bytes
    number: str
    fact_id: bytes
    at_ms: int
    reply_days: int
    def __init__(self, rule: _Optional[str] = ..., rule_label: _Optional[str] = ..., phase_label: _Optional[str] = ..., kind_label: _Optional[str] = ..., colour_label: _Optional[str] = ..., place: _Optional[int] = ..., about: _Optional[str] = ..., case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., fact_id: _Optional[bytes] = ..., at_ms: _Optional[int] = ..., reply_days: _Optional[int] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = ("within", "case", "office", "statuses", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    case: str
    office: int
    statuses: _containers.RepeatedScalarFieldContainer[str]
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., case: _Optional[str] = ..., office: _Optional[int] = ..., statuses: _Optional[_Iterable[str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[AccountabilityRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[AccountabilityRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AccountabilityRecord(_message.Message):
    __slots__ = ("record", "number", "rule", "rule_label", "office", "status", "status_label", "reply_by_day", "assignee", "opened_at_ms", "withdrawn", "steps", "beside", "finding")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    RULE_LABEL_FIELD_NUMBER: _ClassVar[int]
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STATUS_LABEL_FIELD_NUMBER: _ClassVar[int]
    REPLY_BY_DAY_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    BESIDE_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    record: bytes
    number: str
    rule: str
    rule_label: str
    office: int
    status: str
    status_label: str
    reply_by_day: int
    assignee: str
    opened_at_ms: int
    withdrawn: bool
    steps: _containers.RepeatedCompositeFieldContainer[RecordStep]
    beside: _containers.RepeatedCompositeFieldContainer[RecordStep]
    finding: _bodies_pb2.FindingConfirmed
    def __init__(self, record: _Optional[bytes] = ..., number: _Optional[str] = ..., rule: _Optional[str] = ..., rule_label: _Optional[str] = ..., office: _Optional[int] = ..., status: _Optional[str] = ..., status_label: _Optional[str] = ..., reply_by_day: _Optional[int] = ..., assignee: _Optional[str] = ..., opened_at_ms: _Optional[int] = ..., withdrawn: _Optional[bool] = ..., steps: _Optional[_Iterable[_Union[RecordStep, _Mapping]]] = ..., beside: _Optional[_Iterable[_Union[RecordStep, _Mapping]]] = ..., finding: _Optional[_Union[_bodies_pb2.FindingConfirmed, _Mapping]] = ...) -> None: ...

class RecordStep(_message.Message):
    __slots__ = ("fact_id", "label", "actor", "at_ms", "step")
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    fact_id: bytes
    label: str
    actor: _fact_pb2.Actor
    at_ms: int
    step: _bodies_pb2.AccountabilityStep
    def __init__(self, fact_id: _Optional[bytes] = ..., label: _Optional[str] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., at_ms: _Optional[int] = ..., step: _Optional[_Union[_bodies_pb2.AccountabilityStep, _Mapping]] = ...) -> None: ...

class TakeStepRequest(_message.Message):
    __slots__ = ("request_id", "case", "actor", "step")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    case: str
    actor: _fact_pb2.Actor
    step: _bodies_pb2.AccountabilityStep
    def __init__(self, request_id: _Optional[bytes] = ..., case: _Optional[str] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., step: _Optional[_Union[_bodies_pb2.AccountabilityStep, _Mapping]] = ...) -> None: ...

class TakeStepResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: AccountabilityRecord
    def __init__(self, record: _Optional[_Union[AccountabilityRecord, _Mapping]] = ...) -> None: ...

class SettleFindingRequest(_message.Message):
    __slots__ = ("request_id", "case", "actor", "settled")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SETTLED_FIELD_NUMBER: _ClassVar[int]
    request_id: bytes
    case: str
    actor: _fact_pb2.Actor
    settled: _bodies_pb2.FindingSettled
    def __init__(self, request_id: _Optional[bytes] = ..., case: _Optional[str] = ..., actor: _Optional[_Union[_fact_pb2.Actor, _Mapping]] = ..., settled: _Optional[_Union[_bodies_pb2.FindingSettled, _Mapping]] = ...) -> None: ...

class SettleFindingResponse(_message.Message):
    __slots__ = ("finding",)
    FINDING_FIELD_NUMBER: _ClassVar[int]
    finding: Finding
    def __init__(self, finding: _Optional[_Union[Finding, _Mapping]] = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ("case_id", "number", "home", "fact_id", "kind", "kind_label", "place", "channel", "about_place", "about_unit", "grade", "reason", "said", "start_day", "limit_days", "deadline_day", "done_day", "days_left", "time_left", "level", "result")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    ABOUT_PLACE_FIELD_NUMBER: _ClassVar[int]
    ABOUT_UNIT_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SAID_FIELD_NUMBER: _ClassVar[int]
    START_DAY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_DAYS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DAY_FIELD_NUMBER: _ClassVar[int]
    DONE_DAY_FIELD_NUMBER: _ClassVar[int]
    DAYS_LEFT_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    case_id: bytes
    number: str
    home: int
    fact_id: bytes
    kind: ReplyKind
    kind_label: str
    place: int
    channel: str
    about_place: int
    about_unit: str
    grade: int
    reason: str
    said: str
    start_day: int
    limit_days: int
    deadline_day: int
    done_day: int
    days_left: int
    time_left: str
    level: ClockLevel
    result: str
    def __init__(self, case_id: _Optional[bytes] = ..., number: _Optional[str] = ..., home: _Optional[int] = ..., fact_id: _Optional[bytes] = ..., kind: _Optional[_Union[ReplyKind, str]] = ..., kind_label: _Optional[str] = ..., place: _Optional[int] = ..., channel: _Optional[str] = ..., about_place: _Optional[int] = ..., about_unit: _Optional[str] = ..., grade: _Optional[int] = ..., reason: _Optional[str] = ..., said: _Optional[str] = ..., start_day: _Optional[int] = ..., limit_days: _Optional[int] = ..., deadline_day: _Optional[int] = ..., done_day: _Optional[int] = ..., days_left: _Optional[int] = ..., time_left: _Optional[str] = ..., level: _Optional[_Union[ClockLevel, str]] = ..., result: _Optional[str] = ...) -> None: ...

class ReplyCounts(_message.Message):
    __slots__ = ("kind", "kind_label", "due", "late", "late_provisional", "kept", "kept_late")
    KIND_FIELD_NUMBER: _ClassVar[int]
    KIND_LABEL_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    LATE_PROVISIONAL_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    KEPT_LATE_FIELD_NUMBER: _ClassVar[int]
    kind: ReplyKind
    kind_label: str
    due: int
    late: int
    late_provisional: int
    kept: int
    kept_late: int
    def __init__(self, kind: _Optional[_Union[ReplyKind, str]] = ..., kind_label: _Optional[str] = ..., due: _Optional[int] = ..., late: _Optional[int] = ..., late_provisional: _Optional[int] = ..., kept: _Optional[int] = ..., kept_late: _Optional[int] = ...) -> None: ...

class ListRepliesRequest(_message.Message):
    __slots__ = ("within", "kinds", "place", "from_day", "to_day", "given", "page_size", "page_token")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    GIVEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    within: int
    kinds: _containers.RepeatedScalarFieldContainer[ReplyKind]
    place: int
    from_day: int
    to_day: int
    given: bool
    page_size: int
    page_token: str
    def __init__(self, within: _Optional[int] = ..., kinds: _Optional[_Iterable[_Union[ReplyKind, str]]] = ..., place: _Optional[int] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ..., given: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRepliesResponse(_message.Message):
    __slots__ = ("replies", "next_page_token", "counts")
    REPLIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    replies: _containers.RepeatedCompositeFieldContainer[Reply]
    next_page_token: str
    counts: _containers.RepeatedCompositeFieldContainer[ReplyCounts]
    def __init__(self, replies: _Optional[_Iterable[_Union[Reply, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., counts: _Optional[_Iterable[_Union[ReplyCounts, _Mapping]]] = ...) -> None: ...

class GetReportRequest(_message.Message):
    __slots__ = ("figures", "by")
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    figures: GetFiguresRequest
    by: ReportBy
    def __init__(self, figures: _Optional[_Union[GetFiguresRequest, _Mapping]] = ..., by: _Optional[_Union[ReportBy, str]] = ...) -> None: ...

class GetReportResponse(_message.Message):
    __slots__ = ("within", "from_day", "to_day", "counted_at_ms", "by", "rows", "total")
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    FROM_DAY_FIELD_NUMBER: _ClassVar[int]
    TO_DAY_FIELD_NUMBER: _ClassVar[int]
    COUNTED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    within: int
    from_day: int
    to_day: int
    counted_at_ms: int
    by: ReportBy
    rows: _containers.RepeatedCompositeFieldContainer[ReportRow]
    total: ReportRow
    def __init__(self, within: _Optional[int] = ..., from_day: _Optional[int] = ..., to_day: _Optional[int] = ..., counted_at_ms: _Optional[int] = ..., by: _Optional[_Union[ReportBy, str]] = ..., rows: _Optional[_Iterable[_Union[ReportRow, _Mapping]]] = ..., total: _Optional[_Union[ReportRow, _Mapping]] = ...) -> None: ...

class ReportRow(_message.Message):
    __slots__ = ("place", "unit", "unit_name", "figures", "confirmed", "score", "reach")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_NAME_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    place: int
    unit: str
    unit_name: str
    figures: Figures
    confirmed: int
    score: Score
    reach: DataReach
    def __init__(self, place: _Optional[int] = ..., unit: _Optional[str] = ..., unit_name: _Optional[str] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., confirmed: _Optional[int] = ..., score: _Optional[_Union[Score, _Mapping]] = ..., reach: _Optional[_Union[DataReach, _Mapping]] = ...) -> None: ...

class Score(_message.Message):
    __slots__ = ("points", "losses")
    POINTS_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    points: float
    losses: _containers.RepeatedCompositeFieldContainer[ScoreLoss]
    def __init__(self, points: _Optional[float] = ..., losses: _Optional[_Iterable[_Union[ScoreLoss, _Mapping]]] = ...) -> None: ...

class ScoreLoss(_message.Message):
    __slots__ = ("label", "points")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    label: str
    points: float
    def __init__(self, label: _Optional[str] = ..., points: _Optional[float] = ...) -> None: ...

class DataReach(_message.Message):
    __slots__ = ("data_as_of_ms", "nodes", "nodes_behind")
    DATA_AS_OF_MS_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    NODES_BEHIND_FIELD_NUMBER: _ClassVar[int]
    data_as_of_ms: int
    nodes: int
    nodes_behind: int
    def __init__(self, data_as_of_ms: _Optional[int] = ..., nodes: _Optional[int] = ..., nodes_behind: _Optional[int] = ...) -> None: ...
