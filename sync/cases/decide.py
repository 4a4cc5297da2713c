"""Whether an act may be written down, and what exactly is written."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple, TypeAlias

from sync.cases import channels, places
from sync.cases.clocks import Course, accepted_as_of, added_in_time, legal_deadline
from sync.cases.fold import CaseState, Holder, NotAllowed, why_not
from sync.cases.joint import ALONE, Joint, Opinions, need_ended, opinions
from sync.cases.replies import BADLY_RATED, WRITERS, ReplyKind, Voice, replier, waiting
from sync.cases.stages import ACCEPTING, Act, ExtensionKind, Opinion, Outcome, Stage, acts_open_at, row, stage_after
from sync.cases.workdays import Calendar, Deadline, Suspension, day_numbered, day_of, number_of
from sync.catalogue import delegation
from sync.catalogue.items import (
    Branch,
    CaseKind,
    Level,
    Power,
    ServiceItem,
    SpecialProcedure,
    StageName,
    VillageMode,
)
from sync.catalogue.release import Catalogue, Standing
from sync.errors import Malformed, Refused

TIME_TO_SUPPLY = timedelta(days=30)
LONGEST_WAIT = timedelta(days=365)
HIGHEST_FEE_FEN = 10**10
LONGEST_LEGAL_EXTENSION = 10
LONGEST_JOINT_EXTENSION = 15
"""Working days, by the head of the organ; of a joint case by the head of the county. Administrative Licensing Law,
art. 42."""
NOT_NEEDED = "主件已经决定、撤回或者由别的单位接手，不再需要本部门的会办意见，请查看主件。"


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What somebody at (place, unit) asks for.

    `home`, `item_code`: of file. `to_place`, `to_unit`: of hand_over and pass_up, 0 = the next place up; of stage_done,
    send_back, reassign and override `to_unit` is the unit that goes on, of complain the one complained of. `reason`:
    also the opinion of stage_done, pass_up and village_act_done, and what came of end_special and call_back.
    `opinion`: of give_opinion. `procedure`: of begin_special, as the item names it. `amount_fen`: of charge. `detail`:
    number of the document of decide, manner of deliver, how the applicant was told of ask_once, extend and
    begin_special, road of rate and complain. `day`: of ask_once the last day, None = in 30 days; of extend the day the
    promise is moved to. `fact_id`: what correct, accept_complaint, answer_complaint and call_back are about; of the
    last three empty = the only one that waits. `said`: a private text comes with it.
    """

    act: Act
    place: int
    unit: str = ""
    home: int = 0
    item_code: str = ""
    to_place: int = 0
    to_unit: str = ""
    reason: str = ""
    review_way: str = ""
    outcome: Outcome = Outcome.UNSPECIFIED
    detail: str = ""
    missing: tuple[str, ...] = ()
    day: date | None = None
    extension: ExtensionKind = ExtensionKind.UNSPECIFIED
    days: int = 0
    approver: str = ""
    fact_id: bytes = b""
    grade: int = 0
    about_place: int = 0
    said: bool = False
    procedure: str = ""
    amount_fen: int = 0
    opinion: Opinion = Opinion.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Draft:
    """What will be written. `case_id` is empty for a filing: its fact id becomes it. `release` is the one held here."""

    act: Act
    home: int
    case_id: bytes
    based_on: tuple[bytes, ...]
    item_code: str
    item_version: int
    release: int
    # 0 = none needed.
    delegation: int = 0
    to_place: int = 0
    to_unit: str = ""
    next_unit: str = ""
    # The stage that stage_done ends.
    stage: StageName = StageName.UNSPECIFIED
    promised_days: int = 0
    reason: str = ""
    opinion: str = ""
    review_way: str = ""
    outcome: Outcome = Outcome.UNSPECIFIED
    document_number: str = ""
    manner: str = ""
    missing: tuple[str, ...] = ()
    due_day: int = 0
    notice: str = ""
    extension: ExtensionKind = ExtensionKind.UNSPECIFIED
    to_day: int = 0
    days: int = 0
    approver: str = ""
    fact_id: bytes = b""
    grade: int = 0
    channel: str = ""
    about_place: int = 0
    procedure: SpecialProcedure | None = None
    amount_fen: int = 0
    fee_basis: str = ""
    # Of fork: whose opinions are asked for. Of decide: the branches whose silence it takes for consent.
    branches: tuple[Branch, ...] = ()
    silent: tuple[bytes, ...] = ()
    consents: bool = False


