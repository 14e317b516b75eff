"""From an invoice to the money that a factor is per: every step, what it does, and where its figure is from.

1. minus VAT  2. minus trade and transport margins  3. deflated in the supplier's country to the table's year
4. converted at that year's average rate. Rates are those of the European Central Bank, inside the package
CurrencyConverter: the mean of a year's daily rates, rounded to 10 significant digits; amounts between steps
are kept to 30 decimals, half to even. No deflator ships, and one country's prices are never deflated by
another's.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final, Literal

from currency_converter import CurrencyConverter, RateNotFoundError
from pydantic import BaseModel, ConfigDict, Field

from ledger.factor import Factor, PriceType
from ledger.factors.errors import (
    DeflatorIndexError,
    DeflatorYearError,
    ForeignDeflatorError,
    MarginsNotInPriceError,
    NoDeflatorError,
    NoRateError,
    ShareRangeError,
    UnknownPriceTypeError,
    VatRateMissingError,
    ZeroSpendError,
)
from ledger.quantities import decimal, decimal_text

RATE_DIGITS: Final = Context(prec=10, rounding=ROUND_HALF_EVEN)
_MEAN: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
Text = Field(min_length=1, max_length=400)


class Spend(BaseModel):
    """What was paid: the amount as invoiced, its currency and year, and what the price contains.

    `price_type`: purchaser, producer, basic or unknown (refused). `vat_rate` and `margin_share` are shares
    such as 0.09; the margin share is the part of the price, VAT off, that is trade and transport.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    amount: str
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    year: int = Field(ge=1900, le=2100)
    price_type: str = "unknown"
    vat: Literal["excluded", "included", "unknown"] = "unknown"
    vat_rate: str | None = None
    margin_share: str | None = None
    margin_source: str | None = Field(default=None, min_length=1, max_length=400)


