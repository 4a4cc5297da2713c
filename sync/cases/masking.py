"""People as everybody may see them: 张*三, 510524********1234, 138****5678."""

from __future__ import annotations

import re

# An identity number or a mobile number within other text. Place codes (12) and times (13) have other lengths.
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")


def name(text: str) -> str:
    """First and last character stay: 张*三. Of two, the first; of one, none."""
    text = text.strip()
    if len(text) <= 2:
        return text[:1] + "*" if len(text) == 2 else "*" * len(text)
    return _inside(text, first=1, last=1)


def id_number(text: str) -> str:
    """Place and last four stay. What is no identity number is hidden whole."""
    text = text.strip()
    return _inside(text, first=6, last=4) if len(text) == 18 else "*" * len(text)


def phone(text: str) -> str:
    """Of a mobile number the first three and last four stay, of any other the last two."""
    text = text.strip()
    if len(text) == 11:
        return _inside(text, first=3, last=4)
    return _inside(text, first=0, last=2) if len(text) > 4 else "*" * len(text)


def text(line: str) -> str:
    """A line of free text or of a log, with the numbers of people in it masked. Names cannot be found this way."""
    line = _ID_NUMBER.sub(lambda found: id_number(found[0]), line)
    return _MOBILE.sub(lambda found: phone(found[0]), line)


def _inside(text: str, *, first: int, last: int) -> str:
    return text[:first] + "*" * (len(text) - first - last) + text[len(text) - last :]