def decide(
    request: ActRequest,
    *,
    case: CaseState | None,
    catalogue: Catalogue,
    today: date,
    paper_places: frozenset[int] = frozenset(),
    calendar: Calendar | None = None,
    facts: Collection[bytes] = (),
    voices: tuple[Voice, ...] = (),
    rated: bool = False,
    joint: Joint = ALONE,
) -> Draft:
    """The act as it is written, or Refused.

    `paper_places`: places below that have no node of their own. `calendar`: the newest held. `facts`: ids of all facts
    of the case. `voices`: what was said of it that needs a reply. `rated`: a rating of it is held. `joint`: its
    branches, or the case it is a branch of.
    """
    if request.act is Act.FILE:
        return _filing(request, catalogue=catalogue, today=today, paper_places=paper_places)
    if case is None:
        raise Malformed("没有指明是哪一件")
    desk = _Desk(request, case, catalogue, today, calendar, facts, voices, rated, joint)
    for check in (*ALWAYS, *POWERS.get(request.act, ()), *CONTENTS.get(request.act, ())):
        check(desk)
    return _draft(desk)


def allowed_acts(
    case: CaseState,
    *,
    place: int,
    unit: str,
    catalogue: Catalogue,
    today: date,
    calendar: Calendar | None = None,
    voices: tuple[Voice, ...] = (),
    rated: bool = False,
    joint: Joint = ALONE,
) -> tuple[Act, ...]:
    """The acts open to an office now, whatever it will write into them."""
    desks = (
        _Desk(_bare(act, place, unit), case, catalogue, today, calendar, voices=voices, rated=rated, joint=joint)
        for act in (acts_open_at(case.stage) if case.stage else ())
    )
    return tuple(desk.request.act for desk in desks if _is_open(desk))


@lru_cache(maxsize=4096)
def _bare(act: Act, place: int, unit: str) -> ActRequest:
    """An act with nothing written into it."""
    return ActRequest(act, place, unit)


def notices(case: CaseState, *, place: int, catalogue: Catalogue, joint: Joint = ALONE) -> tuple[str, ...]:
    """What the clerk should know before acting: a power the case was filed under has been taken back since, or an
    opinion is not needed any more."""
    if case.stage is Stage.CONSULTING and need_ended(case, joint.parent) is not None:
        return (NOT_NEEDED,)
    if case.stage is not Stage.RECEIVED or places.level(place) != places.TOWNSHIP:
        return ()
    taken = delegation.recalled_by(catalogue, place, case.item_code, Power.ACCEPT)
    if taken is None or taken <= case.filed_release:
        return ()
    return (f"本件按第{case.filed_release}版目录收件，受理权已于第{taken}版目录收回，请上报县级办理。",)


class _Desk(NamedTuple):
    """What lies on the desk when an act is asked for."""

    request: ActRequest
    case: CaseState
    catalogue: Catalogue
    today: date
    calendar: Calendar | None = None
    facts: Collection[bytes] = ()
    voices: tuple[Voice, ...] = ()
    rated: bool = False
    joint: Joint = ALONE

    @property
    def place(self) -> int:
        return self.request.place

    @property
    def item(self) -> ServiceItem | None:
        """The item the case is judged by: as accepted, before that the newest."""
        if self.case.stage in (Stage.RECEIVED, Stage.AWAITING_SUPPLEMENT):
            return self.catalogue.item(self.case.item_code)
        version = self.catalogue.item_version(self.case.item_code, self.case.item_version)
        return version or self.catalogue.item(self.case.item_code)

    @property
    def filed_on(self) -> date:
        return day_of(self.case.stage_history[0].at_ms)

    @property
    def opinions(self) -> Opinions:
        return opinions(self.case, self.joint, calendar=self.calendar, today=self.today)

    @property
    def longest_extension(self) -> int:
        joint = self.item is not None and self.item.case_kind is CaseKind.JOINT
        return LONGEST_JOINT_EXTENSION if joint else LONGEST_LEGAL_EXTENSION


Check: TypeAlias = Callable[[_Desk], None]


# Whether the case may be moved at all, and by this office.


def _is_here(desk: _Desk) -> None:
    if desk.case.tip is None:
        raise Refused("CASE_NOT_HERE", "本件的收件记录还没有传到本机，请同步后再办。")


def _is_understood(desk: _Desk) -> None:
    if desk.case.held_for_upgrade:
        raise Refused("HELD_FOR_UPGRADE", "本件含有本机版本不认识的记录，请先升级软件再办。")


def _is_open_at_stage(desk: _Desk) -> None:
    assert desk.case.stage is not None
    stage_after(desk.case.stage, desk.request.act, resume=desk.case.resume)


def _is_theirs(desk: _Desk) -> None:
    case, request = desk.case, desk.request
    assert case.stage is not None
    assert case.custodian is not None
    found = row(case.stage, request.act)
    assert found is not None
    no = why_not(
        found.who,
        place=request.place,
        unit=request.unit,
        custodian=case.custodian,
        offered_to=case.offered_to,
        path_of_home=places.path(case.home),
    )
    if no is not None:
        raise Refused(no.value, _whose(no, case=case, custodian=case.custodian))