class Deflator(BaseModel):
    """A producer price index of the supplier's country and sector, given by the user with its source.

    `currency`: the country's own, in which the index counts.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    country: str = Field(pattern=r"^[A-Z]{2}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    sector: str = Text
    from_year: int = Field(ge=1900, le=2100)
    from_index: str
    to_year: int = Field(ge=1900, le=2100)
    to_index: str
    source: str = Text


class PriceIndex(BaseModel):
    """A producer price index over several years, as a company has it, with its source: one country's own.

    `years`: the index by year, as decimals; the years that a table needs are picked from it.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    country: str = Field(pattern=r"^[A-Z]{2}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    sector: str = Text
    source: str = Text
    years: dict[int, str] = Field(min_length=1, max_length=200, strict=False)

    def between(self, from_year: int, to_year: int) -> Deflator:
        """Return the deflator from one year to another.

        Raises:
            DeflatorYearError: the index lacks one of them.
        """
        for field, year in (("price_index/from", from_year), ("price_index/to", to_year)):
            if year not in self.years:
                raise DeflatorYearError(field, min(self.years, key=lambda one: abs(one - year)), year)
        return Deflator(
            country=self.country,
            currency=self.currency,
            sector=self.sector,
            from_year=from_year,
            from_index=self.years[from_year],
            to_year=to_year,
            to_index=self.years[to_year],
            source=self.source,
        )


class PriceStep(BaseModel):
    """One step from the invoice to the factor's money: the amount after it, and by what it was multiplied."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    step: Literal["as_invoiced", "minus_vat", "minus_margins", "to_own_currency", "deflated", "converted"]
    amount: str
    currency: str
    price_year: int
    price_type: str
    times: str
    source: str


@dataclass(frozen=True, slots=True)
class FactorMoney:
    """A spend in the money that a factor is per, with its steps and what must be said about it."""

    amount: Decimal
    steps: tuple[PriceStep, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AverageRate:
    """How much of one currency one unit of another was worth, on average over the days of a year."""

    rate: Decimal
    days: int
    source: str


@lru_cache(maxsize=256)
def average_rate(currency: str, to: str, year: int) -> AverageRate:
    """Return the mean of a year's daily rates, to 10 significant digits, and of how many days it is.

    Raises:
        NoRateError: the bank has no rate of one of the currencies in that year.
    """
    if currency == to:
        return AverageRate(Decimal(1), 0, "same currency")
    for name in (currency, to):
        if name not in _rates().currencies:
            raise NoRateError(name, year)
    total, days, day = Decimal(0), 0, date(year, 1, 1)
    with localcontext(_MEAN):
        while day.year == year:
            # Weekends and holidays have no rate.
            with suppress(RateNotFoundError):
                total += _rates().convert(Decimal(1), currency, to, date=day)
                days += 1
            day += timedelta(days=1)
    if not days:
        raise NoRateError(to if currency == "EUR" else currency, year)
    package = f"CurrencyConverter {version('CurrencyConverter')}"
    source = f"mean of {days} daily rates of {year}, European Central Bank, by {package}"
    return AverageRate(RATE_DIGITS.plus(_MEAN.divide(total, Decimal(days))), days, source)


def factor_money(
    spend: Spend, factor: Factor, country: str | None, deflator: Deflator | None, *, allow_undeflated: bool
) -> FactorMoney:
    """Turn a spend into the money that a factor is per: the four steps of this module.

    `country`: where the supplier is (ISO 3166-1), None where only a region of several countries is known.

    Raises:
        AmountFormError: an amount, share or index is not a decimal amount (negative ones have no form).
        ZeroSpendError, UnknownPriceTypeError, ShareRangeError, VatRateMissingError, MarginsNotInPriceError:
            the spend doesn't say what is needed.
        NoDeflatorError, ForeignDeflatorError, DeflatorYearError, DeflatorIndexError: see their sentences.
        NoRateError: no exchange rate.
    """
    path = _Path(spend)
    path.minus_vat(spend)
    path.to_price_type(spend, factor)
    path.deflate(factor, country, deflator, allow_undeflated=allow_undeflated)
    path.convert("converted", str(factor.currency), int(factor.currency_year or 0))
    return FactorMoney(path.amount, tuple(path.steps), tuple(path.flags))


class _Path:
    """A spend on its way: amount, currency, year and price type after the last step."""

    def __init__(self, spend: Spend) -> None:
        self.amount = decimal(spend.amount, "spend/amount")
        if not self.amount:
            field = "spend/amount"
            raise ZeroSpendError(field)
        if spend.price_type not in {"purchaser", "producer", "basic"}:
            raise UnknownPriceTypeError(spend.price_type[:20])
        self.currency, self.year, self.price_type = spend.currency, spend.year, spend.price_type
        self.steps: list[PriceStep] = []
        self.flags: list[str] = []
        self._step("as_invoiced", Fraction(1), "the invoice")

    def minus_vat(self, spend: Spend) -> None:
        if (spend.vat == "included") != (spend.vat_rate is not None):
            raise VatRateMissingError(spend.vat)
        if spend.vat == "unknown":
            self.flags.append("vat_unknown")
        if spend.vat_rate is not None:
            rate = _share(spend.vat_rate, "spend/vat_rate")
            self._step("minus_vat", 1 / (1 + rate), f"VAT of {spend.vat_rate} of the net price")

    def to_price_type(self, spend: Spend, factor: Factor) -> None:
        wanted: PriceType | None = factor.price_type
        if spend.margin_share is not None:
            if self.price_type != "purchaser":
                raise MarginsNotInPriceError(self.price_type)
            share = _share(spend.margin_share, "spend/margin_share")
            if wanted != "purchaser":
                self.price_type = "producer"
                source = spend.margin_source or "margin share of the query, without a source"
                self._step("minus_margins", 1 - share, source)
        if self.price_type == wanted:
            return
        if self.price_type == "purchaser":
            self.flags.append("margins_unknown")
        elif wanted == "basic":
            self.flags.append("product_taxes_unknown")
        else:
            self.flags.append("price_type_differs")

    def deflate(
        self, factor: Factor, country: str | None, deflator: Deflator | None, *, allow_undeflated: bool
    ) -> None:
        to_year = int(factor.currency_year or 0)
        if self.year == to_year:
            return
        if deflator is None:
            if not allow_undeflated:
                raise NoDeflatorError(country or factor.region, self.year, to_year)
            self.flags.append("undeflated")
            return
        ratio = _ratio(deflator, country or factor.region, self.year, to_year)
        self.convert("to_own_currency", deflator.currency, self.year)
        self.year = to_year
        self._step("deflated", ratio, f"{deflator.sector}, {deflator.country}: {deflator.source}")

    def convert(self, step: str, currency: str, year: int) -> None:
        if currency == self.currency:
            return
        average = average_rate(self.currency, currency, year)
        self.currency = currency
        self._step(step, Fraction(average.rate), average.source)

    def _step(self, step: Any, times: Fraction, source: str) -> None:
        self.amount = _rounded(Fraction(self.amount) * times)
        self.steps.append(
            PriceStep(
                step=step,
                amount=decimal_text(self.amount),
                currency=self.currency,
                price_year=self.year,
                price_type=self.price_type,
                times=decimal_text(RATE_DIGITS.divide(times.numerator, times.denominator)),
                source=source,
            )
        )


def _ratio(deflator: Deflator, country: str, from_year: int, to_year: int) -> Fraction:
    if deflator.country != country:
        raise ForeignDeflatorError(country, deflator.country)
    for field, given, wanted in (
        ("deflator/from_year", deflator.from_year, from_year),
        ("deflator/to_year", deflator.to_year, to_year),
    ):
        if given != wanted:
            raise DeflatorYearError(field, given, wanted)
    indices = []
    for field, text in (
        ("deflator/from_index", deflator.from_index),
        ("deflator/to_index", deflator.to_index),
    ):
        index = decimal(text, field)
        if not index:
            raise DeflatorIndexError(field)
        indices.append(Fraction(index))
    return indices[1] / indices[0]


def _share(text: str, field: str) -> Fraction:
    share = decimal(text, field)
    if share >= 1:
        raise ShareRangeError(field, text)
    return Fraction(share)


def _rounded(value: Fraction) -> Decimal:
    return Decimal(round(value * 10**30)).scaleb(-30, Context(prec=120))


@lru_cache(maxsize=1)
def _rates() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)
