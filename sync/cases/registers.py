"""The registers of a service office: first contacts, services outside the window, appointments, what was attested.

Nothing in them belongs to a case. What is said here of an entry is asked of it before it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import TypeAlias

from sync.cases import channels, checklists, places
from sync.cases.workdays import Calendar
from sync.catalogue.release import Catalogue
from sync.errors import Refused

LONGEST_AHEAD = timedelta(days=365)
MOST_SERVED = 10_000
MINUTES = 24 * 60


class Kind(IntEnum):
    """What is entered. Numbers as the bodies of the stored facts have them."""

    CONTACT = 60
    SERVICE = 61
    APPOINTMENT = 62
    APPOINTMENT_ENDED = 63
    ATTESTATION = 64

    @property
    def label(self) -> str:
        return ("首问登记", "服务登记", "预约", "预约了结", "核实登记")[self - Kind.CONTACT]


class ContactOutcome(IntEnum):
    """What became of a first contact. Numbers as in the stored facts."""

    ANSWERED = 1
    REFERRED = 2
    REGISTERED = 3

    @property
    def label(self) -> str:
        return ("", "当场答复", "引导转办", "登记待复")[self]


class ServiceKind(IntEnum):
    """Services outside the window. Numbers as in the stored facts."""

    VISIT = 1
    AFTER_HOURS = 2
    BY_APPOINTMENT = 3
    HOLIDAY = 4

    @property
    def label(self) -> str:
        return ("", "上门服务", "延时服务", "预约服务", "节假日服务")[self]


class AppointmentEnd(IntEnum):
    """How an appointment ended. Numbers as in the stored facts."""

    KEPT = 1
    CANCELLED = 2
    MISSED = 3

    @property
    def label(self) -> str:
        return ("", "已赴约", "已取消", "未赴约")[self]


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment that was made, as far as its end is concerned."""

    home: int
    day: date
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Entering:
    """What somebody at `place` wants to enter for `home`.

    `choice`: number of the outcome, kind of service or end. `about`: of a contact what was asked. `person`: staff code
    of who received, served or looked. `appointment`: the one that ends, None = none is known. `named`: who comes is
    known by name.
    """

    kind: Kind
    place: int
    home: int
    person: str = ""
    channel: str = ""
    item_code: str = ""
    choice: int = 0
    about: str = ""
    referred_place: int = 0
    day: date | None = None
    minute: int = 0
    count: int = 0
    appointment: Appointment | None = None
    named: bool = False
    entry: str = ""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What is known when an entry is asked for."""

    entering: Entering
    catalogue: Catalogue
    calendar: Calendar | None
    today: date
    homes: frozenset[int]
    paper_places: frozenset[int]


Check: TypeAlias = Callable[[_Desk], None]


def check(
    entering: Entering,
    *,
    catalogue: Catalogue,
    calendar: Calendar | None,
    today: date,
    homes: frozenset[int],
    paper_places: frozenset[int] = frozenset(),
) -> None:
    """Raises Refused for an entry that may not be written.

    `homes`: the places this one writes for. `paper_places`: of these, those below without a node of their own.
    """
    desk = _Desk(entering, catalogue, calendar, today, homes, paper_places)
    for each in CHECKS[entering.kind]:
        each(desk)


def _is_for_this_office(desk: _Desk) -> None:
    home, place = desk.entering.home, desk.entering.place
    if home != place and not (home in desk.paper_places and places.contains(place, home)):
        raise Refused("HOME_NOT_YOURS", f"本单位不能代{home}登记；只能为本单位和辖区内没有联网的村登记。")


def _is_for_a_place_below(desk: _Desk) -> None:
    home, place = desk.entering.home, desk.entering.place
    if home != place and not (home in desk.homes and places.contains(place, home)):
        raise Refused("HOME_NOT_YOURS", f"{home}不在本单位辖区内，只能核实本单位和辖区内的站点。")


def _came_by_a_known_road(desk: _Desk) -> None:
    channels.check(desk.entering.channel)


def _names_a_known_item(desk: _Desk) -> None:
    code = desk.entering.item_code
    if code and desk.catalogue.item(code) is None:
        raise Refused("ITEM_UNKNOWN", f"本机的目录里没有事项{code}，请核对代码或先同步目录。")


def _names_who(desk: _Desk) -> None:
    if not desk.entering.person.strip():
        raise Refused("PERSON_MISSING", f"{WHO[desk.entering.kind]}，请填写工号后再提交。")


def _says_what_was_asked(desk: _Desk) -> None:
    if not desk.entering.about.strip():
        raise Refused("ABOUT_MISSING", "首问登记要写明询问的事情（不要写当事人的个人情况），请填写后再提交。")


def _is_one_of(known: type[IntEnum]) -> Check:
    def chosen(desk: _Desk) -> None:
        if desk.entering.choice not in set(known):
            shown = "、".join(f"{each.value} {each.label}" for each in known)  # type: ignore[attr-defined]
            raise Refused("CHOICE_MISSING", f"{desk.entering.kind.label}要选择其中一项：{shown}。")

    return chosen


def _refers_to_somebody(desk: _Desk) -> None:
    refers = desk.entering.choice == ContactOutcome.REFERRED
    if refers != bool(desk.entering.referred_place):
        raise Refused("REFERRED_TO_MISSING", "引导转办的，要写明转到哪个单位；不是转办的，不写单位。")
    if refers and not places.is_place(desk.entering.referred_place):
        raise Refused("REFERRED_TO_MISSING", f"{desk.entering.referred_place}不是12位统计用区划代码，请核对转办单位。")


def _was_on_a_day(desk: _Desk) -> None:
    if desk.entering.day is None:
        raise Refused("DAY_MISSING", f"{desk.entering.kind.label}要写明日期，请填写后再提交。")
    if desk.entering.day > desk.today:
        raise Refused("DAY_IN_THE_FUTURE", f"{desk.entering.day}还没有到，请核对日期。")


def _served_somebody(desk: _Desk) -> None:
    if not 1 <= desk.entering.count <= MOST_SERVED:
        raise Refused("COUNT_MISSING", f"请填写服务人次（1至{MOST_SERVED}）。")


def _holiday_was_a_rest_day(desk: _Desk) -> None:
    day, calendar = desk.entering.day, desk.calendar
    if desk.entering.choice != ServiceKind.HOLIDAY or calendar is None or day is None or not calendar.covers(day):
        return
    if calendar.is_working(day):
        raise Refused("NOT_A_REST_DAY", f"{day}按工作日日历是工作日，不是节假日服务；下班后的请登记为延时服务。")


def _comes_on_a_day(desk: _Desk) -> None:
    day = desk.entering.day
    if day is None:
        raise Refused("DAY_MISSING", "预约要写明日期，请填写后再提交。")
    if day < desk.today:
        raise Refused("DAY_IN_THE_PAST", f"预约日期{day}已经过去，请改为今天或以后的日期。")
    if day > desk.today + LONGEST_AHEAD:
        raise Refused("DAY_TOO_FAR", f"预约日期{day}太远了，最多一年以内，请核对日期。")
    if not 0 <= desk.entering.minute < MINUTES:
        raise Refused("MINUTE_WRONG", "预约时间无效，请填写当天的时间，或不填。")


def _somebody_comes(desk: _Desk) -> None:
    if not desk.entering.named:
        raise Refused("NAME_MISSING", "预约要写明预约人姓名，请填写后再提交。")


def _ends_an_open_appointment(desk: _Desk) -> None:
    found = desk.entering.appointment
    if found is None or found.home != desk.entering.home:
        raise Refused("APPOINTMENT_UNKNOWN", "本单位没有这个预约，请从预约登记里选择。")
    if found.ended:
        raise Refused("APPOINTMENT_ENDED", "这个预约已经了结，不能再办。")
    if desk.entering.choice != AppointmentEnd.CANCELLED and desk.today < found.day:
        raise Refused("APPOINTMENT_NOT_DUE", f"预约的日期{found.day}还没有到，现在只能取消。")


def _is_an_entry_to_attest(desk: _Desk) -> None:
    found = checklists.ENTRIES.get(desk.entering.entry)
    if found is None:
        codes = "、".join(code for code, each in checklists.ENTRIES.items() if not each.proved_by)
        raise Refused("ENTRY_UNKNOWN", f"清单里没有“{desk.entering.entry}”。可以核实的有：{codes}。")
    if found.proved_by:
        raise Refused("ENTRY_IS_PROVED", f"“{found.name}”由账本记录证明，不需要人工核实。")


WHO = {
    Kind.CONTACT: "首问登记要写明首问责任人",
    Kind.SERVICE: "服务登记要写明服务人员",
    Kind.ATTESTATION: "核实登记要写明核实人",
}

CHECKS: dict[Kind, tuple[Check, ...]] = {
    Kind.CONTACT: (
        _is_for_this_office,
        _came_by_a_known_road,
        _names_a_known_item,
        _names_who,
        _says_what_was_asked,
        _is_one_of(ContactOutcome),
        _refers_to_somebody,
    ),
    Kind.SERVICE: (
        _is_for_this_office,
        _names_a_known_item,
        _names_who,
        _is_one_of(ServiceKind),
        _was_on_a_day,
        _served_somebody,
        _holiday_was_a_rest_day,
    ),
    Kind.APPOINTMENT: (
        _is_for_this_office,
        _came_by_a_known_road,
        _names_a_known_item,
        _comes_on_a_day,
        _somebody_comes,
    ),
    Kind.APPOINTMENT_ENDED: (_is_for_this_office, _is_one_of(AppointmentEnd), _ends_an_open_appointment),
    Kind.ATTESTATION: (_is_for_a_place_below, _is_an_entry_to_attest, _names_who, _was_on_a_day),
}
