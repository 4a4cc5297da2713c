"""The county's supervision (电子监察): every limit looked at again and again, and what is found told as facts."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from itertools import islice
from typing import Any

from sync.errors import Corrupt, Unavailable
from sync.journal import findings, known, silence
from sync.journal.book import Book
from sync.journal.clocks import Judging, judge
from sync.journal.writing import Transaction
from sync.node.node import Node

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 15.0
"""Limits are counted in days; this is how soon a supervisor sees what has come."""

AT_ONCE = 100
"""Cases weighed in one commit: acts at the county's own counters wait for no more."""


async def supervise(node: Node) -> None:
    """Runs until it is cancelled."""
    while True:
        try:
            await sweep(node.book)
        except Unavailable as error:
            log.warning("supervision waits", extra={"reason": str(error)})
        except Corrupt:
            raise
        except Exception:  # A mistake of ours must not stop the county's counters and lines.
            log.exception("supervision could not look at what has come")
        await asyncio.sleep(SWEEP_EVERY_S)


async def sweep(book: Book) -> int:
    """Looks once at whatever may have changed. Returns how many cases that were."""

    def to_look_at(conn: Any, judging: Judging) -> findings.ToLookAt:
        swept = conn.execute("SELECT value FROM meta WHERE name=?", [findings.SWEPT]).fetchone()
        return findings.to_look_at(conn, judging, since=int(swept[0]) if swept else 0)

    await book.write(known.note_known)
    asked = await judge(book, to_look_at)
    await book.write(silence.note_silences)
    rows = iter(asked.rows)
    while some := list(islice(rows, AT_ONCE)):
        await _look(book, some)
    await book.write(partial(_note_swept, through=asked.through))
    return len(asked.rows)


async def _look(book: Book, rows: list[int]) -> None:
    def look(tx: Transaction) -> None:
        book.open_cases.rests.update(findings.look(tx, rows))

    try:
        await book.write(look)
    except BaseException:
        book.open_cases.forget()  # Nothing was kept of what was found.
        raise


def _note_swept(tx: Transaction, *, through: int) -> None:
    if tx.meta(findings.SWEPT) != str(through).encode():
        tx.set_meta(findings.SWEPT, str(through).encode())