def _whose(no: NotAllowed, *, case: CaseState, custodian: Holder) -> str:
    held = _office(custodian)
    if no is NotAllowed.NOT_OFFERED:
        offered = _office(case.offered_to) if case.offered_to else "其他单位"
        return f"本件没有报送给本单位，应由{offered}接收。"
    if no is NotAllowed.NOT_ABOVE:
        return f"本件由{held}承办，只有其上级可以上收。"
    if no is NotAllowed.NOT_ON_THE_WAY:
        return f"本件由{held}办结，只能由收件地{case.home}至办结地沿途的单位送达。"
    if no is NotAllowed.NOT_LEAD:
        return f"本件由{held}承办，只能由{custodian.place}的负责人（不分窗口）改派。"
    if no is NotAllowed.NOT_ON_PATH:
        return f"本单位不在收件地{case.home}的上级之列，不能办理。"
    return f"本件现由{held}承办，本单位不能办理；需要办理时请该单位先报送过来。"


def _office(holder: Holder) -> str:
    return f"{places.label(holder.place)}级单位{holder.place}{'·' if holder.unit else ''}{holder.unit}"


# Whether the office has the power.


def _top_is_above(desk: _Desk) -> None:
    if desk.place == desk.catalogue.county or places.parent(desk.place) is None:
        raise Refused("AT_THE_TOP", "本单位已是办理的最高一级，不能再往上报，请就地办理。")


def _item_may_be_accepted(desk: _Desk) -> None:
    _in_force(desk.catalogue, desk.case.item_code, today=desk.today)


def _may_accept(desk: _Desk) -> None:
    _not_a_village(desk)
    if not _is_township(desk.place):
        return
    _was_delegated_when_filed(desk)
    _is_delegated(desk, Power.ACCEPT)


def _was_delegated_when_filed(desk: _Desk) -> None:
    case = desk.case
    held = delegation.power_at_release(
        desk.catalogue, case.filed_release, desk.place, case.item_code, Power.ACCEPT, desk.filed_on
    )
    if not held and _holds(desk, Power.ACCEPT):
        raise Refused(
            "NOT_DELEGATED_WHEN_FILED",
            f"本件按第{case.filed_release}版目录收件，当时受理权没有委托给本乡镇，请报送县级办理。",
        )


def _may_examine(desk: _Desk) -> None:
    _not_a_village(desk)
    _is_delegated(desk, Power.EXAMINE)


def _may_decide(desk: _Desk) -> None:
    _not_a_village(desk)
    if not _is_township(desk.place):
        return
    if desk.item is None:
        raise _unknown(desk.case.item_code)
    if desk.item.decided_at > Level.TOWNSHIP:
        raise Refused("DECIDED_AT_COUNTY", "该事项由县级决定，请上报县级办理。")
    _is_delegated(desk, Power.DECIDE)


def _not_a_village(desk: _Desk) -> None:
    if places.level(desk.place) == places.VILLAGE:
        act = desk.request.act.label
        raise Refused("VILLAGE_MAY_NOT", f"村级只代收、报送和送达，不能办理“{act}”，请报送乡镇。")


def _is_delegated(desk: _Desk, power: Power) -> None:
    if not _is_township(desk.place) or _holds(desk, power):
        return
    taken = delegation.recalled_by(desk.catalogue, desk.place, desk.case.item_code, power)
    if taken is not None:
        message = f"该事项的{power.label}权已于第{taken}版目录收回，请上报县级办理。"
        raise Refused("POWER_RECALLED", message)
    raise Refused("NOT_DELEGATED", f"该事项的{power.label}权没有委托给本乡镇，请上报县级办理。")


def _holds(desk: _Desk, power: Power) -> bool:
    return delegation.may(desk.catalogue, desk.place, desk.case.item_code, power, desk.today)


def _is_township(place: int) -> bool:
    return places.level(place) == places.TOWNSHIP


def _may_override(desk: _Desk) -> None:
    if places.level(desk.place) < places.COUNTY:
        raise Refused("OVERRIDE_ONLY_BY_COUNTY", "只有县级可以上收，请向县级说明情况。")


def _may_act_above_villages(desk: _Desk) -> None:
    _not_a_village(desk)


def _has_open_branches(desk: _Desk) -> None:
    if not desk.case.open_tips:
        raise Refused("NOTHING_TO_SETTLE", "本件没有未了结的冲突，不需要了结。")


def _may_reply(desk: _Desk) -> None:
    if desk.request.act is Act.CALL_BACK:
        custodian = desk.case.custodian.place if desk.case.custodian else desk.case.home
        held = replier(ReplyKind.CALL_BACK, home=desk.case.home, custodian=custodian)
        if not places.contains(desk.place, held):
            raise Refused("NOT_YOURS_TO_CALL_BACK", f"本件由{_office(Holder(held))}回访，本单位不能代办。")
    elif places.level(desk.place) < WRITERS[desk.request.act]:
        raise Refused("ONLY_THE_COUNTY_REPLIES", "投诉由县级受理和答复，被投诉的单位不能自己答复，请等候县级办理。")


