"""From a row of a record book to lines of emissions: which factor, which scope, direct or a gap.

Direct is only what leaves the company's own tanks, soils, machines and leaks; everything bought is a gap
until its supplier issues a passport. Fuel burnt gives two lines: the burning is direct, its way from well to
tank a gap (PROTOCOL, Booking). Scopes and categories are those of the GHG Protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from ledger.errors import LedgerError
from ledger.factor import Factor, factor_digest, factor_flags, gas_masses_ug, unit_ratio
from ledger.factors.choose import GRID_ELECTRICITY, choose
from ledger.factors.errors import UnknownActivityError
from ledger.factors.gap import Activity, FactorChoice, GapQuery
from ledger.factors.library import FactorLibrary
from ledger.factors.soil import soil_n2o
from ledger.quantities import EXACT, MAX_AMOUNT, MG_PER_KG, decimal_text, whole
from ledger.records.activities import FERTILISERS, near_activities
from ledger.records.cells import MINOR_DIGITS, At, scaled
from ledger.records.errors import (
    NeededCellError,
    RecordActivityError,
    RecordChoiceError,
    RecordError,
    RecordUnitError,
    UnknownRecordActivityError,
    ZeroRecordError,
)
from ledger.records.memos import radiative_forcing_mg, stated_memo
from ledger.records.power import check_instrument, check_volume, instrument
from ledger.records.qualities import with_quality
from ledger.records.rows import ActivityRow, PurchaseRow
from ledger.wire import Gwp

Line = dict[str, Any]
GAP_REASON: Final = "no_passport"
ESTIMATED: Final = ("secondary", "spend")
_WAYS: Final = ("direct", "volatilised", "leached")
_FREIGHT: Final = re.compile(r"_freight(_|\Z)")
_SCOPES: Final = (
    (re.compile(r"_(burnt|applied|released)\Z"), "1", None),
    (_FREIGHT, "3", "4"),
    (re.compile(r"_(made|supplied)\Z"), "3", "1"),
    (re.compile(r"_(landfilled|composted|digested|recycled)\Z"), "3", "5"),
)
"""By the ending of an activity's code: GHG Protocol scope and category."""
_SERVICES: Final = {"transport": "4", "waste": "5", "other": "1"}
"""By the service in which a provider used power: GHG Protocol category of scope 3."""
_PACKAGING: Final = ("board_made", "polystyrene_made", "polyethylene_film_made", "wood_made")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the lines of one record share: its year, the GWP set that the log prefers, the factors."""

    year: int
    gwp: Gwp
    library: FactorLibrary


def activity_lines(row: ActivityRow, setting: Setting) -> list[Line]:
    """Return the lines of one activity.

    Raises:
        UnknownRecordActivityError: no activity with a factor is called so.
        RecordActivityError: there is no factor for its unit, place or year.
        NeededCellError: a cell is empty that this activity needs.
        NeedlessInstrumentCellError, InstrumentKwhError, RecordPeriodError: power by contract.
        RecordChoiceError: it names a service, but is no power that a provider used.
        ZeroRecordError: it comes to 0 mg.
    """
    check_instrument(row)
    if row.footprint_kg is not None:
        return with_quality([_with_memo(_imported(row, row.footprint_kg), row)], row)
    for column in ("channel", "gwp", "primary_share"):
        if getattr(row, column) is not None:
            raise NeededCellError(*row.at.under("footprint_kg").facts(""), f"a row with {column}")
    if row.service is not None and row.activity != GRID_ELECTRICITY:
        raise RecordChoiceError(*row.at.under("service").facts(row.service), f"nothing, with {row.activity}")
    try:
        found = _known_lines(row, setting)
    except RecordError:
        raise
    except UnknownActivityError as error:
        at = row.at.under("activity")
        raise UnknownRecordActivityError(*at.facts(row.activity), near_activities(row.activity)) from error
    except LedgerError as error:
        raise RecordActivityError(*row.at.under("activity").facts(row.activity), str(error)) from error
    if not found:
        raise ZeroRecordError(*row.at.under("quantity").facts(row.quantity))
    return with_quality([_with_memo(found[0], row), *found[1:]], row)


def _known_lines(row: ActivityRow, setting: Setting) -> list[Line]:
    if row.activity in FERTILISERS:
        return list(_fertiliser(row, setting))
    return [_grid(row, setting)] if row.activity == GRID_ELECTRICITY else list(_physical(row, setting))


def _with_memo(line: Line, row: ActivityRow | PurchaseRow) -> Line:
    """Add what a row states beside its emissions; what it states counts before what factors gave."""
    memo = {**line.get("memo", {}), **stated_memo(row)}
    return {**line, "memo": memo} if memo else line


def _imported(row: ActivityRow, kilograms: Decimal) -> Line:
    """Return the line of a footprint from another system: no gap, its own primary share."""
    by = "a footprint from another system"
    needed = ("channel", "gwp", "primary_share", "purchase")
    channel, gwp, share, _ = (_needed(getattr(row, column), row, column, by) for column in needed)
    mg = scaled(kilograms, MG_PER_KG, "mg", row.at.under("footprint_kg"))
    components = {f"{channel}.imported": str(mg)}
    amount = {"components": components, "gwp": gwp, "primary_share": decimal_text(share)}
    quantity, unit = row.quantity, row.unit
    if row.instrument is not None:
        quantity, unit = _power(row)
        check_volume(row, quantity, unit)
        tags = {**_tags(GRID_ELECTRICITY, "energy_provision", row), "method": "market"}
    else:
        category = "4" if _FREIGHT.search(row.activity) else "1"
        tags = {"scope": "3", "category": category, "stage": "operation"}
        if row.of_which:
            tags["of_which"] = row.of_which
    source = {"activity": row.activity, "quantity": decimal_text(quantity), "unit": unit}
    line: Line = {"amount": amount, "source": {**source, "tags": tags, "text": _text(row)[:200]}}
    # At a hub the stay keeps the evidence (`legs.py`).
    if row.instrument is not None and row.hub_use is None:
        line["instrument"] = instrument(row)
    return line


def _fertiliser(row: ActivityRow, setting: Setting) -> Iterator[Line]:
    """Yield the lines of a fertiliser: N2O direct, volatilised, leached; the CO2 of urea."""
    share = _needed(row.nitrogen_percent, row, "nitrogen_percent")
    kilograms = _kilograms(row)
    nitrogen = decimal_text(EXACT.multiply(kilograms, share).scaleb(-2))
    climate = _needed(row.climate, row, "climate")
    soil = soil_n2o(nitrogen, climate, setting.gwp, FERTILISERS[row.activity], setting.library)
    milligrams = (soil.direct_mg, soil.volatilised_mg, soil.leached_mg)
    for way, mg, factor in zip(_WAYS, milligrams, soil.factors, strict=True):
        if mg:
            code, text = f"soil_n2o_{way}", f"{_text(row)}: {decimal_text(share)} % N, soil N2O {way}"
            made = _Made(code, nitrogen, "kg.N", factor, mg, setting.gwp)
            yield made.line({"scope": "1", "stage": "operation"}, factor_flags(factor), text)
    if row.activity == "fertiliser_urea":
        applied = Activity(code="urea_applied", quantity=decimal_text(kilograms), unit="kg")
        query = _query(row, applied, setting)
        yield _line(choose(query, setting.library), "urea_applied", row, f"{_text(row)}: CO2 of urea")


def _grid(row: ActivityRow, setting: Setting) -> Line:
    """Return the line of grid power: scope 2 by location, a gap; its upstream is flagged, not guessed."""
    _needed(row.region, row, "region")
    quantity, unit = _power(row)
    used = Activity(code=GRID_ELECTRICITY, quantity=decimal_text(quantity), unit=unit)
    query = _query(row, used, setting, "energy_provision")
    return _line(choose(query, setting.library), GRID_ELECTRICITY, row, _text(row))


def _power(row: ActivityRow) -> tuple[Decimal, str]:
    """Return how much power was used; hours become kilowatt-hours."""
    if row.unit != "h":
        return row.quantity, row.unit
    return EXACT.multiply(row.quantity, _needed(row.power_kw, row, "power_kw")), "kWh"


def _physical(row: ActivityRow, setting: Setting) -> Iterator[Line]:
    """Yield the line of an activity, and of the way of its fuel from well to tank where there is one."""
    quantity = row.quantity
    if row.purity_percent is not None:
        quantity = EXACT.multiply(quantity, row.purity_percent).scaleb(-2)
    activity = Activity(code=row.activity, quantity=decimal_text(quantity), unit=row.unit)
    operation = choose(_query(row, activity, setting), setting.library)
    try:
        provision = choose(_query(row, activity, setting, "energy_provision"), setting.library)
    except UnknownActivityError:
        provision = None
    line = _line(operation, row.activity, row, _text(row), beside=provision)
    made = (operation.quantity, operation.unit, setting.library)
    forcing = radiative_forcing_mg(operation.factor, *made) if operation.factor else None
    yield line if forcing is None else {**line, "memo": {"radiative_forcing_mg": str(forcing)}}
    if provision is not None:
        yield _line(provision, row.activity, row, f"{_text(row)}: well to tank")


def _line(
    choice: FactorChoice, code: str, row: ActivityRow, text: str, beside: FactorChoice | None = None
) -> Line:
    """Return the line that a chosen factor makes; a gap where the factor is an average of others' doing."""
    made = _made(code, choice, row.at.under("quantity"))
    factor = made.factor
    estimated = factor.evidence in ESTIMATED
    flags = choice.flags if estimated else factor_flags(factor)
    key = None
    if estimated:
        key = _needed(row.purchase, row, "purchase")
        # One purchase can't be covered twice, so the second line of a pair has a key of its own.
        if choice.stage == "energy_provision" and code != GRID_ELECTRICITY:
            key += "/wtt"
    if beside is not None:
        flags = tuple(flag for flag in flags if flag != "upstream_not_covered")
    return made.line(_tags(code, factor.stage, row), flags, text, key)


