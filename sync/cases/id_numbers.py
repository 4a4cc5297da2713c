"""Citizens' identity numbers: form, birthday and check character."""

from __future__ import annotations

import re
from datetime import date

from sync.errors import Refused

_FORM = re.compile(r"[0-9]{17}[0-9X]")
# ISO 7064 mod 11-2: the weight of a position is 2^(positions from the right) mod 11.
_WEIGHTS = tuple(pow(2, 17 - index, 11) for index in range(17))
_CHARACTERS = "10X98765432"


def checked(id_number: str, *, today: date) -> str:
    """The number as it is stored. Refused with everything that is wrong with it.

    The place in it is a hint only: who was born before 1985 carries codes that are no longer in use.
    """
    number = id_number.strip().upper()
    if not _FORM.fullmatch(number):
        raise Refused("ID_NUMBER_FORM", "身份证号码应为18位，前17位是数字，末位是数字或X，请重新核对。")
    born = birthday(number)
    if born is None or born > today:
        raise Refused("ID_NUMBER_BIRTHDAY", "身份证号码中的出生日期不存在或晚于今天，请重新核对。")
    if check_character(number) != number[17]:
        raise Refused("ID_NUMBER_CHECK", "身份证号码校验不符，可能抄错了一位，请对照证件重新输入。")
    return number


def check_character(number: str) -> str:
    """What the 18th character must be for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHARACTERS[total % 11]


def birthday(number: str) -> date | None:
    """The birthday in a number of the right form. None where there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def place_hint(number: str) -> int:
    """The county-level place the number was given in, as a 12-digit code. It may no longer exist."""
    return int(number[:6]) * 10**6
