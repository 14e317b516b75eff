"""Civil days as stretches of time: from which moment to which a day lasts where it was stated.

A period begins at 00:00 of its first day and ends at 24:00 of its last, in its IANA zone. Where the clocks
change at midnight, a day begins at the first moment that bears its date and ends after the last one: a
midnight that is skipped is the moment of the change, one that comes twice begins a day the first time. A
day that a zone left out altogether (Apia, 2011-12-30) is a moment without length.

The rules of the zones are the package's, not the machine's: a verdict must not depend on where it is found.
"""

from __future__ import annotations

import importlib.resources
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ledger.body import Occurred
from ledger.wire import ZONES

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The first moment that can be told; the first day of year 1 begins earlier east of Greenwich."""
END: Final = datetime.max.replace(tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class CivilDay:
    """A date as people write it (YYYY-MM-DD), in an IANA zone of `wire.ZONES`."""

    date: str
    zone: str

    @classmethod
    def parse(cls, day: str, zone: str) -> CivilDay:
        """Return a day of the calendar in a zone that is known.

        Raises:
            ValueError: there is no such day, or no such zone.
        """
        date.fromisoformat(day)
        if zone not in ZONES:
            problem = f"no IANA time zone: {zone!r}"
            raise ValueError(problem)
        return cls(day, zone)

    def __str__(self) -> str:
        """Write the date with its zone."""
        return f"{self.date} ({self.zone})"

    def begins(self) -> datetime:
        """Return the first moment of the day, UTC."""
        return _bounds(self.date, self.zone)[0]

    def ends(self) -> datetime:
        """Return the moment after its last, UTC."""
        return _bounds(self.date, self.zone)[1]


def first_day(occurred: Occurred) -> CivilDay:
    """Return the day on which a period begins."""
    return CivilDay(occurred.start, occurred.zone)


def last_day(occurred: Occurred) -> CivilDay:
    """Return the day with which a period ends."""
    return CivilDay(occurred.end, occurred.zone)


@cache
def rules_of(zone: str) -> ZoneInfo:
    """Return the rules of an IANA zone, from the package that also lists the names of the zones.

    Raises:
        FileNotFoundError: there is no such zone; what crossed the border names one of `wire.ZONES`.
    """
    where = importlib.resources.files("tzdata").joinpath("zoneinfo", *zone.split("/"))
    with where.open("rb") as rules:
        return ZoneInfo.from_file(rules, key=zone)


@lru_cache(maxsize=4096)
def _bounds(day: str, zone: str) -> tuple[datetime, datetime]:
    first, rules = date.fromisoformat(day), rules_of(zone)
    begins = _midnight(first, rules, last=False)
    ends = END if first == date.max else _midnight(first + timedelta(days=1), rules, last=True)
    return begins, ends


def _midnight(day: date, rules: ZoneInfo, *, last: bool) -> datetime:
    """Return the first moment of a day, or with `last` the moment after the last one before it."""
    midnight = datetime.combine(day, time(), rules)
    try:
        early, late = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        return BEGINNING if day.year == date.min.year else END

    def begun(moment: datetime) -> bool:
        return moment.astimezone(rules).date() >= day

    if last and not begun(late - _TICK):
        return late
    if begun(early):
        return early
    # 00:00 was skipped: the clocks changed somewhere between what it would have been before and after.
    moments = range(int((late - early).total_seconds()))
    return early + timedelta(
        seconds=bisect_left(moments, True, key=lambda passed: begun(early + timedelta(seconds=passed)))
    )