def _tags(code: str, stage: str, row: ActivityRow) -> dict[str, str]:
    if code == GRID_ELECTRICITY:
        tags = {"scope": "2", "stage": stage, "method": "location"}
        # Power that somebody else used in a service for us is no power of ours.
        return tags if row.service is None else {**tags, "scope": "3", "category": _SERVICES[row.service]}
    known = next(((scope, category) for end, scope, category in _SCOPES if end.search(code)), None)
    if known is None:
        raise UnknownActivityError(code, stage)
    scope, category = known
    if stage == "energy_provision" and scope == "1":
        scope, category = "3", "3"
    tags = {"scope": scope, "stage": stage}
    if category:
        tags["category"] = category
    part = row.of_which or ("packaging" if code in _PACKAGING else None)
    return {**tags, **({"of_which": part} if part else {})}


@dataclass(frozen=True, slots=True)
class _Made:
    """A quantity, its factor and what they come to."""

    activity: str
    quantity: str
    unit: str
    factor: Factor
    mg: int
    gwp: str

    def line(self, tags: dict[str, Any], flags: tuple[str, ...], text: str, key: str | None = None) -> Line:
        digest = factor_digest(self.factor)
        component = f"{self.factor.channel}.{self.factor.evidence}"
        amount: Line = {"components": {component: str(self.mg)}, "gwp": self.gwp}
        if key is not None:
            amount["gap"] = {"key": key, "reason": GAP_REASON, "factor": digest}
        if flags:
            tags = {**tags, "flags": list(dict.fromkeys(flags))}
        gases = self._gases()
        if gases:
            tags = {**tags, "gases_ug": gases}
        source = {"activity": self.activity, "quantity": self.quantity, "unit": self.unit, "factor": digest}
        return {"amount": amount, "source": {**source, "tags": tags, "text": text[:200]}}

    def _gases(self) -> dict[str, str]:
        """Return whole micrograms by gas, where the factor's value is made of its gases.

        They follow from the factor, so they are left out where one is beyond what an amount may hold.
        """
        if self.factor.basis != "gases":
            return {}
        masses = gas_masses_ug(self.quantity, self.unit, self.factor)
        if any(mass > MAX_AMOUNT for mass in masses.values()):
            return {}
        return {gas: str(mass) for gas, mass in masses.items()}