def _is_not_rated(desk: _Desk) -> None:
    if desk.rated:
        raise Refused("ALREADY_RATED", "本件已经评价，不能重复评价。")


def _something_waits(desk: _Desk) -> None:
    if not waiting(desk.voices, desk.request.act):
        raise Refused(*NOTHING_WAITS[desk.request.act])


# Whether what is to be written is complete.


def _goes_to_next_place_up(desk: _Desk) -> None:
    above = places.parent(desk.place)
    if desk.request.to_place not in (0, above):
        raise Refused("NOT_THE_NEXT_PLACE_UP", f"只能报给上一级（{above}），不能越级或报给其他单位。")


def _gives_reason(desk: _Desk) -> None:
    if not desk.request.reason.strip():
        raise Refused("REASON_MISSING", f"{desk.request.act.label}要写明理由，请填写后再提交。")


def _names_way_of_review(desk: _Desk) -> None:
    if not desk.request.review_way.strip():
        raise Refused("REVIEW_WAY_MISSING", "不予受理要告知申请人复议或诉讼的途径，请填写后再提交。")


def _names_outcome(desk: _Desk) -> None:
    if desk.request.outcome is Outcome.UNSPECIFIED:
        raise Refused("OUTCOME_MISSING", "请选择准予或者不予。")


def _denies_with_reason(desk: _Desk) -> None:
    if desk.request.outcome is Outcome.DENIED and not desk.request.reason.strip():
        raise Refused("REASON_MISSING", "决定不予的，要写明理由，请填写后再提交。")


def _names_all_that_is_missing(desk: _Desk) -> None:
    if not any(each.strip() for each in desk.request.missing):
        raise Refused("MISSING_LIST_EMPTY", "一次性告知要写明需要补正的全部材料，请逐项填写后再提交。")


def _leaves_time_to_supply(desk: _Desk) -> None:
    if desk.request.day is not None and desk.request.day < desk.today:
        raise Refused("DAY_IN_THE_PAST", f"补正期限{desk.request.day}已经过去，请改为今天或以后的日期。")
    if desk.request.day is not None and desk.request.day > desk.today + LONGEST_WAIT:
        raise Refused("DAY_TOO_FAR", f"补正期限{desk.request.day}太远了，最多一年，请核对日期。")


def _time_to_supply_is_over(desk: _Desk) -> None:
    due = day_numbered(desk.case.due_day)
    if desk.today <= due:
        raise Refused("NOT_LAPSED_YET", f"补正期限到{due}为止，还没有过，不能按逾期未补办理。")


def _goes_to_another_unit(desk: _Desk) -> None:
    assert desk.case.custodian is not None
    if desk.request.to_unit == desk.case.custodian.unit:
        raise Refused("SAME_UNIT", "本件已经由该窗口（科室）承办，请选择另一个。")


def _is_extended_in_form(desk: _Desk) -> None:
    request = desk.request
    if request.extension is ExtensionKind.UNSPECIFIED:
        raise Refused("EXTENSION_KIND_MISSING", "请选择延时告知或者法定延期。")
    if any(each.kind is request.extension for each in desk.case.extensions):
        raise Refused("EXTENDED_ALREADY", f"本件已经办过一次{request.extension.label}，不能再办。")
    if not request.approver.strip():
        raise Refused("APPROVER_MISSING", "延期要有批准人，请填写批准人工号后再提交。")
    if not request.detail.strip():
        raise Refused("NOTICE_MISSING", "延期要告知申请人，请填写告知的方式后再提交。")


def _is_extended_in_time(desk: _Desk) -> None:
    if desk.calendar is None:
        raise Refused("CALENDAR_MISSING", "本机还没有收到工作日日历，算不出期限，请同步后再办。")
    if desk.item is None:
        raise _unknown(desk.case.item_code)
    accepted = _accepted_on(desk.case, desk.calendar, today=desk.today)
    legal = _legal_deadline(desk.case, desk.item, desk.calendar, accepted)
    check = _promise_is_moved if desk.request.extension is ExtensionKind.PROMISE else _legal_limit_is_moved
    promised = desk.calendar.deadline(accepted, desk.item.promised_days, suspensions=_stood_still(desk.case))
    check(desk, promised.day, legal.day if legal else None)


def _accepted_on(case: CaseState, calendar: Calendar, *, today: date) -> date:
    """受理之日, also where nobody answered in time (视为受理): the day the clocks run from."""
    when = {entered.stage: entered for entered in reversed(case.stage_history)}
    before = set(case.path[: case.path.index(when[Stage.EXAMINING].move_id)])
    held = groupby((e for e in case.custody_history if e.move_id in before), key=lambda taken: taken.holder.place)
    *_, (place, came_at_ms) = [(place, next(stay).at_ms) for place, stay in held]
    asked = when.get(Stage.AWAITING_SUPPLEMENT)
    course = Course(
        Stage.EXAMINING,
        place,
        taken_in_at_ms=0 if places.level(place) == places.VILLAGE else came_at_ms,
        asked_at_ms=asked.at_ms if asked else 0,
        accepted_at_ms=case.accepted_at_ms,
    )
    return accepted_as_of(course, calendar=calendar, today=today) or day_of(case.accepted_at_ms)


