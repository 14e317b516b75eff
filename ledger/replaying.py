"""Booking logged statements again, in log order: what a restore does, and how books are made anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from ledger.books import Moment, book
from ledger.interfaces import LedgerWriter, Logged
from ledger.log import tiles
from ledger.services import tile_reader
from ledger.terms import terms_of

CHUNK: Final = 1024
"""Statements whose needs are read at once: four whole tiles."""


def book_again(writer: LedgerWriter, logged: Logged) -> None:
    """Book one logged statement where it was booked; the first opens the log.

    Raises:
        LedgerError: any rule that it breaks there.
    """
    if logged.position == 0:
        writer.open(terms_of(logged.statement))
        writer.append(logged, ())
    else:
        moment = Moment(logged.position, datetime.fromisoformat(logged.at))
        writer.append(logged, book(logged.statement, moment, writer))


def replay(writer: LedgerWriter, entries: Iterable[Logged]) -> None:
    """Book all entries again in an empty writer, and grow the tree by their leaves.

    Raises:
        LedgerError: any rule that a statement breaks.
    """
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        start = writer.size()
        writer.preload([logged.statement for logged in chunk])
        for logged in chunk:
            book_again(writer, logged)
        leaves = [logged.leaf_hash for logged in chunk]
        for (level, index), hashes in tiles.appended_tiles(tile_reader(writer), start, leaves).items():
            writer.keep_tile(level, index, hashes)
