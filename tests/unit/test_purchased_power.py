"""Bought electricity: by location or by market, on evidence, and as a supply that a supplier hands on."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.identifiers import lot_id
from ledger.purchased_power import (
    ElectricityMethodError,
    InstrumentFieldError,
    InstrumentPeriodError,
    InstrumentVolumeError,
    MissingInstrumentError,
    NeedlessInstrumentError,
)
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Line, Party, World, bought, kg, output, own
from tests.bundle_worlds import bundle_bytes
from tests.opening_books import keep_by
from tests.unit.balances import kept

CERTIFICATE = {
    "kind": "certificate",
    "volume_wh": "500000",
    "period": {"from": "2026-01-01", "to": "2026-12-31"},
    "registry": "I-REC",
    "cancellation": "2026-000123",
}


def power(method: str | None, instrument: dict[str, Any] | None = None, quantity: str = "500") -> Line:
    line = bought(1000)
    tags = {"scope": "2", "stage": "operation"}
    line["source"] = {
        **line["source"],
        "activity": "grid_electricity",
        "quantity": quantity,
        "unit": "kWh",
        "tags": tags if method is None else {**tags, "method": method},
    }
    return line if instrument is None else {**line, "instrument": instrument}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def farm(world: World) -> Party:
    return world.register("Farm", "farmer")


def refusal(world: World, farm: Party, line: Line, error: type[LedgerError]) -> Any:
    with pytest.raises(error) as caught:
        world.produce(farm, "lychee", kg(1), lines=(line,))
    return caught.value


def test_power_by_market_names_its_evidence(world: World, farm: Party) -> None:
    for instrument in (
        CERTIFICATE,
        {**CERTIFICATE, "kind": "contract"},
        {"kind": "residual_mix", "registry": "AIB"},
    ):
        lot = world.produce(farm, "lychee", kg(1), lines=(power("market", instrument),))
        assert kept(world, lot).total.gross_mg() == 1000
    error = refusal(world, farm, power("market"), MissingInstrumentError)
    assert error.field == "lines/0/instrument"


@pytest.mark.parametrize("method", ["location", None])
def test_only_power_by_market_has_an_instrument(world: World, farm: Party, method: str | None) -> None:
    error = refusal(world, farm, power(method, CERTIFICATE), NeedlessInstrumentError)
    assert error.method == (method or "none")


@pytest.mark.parametrize("field", ["volume_wh", "period", "registry", "cancellation"])
def test_a_certificate_says_how_much_when_and_where_it_was_cancelled(
    world: World, farm: Party, field: str
) -> None:
    instrument = {name: value for name, value in CERTIFICATE.items() if name != field}
    error = refusal(world, farm, power("market", instrument), InstrumentFieldError)
    assert (error.field, error.kind) == (f"lines/0/instrument/{field}", "certificate")


def test_an_instrument_covers_the_power_that_is_booked_on_it(world: World, farm: Party) -> None:
    error = refusal(world, farm, power("market", CERTIFICATE, "500.001"), InstrumentVolumeError)
    assert (error.booked, error.volume_wh) == ("500.001 kWh", "500000")
    litres = power("market", CERTIFICATE)
    litres["source"]["unit"] = "L"
    refusal(world, farm, litres, InstrumentVolumeError)
    period = {"from": "2025-01-01", "to": "2026-06-29"}
    error = refusal(world, farm, power("market", {**CERTIFICATE, "period": period}), InstrumentPeriodError)
    assert error.period == "2025-01-01 to 2026-06-29"


def test_one_method_is_booked_as_the_policy_says(world: World, farm: Party) -> None:
    keep_by(world, farm, electricity="location")
    error = refusal(world, farm, power("market", CERTIFICATE), ElectricityMethodError)
    assert (error.stated, error.policy) == ("market", "location")
    lot = world.produce(farm, "lychee", kg(1), lines=(power("location"), own(5)))
    assert kept(world, lot).total.gross_mg() == 1005


def test_a_correction_and_a_handling_are_held_to_the_same(world: World, farm: Party) -> None:
    made = world.production(farm, (output("lychee", kg(1)),), lines=(own(5),))
    with pytest.raises(MissingInstrumentError):
        world.correct(farm, made.digest, add=(power("market"),))
    with pytest.raises(MissingInstrumentError):
        world.handle(farm, (power("market"),), lot=lot_id(made.digest, 0))
    world.handle(farm, (power("market", CERTIFICATE),), lot=lot_id(made.digest, 0))
    assert kept(world, lot_id(made.digest, 0)).total.gross_mg() == 1005


@pytest.mark.parametrize(("unit", "quantity"), [("Wh", 5_000_000), ("s", 3600), ("TEU", 2)])
def test_power_and_services_are_supplies_with_a_passport(
    world: World, farm: Party, unit: str, quantity: int
) -> None:
    supplier = world.register("Supplier", "supplier")
    service = {"balance": {"quantity": str(quantity), "unit": unit}, "product": {"name": "service"}}
    sold = world.production(
        supplier, (service,), lines=(burnt(480), supplied(1, "upstream-1")), policy={"id": "sole/1"}
    )
    bill = world.dispatch(supplier, lot_id(sold.digest, 0), quantity, to=farm)
    received = world.receive(farm, bill)
    lot = world.produce(farm, "cooled lychee", kg(4), inputs=((received, quantity),))
    assert kept(world, lot).total == kept(world, lot_id(sold.digest, 0)).total
    assert verify(bundle_bytes(world, world.dispatch(farm, lot, kg(4), to=None))).ok
