"""Places, case numbers, identity numbers, and people as everybody may see them."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from county_node import seed
from sync.cases import id_numbers, masking, numbers, places
from sync.cases.numbers import CaseNumber
from sync.errors import Malformed, Refused
from tests.rules.stories import COUNTY, OTHER_TOWNSHIP, TOWNSHIP, VILLAGE

TODAY = date(2010, 3, 1)


def test_a_village_lies_below_its_township_its_county_and_so_on_up() -> None:
    assert places.path(VILLAGE) == (VILLAGE, TOWNSHIP, COUNTY, 510500000000, 510000000000)
    assert [places.level(place) for place in places.path(VILLAGE)] == [0, 1, 2, 3, 4]
    assert places.parent(510000000000) is None


def test_places_are_compared_by_whole_segments() -> None:
    assert places.contains(TOWNSHIP, VILLAGE)
    assert places.contains(VILLAGE, VILLAGE)
    assert not places.contains(OTHER_TOWNSHIP, VILLAGE)
    assert not places.contains(VILLAGE, TOWNSHIP)
    assert not places.contains(510524100001, 510524100011)


@pytest.mark.parametrize("code", [0, 510524, 10**12, -1, 99 * 10**9])
def test_what_is_no_place_is_said_to_be_none(code: int) -> None:
    assert not places.is_place(code)
    with pytest.raises(Malformed):
        places.level(code)


def test_every_unit_of_the_county_lies_in_it() -> None:
    county = seed.divisions()
    units = [unit for township in county.townships for unit in township.units]
    stations = [unit.station_class for unit in units if unit.has_station]
    assert (len(county.townships), len(units), len(stations)) == (23, 254, 230)
    assert [stations.count(each) for each in "ABC"] == [69, 49, 112]
    assert all(places.parent(township.code) == county.code for township in county.townships)
    assert all(places.parent(unit.code) == township.code for township in county.townships for unit in township.units)
    assert county.name_of(units[0].code) == units[0].name
    assert county.name_of(1) is None


def test_a_refusal_survives_the_way_to_another_process() -> None:
    said = pickle.loads(pickle.dumps(Refused("CODE", "请重试")))
    assert (said.code, said.message, str(said)) == ("CODE", "请重试", "请重试")


@given(
    st.sampled_from((VILLAGE, TOWNSHIP, COUNTY)),
    st.dates(date(1000, 1, 1)),
    st.integers(1, numbers.HIGHEST_SERIAL),
)
def test_a_case_number_is_read_as_it_was_written(place: int, day: date, serial: int) -> None:
    number = CaseNumber(place, day, serial)
    assert numbers.parse(str(number)) == number


def test_a_case_number_looks_as_on_the_paper_stub() -> None:
    assert str(CaseNumber(VILLAGE, TODAY, 37)) == "510524100201-20100301-000037"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "510524100201-20100301-37",
        "510524100201-20100230-000037",
        "510524100201-20100301-000000",
        "000000000000-20100301-000001",
        "５10524100201-20100301-000037",
        "510524100201-20100301-000037-1",
    ],
)
def test_a_text_that_is_no_case_number_is_said_to_be_none(text: str) -> None:
    with pytest.raises(Malformed):
        numbers.parse(text)


def test_serials_continue_the_paper_book_and_never_go_back() -> None:
    assert numbers.next_serial(0) == 1
    assert numbers.next_serial(0, start=413) == 413
    assert numbers.next_serial(500, start=413) == 501


def test_no_case_gets_a_serial_of_seven_digits() -> None:
    assert numbers.next_serial(999_998) == 999_999
    with pytest.raises(Refused) as said:
        numbers.next_serial(999_999)
    assert said.value.code == "CASE_NUMBERS_USED_UP"


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        ("11010519491231002X", "11010519491231002X"),
        (" 11010519491231002x ", "11010519491231002X"),
        # A county code that is no longer in use.
        ("440524188001010014", "440524188001010014"),
    ],
)
def test_a_good_identity_number_is_taken(number: str, stored: str) -> None:
    assert id_numbers.checked(number, today=TODAY) == stored


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("110105491231002", "ID_NUMBER_FORM"),
        ("1101051949123100２X", "ID_NUMBER_FORM"),
        ("11010519490231002X", "ID_NUMBER_BIRTHDAY"),
        # Born tomorrow.
        ("510524201003020012", "ID_NUMBER_BIRTHDAY"),
        ("110105194912310020", "ID_NUMBER_CHECK"),
        ("11010519491231020X", "ID_NUMBER_CHECK"),
    ],
)
def test_a_wrong_identity_number_is_refused_with_what_is_wrong(number: str, code: str) -> None:
    with pytest.raises(Refused) as said:
        id_numbers.checked(number, today=TODAY)
    assert said.value.code == code


@given(st.integers(0, 10**17 - 1), st.integers(0, 16), st.integers(1, 9))
def test_one_digit_copied_wrongly_is_always_noticed(body: int, position: int, shift: int) -> None:
    digits = f"{body:017d}"
    wrong = digits[:position] + str((int(digits[position]) + shift) % 10) + digits[position + 1 :]
    assert id_numbers.check_character(wrong) != id_numbers.check_character(digits)


def test_the_place_in_an_identity_number_is_a_hint() -> None:
    assert id_numbers.place_hint("51052419800101001X") == COUNTY


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        (masking.name("张小三"), "张*三"),
        (masking.name(" 张三 "), "张*"),
        (masking.name("欧阳小三"), "欧**三"),
        (masking.name("张"), "*"),
        (masking.name(""), ""),
        (masking.id_number("510524198001011234"), "510524********1234"),
        (masking.id_number("510524800101123"), "*" * 15),
        (masking.phone("13812345678"), "138****5678"),
        (masking.phone("0830-6223456"), "**********56"),
        (masking.phone("110"), "***"),
        (masking.text("张三 510524198001011234，电话13812345678"), "张三 510524********1234，电话138****5678"),
        # Case numbers, places and times are nobody's numbers.
        (masking.text("510524100201-20100301-000037 1267401600000"), "510524100201-20100301-000037 1267401600000"),
    ],
)
def test_people_are_masked(shown: str, masked: str) -> None:
    assert shown == masked
