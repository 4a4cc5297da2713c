"""Whether an act may be written down, and what exactly is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sync.cases import places
from sync.cases.fold import CaseState, Holder, NotAllowed, why_not
from sync.cases.stages import Act, Outcome, Stage, row, stage_after
from sync.cases.workdays import day_of
from sync.catalogue import delegation
from sync.catalogue.items import Level, Power, ServiceItem, StageName, VillageMode
from sync.catalogue.release import Catalogue, Standing
from sync.errors import Malformed, Refused


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What somebody at (place, unit) asks for.

    `home`, `item_code`: of file. `to_place`, `to_unit`: of hand_over and pass_up, 0 = the next place up; of stage_done
    and override `to_unit` is the unit that goes on. `reason`: also the opinion of stage_done and pass_up.
    `detail`: number of the document of decide, manner of deliver.
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


def decide(
    request: ActRequest,
    *,
    case: CaseState | None,
    catalogue: Catalogue,
    today: date,
    paper_places: frozenset[int] = frozenset(),
) -> Draft:
    """The act as it is written, or Refused. `paper_places`: places below that have no node of their own."""
    if request.act is Act.FILE:
        return _filing(request, catalogue=catalogue, today=today, paper_places=paper_places)
    if case is None:
        raise Malformed("没有指明是哪一件")
    desk = _Desk(request, case, catalogue, today)
    for check in (*ALWAYS, *POWERS.get(request.act, ()), *CONTENTS.get(request.act, ())):
        check(desk)
    return _draft(desk)


def allowed_acts(case: CaseState, *, place: int, unit: str, catalogue: Catalogue, today: date) -> tuple[Act, ...]:
    """The acts open to an office now, whatever it will write into them."""
    return tuple(act for act in Act if _is_open(_Desk(ActRequest(act, place, unit), case, catalogue, today)))


def notices(case: CaseState, *, place: int, catalogue: Catalogue) -> tuple[str, ...]:
    """What the clerk should know before acting: a power the case was filed under has been taken back since."""
    if case.stage is not Stage.RECEIVED or places.level(place) != places.TOWNSHIP:
        return ()
    taken = delegation.recalled_by(catalogue, place, case.item_code, Power.ACCEPT)
    if taken is None or taken <= case.filed_release:
        return ()
    return (f"本件按第{case.filed_release}版目录收件，受理权已于第{taken}版目录收回，请上报县级办理。",)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What lies on the desk when an act is asked for."""

    request: ActRequest
    case: CaseState
    catalogue: Catalogue
    today: date

    @property
    def place(self) -> int:
        return self.request.place

    @property
    def item(self) -> ServiceItem | None:
        """The item the case is judged by: as accepted, before that the newest."""
        if self.case.stage is Stage.RECEIVED:
            return self.catalogue.item(self.case.item_code)
        version = self.catalogue.item_version(self.case.item_code, self.case.item_version)
        return version or self.catalogue.item(self.case.item_code)

    @property
    def filed_on(self) -> date:
        return day_of(self.case.stage_history[0].at_ms)


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


def _has_open_branches(desk: _Desk) -> None:
    if not desk.case.open_tips:
        raise Refused("NOTHING_TO_SETTLE", "本件没有未了结的冲突，不需要了结。")


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


# Asked of every act on a case, in this order.
ALWAYS: tuple[Check, ...] = (_is_here, _is_understood, _is_open_at_stage, _is_theirs)
# Asked of an act whatever is written into it.
POWERS: dict[Act, tuple[Check, ...]] = {
    Act.HAND_OVER: (_top_is_above,),
    Act.PASS_UP: (_top_is_above,),
    Act.ACCEPT: (_may_accept, _item_may_be_accepted),
    Act.REFUSE: (_may_accept,),
    Act.STAGE_DONE: (_may_examine,),
    Act.DECIDE: (_may_decide,),
    Act.OVERRIDE: (_may_override,),
    Act.SETTLE: (_has_open_branches,),
}
# Asked of what is written into it.
CONTENTS: dict[Act, tuple[Check, ...]] = {
    Act.HAND_OVER: (_goes_to_next_place_up,),
    Act.PASS_UP: (_goes_to_next_place_up,),
    Act.REFUSE: (_gives_reason, _names_way_of_review),
    Act.DECIDE: (_names_outcome, _denies_with_reason),
    Act.OVERRIDE: (_gives_reason,),
    Act.SETTLE: (_gives_reason,),
}
# The power whose delegation an act names.
POWER_USED = {
    Act.ACCEPT: Power.ACCEPT,
    Act.REFUSE: Power.ACCEPT,
    Act.STAGE_DONE: Power.EXAMINE,
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
    accepts = request.act is Act.ACCEPT and item is not None
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
    words: dict[Act, dict[str, Any]] = {
        Act.HAND_OVER: to,
        Act.PASS_UP: to | {"opinion": request.reason},
        Act.STAGE_DONE: done,
        Act.REFUSE: {"reason": request.reason, "review_way": request.review_way},
        Act.DECIDE: decided,
        Act.DELIVER: {"manner": request.detail},
        Act.OVERRIDE: {"reason": request.reason, "next_unit": request.to_unit},
        Act.SETTLE: {"reason": request.reason},
    }
    return words.get(request.act, {})
