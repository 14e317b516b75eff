"""Every way in which the factor library and the choice for a gap say no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import LedgerError


@dataclass(eq=False)
class FactorTableRowError(LedgerError):
    """A row of a shipped table is not a factor, or was changed after the table was built."""

    table: str
    factor_id: str
    reason: str
    sentence: ClassVar[str] = "{table}, row {factor_id}: {reason}. Build the tables again from their sources."


@dataclass(eq=False)
class FactorTableError(LedgerError):
    """A shipped table is missing, can't be read, or names a factor twice."""

    table: str
    reason: str
    sentence: ClassVar[str] = "{table}: {reason}. Build the tables again from their sources."


@dataclass(eq=False)
class UnknownFactorError(LedgerError):
    """No shipped factor has this id or digest."""

    field: str
    value: str
    sentence: ClassVar[str] = "{field}: there is no factor {value!r}. Search the library by name or region."


@dataclass(eq=False)
class UnknownDatasetError(LedgerError):
    """No shipped table belongs to this dataset."""

    dataset: str
    known: str
    sentence: ClassVar[str] = "dataset: there is no dataset {dataset!r}. There are: {known}."


@dataclass(eq=False)
class PageOfFactorsError(LedgerError):
    """A page of factors starts before the first, or is empty or too long."""

    field: str
    value: int
    low: int
    high: int
    sentence: ClassVar[str] = "{field}: {value} is not between {low} and {high}."


@dataclass(eq=False)
class EmptyGapQueryError(LedgerError):
    """A gap query gives neither a passport, nor an activity, nor a spend."""

    sentence: ClassVar[str] = "Give the supplier's passport, an activity with its quantity, or a spend."


@dataclass(eq=False)
class UnknownActivityError(LedgerError):
    """No physical factor is known for an activity at this stage."""

    activity: str
    stage: str
    sentence: ClassVar[str] = (
        "activity: there is no factor for {activity!r} at stage {stage}. "
        "Name a factor by its id, or give the spend."
    )


@dataclass(eq=False)
class UnknownRegionError(LedgerError):
    """A region is neither a country, nor a province, nor a region of a table."""

    region: str
    sentence: ClassVar[str] = (
        "region: {region!r} is no country (ISO 3166-1, such as CN), no province (CN-GD) and no region "
        "of a table."
    )


@dataclass(eq=False)
class UnknownSectorError(LedgerError):
    """No table of the region has this sector."""

    sector: str
    region: str
    tried: str
    sentence: ClassVar[str] = (
        "sector: {sector!r} has no spend factor for {region} (tried: {tried}). "
        "Write a code of the table, such as 111300 for fruit, or give the activity instead of the spend."
    )


@dataclass(eq=False)
class NoGridFactorError(LedgerError):
    """No grid emission factor is shipped for a region or year."""

    region: str
    year: int
    sentence: ClassVar[str] = (
        "region: no grid factor is shipped for {region} and {year}. "
        "Name your own supplier's factor, or give the spend."
    )


@dataclass(eq=False)
class ZeroSpendError(LedgerError):
    """A spend of 0 was given for a gap."""

    field: str
    sentence: ClassVar[str] = (
        "{field}: the spend is 0. Goods that cost nothing need an activity with a quantity."
    )


@dataclass(eq=False)
class UnknownPriceTypeError(LedgerError):
    """It is not known whether a price contains trade and transport margins."""

    price_type: str
    sentence: ClassVar[str] = (
        "spend/price_type: {price_type!r} is not known. "
        "Write purchaser (as invoiced), producer (ex works) or basic."
    )


@dataclass(eq=False)
class ShareRangeError(LedgerError):
    """A VAT rate or a margin share is beyond what it can be."""

    field: str
    value: str
    sentence: ClassVar[str] = "{field}: {value} is not a share from 0 up to, but not including, 1."


@dataclass(eq=False)
class MarginsNotInPriceError(LedgerError):
    """Margins were to be taken off a price that has none."""

    price_type: str
    sentence: ClassVar[str] = (
        "spend/margin_share: a {price_type} price contains no trade and transport margins. "
        "Leave the share out."
    )


@dataclass(eq=False)
class VatRateMissingError(LedgerError):
    """A price includes VAT, but the rate is not given (or the other way round)."""

    vat: str
    sentence: ClassVar[str] = (
        "spend/vat_rate: VAT is {vat}. Give the rate exactly where VAT is included, such as 0.09 for 9 %."
    )


@dataclass(eq=False)
class NoDeflatorError(LedgerError):
    """Prices of different years can't be compared without an index of the supplier's country."""

    country: str
    spend_year: int
    table_year: int
    sentence: ClassVar[str] = (
        "deflator: the spend is of {spend_year}, the factor of {table_year}, and no producer price "
        "index of {country} "
        "is given. Give one with its source, or allow an undeflated estimate with allow_undeflated."
    )


@dataclass(eq=False)
class ForeignDeflatorError(LedgerError):
    """A price index of one country was given for the prices of another."""

    country: str
    deflator_country: str
    sentence: ClassVar[str] = (
        "deflator/country: the index is of {deflator_country}, the supplier is in {country}. "
        "Prices are deflated where the supplier is."
    )


@dataclass(eq=False)
class DeflatorYearError(LedgerError):
    """A price index is for other years than the spend and the table."""

    field: str
    given: int
    wanted: int
    sentence: ClassVar[str] = "{field}: the index is given for {given}, but {wanted} is needed."


@dataclass(eq=False)
class DeflatorIndexError(LedgerError):
    """A price index is 0."""

    field: str
    sentence: ClassVar[str] = "{field}: an index of 0 can't deflate a price."


@dataclass(eq=False)
class MixedDeflatorError(LedgerError):
    """A query gives one deflator and an index over years."""

    sentence: ClassVar[str] = "deflator, price_index: both are given. Keep one of them."


@dataclass(eq=False)
class PriceIndexFileError(LedgerError):
    """A file of price indices can't be read."""

    file: str
    reason: str
    sentence: ClassVar[str] = (
        "{file}: {reason}. Write a CSV with the columns country,currency,sector,year,index,source; one "
        "country, currency, sector and source in all rows."
    )


@dataclass(eq=False)
class NoRateError(LedgerError):
    """A currency has no exchange rates in a year."""

    currency: str
    year: int
    sentence: ClassVar[str] = (
        "spend/currency: the European Central Bank's rates have no {currency} in {year}. "
        "Convert the spend yourself, and say how in the note of the line."
    )


@dataclass(eq=False)
class UnknownClimateError(LedgerError):
    """A climate is neither wet, nor dry, nor the aggregate of both."""

    climate: str
    sentence: ClassVar[str] = (
        "climate: {climate!r} is not known. "
        "Write wet (or irrigated), dry, or aggregated where it isn't known."
    )


@dataclass(eq=False)
class UnknownNitrogenError(LedgerError):
    """A kind of nitrogen is neither synthetic nor organic."""

    kind: str
    sentence: ClassVar[str] = "kind: {kind!r} is not known. Write synthetic or organic."


@dataclass(eq=False)
class UnknownGwpSetError(LedgerError):
    """A GWP set is not in the table."""

    gwp: str
    sentence: ClassVar[str] = "gwp: there is no GWP set {gwp!r}. Write AR4, AR5 or AR6."


@dataclass(eq=False)
class PassportAmountError(LedgerError):
    """A supplier's passport is per another kind of unit than the quantity bought."""

    unit: str
    per: str
    sentence: ClassVar[str] = (
        "candidate: the passport is per {per}, the quantity is in {unit}. Give the quantity in {per}."
    )