def _legal_deadline(case: CaseState, item: ServiceItem, calendar: Calendar, accepted: date) -> Deadline | None:
    stopped = _stood_still(case, legal=True)
    due = legal_deadline(item.legal_limit, calendar, accepted, stopped=stopped)
    extended = next((each for each in case.extensions if each.kind is ExtensionKind.LEGAL), None)
    if due is None or extended is None:
        return due
    added = added_in_time(extended.days, due, at_ms=extended.at_ms)
    return legal_deadline(item.legal_limit, calendar, accepted, added=added, stopped=stopped)


def _stood_still(case: CaseState, *, legal: bool = False) -> tuple[Suspension, ...]:
    """Days of special procedures that have ended. `legal`: of those for which the legal limit too stood still."""
    stays = [each for each in pairwise(case.stage_history) if each[0].stage is Stage.SUSPENDED]
    return tuple(
        Suspension(day_of(begun.at_ms), day_of(ended.at_ms))
        for (begun, ended), within_legal_limit in zip(stays, case.specials, strict=False)
        if not (legal and within_legal_limit)
    )


def _promise_is_moved(desk: _Desk, promised: date, legal: date | None) -> None:
    _is_not_over(desk, promised)
    day = desk.request.day
    if day is None or day <= promised:
        raise Refused("EXTENSION_NOT_LATER", f"承诺期限到{promised}，请写明延到以后的哪一天。")
    if day > desk.today + LONGEST_WAIT:
        raise Refused("DAY_TOO_FAR", f"{day}太远了，最多延到一年以内，请核对日期。")
    if legal is not None and day > legal:
        raise Refused("PAST_LEGAL_LIMIT", f"延时不能超过法定期限（{legal}）；确需更长的，先办法定延期。")


def _legal_limit_is_moved(desk: _Desk, _: date, legal: date | None) -> None:
    if legal is None:
        raise Refused("NO_LEGAL_LIMIT", "该事项没有规定法定期限，不需要办法定延期。")
    _is_not_over(desk, legal)
    if not 0 <= desk.request.days <= desk.longest_extension:
        raise Refused("EXTENSION_TOO_LONG", f"法定延期最多{desk.longest_extension}个工作日。")


def _is_not_over(desk: _Desk, deadline: date) -> None:
    if desk.today > deadline:
        raise Refused("EXTENSION_TOO_LATE", f"期限{deadline}已经过了，延期要在期限之前办理。")


def _village_assists(desk: _Desk) -> None:
    if places.level(desk.place) != places.VILLAGE:
        raise Refused("ONLY_THE_VILLAGE", "村级协办由村级办理，本单位不能代办。")
    if desk.item is None or desk.item.limit_of(StageName.VILLAGE_ACT) is None:
        raise Refused("NO_VILLAGE_ACT", "该事项不需要村级协办，请直接报送乡镇。")
    if desk.case.village_act_done:
        raise Refused("VILLAGE_ACT_DONE_ALREADY", "村级协办已经办毕，请报送乡镇。")


def _item_has_special_procedures(desk: _Desk) -> None:
    if desk.item is None:
        raise _unknown(desk.case.item_code)
    if not desk.item.special_procedures:
        raise Refused("NO_SPECIAL_PROCEDURE", "目录没有给该事项规定特别程序，不能暂停计时；确需更长时间的，请办延期。")


def _names_a_special_procedure(desk: _Desk) -> None:
    assert desk.item is not None
    if desk.item.special_procedure(desk.request.procedure) is None:
        known = "、".join(each.name for each in desk.item.special_procedures)
        raise Refused("SPECIAL_PROCEDURE_UNKNOWN", f"该事项没有这项特别程序，可以选择的是：{known}。")


def _tells_the_applicant(desk: _Desk) -> None:
    if not desk.request.detail.strip():
        raise Refused("NOTICE_MISSING", "特别程序要告知申请人，请填写告知的方式后再提交。")


def _item_has_a_fee(desk: _Desk) -> None:
    if desk.item is None:
        raise _unknown(desk.case.item_code)
    if not desk.item.fee_basis.strip():
        raise Refused("NO_FEE", "目录没有给该事项规定收费，不能收费。")


def _charges_something(desk: _Desk) -> None:
    if not 0 < desk.request.amount_fen < HIGHEST_FEE_FEN:
        raise Refused("AMOUNT_WRONG", "请填写收费金额（以分计），并核对数目。")


