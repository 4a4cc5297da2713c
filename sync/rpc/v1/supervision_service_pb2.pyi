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
    LIMIT_STANDING_STAGE_LATE: _ClassVar[LimitStanding]
CLOCK_KIND_UNSPECIFIED: ClockKind
CLOCK_KIND_AGENCY: ClockKind
CLOCK_KIND_DECISION: ClockKind
CLOCK_KIND_STAGE: ClockKind
CLOCK_KIND_PROMISE: ClockKind
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
LIMIT_STANDING_STAGE_LATE: LimitStanding

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
    __slots__ = ("kind_label", "place", "limit_days", "start_day", "deadline_day", "ended_day", "ended_by_label", "ended_by", "standing", "standing_label", "known_through_ms", "evidence", "days", "deemed")
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
    def __init__(self, kind_label: _Optional[str] = ..., place: _Optional[int] = ..., limit_days: _Optional[int] = ..., start_day: _Optional[int] = ..., deadline_day: _Optional[int] = ..., ended_day: _Optional[int] = ..., ended_by_label: _Optional[str] = ..., ended_by: _Optional[bytes] = ..., standing: _Optional[_Union[LimitStanding, str]] = ..., standing_label: _Optional[str] = ..., known_through_ms: _Optional[int] = ..., evidence: _Optional[_Iterable[bytes]] = ..., days: _Optional[_Iterable[_Union[ExplainedDay, _Mapping]]] = ..., deemed: _Optional[bool] = ...) -> None: ...

class ExplainedDay(_message.Message):
    __slots__ = ("day", "number", "note")
    DAY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    day: int
    number: int
    note: str
    def __init__(self, day: _Optional[int] = ..., number: _Optional[int] = ..., note: _Optional[str] = ...) -> None: ...
