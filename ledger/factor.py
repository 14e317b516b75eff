"""Emission factors: how much greenhouse gas a litre, a kilowatt-hour or a dollar stands for.

A factor is a record with everything that decides its meaning: value and unit, gases, GWP set, source
and its version, data year, region, price type, uncertainty, licence. A statement pins it by the digest
of the record (PROTOCOL, Values). Nothing here reads a file; the shipped records are in
`ledger.factors.library`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from ledger.canonical import JSON, digest
from ledger.components import CHANNELS, EVIDENCES
from ledger.errors import LedgerError
from ledger.quantities import DECIMAL, EXACT, AmountFormError, decimal, decimal_text, in_range

GwpSet = Literal["AR4", "AR5", "AR6"]
PriceType = Literal["purchaser", "producer", "basic"]
GWP_SETS: Final = ("AR4", "AR5", "AR6")
UG_PER_KG: Final = 10**9
UNSPECIFIED_CO2E: Final = "unspecified_co2e"
"""A gas row that its source gives in kg CO2e already; it can't be restated in another GWP set."""

COVERS: Final = {
    "co2_only": "Only CO2 is counted, no methane and no nitrous oxide.",
    "upstream_not_covered": "What happened before use (extraction, refining, building) is not covered.",
    "no_land_use_change": "Land use change is not covered, which is not the same as 0.",
    "second_hand": "The figure was read in a list that quotes its source, not in the source itself.",
    "gases_do_not_add_up": "The published gas rows do not add up exactly to the published total.",
    "hfc_pfc_gwp_not_stated": "HFCs and PFCs come as CO2e; their source does not state the GWP set.",
    "no_radiative_forcing": "Aviation's effects beyond its CO2, CH4 and N2O are not covered.",
    "transport_to_site_included": "Transport to the place of treatment or sale is included.",
    "clustered": "Several sectors share this very value, because the source has fewer sectors.",
    "gas_origin_not_stated": "Methane is not divided into fossil and other.",
    "margins_included": "Trade and transport margins of the purchase are included.",
    "margins_not_included": "Trade and transport margins of the purchase are not included.",
    "boundary_not_stated": "The source does not say whether upstream emissions are covered.",
    "gwp_not_stated": "The source does not state its GWP set.",
    "zero_in_source": "The source has a value of 0: it knows nothing of this sector and region.",
    "radiative_forcing_included": "With aviation's radiative forcing: a memo beside a line, never booked.",
    "average_of_inputs": "An average over kinds of fertiliser; a kind of its own may differ much.",
    "soil_carbon_not_covered": "Changes of the soil's carbon are not covered.",
}
"""What a factor covers or leaves out, as fixed codes with a sentence each."""
MEMO: Final = "radiative_forcing_included"
"""A factor that covers this stands beside a line and is never booked."""
FLAGGED: Final = ("co2_only", "upstream_not_covered", "second_hand")
"""Those that a passport flags on every line made with the factor, whatever its signer says."""

_UNIT_WORTH: Final[dict[str, dict[str, int | Fraction]]] = {
    "energy": {"Wh": 1, "kWh": 1000, "MWh": 10**6, "GWh": 10**9, "MJ": Fraction(2500, 9)},
    "mass": {"mg": 1, "g": 10**3, "kg": 10**6, "t": 10**9},
    "mass of nitrogen": {"g.N": 1, "kg.N": 10**3, "t.N": 10**6},
    "volume": {"mL": 1, "L": 10**3, "m3": 10**6},
    "transport work": {"kg·km": 1, "kg.km": 1, "t.km": 10**3},
    "container transport": {"TEU.km": 1},
    "containers": {"TEU": 1},
    "distance": {"m": 1, "km": 10**3},
    "area": {"m2": 1, "ha": 10**4},
    "time": {"s": 1, "min": 60, "h": 3600, "d": 86400},
    "pieces": {"piece": 1},
}
"""By dimension, how many base units each unit is worth; all exact."""
_UNITS: Final = {
    unit: (dimension, Fraction(worth))
    for dimension, units in _UNIT_WORTH.items()
    for unit, worth in units.items()
}
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*\Z")
_GAS: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*\Z")


@dataclass(eq=False)
class UnknownUnitError(LedgerError):
    """A unit is neither in the table of units nor a currency."""

    field: str
    unit: str
    sentence: ClassVar[str] = "{field}: {unit!r} is no unit here. Write kWh, kg, L, t.km, m3, piece or USD."


@dataclass(eq=False)
class UnitMismatchError(LedgerError):
    """A quantity and a factor measure different things."""

    factor_id: str
    unit: str
    per: str
    sentence: ClassVar[str] = (
        "quantity: the unit {unit} can't be converted to {per}, which the factor {factor_id} is per. "
        "Give the quantity in {per}, or choose another factor."
    )


@dataclass(eq=False)
class MixedGwpSetsError(LedgerError):
    """A factor holds a part in CO2e of one GWP set, so it can't be restated whole in another."""

    factor_id: str
    gas: str
    own: str
    asked: str
    sentence: ClassVar[str] = (
        "factor {factor_id}: {gas} comes as CO2e under {own} and would be added to gases under {asked}. "
        "Use the factor with its own set {own}."
    )


