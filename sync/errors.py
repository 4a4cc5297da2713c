"""Whose fault it is when something does not work."""

from __future__ import annotations


class Refused(Exception):
    """The rules said no. `code` is for machines, `message` tells a clerk in Chinese what to do now."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str]]:
        return type(self), (self.code, self.message)


class Unavailable(Exception):
    """Not possible just now. Try again."""


class Corrupt(Exception):
    """What is stored contradicts itself. Stop and tell the operator."""


class Malformed(Exception):
    """The input does not have the form it must have. Trying again does not help."""
