"""The passport as it is shown."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.closure import closure
from ledger.components import Components
from ledger.factors.library import FactorLibrary
from ledger.identifiers import lot_id
from ledger.passport import AnchorShown, Checks, Passport, VerdictShown, passport
from ledger.provenance import Provenance, provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.shown import DECLARED_UNITS, per_unit, rate_text
from tests.builders import FACTOR, Line, World, a_season, bought, by_value, kg, own, take


def shown(world: World, identifier: str) -> tuple[Passport, Provenance]:
    with world.store.read() as view:
        shipment = view.shipment(identifier)
        statements = [logged.statement for logged in closure(view, identifier)]
        assert shipment is not None
        found = provenance(statements, identifier)
        return passport(shipment, found, organization=view.organization), found


@pytest.fixture
def world() -> World:
    return World()


def test_the_figure_is_the_dispatch_plus_the_handlings_taken_over(world: World) -> None:
    farm, carrier, port = (
        world.register("Farm", "farmer"),
        world.register("Carrier", "carrier"),
        world.register("Port", "port"),
    )
    buyer = world.register("Importer", "buyer")
    lot = world.produce(farm, "lychee", kg(1000), lines=(own(kg(500)), bought(kg(300))))
    sent = world.dispatch(farm, lot, kg(500), to=buyer, handlers=(carrier,))
    world.handle(carrier, (own(kg(20)),), shipment=sent, leg="lorry")
    world.handle(port, (own(kg(5)),), shipment=sent)
    document, _ = shown(world, sent)
    assert document.status == "open"
    assert document.at_dispatch.gross_mg == str(kg(400))
    assert document.added.gross_mg == str(kg(20))
    assert document.claimed.gross_mg == str(kg(5))
    assert document.footprint.gross_mg == str(kg(420))
    assert document.per_unit.model_dump() == {"unit": "kg", "gross": "0.840000", "net": "0.840000"}
    assert document.added_share == "0.047619"
    assert not document.added_is_flagged
    assert (document.primary_share, document.estimated_share) == ("0.642857", "0.357143")
    assert [stop.taken_over for stop in document.stops] == [True, False]
    assert document.stops[1].party.name == "Port"
    assert (document.stops[0].mode, document.stops[0].leg) == ("road", "lorry")
    assert document.stops[0].party.accredited_roles == ("carrier",)
    assert document.consignee is not None
    assert document.consignee.name == "Importer"
    assert document.consignee.accredited_roles == ()


def test_more_than_a_fifth_added_on_the_way_is_flagged(world: World) -> None:
    farm, carrier = world.register("Farm", "farmer"), world.register("Carrier", "carrier")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(1000),))
    sent = world.dispatch(farm, lot, kg(10), to=None, handlers=(carrier,))
    world.handle(carrier, (own(201),), shipment=sent)
    document, _ = shown(world, sent)
    assert document.added_is_flagged
    assert [(flag.name, flag.gross_mg) for flag in document.flags] == [("added_since_dispatch", "201")]
    assert document.flagged_share == "0.167361"
    assert document.status == "outside"
    assert document.consignee is None


def test_removals_are_netted_and_gross_stays_beside_net(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lines = (own(904_850_000), own(521_880_000, "land_removal.calculated"))
    lot = world.produce(farm, "avocado", kg(1000), lines=lines)
    document, found = shown(world, world.dispatch(farm, lot, kg(1000), to=None))
    assert document.per_unit.model_dump() == {"unit": "kg", "gross": "0.904850", "net": "0.382970"}
    assert document.footprint.removals_mg == "521880000"
    assert document.pact.excluding_uptake == "0.382970"
    components = {c.component: c.share for c in provenance_document(found, lambda _: None).components}
    assert components == {"fossil.calculated": "1.000000", "land_removal.calculated": None}


def test_goods_and_places_are_those_that_were_signed(world: World) -> None:
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "lychee", kg(10), lines=(own(8),), batch="L7")
    body: dict[str, Any] = {
        "take": take(lot, kg(1)),
        "consignee": "outside",
        "places": {"from": {"name": "Guangzhou", "locode": "CNCAN"}, "to": {"name": "Hamburg"}},
        "goods": {
            "product": "lychee",
            "quantity": str(kg(1)),
            "unit": "mg",
            "batch": "L7",
            "container": "MSKU1234565",
        },
    }
    document, _ = shown(world, world.state(farm, "dispatch/1", body).digest)
    assert (document.origin, document.destination) == ("Guangzhou (CNCAN)", "Hamburg")
    assert (document.goods.batch, document.goods.container) == ("L7", "MSKU1234565")
    assert document.goods.quantity == str(kg(1))
    assert document.dispatched.zone == "Asia/Shanghai"


def test_the_documents_hold_amounts_as_strings_and_read_again(world: World) -> None:
    for identifier in a_season(world):
        document, found = shown(world, identifier)
        graph = provenance_document(found, lambda _: None)
        assert Passport.model_validate_json(document.model_dump_json()) == document
        assert ProvenanceDocument.model_validate_json(graph.model_dump_json()) == graph
        assert _numbers(json.loads(graph.model_dump_json())) <= {"tier", "line"}
        assert _numbers(json.loads(document.model_dump_json())) <= {"tiers", "gaps"}
        assert sum(int(tier.reaches.gross_mg) for tier in graph.tiers) == int(graph.total.gross_mg)
        assert sum(int(one.reaches.gross_mg) for one in graph.organizations) == int(graph.total.gross_mg)
        assert document.gaps == len(graph.gaps)


def _numbers(plain: Any, name: str = "") -> set[str]:
    if isinstance(plain, dict):
        return {found for key, value in plain.items() for found in _numbers(value, key)}
    if isinstance(plain, list):
        return {found for value in plain for found in _numbers(value, name)}
    return {name} if isinstance(plain, int | float) and not isinstance(plain, bool) else set()


def test_a_gap_shows_its_factor_with_source_year_and_licence(world: World) -> None:
    library = FactorLibrary.shipped()
    factor = library.search("urea")[0]
    farm = world.register("Farm", "farmer")
    line: Line = bought(100)
    lot = world.produce(farm, "lychee", kg(10), lines=(line,))
    _, found = shown(world, world.dispatch(farm, lot, kg(10), to=None))
    (gap,) = provenance_document(found, lambda _: factor).gaps
    assert gap.factor is not None
    assert (gap.factor.id, gap.factor.data_year) == (factor.id, str(factor.data_year))
    assert gap.factor.licence == factor.licence
    assert gap.factor_digest == FACTOR
    (unknown,) = provenance_document(found, lambda _: None).gaps
    assert unknown.factor is None


def test_goods_by_the_piece_are_shown_per_piece(world: World) -> None:
    maker = world.register("Carton maker", "supplier")
    made = {
        "balance": {"quantity": "40", "unit": "piece", "weight": "1"},
        "product": {"name": "carton", "unit_mass_mg": "500000"},
    }
    production = world.production(maker, (made,), lines=(own(20_000_000),), policy=by_value(1))
    sent = world.dispatch(maker, lot_id(production.digest, 0), 10, to=None)
    document, _ = shown(world, sent)
    assert document.per_unit.model_dump() == {"unit": "piece", "gross": "0.500000", "net": "0.500000"}


@given(st.integers(-(10**17), 10**17), st.integers(1, 10**17), st.sampled_from(sorted(DECLARED_UNITS)))
def test_a_rate_is_right_to_half_a_millionth(mg: int, quantity: int, unit: str) -> None:
    exact = Fraction(mg, quantity) * DECLARED_UNITS[unit][1]
    assert abs(Fraction(rate_text(mg, quantity, unit)) - exact) <= Fraction(1, 2_000_000)


def test_a_litre_a_kilowatt_hour_and_an_hour_have_their_own_figures() -> None:
    carbon = Components.of("fossil.calculated", 5_000_000)
    assert per_unit(carbon, 10_000, "mL").gross == "0.500000"
    assert per_unit(carbon, 10_000, "Wh").gross == "0.500000"
    assert per_unit(carbon, 36_000, "s").gross == "0.500000"
    assert per_unit(carbon, 2, "TEU").gross == "2.500000"


ANCHOR = AnchorShown(
    chain_id="31337",
    contract="0x" + "1" * 40,
    transaction="0x" + "3" * 64,
    block="12",
    size="7",
    local=True,
)


def checked(*values: tuple[Any, str], anchor: AnchorShown | None = ANCHOR) -> Checks:
    verdicts = tuple(
        VerdictShown(step=step, name="form", value=value, reason=reason, detail="Why.")
        for step, (value, reason) in enumerate(values, start=1)
    )
    return Checks(verdicts=verdicts, as_of=7, origin="ledger.example/test", anchor=anchor)


def test_the_whole_is_good_only_where_all_that_can_be_known_is() -> None:
    assert Checks().value == "unknown"
    assert checked(("unknown", "x")).value == "unknown"
    assert checked(("good", "ok"), ("unknown", "chain-unreachable")).value == "open"
    assert checked(*[("good", "ok")] * 8, ("unknown", "no-state-entries")).value == "good"
    assert checked(("good", "ok"), *[("unknown", "x")] * 7, ("good", "ok")).value == "open"
    assert checked(("good", "ok"), ("bad", "wrong-key")).value == "bad"


def test_a_passport_is_pending_until_an_anchor_covers_all_of_it() -> None:
    assert not checked(("good", "ok"), ("good", "ok")).pending
    assert checked(("good", "ok"), ("unknown", "partly-anchored")).pending
    assert checked(("good", "ok"), anchor=None).pending
    assert Checks().pending
