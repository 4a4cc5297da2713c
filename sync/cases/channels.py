"""The roads by which people come to an office, call it or write to it."""

from __future__ import annotations

from enum import StrEnum

from sync.errors import Refused


class Channel(StrEnum):
    """The value is the word in facts, calls and commands."""

    label: str

    WINDOW = "window", "窗口"
    PHONE = "phone", "电话（96196）"
    PAGE = "page", "网页"
    VISIT = "visit", "上门"
    LETTER = "letter", "来信"
    BOX = "box", "意见箱"
    PAPER = "paper", "纸质登记簿"

    def __new__(cls, word: str, label: str) -> Channel:
        channel = str.__new__(cls, word)
        channel._value_ = word
        channel.label = label
        return channel


def check(word: str) -> None:
    """Raises Refused for a road that is not one of these. Empty = not named."""
    if word and word not in set(Channel):
        known = "、".join(f"{each.value} {each.label}" for each in Channel)
        raise Refused("CHANNEL_UNKNOWN", f"没有“{word}”这种渠道。可以用：{known}。")


def label(word: str) -> str:
    """As people read it. Books may hold roads that were never on the list."""
    return next((each.label for each in Channel if each == word), word)
