"""A line is its quantity times its factor, of the factor's kind, GWP set and gases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.factor import (
    MEMO,
    UNSPECIFIED_CO2E,
    Factor,
    MemoFactorError,
    MixedGwpSetsError,
    UnitMismatchError,
    UnknownGwpError,
    amount_mg,
    factor_digest,
    gas_masses_ug,
    value_under,
)
from ledger.factors.errors import UnknownFactorError
from ledger.factors.library import FactorLibrary
from ledger.forms import validated
from ledger.line_factors import (
    FactorChannelError,
    FactorGwpError,
    GasMassError,
    GwpTables,
    LineAmountError,
    LineCheck,
    PreferredGwpError,
    line_flags,
    line_restatable,
)
from ledger.lines import Line
from ledger.quantities import MAX_AMOUNT, AmountTooLargeError

DIGEST = "d" * 64
RECORD: dict[str, Any] = {
    "id": "test.diesel",
    "name": "Diesel burnt, for a test",
    "value": "2.5",
    "per": "L",
    "basis": "total",
    "gwp": "AR5",
    "source": "a test",
    "dataset": "test",
    "dataset_version": "1",
    "data_year": 2024,
    "region": "CN",
    "licence": "none",
    "channel": "fossil",
    "stage": "operation",
    "evidence": "calculated",
}
OLD = {"basis": "gases", "gwp": "AR4"}
TOTAL = Factor.model_validate(RECORD)
GASES = Factor.model_validate({**RECORD, "basis": "gases", "gases": {"co2_fossil": "2.5"}})
OLD_GASES = Factor.model_validate({**RECORD, **OLD, "gases": {"n2o": "1", "sf6": "0"}})
OLD_MIXED = Factor.model_validate({**RECORD, **OLD, "gases": {"n2o": "1", UNSPECIFIED_CO2E: "2"}})
OLD_UNKNOWN = Factor.model_validate({**RECORD, **OLD, "gases": {"made_up_gas": "1"}})
OLD_TOTAL = Factor.model_validate({**RECORD, "gwp": "AR4"})
TABLES: dict[str, dict[str, str]] = {"AR5": {"n2o": "265", "co2_fossil": "1"}}
LIBRARY = FactorLibrary.shipped()
REFUSALS = (
    FactorChannelError,
    FactorGwpError,
    PreferredGwpError,
    LineAmountError,
    UnitMismatchError,
    GasMassError,
)


def check(
    line: Line, factor: Factor, preferred: str = "AR5", tables: GwpTables | None = TABLES.__getitem__
) -> bool:
    """Check a line by a factor that it names."""
    return LineCheck(preferred, {factor_digest(factor): factor}.__getitem__, tables).check(
        DIGEST, "lines/0", line
    )


def made(
    factor: Factor | None,
    component: str = "fossil.calculated",
    mg: str = "10000000",
    gwp: str = "AR5",
    **source: Any,
) -> Line:
    """Return a line of 4 litres."""
    tags = {"scope": "1", "stage": "operation", **source.pop("tags", {})}
    wire = {"activity": "diesel_burnt", "quantity": "4", "unit": "L", "tags": tags, **source}
    if factor is not None:
        wire["factor"] = factor_digest(factor)
    return validated(Line, {"amount": {"components": {component: mg}, "gwp": gwp}, "source": wire})


def test_four_litres_at_two_and_a_half_kilograms_are_ten_kilograms() -> None:
    assert check(made(TOTAL), TOTAL)
    with pytest.raises(LineAmountError) as caught:
        check(made(TOTAL, mg="10000001"), TOTAL)
    assert (caught.value.line, caught.value.stated, caught.value.expected) == ("lines/0", 10000001, 10000000)


def test_burnt_diesel_cant_be_booked_as_a_removal_or_as_flight() -> None:
    for component in ("land_removal.calculated", "aircraft.calculated"):
        with pytest.raises(FactorChannelError) as caught:
            check(made(TOTAL, component), TOTAL)
        assert (caught.value.stated, caught.value.factor) == (component, "fossil.calculated")


def test_an_average_cant_be_booked_as_calculated_nor_a_calculation_as_an_average() -> None:
    average = Factor.model_validate({**RECORD, "evidence": "spend"})
    for factor, component in ((average, "fossil.calculated"), (TOTAL, "fossil.secondary")):
        with pytest.raises(FactorChannelError) as caught:
            check(made(factor, component), factor)
        assert caught.value.stated == component
    assert check(made(TOTAL, "fossil.measured"), TOTAL)


def test_a_second_component_beside_the_factors_own_hides_nothing() -> None:
    for components in (
        {"fossil.calculated": "1", "land_removal.calculated": "1"},
        {"fossil.calculated": "1", "fossil.measured": "1"},
    ):
        plain = made(TOTAL).model_dump(exclude_none=True)
        plain["amount"]["components"] = components
        with pytest.raises((FactorChannelError, LineAmountError)):
            check(validated(Line, plain), TOTAL)


def test_biogenic_co2_may_stand_beside_what_a_factor_gives() -> None:
    plain = made(TOTAL).model_dump(exclude_none=True)
    plain["amount"]["components"]["biogenic_co2_out.calculated"] = "7"
    assert check(validated(Line, plain), TOTAL)


def test_a_factor_with_radiative_forcing_is_never_booked() -> None:
    forcing = Factor.model_validate({**RECORD, "covers": [MEMO]})
    with pytest.raises(MemoFactorError, match=r"test\.diesel contains radiative forcing"):
        check(made(forcing), forcing)


def test_gases_of_an_older_set_are_restated_in_the_one_that_the_log_prefers() -> None:
    restated = made(OLD_GASES, mg="1060000000")
    assert check(restated, OLD_GASES)
    with pytest.raises(PreferredGwpError) as caught:
        check(made(OLD_GASES, gwp="AR4"), OLD_GASES)
    assert (caught.value.stated, caught.value.preferred) == ("AR4", "AR5")
    with pytest.raises(LineAmountError) as wrong:
        check(made(OLD_GASES, mg="9"), OLD_GASES)
    assert (wrong.value.stated, wrong.value.expected) == (9, 1_060_000_000)
    with pytest.raises(PreferredGwpError):
        check(made(GASES, gwp="AR6"), GASES)
    with pytest.raises(FactorGwpError):
        check(made(TOTAL, gwp="AR6"), TOTAL)


@pytest.mark.parametrize("factor", [OLD_MIXED, OLD_UNKNOWN, OLD_TOTAL])
def test_what_cant_be_restated_keeps_its_factors_set(factor: Factor) -> None:
    assert check(made(factor, gwp="AR4"), factor)
    for gwp in ("AR5", "AR6"):
        with pytest.raises(FactorGwpError) as caught:
            check(made(factor, gwp=gwp), factor)
        assert (caught.value.stated, caught.value.factor) == (gwp, "AR4")


def test_without_tables_it_cant_be_known_which_of_two_sets_is_right() -> None:
    assert not check(made(OLD_GASES, mg="9"), OLD_GASES, tables=None)
    assert not check(made(OLD_GASES, gwp="AR4"), OLD_GASES, tables=None)
    with pytest.raises(LineAmountError):
        check(made(OLD_GASES, mg="9", gwp="AR4"), OLD_GASES, tables=None)
    with pytest.raises(PreferredGwpError):
        check(made(OLD_GASES, gwp="AR6"), OLD_GASES, tables=None)
    for factor in (OLD_MIXED, OLD_TOTAL):
        assert check(made(factor, gwp="AR4"), factor, tables=None)
    assert check(made(GASES), GASES, tables=None)


def test_a_meter_that_states_its_gases_uses_the_preferred_set_where_it_can() -> None:
    def measured(gases: Mapping[str, str] | None, gwp: str = "AR6") -> Line:
        tags = {} if gases is None else {"gases_ug": gases}
        return made(None, "fossil.measured", gwp=gwp, tags=tags)

    with pytest.raises(PreferredGwpError) as caught:
        check(measured({"n2o": "7", UNSPECIFIED_CO2E: "0"}), TOTAL)
    assert (caught.value.stated, caught.value.preferred) == ("AR6", "AR5")
    assert check(measured({"n2o": "7"}, "AR5"), TOTAL)
    assert check(measured({"n2o": "7", UNSPECIFIED_CO2E: "1"}), TOTAL)
    assert check(measured({"made_up_gas": "7"}), TOTAL)
    assert check(measured(None), TOTAL)
    assert not check(measured({"n2o": "7"}), TOTAL, tables=None)


def test_stated_gas_masses_are_quantity_times_the_factors_gases() -> None:
    assert check(made(GASES, tags={"gases_ug": {"co2_fossil": "10000000000"}}), GASES)
    for gases in (
        {"co2_fossil": "10000000001"},
        {"n2o": "10000000000"},
        {},
        {"co2_fossil": "10000000000", "n2o": "0"},
    ):
        with pytest.raises(GasMassError) as caught:
            check(made(GASES, tags={"gases_ug": gases}), GASES)
        assert (caught.value.stated, caught.value.expected) == (gases, {"co2_fossil": "10000000000"})
    with pytest.raises(GasMassError):
        check(made(TOTAL, tags={"gases_ug": {"co2_fossil": "10000000000"}}), TOTAL)
    assert gas_masses_ug("0.000000001", "L", OLD_MIXED) == {"n2o": 1, UNSPECIFIED_CO2E: 2}
    assert gas_masses_ug("0.0000000002", "L", OLD_MIXED) == {}
    with pytest.raises(UnitMismatchError):
        gas_masses_ug("1", "kWh", GASES)


def test_a_factor_is_looked_up_once_and_an_unknown_one_is_named() -> None:
    asked: list[str] = []

    def find(digest: str) -> Factor:
        asked.append(digest)
        return TOTAL

    lines = LineCheck("AR5", find)
    for _ in range(3):
        lines.check(DIGEST, "lines/0", made(TOTAL))
    assert asked == [factor_digest(TOTAL)]
    with pytest.raises(UnknownFactorError):
        LineCheck("AR5", LIBRARY.by_digest).check(DIGEST, "lines/0", made(TOTAL))


# Flags and restating.


def test_a_signer_cant_hide_what_its_factor_leaves_out() -> None:
    grid = Factor.model_validate(
        {
            **RECORD,
            "stage": "energy_provision",
            "covers": ["co2_only", "clustered", "upstream_not_covered", "second_hand"],
        }
    )
    flagged = ("co2_only", "upstream_not_covered", "second_hand")
    assert line_flags(made(grid), grid, "AR5") == flagged
    said = made(grid, tags={"flags": ["year_differs", "co2_only"]})
    assert line_flags(said, grid, "AR5") == (
        "year_differs",
        "co2_only",
        "upstream_not_covered",
        "second_hand",
    )
    burnt = grid.model_copy(update={"stage": "operation"})
    assert line_flags(made(burnt), burnt, "AR5") == ("co2_only", "second_hand")
    assert line_flags(made(None), None, "AR6") == ("gwp_differs",)
    assert line_flags(made(None), None, "AR5") == ()


def test_a_factors_record_says_whether_its_lines_can_be_restated() -> None:
    assert line_restatable(made(GASES), GASES)
    assert not line_restatable(made(TOTAL, tags={"gases_ug": {"co2_fossil": "1"}}), TOTAL)
    assert not line_restatable(made(OLD_MIXED), OLD_MIXED)
    assert line_restatable(made(None, tags={"gases_ug": {"co2_fossil": "1"}}), None)
    assert not line_restatable(made(None, tags={"gases_ug": {UNSPECIFIED_CO2E: "1"}}), None)
    assert not line_restatable(made(None), None)


# Every factor that ships.


@lru_cache
def ids() -> tuple[str, ...]:
    """Return the ids of all factors that may be booked and give something."""
    found = (LIBRARY.get(one) for one in LIBRARY.ids())
    return tuple(one.id for one in found if MEMO not in one.covers and one.value != "0")


def shipped_line(factor: Factor, quantity: str, preferred: str) -> dict[str, Any]:
    """Return the plain line that a factor of the library makes of a quantity in its own unit."""
    try:
        used = value_under(factor, preferred, LIBRARY.gwp_table(preferred))
    except (MixedGwpSetsError, UnknownGwpError):
        used = value_under(factor, factor.gwp, {})
    mg = amount_mg(quantity, factor.per, factor, used.value)
    masses = gas_masses_ug(quantity, factor.per, factor)
    assume(mg > 0 and all(mass <= MAX_AMOUNT for mass in masses.values()))
    tags = {"scope": "3", "stage": factor.stage, "gases_ug": {gas: str(mass) for gas, mass in masses.items()}}
    return {
        "amount": {"components": {f"{factor.channel}.{factor.evidence}": str(mg)}, "gwp": used.gwp},
        "source": {
            "activity": "something",
            "quantity": quantity,
            "unit": factor.per,
            "factor": factor_digest(factor),
            "tags": tags,
        },
    }


def comes_to_the_same(factor: Factor, plain: dict[str, Any], preferred: str) -> bool:
    """Say whether a factor makes the very line that another one made: sectors may share their values."""
    source = plain["source"]
    if factor.per != source["unit"]:
        return False
    made = shipped_line(factor, source["quantity"], preferred)
    gases = made["source"]["tags"]["gases_ug"] == source["tags"]["gases_ug"]
    return bool(gases and made["amount"] == plain["amount"])


@given(
    place=st.integers(0, len(ids()) - 1),
    quantity=st.decimals(min_value="0.001", max_value=10**6, places=3),
    preferred=st.sampled_from(["AR4", "AR5", "AR6"]),
    more=st.integers(1, 10**6),
    other=st.integers(1, len(ids()) - 1),
)
def test_a_line_of_any_shipped_factor_holds_and_no_change_of_it_does(
    place: int, quantity: Any, preferred: str, more: int, other: int
) -> None:
    factor = LIBRARY.get(ids()[place])
    text = format(quantity.normalize(), "f")
    lines = LineCheck(preferred, LIBRARY.by_digest, LIBRARY.gwp_table)
    plain = shipped_line(factor, text, preferred)

    def checked(part: str, **changed: Any) -> bool:
        return lines.check(DIGEST, "lines/0", validated(Line, {**plain, part: {**plain[part], **changed}}))

    assert checked("amount")
    ((component, mg),) = plain["amount"]["components"].items()
    with pytest.raises(LineAmountError):
        checked("amount", components={component: str(int(mg) + more)})
    with pytest.raises((LineAmountError, AmountTooLargeError)):
        checked("source", quantity=str((int(quantity) + 1) * 10**4))
    for gwp in {"AR4", "AR5", "AR6"} - {plain["amount"]["gwp"]}:
        restated = plain["amount"]["gwp"] == preferred and factor.basis == "gases"
        with pytest.raises(PreferredGwpError if restated else FactorGwpError):
            checked("amount", gwp=gwp)
    gases = plain["source"]["tags"]["gases_ug"]
    for changed in ({**gases, "made_up_gas": "1"}, {gas: str(int(mass) + 1) for gas, mass in gases.items()}):
        if changed != gases:
            with pytest.raises(GasMassError):
                checked("source", tags={**plain["source"]["tags"], "gases_ug": changed})
    another = LIBRARY.get(ids()[(place + other) % len(ids())])
    if comes_to_the_same(another, plain, preferred):
        assert checked("source", factor=factor_digest(another))
    else:
        with pytest.raises(REFUSALS):
            checked("source", factor=factor_digest(another))