def _item_asks_for_opinions(desk: _Desk) -> None:
    if desk.item is None:
        raise _unknown(desk.case.item_code)
    if not desk.item.branches:
        raise Refused("NO_BRANCHES", "目录没有给该事项规定会办部门，不需要发起会办，请直接办理。")


def _is_not_forked(desk: _Desk) -> None:
    if desk.case.branches:
        raise Refused("FORKED_ALREADY", "本件已经发起会办，请等各部门的意见，不能重复发起。")


def _opinions_are_in(desk: _Desk) -> None:
    if not desk.case.branches and desk.item and desk.item.branches:
        raise Refused("NOT_FORKED", "本件是联办件，要先发起会办，各部门出具意见后才能决定。")
    missing = desk.opinions.missing
    if missing:
        units = "、".join(_asked_unit(desk.joint.branches.get(each)) for each in missing)
        message = f"会办意见还没有到齐，缺：{units}。请催办；目录规定逾期视为同意的，期限届满后可以决定。"
        raise Refused("OPINION_MISSING", message)


def _asked_unit(branch: CaseState | None) -> str:
    return branch.branch.unit if branch and branch.branch else "记录还没有传到本机的部门"


def _is_still_needed(desk: _Desk) -> None:
    if need_ended(desk.case, desk.joint.parent) is not None:
        raise Refused("OPINION_NOT_NEEDED", NOT_NEEDED)


def _says_yes_or_no(desk: _Desk) -> None:
    if desk.request.opinion is Opinion.UNSPECIFIED:
        raise Refused("OPINION_UNSPECIFIED", "请选择同意或者不同意。")


def _objects_with_reason(desk: _Desk) -> None:
    if desk.request.opinion is Opinion.OBJECTION and not desk.request.reason.strip():
        raise Refused("REASON_MISSING", "不同意的，要写明理由，请填写后再提交。")


def _corrects_a_fact_of_the_case(desk: _Desk) -> None:
    if desk.request.fact_id not in desk.facts:
        raise Refused("FACT_NOT_OF_CASE", "要更正的记录不属于本件，请从本件的办理记录里选择。")


def _says_something(desk: _Desk) -> None:
    if not desk.request.said:
        raise Refused("TEXT_MISSING", f"{desk.request.act.label}要写明内容，请填写后再提交。")


def _says_what_came_of_it(desk: _Desk) -> None:
    if not desk.request.reason.strip():
        raise Refused("RESULT_MISSING", "回访要写明结果（不要写当事人的个人情况），请填写后再提交。")


def _grades(desk: _Desk) -> None:
    grade = desk.request.grade
    if grade not in range(1, 6):
        raise Refused("GRADE_MISSING", "请选择评价等级：5 非常满意、4 满意、3 基本满意、2 不满意、1 非常不满意。")
    if grade in BADLY_RATED and not desk.request.reason.strip():
        raise Refused("RATING_REASON_MISSING", "不满意的，请写明原因，以便回访整改。")


def _came_by_a_known_road(desk: _Desk) -> None:
    channels.check(desk.request.detail)


def _names_what_waits(desk: _Desk) -> None:
    waits = waiting(desk.voices, desk.request.act)
    if desk.request.fact_id and desk.request.fact_id not in waits:
        raise Refused(
            "FACT_DOES_NOT_WAIT", f"所指的记录不在等候{desk.request.act.label}之列，请从本件的记录里重新选择。"
        )
    if not desk.request.fact_id and len(waits) > 1:
        raise Refused("WHICH_ONE", f"本件有{len(waits)}件等候{desk.request.act.label}，请指明是哪一件的记录标识。")


def _names_a_place_on_the_path(desk: _Desk) -> None:
    about = desk.request.about_place
    if about and about not in places.path(desk.case.home):
        raise Refused("NOT_ON_THE_PATH", f"{about}没有经办过本件，请核对被投诉的单位。")


NOTHING_WAITS = {
    Act.ACCEPT_COMPLAINT: ("NO_COMPLAINT_WAITS", "本件没有等候受理的投诉，不需要受理。"),
    Act.ANSWER_COMPLAINT: ("NO_COMPLAINT_WAITS", "本件没有已受理而等候答复的投诉；新的投诉请先受理，再答复。"),
    Act.CALL_BACK: ("NO_RATING_WAITS", "本件没有等候回访的不满意评价，不需要回访。"),
}

