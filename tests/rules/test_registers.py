"""What may be entered into the registers of an office, and what the journals prove of a station."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from county_node import seed
from sync.cases import checklists
from sync.cases.checklists import ENTRIES, HAS, UNIFIED, Evidence, Proof, proved
from sync.cases.registers import (
    Appointment,
    AppointmentEnd,
    ContactOutcome,
    Entering,
    Kind,
    ServiceKind,
    check,
)
from sync.catalogue.release import Catalogue, apply
from sync.errors import Refused
from tests.rules.stories import COUNTY, NEXT_VILLAGE, TOWNSHIP, VILLAGE

CATALOGUE = apply(Catalogue(COUNTY), seed.first_release())
CALENDAR = seed.calendar()
# A Wednesday.
TODAY = date(2010, 3, 3)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)

CONTACT = Entering(Kind.CONTACT, VILLAGE, VILLAGE, person="V01", channel="window", choice=1, about="问低保材料")
REFERRED = replace(CONTACT, choice=ContactOutcome.REFERRED, referred_place=TOWNSHIP)
SERVICE = Entering(Kind.SERVICE, VILLAGE, VILLAGE, person="V01", choice=ServiceKind.VISIT, day=YESTERDAY, count=2)
HOLIDAY = replace(SERVICE, choice=ServiceKind.HOLIDAY, day=date(2010, 2, 28))
APPOINTMENT = Entering(Kind.APPOINTMENT, VILLAGE, VILLAGE, channel="phone", day=TOMORROW, minute=545, named=True)
MADE = Appointment(VILLAGE, TODAY)
ENDED = Entering(Kind.APPOINTMENT_ENDED, VILLAGE, VILLAGE, choice=AppointmentEnd.KEPT, appointment=MADE)
ATTESTED = Entering(Kind.ATTESTATION, TOWNSHIP, VILLAGE, person="T01", day=TODAY, entry="has_room")


def entered(entering: Entering) -> None:
    homes, papers = frozenset({COUNTY, TOWNSHIP, VILLAGE, NEXT_VILLAGE}), frozenset({NEXT_VILLAGE})
    check(entering, catalogue=CATALOGUE, calendar=CALENDAR, today=TODAY, homes=homes, paper_places=papers)


@pytest.mark.parametrize(
    "entering",
    [
        CONTACT,
        replace(CONTACT, channel="", item_code="MZ07"),
        REFERRED,
        replace(CONTACT, place=TOWNSHIP, home=NEXT_VILLAGE),
        SERVICE,
        replace(SERVICE, day=TODAY),
        HOLIDAY,
        # 2010-02-20 was a Saturday to be worked, and so no holiday; services of other kinds are held on any day.
        replace(SERVICE, choice=ServiceKind.AFTER_HOURS, day=date(2010, 2, 20)),
        APPOINTMENT,
        replace(APPOINTMENT, day=TODAY, minute=0),
        ENDED,
        replace(ENDED, choice=AppointmentEnd.CANCELLED, appointment=Appointment(VILLAGE, TOMORROW)),
        ATTESTED,
        replace(ATTESTED, place=COUNTY, home=COUNTY),
    ],
)
def test_an_entry_in_order_is_taken(entering: Entering) -> None:
    entered(entering)


@pytest.mark.parametrize(
    ("code", "entering"),
    [
        ("HOME_NOT_YOURS", replace(CONTACT, home=NEXT_VILLAGE)),
        ("HOME_NOT_YOURS", replace(CONTACT, place=TOWNSHIP)),
        ("CHANNEL_UNKNOWN", replace(CONTACT, channel="96196")),
        ("ITEM_UNKNOWN", replace(CONTACT, item_code="XX99")),
        ("PERSON_MISSING", replace(CONTACT, person=" ")),
        ("ABOUT_MISSING", replace(CONTACT, about="")),
        ("CHOICE_MISSING", replace(CONTACT, choice=0)),
        ("CHOICE_MISSING", replace(CONTACT, choice=4)),
        ("REFERRED_TO_MISSING", replace(REFERRED, referred_place=0)),
        ("REFERRED_TO_MISSING", replace(CONTACT, referred_place=TOWNSHIP)),
        ("REFERRED_TO_MISSING", replace(REFERRED, referred_place=7)),
        ("PERSON_MISSING", replace(SERVICE, person="")),
        ("CHOICE_MISSING", replace(SERVICE, choice=5)),
        ("DAY_MISSING", replace(SERVICE, day=None)),
        ("DAY_IN_THE_FUTURE", replace(SERVICE, day=TOMORROW)),
        ("COUNT_MISSING", replace(SERVICE, count=0)),
        ("COUNT_MISSING", replace(SERVICE, count=10_001)),
        ("NOT_A_REST_DAY", replace(HOLIDAY, day=YESTERDAY)),
        ("NOT_A_REST_DAY", replace(HOLIDAY, day=date(2010, 2, 20))),
        ("CHANNEL_UNKNOWN", replace(APPOINTMENT, channel="梦里")),
        ("DAY_MISSING", replace(APPOINTMENT, day=None)),
        ("DAY_IN_THE_PAST", replace(APPOINTMENT, day=YESTERDAY)),
        ("DAY_TOO_FAR", replace(APPOINTMENT, day=date(2011, 3, 4))),
        ("MINUTE_WRONG", replace(APPOINTMENT, minute=1440)),
        ("NAME_MISSING", replace(APPOINTMENT, named=False)),
        ("CHOICE_MISSING", replace(ENDED, choice=0)),
        ("APPOINTMENT_UNKNOWN", replace(ENDED, appointment=None)),
        ("APPOINTMENT_UNKNOWN", replace(ENDED, appointment=Appointment(NEXT_VILLAGE, TODAY))),
        ("APPOINTMENT_ENDED", replace(ENDED, appointment=replace(MADE, ended=True))),
        ("APPOINTMENT_NOT_DUE", replace(ENDED, appointment=Appointment(VILLAGE, TOMORROW))),
        ("APPOINTMENT_NOT_DUE", replace(ENDED, choice=3, appointment=Appointment(VILLAGE, TOMORROW))),
        ("HOME_NOT_YOURS", replace(ATTESTED, place=VILLAGE, home=TOWNSHIP)),
        # No such village is there: a stream opened for it would stay for ever.
        ("HOME_NOT_YOURS", replace(ATTESTED, home=510524100999)),
        ("ENTRY_UNKNOWN", replace(ATTESTED, entry="has_luck")),
        ("ENTRY_IS_PROVED", replace(ATTESTED, entry="unified_items")),
        ("PERSON_MISSING", replace(ATTESTED, person="")),
        ("DAY_IN_THE_FUTURE", replace(ATTESTED, day=TOMORROW)),
    ],
)
def test_an_entry_that_is_not_is_refused_with_its_reason(code: str, entering: Entering) -> None:
    with pytest.raises(Refused) as refused:
        entered(entering)
    assert refused.value.code == code
    assert str(refused.value).endswith("。")


def test_without_a_calendar_a_holiday_is_taken_at_its_word() -> None:
    holiday = replace(HOLIDAY, day=YESTERDAY)
    check(holiday, catalogue=CATALOGUE, calendar=None, today=TODAY, homes=frozenset({VILLAGE}))


# Check-lists.


def test_the_lists_have_eight_entries_each_and_every_proof_is_asked_for_once() -> None:
    listed = [each.list for each in ENTRIES.values()]
    assert (listed.count(UNIFIED), listed.count(HAS)) == (8, 8)
    asked_for = [each.proved_by for each in ENTRIES.values() if each.proved_by]
    assert sorted(asked_for) == sorted(Proof)
    assert set(checklists.PROOFS) == set(Proof)


WHOLE = Evidence(
    recorded_by=VILLAGE,
    release=2,
    newest=2,
    items=53,
    guided=53,
    published=53,
    cases=9,
    odd=0,
    skipped=0,
    beyond_gap=0,
)


@pytest.mark.parametrize("proof", Proof)
def test_what_the_journals_show_whole_is_proved(proof: Proof) -> None:
    assert proved(proof, WHOLE).met


@pytest.mark.parametrize(
    ("proof", "found"),
    [
        (Proof.ITEMS, replace(WHOLE, release=1)),
        (Proof.ITEMS, replace(WHOLE, release=0, newest=0)),
        (Proof.GUIDES, replace(WHOLE, guided=52)),
        (Proof.GUIDES, replace(WHOLE, items=0, guided=0)),
        (Proof.PUBLISHED, replace(WHOLE, published=52)),
        # What an older release says nobody has counted.
        (Proof.GUIDES, replace(WHOLE, release=1)),
        (Proof.PUBLISHED, replace(WHOLE, release=1)),
        (Proof.MODE, replace(WHOLE, odd=1)),
        (Proof.MODE, replace(WHOLE, cases=0)),
        (Proof.RECORDS, replace(WHOLE, beyond_gap=1)),
        *((proof, replace(WHOLE, recorded_by=0)) for proof in Proof),
    ],
)
def test_what_they_show_otherwise_is_not(proof: Proof, found: Evidence) -> None:
    said = proved(proof, found)
    assert (said.met, bool(said.evidence)) == (False, True)