@dataclass(eq=False)
class UnknownGwpError(LedgerError):
    """A GWP table has no value for a gas."""

    factor_id: str
    gas: str
    gwp: str
    sentence: ClassVar[str] = (
        "factor {factor_id}: there is no {gwp} value for {gas}. Use the factor with its own GWP set."
    )


@dataclass(eq=False)
class MemoFactorError(LedgerError):
    """A factor that only stands beside a line was named to make one."""

    factor_id: str
    sentence: ClassVar[str] = (
        "factor {factor_id} contains radiative forcing, which is shown beside a line and never booked. "
        "Use the factor without radiative forcing."
    )


def _decimal_form(text: str) -> str:
    if not DECIMAL.match(text):
        message = "write a decimal amount in its one form, such as 0.4419"
        raise ValueError(message)
    return text


def _slug_form(text: str) -> str:
    if not _SLUG.match(text):
        message = "write lower-case words joined by . or -"
        raise ValueError(message)
    return text


def _one_of(allowed: tuple[str, ...]) -> AfterValidator:
    def check(text: str) -> str:
        if text not in allowed:
            message = f"write one of {', '.join(allowed)}"
            raise ValueError(message)
        return text

    return AfterValidator(check)


DecimalText = Annotated[str, AfterValidator(_decimal_form)]
Slug = Annotated[str, Field(max_length=120), AfterValidator(_slug_form)]
Line = Annotated[str, Field(min_length=1, max_length=400)]
Year = Annotated[int, Field(ge=1900, le=2100)]


class Uncertainty(BaseModel):
    """How far off a factor may be, and who says so.

    `range`: `low` and `high` in the factor's own unit (a 95 % interval unless the source says otherwise);
    `geometric_sd`: the geometric standard deviation of a lognormal spread, at least 1.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kind: Literal["range", "geometric_sd"]
    low: DecimalText | None = None
    high: DecimalText | None = None
    geometric_sd: DecimalText | None = None
    source: Line

    @model_validator(mode="after")
    def _whole(self) -> Self:
        is_range = self.kind == "range"
        if (self.low is not None) != is_range or (self.high is not None) != is_range:
            message = "low and high belong to a range, both or neither"
            raise ValueError(message)
        if (self.geometric_sd is None) != is_range:
            message = "geometric_sd belongs to the kind geometric_sd"
            raise ValueError(message)
        if is_range and Decimal(self.low or 0) > Decimal(self.high or 0):
            message = "low is above high"
            raise ValueError(message)
        if not is_range and Decimal(self.geometric_sd or 0) < 1:
            message = "a geometric standard deviation is at least 1"
            raise ValueError(message)
        return self


class Factor(BaseModel):
    """An emission factor with everything that decides what it means.

    `value` is kg CO2e per `per`; `gases` are kg of each gas per `per` (`unspecified_co2e`: kg CO2e).
    `basis: gases` means that the value is the sum of the gases under `gwp`; `total` means that the source
    published the value as CO2e. Currency, its year and its price type stand together on spend factors.
    `covers` lists codes of `COVERS`; `cluster_size` is how many sectors of the table share the value.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Slug
    name: Line
    name_zh: Line | None = None
    value: DecimalText
    per: str
    gases: dict[str, DecimalText] | None = None
    basis: Literal["gases", "total"]
    gwp: GwpSet
    source: Line
    dataset: Slug
    dataset_version: Line
    data_year: Year
    region: Line
    sector: Line | None = None
    currency: str | None = None
    currency_year: Year | None = None
    price_type: PriceType | None = None
    uncertainty: Uncertainty | None = None
    licence: Line
    channel: Annotated[str, _one_of(CHANNELS)]
    stage: Literal["operation", "energy_provision"]
    evidence: Annotated[str, _one_of(EVIDENCES)]
    covers: Annotated[tuple[Annotated[str, _one_of(tuple(COVERS))], ...], Strict(False)] = ()
    cluster_size: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        money = (self.currency, self.currency_year, self.price_type)
        if any(part is None for part in money) != all(part is None for part in money):
            message = "currency, currency_year and price_type stand together or not at all"
            raise ValueError(message)
        if self.currency is not None and self.currency != self.per:
            message = "a spend factor is per unit of its own currency"
            raise ValueError(message)
        if unit_dimension(self.per, "per").startswith("money") and self.currency is None:
            message = "a factor per money says its currency, currency_year and price_type"
            raise ValueError(message)
        if (self.basis == "gases") and not self.gases:
            message = "a factor with basis gases lists its gases"
            raise ValueError(message)
        for gas in self.gases or ():
            if not _GAS.match(gas):
                message = f"{gas!r} is no code of a gas; write words such as ch4_fossil"
                raise ValueError(message)
        return self

    def record(self) -> dict[str, JSON]:
        """Return the record without unset fields: what is digested, bundled and shown."""
        return self.model_dump(mode="json", exclude_none=True)