def _made(code: str, choice: FactorChoice, at: At) -> _Made:
    """Return what a chosen factor comes to; records never offer a passport, so there is always a factor."""
    mg = whole(choice.amount_mg)
    if choice.factor is None or choice.gwp is None or not mg:
        raise ZeroRecordError(*at.facts(choice.quantity))
    return _Made(code, choice.quantity, choice.unit, choice.factor, mg, choice.gwp)


def purchase_line(row: PurchaseRow, setting: Setting) -> Line:
    """Return the line of a purchase known by its price only: a gap filled by a spend factor.

    Raises:
        RecordActivityError: no spend factor fits, or the price can't be converted.
        ZeroRecordError: it comes to 0 mg.
        FractionRecordError: the amount is finer than the currency's smallest unit.
    """
    year = int(row.invoiced[:4])
    minor_units = scaled(row.amount, 10 ** MINOR_DIGITS[row.currency], row.currency, row.at.under("amount"))
    vat = {"vat": "excluded"}
    if row.vat_percent:
        vat = {"vat": "included", "vat_rate": decimal_text(row.vat_percent.scaleb(-2))}
    money = {"amount": decimal_text(row.amount), "currency": row.currency, "price_type": row.price_type}
    query = {
        "item": row.goods,
        "region": row.country,
        "year": year,
        "gwp": setting.gwp,
        "sector": row.sector,
        "spend": {**money, "year": year, **vat},
        "allow_undeflated": True,
    }
    try:
        choice = choose(GapQuery.model_validate(query), setting.library)
    except LedgerError as error:
        raise RecordActivityError(*row.at.under("sector").facts(row.sector), str(error)) from error
    made = _made("purchase", choice, row.at.under("amount"))
    tags = {"scope": "3", "category": "1", "stage": "operation"}
    if row.of_which:
        tags["of_which"] = row.of_which
    line = made.line(tags, choice.flags, row.goods, row.purchase)
    line["price"] = {
        "minor_units": str(minor_units),
        "currency": row.currency,
        "year": str(year),
        "price_type": row.price_type,
        "vat_percent": decimal_text(row.vat_percent),
    }
    (whole_line,) = with_quality([_with_memo(line, row)], row)
    return whole_line


def _query(row: ActivityRow, activity: Activity, setting: Setting, stage: Any = "operation") -> GapQuery:
    """Ask for the factor of an activity: of the row's month where it has one, else of the record's year."""
    return GapQuery(
        item=_text(row),
        region=row.region or "ROW",
        year=int(row.month[:4]) if row.month else setting.year,
        stage=stage,
        gwp=setting.gwp,
        activity=activity,
    )


def _text(row: ActivityRow) -> str:
    said = row.text or row.activity.replace("_", " ")
    return f"{said}, {row.month}" if row.month else said


def _needed(value: Any, row: ActivityRow, column: str, by: str = "") -> Any:
    if value is None:
        raise NeededCellError(*row.at.under(column).facts(""), by or row.activity)
    return value


def _kilograms(row: ActivityRow) -> Decimal:
    ratio = unit_ratio(row.unit, "kg")
    if ratio is None:
        raise RecordUnitError(*row.at.under("unit").facts(row.unit), "kg, t, g, mg")
    exact = Fraction(row.quantity) * ratio
    return EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))
