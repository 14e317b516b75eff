"""A line is its quantity times the factor that it names: of its kind, in its GWP set, with its gases.

The ledger asks before it takes a statement in, the verifier asks again from a bundle alone (PROTOCOL,
Values: a factor is pinned; GWP). Each factor is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final, TypeAlias

from ledger.components import MARKUP
from ledger.errors import LedgerError
from ledger.factor import (
    MEMO,
    UNSPECIFIED_CO2E,
    Factor,
    MemoFactorError,
    MixedGwpSetsError,
    UnknownGwpError,
    amount_mg,
    factor_flags,
    gas_masses_ug,
    value_under,
)
from ledger.lines import Line
from ledger.logistics.forms import COOLING
from ledger.stand_ins import HiddenLine

GwpTables: TypeAlias = Callable[[str], Mapping[str, str]]
"""Gives kg CO2e per kg by gas under a GWP set, to compute lines that were restated in another one."""

SHOWN_BESIDE: Final = "biogenic_co2_out"
"""A line may show it beside what its factor gives: it is in neither gross nor net."""


@dataclass(eq=False)
class LineAmountError(LedgerError):
    """A line's amount is not its quantity times its factor."""

    statement: str
    line: str
    stated: int
    expected: int
    sentence: ClassVar[str] = (
        "{line} of statement {statement} states {stated} mg, but quantity x factor is {expected} mg."
    )


@dataclass(eq=False)
class FactorGwpError(LedgerError):
    """A line and its factor speak of different GWP sets."""

    statement: str
    line: str
    stated: str
    factor: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} says GWP set {stated}, its factor is of {factor}."
    )


@dataclass(eq=False)
class PreferredGwpError(LedgerError):
    """A line is made from gas masses, but not in the GWP set that the log prefers."""

    statement: str
    line: str
    stated: str
    preferred: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} says GWP set {stated}, but its gases are known and the log prefers "
        "{preferred}. Compute it in {preferred}."
    )


@dataclass(eq=False)
class FactorChannelError(LedgerError):
    """A line is booked as another kind of emission than its factor is of, or as better known."""

    statement: str
    line: str
    stated: str
    factor: str
    sentence: ClassVar[str] = (
        "{line} of statement {statement} is booked as {stated}, its factor is of {factor}."
    )


@dataclass(eq=False)
class GasMassError(LedgerError):
    """A line's gas masses are not its quantity times its factor's gases."""

    statement: str
    line: str
    stated: dict[str, str]
    expected: dict[str, str]
    sentence: ClassVar[str] = (
        "{line} of statement {statement} states gases_ug {stated}, but quantity x factor is {expected}. "
        "State these, or leave gases_ug out."
    )


@dataclass(frozen=True, slots=True)
class _Use:
    """How lines of one log use a factor: the GWP sets that they may say, each with its kg CO2e per unit.

    A value is None where it can't be computed without tables; without them it isn't `certain` either which
    of two sets is the right one.
    """

    factor: Factor
    values: Mapping[str, Decimal | None]
    certain: bool


