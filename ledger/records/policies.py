"""Two policies that need more than an output's own row: what served one product alone, and bearing cycles.

`subdivision/1`: rows of activities, purchases, removals and inputs name in `serves` the batch that they
served alone; the rest is common and shared by the production's `common_by`. `bearing-cycle/1`: a file of
seasons, the output `in_process` is what is deferred, `abnormal_loss` what a crop failure loses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from ledger.allocation import bearing_cycle_1
from ledger.components import Components
from ledger.quantities import MG_PER_KG, decimal_text
from ledger.records import cells
from ledger.records.book_rows import SeasonRow
from ledger.records.cells import At, lot_quantity, scaled
from ledger.records.columns import Column
from ledger.records.errors import NeededCellError, RecordChoiceError, RecordError
from ledger.records.legs import Used
from ledger.records.lines import Line
from ledger.records.rows import InputRow, OutputRow, ProductionRow

SUBDIVISION: Final = "subdivision/1"
BEARING_CYCLE: Final = bearing_cycle_1.ID
SERVES: Final = Column("serves", "专属批号", "serves", cells.batch, needed=False)
"""The batch that a row served alone."""
_YEAR: Final = cells.matching(r"[12][0-9]{3}", "a year has four digits, such as 2025")
SEASON: Final = (
    Column("production", "生产单号", "record", cells.reference),
    Column("year", "年份", "year", _YEAR),
    Column("emissions_kg", "排放千克", "emissions_kg", cells.positive, needed=False),
    Column("mass_kg", "产量千克", "mass_kg", cells.positive, needed=False),
)


@dataclass(eq=False)
class ServedAloneError(RecordError):
    """A row says what it served alone, but the production shares everything."""

    policy: str
    sentence: ClassVar[str] = (
        "{file}, row {row}, {column}: {value!r} is said under subdivision/1 only; this record is by {policy}."
        " Empty the cell."
    )


@dataclass(eq=False)
class SeasonsError(RecordError):
    """The seasons of a crop are not those that its policy computes with."""

    problem: str
    sentence: ClassVar[str] = "{file}, row {row}, {column}: {value!r}: {problem}."


@dataclass(frozen=True, slots=True)
class Own:
    """A record's own rows in the order of its lines and inputs, and the batch that each served alone.

    `used` are its activities with the lines that they made.
    """

    lines: list[str | None] = field(default_factory=list)
    inputs: list[str | None] = field(default_factory=list)
    stated: list[tuple[str, At]] = field(default_factory=list)
    used: list[Used] = field(default_factory=list)

    def add(self, serves: str | None, at: At, *, lines: int = 0, inputs: int = 0) -> None:
        """Note the lines or inputs that a row made."""
        self.lines.extend([serves] * lines)
        self.inputs.extend([serves] * inputs)
        if serves is not None:
            self.stated.append((serves, at.under("serves")))

    def check_shared(self, policy: str) -> None:
        """Check that no row says what it served alone.

        Raises:
            ServedAloneError: one does.
        """
        for serves, at in self.stated:
            raise ServedAloneError(*at.facts(serves), policy)


def subdivided(
    row: ProductionRow, outputs: Sequence[OutputRow], own: Own, common: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the policy of a production in which some rows served one batch alone; `common` shares the rest.

    Raises:
        NeededCellError: no row says so.
        RecordChoiceError: a row names a batch that didn't come out of it.
    """
    numbers = {one.batch: number for number, one in enumerate(outputs)}
    for serves, at in own.stated:
        if serves not in numbers:
            raise RecordChoiceError(*at.facts(serves), ", ".join(numbers))
    if not own.stated:
        problem = "subdivision/1, in at least one row of an activity, purchase or input,"
        raise NeededCellError(*row.at.under("serves").facts(""), problem)
    alone = [
        {
            "output": str(numbers[batch]),
            "lines": _numbers(own.lines, batch),
            "inputs": _numbers(own.inputs, batch),
        }
        for batch in numbers
        if any(batch == serves for serves, _ in own.stated)
    ]
    shared = {"by": common["id"], "lines": _numbers(own.lines, None), "inputs": _numbers(own.inputs, None)}
    inputs = {**common.get("inputs", {}), "subdivision": {"alone": alone, "common": shared}}
    return {"id": SUBDIVISION, "inputs": inputs}


def _numbers(served: Sequence[str | None], batch: str | None) -> list[str]:
    return [str(number) for number, serves in enumerate(served) if serves == batch]