# Asked of every act on a case, in this order.
ALWAYS: tuple[Check, ...] = (_is_here, _is_understood, _is_open_at_stage, _is_theirs)
# Asked of an act whatever is written into it.
POWERS: dict[Act, tuple[Check, ...]] = {
    Act.HAND_OVER: (_top_is_above,),
    Act.PASS_UP: (_top_is_above,),
    Act.ACCEPT: (_may_accept, _item_may_be_accepted),
    Act.REFUSE: (_may_accept,),
    Act.ASK_ONCE: (_may_accept,),
    Act.SUPPLY: (_may_accept, _item_may_be_accepted),
    Act.LAPSE: (_may_accept,),
    Act.VILLAGE_ACT_DONE: (_village_assists,),
    Act.BEGIN_SPECIAL: (_may_examine, _item_has_special_procedures),
    Act.END_SPECIAL: (_may_act_above_villages,),
    Act.SEND_BACK: (_may_act_above_villages,),
    Act.EXTEND: (_may_act_above_villages,),
    Act.STAGE_DONE: (_may_examine,),
    Act.FORK: (_may_examine, _item_asks_for_opinions, _is_not_forked),
    Act.GIVE_OPINION: (_is_still_needed,),
    Act.DECIDE: (_may_decide, _opinions_are_in),
    Act.OVERRIDE: (_may_override,),
    Act.SETTLE: (_has_open_branches,),
    Act.CHARGE: (_not_a_village, _item_has_a_fee),
    Act.RATE: (_is_not_rated,),
    **dict.fromkeys(WRITERS, (_may_reply, _something_waits)),
}
# Asked of what is written into it.
CONTENTS: dict[Act, tuple[Check, ...]] = {
    Act.HAND_OVER: (_goes_to_next_place_up,),
    Act.PASS_UP: (_goes_to_next_place_up,),
    Act.REFUSE: (_gives_reason, _names_way_of_review),
    Act.GIVE_OPINION: (_says_yes_or_no, _objects_with_reason),
    Act.DECIDE: (_names_outcome, _denies_with_reason),
    Act.OVERRIDE: (_gives_reason,),
    Act.SETTLE: (_gives_reason,),
    Act.ASK_ONCE: (_names_all_that_is_missing, _leaves_time_to_supply),
    Act.LAPSE: (_time_to_supply_is_over,),
    Act.WITHDRAW: (_gives_reason,),
    Act.VILLAGE_ACT_DONE: (_gives_reason,),
    Act.BEGIN_SPECIAL: (_names_a_special_procedure, _tells_the_applicant),
    Act.END_SPECIAL: (_gives_reason,),
    Act.SEND_BACK: (_gives_reason,),
    Act.REASSIGN: (_goes_to_another_unit, _gives_reason),
    Act.EXTEND: (_is_extended_in_form, _gives_reason, _is_extended_in_time),
    Act.CHARGE: (_charges_something,),
    Act.CORRECT: (_corrects_a_fact_of_the_case, _gives_reason, _says_something),
    Act.RATE: (_came_by_a_known_road, _grades),
    Act.COMPLAIN: (_came_by_a_known_road, _names_a_place_on_the_path, _says_something),
    Act.ACCEPT_COMPLAINT: (_names_what_waits,),
    Act.ANSWER_COMPLAINT: (_names_what_waits, _says_something),
    Act.CALL_BACK: (_names_what_waits, _says_what_came_of_it),
}
# The power whose delegation an act names.
POWER_USED = {
    Act.ACCEPT: Power.ACCEPT,
    Act.REFUSE: Power.ACCEPT,
    Act.ASK_ONCE: Power.ACCEPT,
    Act.SUPPLY: Power.ACCEPT,
    Act.LAPSE: Power.ACCEPT,
    Act.STAGE_DONE: Power.EXAMINE,
    Act.BEGIN_SPECIAL: Power.EXAMINE,
    Act.FORK: Power.EXAMINE,
    Act.DECIDE: Power.DECIDE,
}


def _is_open(desk: _Desk) -> bool:
    try:
        for check in (*ALWAYS, *POWERS.get(desk.request.act, ())):
            check(desk)
    except Refused:
        return False
    return True


def _filing(request: ActRequest, *, catalogue: Catalogue, today: date, paper_places: frozenset[int]) -> Draft:
    home = request.home or request.place
    if home != request.place and not (home in paper_places and places.contains(request.place, home)):
        raise Refused("HOME_NOT_YOURS", f"本单位不能代{home}收件；只能为本单位和辖区内没有联网的村收件。")
    item = _in_force(catalogue, request.item_code, today=today)
    if item.village_mode is VillageMode.INFORM:
        raise Refused("ITEM_FOR_INFORMATION", "该事项只作公开告知，不收件，请告知申请人到办理单位办理。")
    return Draft(Act.FILE, home, b"", (), item.code, item.version, catalogue.release)


def _in_force(catalogue: Catalogue, code: str, *, today: date) -> ServiceItem:
    """The newest version of an item that may be filed and accepted today."""
    if not catalogue.release:
        raise Refused("CATALOGUE_MISSING", "本机还没有收到服务目录，请先联网同步或导入回执包。")
    item, standing = catalogue.item(code), catalogue.standing(code)
    if item is None or standing is None:
        raise _unknown(code)
    if standing is not Standing.IN_FORCE:
        raise _ended(standing, reason=catalogue.listed[code].reason)
    if not item.is_valid_on(today):
        raise Refused("ITEM_NOT_VALID", f"事项{code}今天不在有效期内，请查看目录的有效日期。")
    return item


