"""Which language a reader gets, its words, and how it writes numbers and dates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

Language = Literal["en", "zh-Hans", "zh-Hant"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-Hans", "zh-Hant", "en")
DEFAULT: Final[Language] = "en"
COOKIE: Final = "language"
TRANSLATIONS: Final = Path(__file__).parent / "translations"
MAX_HEADER: Final = 400
EVERYDAY: Final = {"mg": ("kg", 6), "mL": ("L", 3), "Wh": ("kWh", 3), "kg·km": ("t·km", 3)}
"""By unit of a lot: the unit that people use, and how many powers of ten it is larger."""
_TRADITIONAL: Final = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def chosen(asked: str | None, cookie: str | None, accept: str | None) -> Language:
    """Return the language to answer in: the switch first, then the cookie, then Accept-Language."""
    for named in (asked, cookie):
        if named in LANGUAGES:
            return named
    return negotiated(accept or "")


def negotiated(accept: str) -> Language:
    """Return the best of our languages for an Accept-Language header (RFC 9110, 12.5.4)."""
    wishes = []
    for place, item in enumerate(accept[:MAX_HEADER].split(",")):
        tag, _, parameters = item.strip().partition(";")
        language = _of_tag(tag.strip().lower())
        weight = _weight(parameters)
        if language is not None and weight > 0:
            wishes.append((-weight, place, language))
    return min(wishes)[2] if wishes else DEFAULT


def _of_tag(tag: str) -> Language | None:
    if tag.startswith(_TRADITIONAL):
        return "zh-Hant"
    primary = tag.partition("-")[0]
    if primary in ("zh", "yue", "cmn"):
        return "zh-Hant" if primary == "yue" else "zh-Hans"
    return "en" if primary in ("en", "*") else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


@lru_cache(maxsize=len(LANGUAGES))
def words(language: Language) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    found: dict[str, str] = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes texts, amounts and dates in one language."""

    language: Language

    def __call__(self, key: str, **facts: object) -> str:
        """Return the text of a key with its facts; an unknown key is a KeyError."""
        text = words(self.language)[key]
        return text.format(**facts) if facts else text

    def has(self, key: str) -> bool:
        """Say whether there is a text with this key."""
        return key in words(self.language)

    def named(self, group: str, code: str) -> str:
        """Return the name of a code that companies may choose themselves, else the code in words."""
        return words(self.language).get(f"{group}.{code}", code.replace("_", " ").replace("-", " "))

    def number(self, value: Decimal, places: int) -> str:
        """Write a number with thousands apart; Chinese and English both write 1,234.5."""
        rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
        return f"{rounded:,f}".replace("-", "−")

    def rate(self, text: str) -> str:
        """Write kg per unit with about four digits that count."""
        value = Decimal(text)
        size = abs(value)
        places = 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4
        return self.number(value, places if value else 0)

    def kilograms(self, mg: str | int) -> str:
        """Write mg as kilograms with about four digits that count, without the unit."""
        value = Decimal(mg).scaleb(-6)
        size = abs(value)
        places = 0 if size >= 10_000 else 1 if size >= 100 else 2 if size >= 1 else 3 if size >= 0.1 else 6
        return self.number(value, 0 if not value else places)

    def amount(self, mg: str | int) -> str:
        """Write mg as kilograms with the unit."""
        return f"{self.kilograms(mg)} {self('unit.kg')}"

    def percent(self, share: str | None) -> str:
        """Write a share as a percentage; a part that isn't 0 never reads as 0 %."""
        if share is None:
            return self("quality.none")
        value = Decimal(share) * 100
        if 0 < value < Decimal("0.1"):
            return "< 0.1 %" if self.language == "en" else "<0.1%"
        text = self.number(value, 1 if value % 1 else 0)
        return f"{text} %" if self.language == "en" else f"{text}%"

    def significant(self, text: str) -> str:
        """Write a decimal with five digits that count; the exact value stands in the record."""
        value = Decimal(text)
        places = max(4 - value.adjusted(), 0) if value else 0
        return self.exact(round(value, places))

    def exact(self, value: Decimal) -> str:
        """Write a decimal with all its digits, without needless zeros."""
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def quantity(self, quantity: str, unit: str) -> str:
        """Write a quantity of goods exactly, in the unit that people use for it."""
        everyday, power = EVERYDAY.get(unit, (unit, 0))
        return f"{self.exact(Decimal(quantity).scaleb(-power))} {self.named('unit', everyday)}"

    def day(self, text: str) -> str:
        """Write a civil date."""
        day = date.fromisoformat(text)
        if self.language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def period(self, first: str, last: str) -> str:
        """Write a period of civil dates."""
        if first == last:
            return self.day(first)
        joint = " – " if self.language == "en" else "至"
        return f"{self.day(first)}{joint}{self.day(last)}"

    def listed(self, names: list[str]) -> str:
        """Write names one after the other."""
        return (", " if self.language == "en" else "、").join(names)