@dataclass(frozen=True, slots=True)
class RestatedValue:
    """A factor's value as it is used: kg CO2e per unit, the GWP set it is in, whether that was asked for."""

    value: Decimal
    gwp: str
    as_asked: bool


def factor_digest(factor: Factor) -> str:
    """Return the 64 hex digits that pin a factor in a statement.

    SHA-256 of the RFC 8785 form of the record without unset fields (PROTOCOL, Values).
    """
    return digest(factor.record())


def unit_dimension(unit: str, field: str = "unit") -> str:
    """Return what a unit measures: energy, mass, volume, transport work, money CNY ...

    Raises:
        UnknownUnitError: it is neither in the table nor a currency of three capitals.
    """
    if unit in _UNITS:
        return _UNITS[unit][0]
    if _CURRENCY.match(unit):
        return f"money {unit}"
    raise UnknownUnitError(field, unit[:40])


def unit_ratio(unit: str, per: str) -> Fraction | None:
    """Return how many `per` one `unit` is, exactly, or None where they measure different things.

    Raises:
        UnknownUnitError: one of them is no unit.
    """
    if unit_dimension(unit) != unit_dimension(per, "per"):
        return None
    return Fraction(1) if unit == per else _UNITS[unit][1] / _UNITS[per][1]


def amount_mg(quantity: Decimal | str, unit: str, factor: Factor, value: Decimal | None = None) -> int:
    """Return what a quantity emits, in whole milligrams CO2e: quantity x factor, rounded once, half to even.

    `value` replaces the factor's own (a value restated by `value_under`), in kg CO2e per `factor.per`.

    Raises:
        AmountFormError: the quantity is not a decimal amount in its one form, is negative, NaN or infinite.
        UnknownUnitError: the unit is unknown.
        UnitMismatchError: the unit measures something else than the factor's.
        AmountTooLargeError: the result is more than 10^17 mg.
    """
    amount = _exact(quantity, "quantity")
    ratio = unit_ratio(unit, factor.per)
    if ratio is None:
        raise UnitMismatchError(factor.id, unit, factor.per)
    per_unit = Fraction(factor.value if value is None else value)
    return in_range(round(Fraction(amount) * ratio * per_unit * 10**6), "amount")


def gas_masses_ug(quantity: Decimal | str, unit: str, factor: Factor) -> dict[str, int]:
    """Return how much of each gas a quantity emits, in whole micrograms: quantity x factor, no zeros.

    Each gas is rounded once, half to even; `unspecified_co2e` are micrograms CO2e of the factor's GWP set.
    Empty where the factor's source doesn't publish gases.

    Raises:
        AmountFormError: the quantity is not a decimal amount in its one form, is negative, NaN or infinite.
        UnknownUnitError: the unit is unknown.
        UnitMismatchError: the unit measures something else than the factor's.
    """
    ratio = unit_ratio(unit, factor.per)
    if ratio is None:
        raise UnitMismatchError(factor.id, unit, factor.per)
    times = Fraction(_exact(quantity, "quantity")) * ratio * UG_PER_KG
    masses = {gas: round(times * Fraction(kg)) for gas, kg in (factor.gases or {}).items()}
    return {gas: mass for gas, mass in masses.items() if mass}


def factor_flags(factor: Factor) -> tuple[str, ...]:
    """Return what a passport flags on every line made with a factor.

    What a litre burnt leaves out upstream is a line of its own, so it isn't lacking in the one of operation.
    """
    own = FLAGGED if factor.stage == "energy_provision" else ("co2_only", "second_hand")
    return tuple(code for code in factor.covers if code in own)


def value_under(factor: Factor, gwp: str, gwp_table: Mapping[str, str]) -> RestatedValue:
    """Return a factor's value under the GWP set that the log prefers.

    A factor made of gases is computed again; one that was published as CO2e keeps its own set, and
    `as_asked` says so. `gwp_table` holds, for the set asked, kg CO2e per kg by gas code.

    Raises:
        MixedGwpSetsError: a part of the factor is CO2e of its own set and can't be restated.
        UnknownGwpError: the table has no value for a gas (AR6 needs methane divided by origin).
    """
    if gwp == factor.gwp:
        return RestatedValue(Decimal(factor.value), gwp, as_asked=True)
    if factor.basis == "total" or factor.gases is None:
        return RestatedValue(Decimal(factor.value), factor.gwp, as_asked=False)
    total = Decimal(0)
    for gas, kg in factor.gases.items():
        if gas == UNSPECIFIED_CO2E and Decimal(kg):
            raise MixedGwpSetsError(factor.id, gas, factor.gwp, gwp)
        if Decimal(kg):
            if gas not in gwp_table:
                raise UnknownGwpError(factor.id, gas, gwp)
            total = EXACT.add(total, EXACT.multiply(Decimal(kg), Decimal(gwp_table[gas])))
    return RestatedValue(Decimal(decimal_text(total)), gwp, as_asked=True)


def _exact(quantity: Decimal | str, field: str) -> Decimal:
    if isinstance(quantity, str):
        return decimal(quantity, field)
    if not quantity.is_finite() or quantity < 0:
        raise AmountFormError(field, str(quantity)[:40], "a decimal number")
    return quantity
