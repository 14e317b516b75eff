"""Sums worked out by hand, to the milligram, through the books: orchard, packhouse, a container to Prague."""

from __future__ import annotations

from decimal import Decimal

from ledger.components import Components
from ledger.factor import Factor, amount_mg
from ledger.factors.library import FactorLibrary
from ledger.factors.soil import soil_n2o
from ledger.identifiers import lot_id
from tests.builders import World, bought, kg, output, own

CONTAINER_SHIP = "desnz-2025.freight.cargo-ship.container-ship.8000-plus-teu.t-km.ttw"

SEASON = (
    own(kg(1200)),
    bought(kg(800), "fertiliser", "fossil.spend"),
    bought(kg(200), "power", "fossil.secondary"),
)
"""Own emissions, fertiliser and electricity: three components, each shared for itself."""


def _gross(world: World, lot: str) -> int:
    with world.store.read() as view:
        found = view.lot(lot)
        assert found is not None
        return found.balance().gross_mg()


def _orchard(world: World) -> list[str]:
    """Return the lots of 3,000, 1,000 and 500 kg, and the 500 kg that were rejected."""
    farm = world.register("Orchard", "farmer")
    outputs = [output("lychee", kg(3000)), output("lychee", kg(1000)), output("lychee", kg(500))]
    rejected = output("lychee, rejected", kg(500), weight=0)
    statement = world.production(farm, [*outputs, rejected], lines=SEASON)
    return [lot_id(statement.digest, number) for number in range(4)]


def test_the_orchard_s_2200_kg_are_shared_over_4500_kg_and_none_falls_on_what_was_rejected() -> None:
    world = World()
    lots = _orchard(world)
    shares = [_gross(world, lot) for lot in lots]
    assert shares == [1_466_666_666, 488_888_890, 244_444_444, 0]
    assert sum(shares) == kg(2200)
    assert Decimal(kg(2200)) / kg(4500) == Decimal(22) / 45


def test_the_packhouse_hands_on_1866_666666_kg_over_2850_kg() -> None:
    world = World()
    farm = world.register("Orchard", "farmer")
    packhouse = world.register("Packhouse", "supplier")
    outputs = [output("lychee", kg(3000)), output("lychee", kg(1000)), output("lychee", kg(500))]
    season = world.production(farm, outputs, lines=SEASON)
    received = world.receive(
        packhouse, world.dispatch(farm, lot_id(season.digest, 0), kg(3000), to=packhouse)
    )
    packed = world.produce(
        packhouse, "packed", kg(2850), lines=(own(kg(100)), bought(kg(300))), inputs=((received, kg(3000)),)
    )
    assert _gross(world, packed) == 1_866_666_666
    assert round(Decimal(1_866_666_666) / kg(2850), 6) == Decimal("0.654971")


def test_a_container_from_shanghai_to_prague_comes_to_1913_kg() -> None:
    ship = FactorLibrary.shipped().get(CONTAINER_SHIP)
    co2_only = Factor.model_validate(
        {**ship.record(), "value": (ship.gases or {})["co2_fossil"], "gases": None, "basis": "total"}
    )
    sea = amount_mg(Decimal(19_879 * 7), "t.km", co2_only)
    assert sea == 1_739_412_500
    world = World()
    sender, buyer = world.register("Shanghai", "supplier"), world.register("Prague", "buyer")
    carrier, port = world.register("Carrier", "carrier"), world.register("Hamburg", "port")
    lot = world.produce(sender, "goods", kg(7000))
    shipment = world.dispatch(sender, lot, kg(7000), to=buyer, handlers=(carrier, port))
    legs = [
        (carrier, sea, "sea"),
        (port, kg(10), "hamburg"),
        (carrier, kg(157), "rail"),
        (carrier, kg(7), "road"),
    ]
    for party, milligrams, leg in legs:
        world.handle(party, [bought(milligrams)], shipment=shipment, leg=leg)
    received = world.receive(buyer, shipment)
    total = _gross(world, received)
    assert total == 1_739_412_500 + kg(174)
    assert round(Decimal(total) / kg(1)) == 1913
    shares = [round(Decimal(milligrams) / total * 100, 1) for _party, milligrams, _leg in legs]
    assert shares == [Decimal("90.9"), Decimal("0.5"), Decimal("8.2"), Decimal("0.4")]


def test_100_kg_of_synthetic_nitrogen_in_a_wet_climate_come_to_840_3_kg() -> None:
    soil = soil_n2o("100", "wet")
    in_kg = [
        round(Decimal(mg).scaleb(-6), 1) for mg in (soil.direct_mg, soil.volatilised_mg, soil.leached_mg)
    ]
    assert in_kg == [Decimal("666.3"), Decimal("64.1"), Decimal("109.9")]
    assert sum(in_kg) == Decimal("840.3")


def test_sharing_is_per_component_so_no_kind_of_emission_moves_into_another() -> None:
    pool = Components.total_of(
        (Components.of("fossil.calculated", kg(1200)), Components.of("fossil.secondary", kg(1000)))
    )
    shares = pool.shared([3000, 1000, 500])
    assert Components.total_of(shares) == pool
