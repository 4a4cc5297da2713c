"""Several acts that share one commit, as when a counter is busy."""

from __future__ import annotations

import asyncio

from sync.journal.book import Book
from sync.journal.writing import Transaction
from tests.county import append, filing, rows


async def test_a_case_folded_inside_a_commit_is_not_left_beyond_a_gap(village: Book) -> None:
    def file_and_fold(tx: Transaction) -> None:
        tx.append([filing(1)])
        tx.projections.refresh()  # As the next filing of the same commit does, to give its number.

    await asyncio.gather(village.write(file_and_fold), append(village, filing(2)))
    assert rows(village, "SELECT beyond_gap FROM cases") == [(0,), (0,)]