def bearing_cycle(
    row: ProductionRow,
    outputs: Sequence[OutputRow],
    taken: Sequence[InputRow],
    seasons: Sequence[SeasonRow],
    lines: Sequence[Line],
) -> dict[str, Any]:
    """Return the policy of a crop of alternate years.

    Raises:
        NeededCellError: a cell is empty that it computes with.
        SeasonsError: fewer than three seasons, one twice, or a later one than this.
        RecordChoiceError: no output, or several, for what is deferred; or one that carries nothing.
    """
    deferred, lost = _apart(row, outputs)
    forward = [str(number) for number, one in enumerate(taken) if one.brought_forward]
    if row.failed_below is None:
        raise NeededCellError(*row.at.under("failed_below").facts(""), BEARING_CYCLE)
    if forward and row.brought_forward_kg is None:
        raise NeededCellError(*row.at.under("brought_forward_kg").facts(""), "an input brought forward")
    kilograms = row.brought_forward_kg
    brought = (
        0 if kilograms is None else scaled(kilograms, MG_PER_KG, "mg", row.at.under("brought_forward_kg"))
    )
    cycle: dict[str, Any] = {
        "seasons": _seasons(row, outputs, taken, seasons, lines),
        "brought_forward": {"mg": str(brought), "inputs": forward},
        "deferred": str(deferred),
        "failed_below": decimal_text(row.failed_below),
        **({} if lost is None else {"lost": str(lost)}),
    }
    return {"id": BEARING_CYCLE, "inputs": {"bearing_cycle": cycle}}


def _apart(row: ProductionRow, outputs: Sequence[OutputRow]) -> tuple[int, int | None]:
    """Return the numbers of the outputs for what is deferred, and for what a crop failure loses."""
    for one in outputs:
        if one.role in {"waste", "scrap", "residue"}:
            known = "product, co_product, in_process (what is deferred), abnormal_loss"
            raise RecordChoiceError(*one.at.under("role").facts(one.role), known)
    found = {
        role: [number for number, one in enumerate(outputs) if one.role == role]
        for role in ("in_process", "abnormal_loss")
    }
    deferred, lost = found["in_process"], found["abnormal_loss"]
    if len(deferred) != 1 or len(lost) > 1:
        asked = "one output in_process (what is deferred) and at most one abnormal_loss"
        given = f"{len(deferred)} in_process, {len(lost)} abnormal_loss"
        raise RecordChoiceError(*row.at.under("policy").facts(given), asked)
    return deferred[0], lost[0] if lost else None


def _seasons(
    row: ProductionRow,
    outputs: Sequence[OutputRow],
    taken: Sequence[InputRow],
    seasons: Sequence[SeasonRow],
    lines: Sequence[Line],
) -> list[dict[str, str]]:
    this = row.end[:4]
    rows: dict[str, SeasonRow] = {}
    for one in seasons:
        if one.year in rows or one.year > this:
            problem = f"the production is of {this}" if one.year > this else "the season stands there twice"
            raise SeasonsError(*one.at.under("year").facts(one.year), problem)
        rows[one.year] = one
    found = [_past(one) for year, one in sorted(rows.items()) if year != this]
    found.append(_this(row, rows.get(this), outputs, taken, lines))
    if len(found) < bearing_cycle_1.MIN_SEASONS:
        problem = (
            f"{len(found)} seasons are known, {bearing_cycle_1.MIN_SEASONS} are needed; add earlier ones"
        )
        raise SeasonsError(*row.at.under("production").facts(row.production), problem)
    return found


def _past(one: SeasonRow) -> dict[str, str]:
    for column in ("emissions_kg", "mass_kg"):
        if getattr(one, column) is None:
            raise NeededCellError(*one.at.under(column).facts(""), "a season before this one")
    emitted = scaled(one.emissions_kg or _ZERO, MG_PER_KG, "mg", one.at.under("emissions_kg"))
    mass = scaled(one.mass_kg or _ZERO, MG_PER_KG, "mg", one.at.under("mass_kg"))
    return {"year": one.year, "emissions_mg": str(emitted), "mass_mg": str(mass)}


_ZERO: Final = cells.number("0", At("", 0))


def _this(
    row: ProductionRow,
    stated: SeasonRow | None,
    outputs: Sequence[OutputRow],
    taken: Sequence[InputRow],
    lines: Sequence[Line],
) -> dict[str, str]:
    """Return the season that the production is: its crop's mass, and what its lines come to."""
    if stated is not None and stated.emissions_kg is not None:
        emitted = scaled(stated.emissions_kg, MG_PER_KG, "mg", stated.at.under("emissions_kg"))
    elif any(not one.brought_forward for one in taken):
        at = row.at if stated is None else stated.at
        by = "a season that used goods with passports of their own"
        raise NeededCellError(*at.under("emissions_kg").facts(""), by)
    else:
        carried = (Components.parse(line["amount"]["components"]) for line in lines)
        emitted = sum(one.gross_mg() for one in carried)
    if stated is not None and stated.mass_kg is not None:
        mass = scaled(stated.mass_kg, MG_PER_KG, "mg", stated.at.under("mass_kg"))
    else:
        crop = [one for one in outputs if one.role not in {"in_process", "abnormal_loss"}]
        mass = sum(lot_quantity(one.quantity, one.unit, one.at.under("quantity"))[0] for one in crop)
    return {"year": row.end[:4], "emissions_mg": str(emitted), "mass_mg": str(mass)}
