"""From an invoice to the money that a factor is per."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
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
from ledger.factors.library import FactorLibrary
from ledger.factors.prices import Deflator, FactorMoney, Spend, average_rate, factor_money
from ledger.quantities import AmountFormError

CHINA = FactorLibrary.shipped().get("exiobase-import.cn.325320")
US = FactorLibrary.shipped().get("epa-supply-chain.325320.with-margins")
SPEND: dict[str, Any] = {
    "amount": "10900",
    "currency": "CNY",
    "year": 2024,
    "price_type": "purchaser",
    "vat": "included",
    "vat_rate": "0.09",
    "margin_share": "0.2",
    "margin_source": "own purchase ledger",
}
INDEX: dict[str, Any] = {
    "country": "CN",
    "currency": "CNY",
    "sector": "pesticides",
    "from_year": 2024,
    "from_index": "125",
    "to_year": 2019,
    "to_index": "100",
    "source": "index given by the buyer",
}


def money(
    changes: dict[str, Any] | None = None,
    index: dict[str, Any] | None = None,
    *,
    allow: bool = False,
    country: str | None = "CN",
) -> FactorMoney:
    spend = Spend.model_validate({**SPEND, **(changes or {})})
    deflator = Deflator.model_validate({**INDEX, **index}) if index is not None else None
    return factor_money(spend, CHINA, country, deflator, allow_undeflated=allow)


def test_an_invoice_goes_through_the_four_steps_in_order() -> None:
    found = money(index={})
    assert [step.step for step in found.steps] == [
        "as_invoiced",
        "minus_vat",
        "minus_margins",
        "deflated",
        "converted",
    ]
    assert [step.amount for step in found.steps[:4]] == ["10900", "10000", "8000", "6400"]
    assert found.steps[3].price_year == 2019
    assert found.amount == Decimal(6400) * average_rate("CNY", "USD", 2019).rate
    assert (found.steps[-1].currency, found.flags) == ("USD", ("product_taxes_unknown",))


def test_every_step_says_where_its_figure_is_from() -> None:
    sources = [step.source for step in money(index={}).steps]
    assert sources[1] == "VAT of 0.09 of the net price"
    assert sources[2] == "own purchase ledger"
    assert sources[3] == "pesticides, CN: index given by the buyer"
    assert sources[4].startswith("mean of 255 daily rates of 2019, European Central Bank")
    unsourced = money({"margin_source": None}, {}).steps[2].source
    assert "without a source" in unsourced


def test_the_rate_is_the_mean_of_the_years_daily_rates_to_ten_digits() -> None:
    average = average_rate("CNY", "USD", 2019)
    assert (str(average.rate), average.days) == ("0.1447552666", 255)
    assert average_rate("USD", "USD", 2019).rate == 1
    assert average_rate("EUR", "USD", 2019).rate == average_rate("EUR", "USD", 2019).rate
    assert len(average_rate("EUR", "CNY", 2020).rate.as_tuple().digits) <= 10


def test_a_callers_decimal_precision_does_not_change_a_rate() -> None:
    expected = average_rate("CNY", "JPY", 2018).rate
    average_rate.cache_clear()
    with decimal.localcontext(prec=4):
        assert average_rate("CNY", "JPY", 2018).rate == expected


def test_without_an_index_an_estimate_is_refused_or_flagged() -> None:
    with pytest.raises(NoDeflatorError, match="spend is of 2024, the factor of 2019") as refused:
        money()
    assert refused.value.country == "CN"
    assert "undeflated" in money(allow=True).flags
    with pytest.raises(NoDeflatorError, match="index of CN"):
        money(country=None)


def test_prices_of_the_factors_own_year_need_no_index() -> None:
    assert "undeflated" not in money({"year": 2019}).flags


def test_prices_are_deflated_where_the_supplier_is_never_elsewhere() -> None:
    with pytest.raises(ForeignDeflatorError, match="index is of US, the supplier is in CN"):
        money(index={"country": "US", "currency": "USD"})


def test_an_invoice_in_dollars_is_deflated_in_the_suppliers_own_currency() -> None:
    found = money({"currency": "USD"}, {})
    assert [step.step for step in found.steps][3:] == ["to_own_currency", "deflated", "converted"]
    assert [step.currency for step in found.steps][3:] == ["CNY", "CNY", "USD"]
    assert "daily rates of 2024" in found.steps[3].source


def test_an_invoice_in_the_factors_currency_and_year_is_not_converted() -> None:
    found = money({"currency": "USD", "year": 2019})
    assert [step.step for step in found.steps] == ["as_invoiced", "minus_vat", "minus_margins"]


def test_what_is_not_known_about_a_price_is_flagged() -> None:
    unknown = {"vat": "unknown", "vat_rate": None, "margin_share": None}
    assert money(unknown, {}).flags == ("vat_unknown", "margins_unknown")
    assert money({"price_type": "producer", "margin_share": None}, {}).flags == ("product_taxes_unknown",)
    assert money({"price_type": "basic", "margin_share": None}, {}).flags == ()


def test_a_purchaser_price_factor_takes_the_purchaser_price() -> None:
    spend = Spend.model_validate({**SPEND, "currency": "USD", "year": 2022})
    found = factor_money(spend, US, "US", None, allow_undeflated=False)
    assert (found.amount, found.flags) == (Decimal(10000), ())
    cheaper = Spend.model_validate(
        {**SPEND, "currency": "USD", "year": 2022, "price_type": "producer", "margin_share": None}
    )
    assert factor_money(cheaper, US, "US", None, allow_undeflated=False).flags == ("price_type_differs",)


@pytest.mark.parametrize(
    ("changes", "index", "error"),
    [
        ({"amount": "0"}, {}, ZeroSpendError),
        ({"amount": "-5"}, {}, AmountFormError),
        ({"amount": "1e5"}, {}, AmountFormError),
        ({"amount": "NaN"}, {}, AmountFormError),
        ({"price_type": "unknown"}, {}, UnknownPriceTypeError),
        ({"price_type": "retail"}, {}, UnknownPriceTypeError),
        ({"vat": "included", "vat_rate": None}, {}, VatRateMissingError),
        ({"vat": "excluded"}, {}, VatRateMissingError),
        ({"vat_rate": "1"}, {}, ShareRangeError),
        ({"vat_rate": "9 %"}, {}, AmountFormError),
        ({"margin_share": "1.5"}, {}, ShareRangeError),
        ({"price_type": "basic"}, {}, MarginsNotInPriceError),
        ({}, {"from_year": 2023}, DeflatorYearError),
        ({}, {"to_year": 2020}, DeflatorYearError),
        ({}, {"from_index": "0"}, DeflatorIndexError),
        ({}, {"to_index": "0"}, DeflatorIndexError),
        ({}, {"to_index": "-100"}, AmountFormError),
        ({"currency": "XXX"}, {"currency": "XXX"}, NoRateError),
        ({"currency": "VND"}, {}, NoRateError),
    ],
)
def test_a_spend_that_cannot_be_converted_honestly_is_refused(
    changes: dict[str, Any], index: dict[str, Any], error: type[LedgerError]
) -> None:
    with pytest.raises(error) as refused:
        money(changes, index)
    assert str(refused.value)


def test_a_year_without_rates_is_refused() -> None:
    with pytest.raises(NoRateError, match="no CNY in 1999"):
        average_rate("CNY", "USD", 1999)
    with pytest.raises(NoRateError, match="no USD in 1950"):
        average_rate("EUR", "USD", 1950)


@settings(deadline=None)
@given(st.decimals(min_value="0.01", max_value=10**9, places=2))
def test_twice_the_spend_is_twice_the_money(amount: Decimal) -> None:
    once, twice = (money({"amount": f"{n * amount:f}".rstrip("0").rstrip(".")}, {}).amount for n in (1, 2))
    assert abs(Fraction(twice) - 2 * Fraction(once)) < Fraction(1, 10**25)


@settings(deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_higher_index_then_lowers_the_money_now(low: int, high: int) -> None:
    low, high = sorted((low, high))
    assert money(index={"from_index": str(high)}).amount <= money(index={"from_index": str(low)}).amount
