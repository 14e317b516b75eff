"""What one cell may say: numbers, dates, units, references and words, each in one plain form.

A reader takes the text and where it stands, and returns the value or raises a `RecordError` that names
file, row, column, value and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final

from ledger.quality import INDICATORS
from ledger.quantities import MAX_AMOUNT
from ledger.records.errors import (
    FormulaCellError,
    FractionRecordError,
    NegativeRecordError,
    RecordChoiceError,
    RecordDateError,
    RecordNumberError,
    RecordRangeError,
    RecordTextError,
    RecordUnitError,
    ZeroRecordError,
)
from ledger.texts import CanonicalFormError, check_text

MAX_TEXT: Final = 200
MAX_NOTE: Final = 2000
MAX_REFERENCE: Final = 60
MAX_OFFERED: Final = 30
NEAREST: Final = 5
_NUMBER: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,15})?\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])\Z")
_YEARS: Final = ("1990", "2100")
_BATCH: Final = re.compile(r"[!-~]{1,20}\Z")
_FORMULA: Final = ("=", "+", "-", "@")
_PRECISE_ID: Final = re.compile(r"org_[a-z2-7]{32}|[0-9a-f]{64}(\.(0|[1-9][0-9]{0,2}))?")

UNITS: Final[Mapping[str, str]] = {
    **{unit: unit for unit in ("mg", "g", "kg", "t", "mL", "L", "m3", "Wh", "kWh", "MWh", "MJ", "h", "TEU")},
    "t.km": "t.km",
    "tkm": "t.km",
    "piece": "piece",
    "毫克": "mg",
    "克": "g",
    "千克": "kg",
    "公斤": "kg",
    "吨": "t",
    "毫升": "mL",
    "升": "L",
    "立方米": "m3",
    "千瓦时": "kWh",
    "度": "kWh",
    "兆瓦时": "MWh",
    "兆焦": "MJ",
    "小时": "h",
    "标箱": "TEU",
    "吨公里": "t.km",
    "件": "piece",
    "个": "piece",
}
"""Units as companies write them, and the unit of the factor library that they mean."""
GOODS: Final[Mapping[str, tuple[int, str]]] = {
    "kg": (10**6, "mg"),
    "t": (10**9, "mg"),
    "g": (10**3, "mg"),
    "mg": (1, "mg"),
    "piece": (1, "piece"),
}
"""By unit as companies write it: how many of the books' units it is."""
SERVED: Final[Mapping[str, tuple[int, str]]] = {**GOODS, "h": (3600, "s")}
"""Also what an asset is counted in: the hours of its life."""
MINOR_DIGITS: Final = {"CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "USD": 2, "JPY": 0}
"""Decimal places of the currencies that records may be in (ISO 4217)."""


@dataclass(frozen=True, slots=True)
class At:
    """Where a cell stands: file, row as a spreadsheet counts, column."""

    file: str
    row: int
    column: str = ""

    def under(self, column: str) -> At:
        """Return the same row under another column."""
        return At(self.file, self.row, column)

    def facts(self, value: object) -> tuple[str, int, str, str]:
        """Return the facts that every `RecordError` begins with."""
        text = str(value)
        return self.file, self.row, self.column, text if len(text) <= MAX_REFERENCE else text[:57] + "..."


Reader = Callable[[str, At], Any]


def number(text: str, at: At) -> Decimal:
    """Read a number that may be 0, such as `12.5`; needless zeros behind the point are dropped.

    Raises:
        NegativeRecordError: it is negative.
        RecordNumberError: it has another form.
    """
    if _NUMBER.match(text):
        digits, point, places = text.partition(".")
        places = places.rstrip("0")
        return Decimal(f"{digits}{point}{places}" if places else digits)
    if text.startswith("-") and _NUMBER.match(text[1:]):
        raise NegativeRecordError(*at.facts(text))
    raise RecordNumberError(*at.facts(text))


def positive(text: str, at: At) -> Decimal:
    """Read a number above 0.

    Raises:
        ZeroRecordError: it is 0.
        NegativeRecordError, RecordNumberError: as `number`.
    """
    value = number(text, at)
    if not value:
        raise ZeroRecordError(*at.facts(text))
    return value


def whole(text: str, at: At) -> int:
    """Read a whole number.

    Raises:
        FractionRecordError: it has decimal places.
        NegativeRecordError, RecordNumberError: as `number`.
    """
    value = number(text, at)
    if value != value.to_integral_value():
        raise FractionRecordError(*at.facts(text), "1")
    return int(value)


def percent(text: str, at: At) -> Decimal:
    """Read a percentage from 0 to 100.

    Raises:
        RecordRangeError: it is above 100.
        NegativeRecordError, RecordNumberError: as `number`.
    """
    value = number(text, at)
    if value > 100:
        raise RecordRangeError(*at.facts(text), "100 %")
    return value


def share(text: str, at: At) -> Decimal:
    """Read a share from 0 to 1, such as 0.6.

    Raises:
        RecordRangeError: it is above 1.
        NegativeRecordError, RecordNumberError: as `number`.
    """
    value = number(text, at)
    if value > 1:
        raise RecordRangeError(*at.facts(text), "1")
    return value


def day(text: str, at: At) -> str:
    """Read a civil date, `2025-06-18`.

    Raises:
        RecordDateError: it has another form or is on no calendar.
    """
    try:
        if _DATE.match(text) and _YEARS[0] <= text[:4] <= _YEARS[1]:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise RecordDateError(*at.facts(text), "year-month-day, such as 2025-06-18")


def month(text: str, at: At) -> str:
    """Read a month, `2025-06`.

    Raises:
        RecordDateError: it has another form.
    """
    if not _MONTH.match(text) or not _YEARS[0] <= text[:4] <= _YEARS[1]:
        raise RecordDateError(*at.facts(text), "year-month, such as 2025-06")
    return text


def plain_text(text: str, at: At) -> str:
    """Read a text of up to 200 characters that shows what its bytes say and is no formula.

    Raises:
        FormulaCellError: it begins like a formula.
        RecordTextError: too long, hidden characters, blanks at its ends.
    """
    return _text(text, at, MAX_TEXT)


def note(text: str, at: At) -> str:
    """Read a longer text, up to 2,000 characters, under the same rules.

    Raises:
        FormulaCellError, RecordTextError: as `plain_text`.
    """
    return _text(text, at, MAX_NOTE)


def reference(text: str, at: At) -> str:
    """Read a reference of the company, such as a purchase or delivery note number.

    Raises:
        FormulaCellError, RecordTextError: as `plain_text`; at most 60 characters, or a whole id.
    """
    return _text(text, at, len(text) if _PRECISE_ID.fullmatch(text) else MAX_REFERENCE)


def batch(text: str, at: At) -> str:
    """Read a batch number: up to 20 visible ASCII characters (GS1 application identifier 10).

    Raises:
        FormulaCellError, RecordTextError: it has another form.
    """
    _text(text, at, MAX_TEXT)
    if not _BATCH.match(text):
        raise RecordTextError(*at.facts(text), "a batch number has up to 20 visible ASCII characters")
    return text


def references(text: str, at: At) -> tuple[str, ...]:
    """Read references separated by semicolons.

    Raises:
        FormulaCellError, RecordTextError: as `reference`; or one is repeated.
    """
    found = tuple(reference(one, at) for one in text.replace("；", ";").split(";"))
    if len(set(found)) != len(found):
        raise RecordTextError(*at.facts(text), "it names something twice")
    return found


def unit(text: str, at: At) -> str:
    """Read a unit, English or Chinese, and return the factor library's.

    Raises:
        RecordUnitError: it is none.
    """
    if text not in UNITS:
        raise RecordUnitError(*at.facts(text), ", ".join(UNITS))
    return UNITS[text]


def currency(text: str, at: At) -> str:
    """Read a currency of three capitals whose smallest unit is known.

    Raises:
        RecordChoiceError: it is another.
    """
    if text not in MINOR_DIGITS:
        raise RecordChoiceError(*at.facts(text), ", ".join(MINOR_DIGITS))
    return text


def matching(pattern: str, problem: str) -> Reader:
    """Return a reader of texts of one pattern; `problem` says what is wrong with others."""
    compiled = re.compile(pattern)

    def read(text: str, at: At) -> str:
        if not compiled.fullmatch(text):
            raise RecordTextError(*at.facts(text), problem)
        return text

    return read


def ending(read: Reader, check_digit: Callable[[str], str]) -> Reader:
    """Return a reader of numbers whose last character is the check digit of the others."""

    def checked(text: str, at: At) -> str:
        number: str = read(text, at)
        if number[-1] != (expected := check_digit(number[:-1])):
            raise RecordTextError(
                *at.facts(text), f"it should end in {expected}, its check digit; compare it with the label"
            )
        return number

    return checked


def one_of(words: Mapping[str, str]) -> Reader:
    """Return a reader of one of these words; aliases map to the word that is meant."""

    def read(text: str, at: At) -> str:
        if text not in words:
            raise RecordChoiceError(*at.facts(text), _offered(text, tuple(words)))
        return words[text]

    return read


def nearest(text: str, words: Sequence[str]) -> list[str]:
    """Return the few words that look most like a text."""
    return get_close_matches(text[:MAX_TEXT], words, n=NEAREST, cutoff=0.0)


def _offered(text: str, words: tuple[str, ...]) -> str:
    """List the words that fit; of very many (time zones) the nearest, and how many more there are."""
    if len(words) <= MAX_OFFERED:
        return ", ".join(words)
    near = nearest(text, words)
    return f"{', '.join(near)}, or one of {len(words) - len(near)} more"


def several_of(words: Mapping[str, str]) -> Reader:
    """Return a reader of several of these words, separated by semicolons, each once."""
    read_one = one_of(words)

    def read(text: str, at: At) -> tuple[str, ...]:
        found = tuple(read_one(word, at) for word in text.replace("；", ";").split(";"))
        if len(set(found)) != len(found):
            raise RecordTextError(*at.facts(text), "it names something twice")
        return found

    return read


def scores(flows: Mapping[str, str]) -> Reader:
    """Return a reader of what is counted and five scores from 1 (best) to 5, `transport 2 1 1 2 3`."""
    problem = (
        f"write what is counted ({', '.join(flows)}), a blank, and five scores from 1 to 5 for "
        f"{', '.join(INDICATORS)}, such as transport 2 1 1 2 3"
    )

    def read(text: str, at: At) -> dict[str, str]:
        flow, *given = text.split(" ")
        if flow not in flows or len(given) != len(INDICATORS) or not set(given) <= set("12345"):
            raise RecordTextError(*at.facts(text), problem)
        return {"flow": flows[flow], **dict(zip(INDICATORS, given, strict=True))}

    return read


def lot_quantity(
    quantity: Decimal, unit_text: str, at: At, units: Mapping[str, tuple[int, str]] = GOODS
) -> tuple[int, str]:
    """Return a quantity as the books hold it: whole milligrams or pieces; of an asset (`SERVED`) seconds too.

    Raises:
        RecordUnitError: it is counted in another unit.
        FractionRecordError: it is not a whole number of them.
        RecordRangeError: more than 10^17.
    """
    if unit_text not in units:
        raise RecordUnitError(*at.under("unit").facts(unit_text), ", ".join(units))
    times, wire = units[unit_text]
    return scaled(quantity, times, wire, at), wire


def scaled(quantity: Decimal, times: int, unit_text: str, at: At) -> int:
    """Return a quantity times a whole number, which must be whole again.

    Raises:
        FractionRecordError: it is not.
        RecordRangeError: more than 10^17.
    """
    exact = Fraction(quantity) * times
    if exact.denominator != 1:
        raise FractionRecordError(*at.facts(f"{quantity:f}"), unit_text)
    if exact > MAX_AMOUNT:
        raise RecordRangeError(*at.facts(f"{quantity:f}"), f"{MAX_AMOUNT} {unit_text}")
    return int(exact)


def _text(text: str, at: At, longest: int) -> str:
    if text.startswith(_FORMULA):
        raise FormulaCellError(*at.facts(text))
    if text != text.strip():
        raise RecordTextError(*at.facts(text), "it has a blank at its beginning or end")
    if len(text) > longest:
        raise RecordTextError(*at.facts(text), f"it has {len(text)} characters, the limit is {longest}")
    try:
        return check_text(text, at.column)
    except CanonicalFormError as error:
        raise RecordTextError(*at.facts(text), str(error).rstrip(".")) from None