class LineCheck:
    """Checks the lines of one log against the factors that they name.

    Args:
        preferred: the GWP set that the log prefers.
        factors: gives a factor by its digest, or raises.
        gwp_tables: gives the values of a GWP set; without it some lines can't be checked whole.
    """

    def __init__(
        self, preferred: str, factors: Callable[[str], Factor], gwp_tables: GwpTables | None = None
    ) -> None:
        self._preferred = preferred
        self._factors = factors
        self._tables = gwp_tables
        self._uses: dict[str, _Use] = {}

    def check(self, statement: str, where: str, line: Line) -> bool:
        """Check a line; say whether all of it could be, which takes tables where GWP sets differ.

        1. the factor is one that may be booked; 2. the line is booked as the factor's kind of emission, as
        well known as the factor or measured; 3. its GWP set is the log's where the gases are known, else
        its factor's; 4. its amount is quantity x factor; 5. so are its gas masses, where it states any. Of
        a line without a factor only step 3 is checked, by the gas masses that it states; of one whose
        source is hidden nothing.

        Raises:
            MemoFactorError: the factor stands beside lines only.
            FactorChannelError: the line is booked as another kind, as several, or as better known.
            PreferredGwpError, FactorGwpError: its GWP set.
            LineAmountError: its amount.
            GasMassError: its gas masses.
            UnknownUnitError, UnitMismatchError, AmountTooLargeError: its quantity.
            LedgerError: the factor is not known.
        """
        if isinstance(line, HiddenLine):
            return True
        if line.source.factor is None:
            return self._check_gases(statement, where, line)
        use = self._uses.get(line.source.factor)
        if use is None:
            use = self._uses[line.source.factor] = self._used(self._factors(line.source.factor))
        if MEMO in use.factor.covers:
            raise MemoFactorError(use.factor.id)
        stated = _stated_mg(statement, where, line, use.factor)
        gwp = line.amount.gwp
        if gwp not in use.values:
            if use.factor.basis == "gases" and self._preferred in use.values:
                raise PreferredGwpError(statement, where, gwp, self._preferred)
            raise FactorGwpError(statement, where, gwp, use.factor.gwp)
        value = use.values[gwp]
        if value is not None:
            expected = amount_mg(line.source.quantity, line.source.unit, use.factor, value)
            if stated != expected:
                raise LineAmountError(statement, where, stated, expected)
        _check_masses(statement, where, line, use.factor)
        return use.certain

    def _used(self, factor: Factor) -> _Use:
        """Work out in which GWP set a factor's lines are, and at which value."""
        own = Decimal(factor.value)
        if factor.basis == "gases" and factor.gwp != self._preferred:
            masses = {gas for gas, kg in (factor.gases or {}).items() if Decimal(kg)}
            if self._tables is None and UNSPECIFIED_CO2E not in masses:
                return _Use(factor, {self._preferred: None, factor.gwp: own}, certain=False)
            table = {} if self._tables is None else self._tables(self._preferred)
            try:
                value = value_under(factor, self._preferred, table).value
            except (MixedGwpSetsError, UnknownGwpError):
                return _Use(factor, {factor.gwp: own}, certain=True)
            return _Use(factor, {self._preferred: value}, certain=True)
        return _Use(factor, {factor.gwp: own}, certain=True)

    def _check_gases(self, statement: str, where: str, line: Line) -> bool:
        """Check the GWP set of a line that names no factor, by the gas masses that it states."""
        gases = line.source.tags.gases_ug
        if not gases or line.amount.gwp == self._preferred:
            return True
        masses = {gas for gas, mass in gases.items() if mass != "0"}
        if UNSPECIFIED_CO2E in masses:
            return True
        if self._tables is None:
            return False
        if masses <= self._tables(self._preferred).keys():
            raise PreferredGwpError(statement, where, line.amount.gwp, self._preferred)
        return True


def _stated_mg(statement: str, where: str, line: Line, factor: Factor) -> int:
    """Return what a line states as its factor's kind of emission; it may state nothing else."""
    stated = 0
    for component, mg in line.amount.components.items():
        channel, _, evidence = component.partition(".")
        if evidence == MARKUP:
            continue  # a policy of the issuer's, which the books check
        known = evidence == factor.evidence or (evidence, factor.evidence) == ("measured", "calculated")
        if not known or channel not in (factor.channel, SHOWN_BESIDE):
            raise FactorChannelError(statement, where, component, f"{factor.channel}.{factor.evidence}")
        if channel == factor.channel:
            stated += int(mg)
    return stated


def _check_masses(statement: str, where: str, line: Line, factor: Factor) -> None:
    """Check the gas masses that a line states, if any, against its factor's gases."""
    stated = line.source.tags.gases_ug
    if stated is None:
        return
    masses = gas_masses_ug(line.source.quantity, line.source.unit, factor)
    expected = {gas: str(mass) for gas, mass in masses.items()}
    if stated != expected:
        raise GasMassError(statement, where, stated, expected)


def line_flags(
    line: Line, factor: Factor | None, preferred: str, besides: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Return what a passport flags on a line: what its signer says, and what its factor and GWP set tell.

    A signer adds flags of the purchase (prices, regions); those of the factor can't be left out. `factor` is
    None where the line names none or its record isn't at hand; `preferred` is the log's GWP set; `besides`
    are those that follow from where it stands, such as a leg.
    """
    stated = (flag for flag in line.source.tags.flags if flag != COOLING)
    flags = (*stated, *besides, *(() if factor is None else factor_flags(factor)))
    if line.amount.gwp != preferred:
        flags = (*flags, "gwp_differs")
    return tuple(dict.fromkeys(flags))


def line_restatable(line: Line, factor: Factor | None) -> bool:
    """Say whether a line can be restated in another GWP set: its gases are known, none of them as CO2e.

    A factor's record counts before what the signer says; it is None where it isn't at hand.
    """
    if factor is not None:
        masses = {gas for gas, kg in (factor.gases or {}).items() if Decimal(kg)}
        return factor.basis == "gases" and UNSPECIFIED_CO2E not in masses
    gases = line.source.tags.gases_ug or {}
    return bool(gases) and UNSPECIFIED_CO2E not in gases