def _unknown(code: str) -> Refused:
    return Refused("ITEM_UNKNOWN", f"本机的目录里没有事项{code}，请核对代码或先同步目录。")


def _ended(standing: Standing, *, reason: str) -> Refused:
    if standing is Standing.SUSPENDED:
        return Refused("ITEM_SUSPENDED", f"该事项已暂停办理（{reason}），请告知申请人恢复后再来。")
    return Refused("ITEM_CANCELLED", f"该事项已取消（{reason}），不再办理，请向申请人说明。")


def _draft(desk: _Desk) -> Draft:
    request, case = desk.request, desk.case
    assert case.tip is not None
    others = case.open_tips if request.act is Act.SETTLE else ()
    item = desk.item
    accepts = request.act in ACCEPTING and item is not None
    return Draft(
        act=request.act,
        home=case.home,
        case_id=case.case_id,
        based_on=(case.tip, *others),
        item_code=case.item_code,
        item_version=item.version if accepts and item else case.item_version,
        release=desk.catalogue.release,
        delegation=_delegation_used(desk),
        promised_days=item.promised_days if accepts and item else 0,
        **_words(desk),
    )


def _delegation_used(desk: _Desk) -> int:
    power = POWER_USED.get(desk.request.act)
    if power is None or not _is_township(desk.place):
        return 0
    held = delegation.delegation_for(desk.catalogue, desk.place, desk.case.item_code, power, desk.today)
    return held or 0


def _words(desk: _Desk) -> dict[str, Any]:
    """The fields of the body that an act fills in."""
    request = desk.request
    to = {"to_place": request.to_place or places.parent(desk.place), "to_unit": request.to_unit}
    # What stage_done ends is always the examination: the review ends with the decision.
    done = {"stage": StageName.EXAMINATION, "opinion": request.reason, "next_unit": request.to_unit}
    decided = {"outcome": request.outcome, "reason": request.reason, "document_number": request.detail}
    opinion = {"consents": request.opinion is Opinion.CONSENT, "reason": request.reason}
    on = {"reason": request.reason, "next_unit": request.to_unit}
    words: dict[Act, dict[str, Any]] = {
        Act.HAND_OVER: to,
        Act.PASS_UP: to | {"opinion": request.reason},
        Act.STAGE_DONE: done,
        Act.VILLAGE_ACT_DONE: {"opinion": request.reason},
        Act.BEGIN_SPECIAL: _beginning(desk),
        Act.END_SPECIAL: {"reason": request.reason},
        Act.REFUSE: {"reason": request.reason, "review_way": request.review_way},
        Act.FORK: {"branches": desk.item.branches if desk.item else ()},
        Act.GIVE_OPINION: opinion,
        Act.DECIDE: decided | {"silent": desk.opinions.silent},
        Act.DELIVER: {"manner": request.detail},
        Act.OVERRIDE: on,
        Act.SETTLE: {"reason": request.reason},
        Act.ASK_ONCE: _asking(desk),
        Act.WITHDRAW: {"reason": request.reason},
        Act.SEND_BACK: on,
        Act.REASSIGN: on,
        Act.EXTEND: _extending(desk) | {"reason": request.reason, "notice": request.detail},
        Act.CHARGE: {"amount_fen": request.amount_fen, "fee_basis": desk.item.fee_basis if desk.item else ""},
        Act.CORRECT: {"fact_id": request.fact_id, "reason": request.reason},
        Act.RATE: {"grade": request.grade, "reason": request.reason, "channel": request.detail},
        Act.ACCEPT_COMPLAINT: {"fact_id": _named(desk)},
        Act.ANSWER_COMPLAINT: {"fact_id": _named(desk)},
        Act.CALL_BACK: {"fact_id": _named(desk), "reason": request.reason},
        Act.COMPLAIN: {"about_place": request.about_place, "to_unit": request.to_unit, "channel": request.detail},
    }
    return words.get(request.act, {})


def _beginning(desk: _Desk) -> dict[str, Any]:
    procedure = desk.item.special_procedure(desk.request.procedure) if desk.item else None
    return {"procedure": procedure, "notice": desk.request.detail}


def _named(desk: _Desk) -> bytes:
    """What a reply is about: what was named, or the only one that waits."""
    return desk.request.fact_id or next(iter(waiting(desk.voices, desk.request.act)), b"")


def _asking(desk: _Desk) -> dict[str, Any]:
    request = desk.request
    due = request.day or desk.today + TIME_TO_SUPPLY
    return {"missing": request.missing, "due_day": number_of(due), "notice": request.detail}


def _extending(desk: _Desk) -> dict[str, Any]:
    request = desk.request
    if request.extension is ExtensionKind.PROMISE and request.day:
        moved = {"to_day": number_of(request.day)}
    else:
        moved = {"days": request.days or desk.longest_extension}
    return {"extension": request.extension, "approver": request.approver, **moved}
