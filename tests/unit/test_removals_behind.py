"""A passport's net stands beside the removals that make it, and says what happened to them since."""

from __future__ import annotations

import pytest

from ledger.closure import closure
from ledger.components import Components
from ledger.passport import Passport, passport
from ledger.provenance import Provenance, provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.removals_behind import flags_since, reserved_mg
from ledger.verification import verify
from scripts.vectors.handmade_log import burnt, supplied
from tests.builders import Line, Party, World, kg, output, own
from tests.bundle_worlds import bundle_bytes
from tests.removing import impair, reverse

MEASURED = "land_removal.measured"


def kept(mg: int, component: str = MEASURED) -> Line:
    """Return a removal that was measured, so that no factor is needed."""
    line = own(mg, component)
    del line["source"]["factor"]
    return line


LINES = (burnt(8), kept(kg(3)), kept(kg(1), "tech_removal.measured"))


class Chain:
    """A grower with removals sells 500 of 1,000 kg to a packhouse, which sells half of it outside."""

    def __init__(self) -> None:
        self.world = World()
        self.grower = self.world.register("Grower", "farmer")
        self.packhouse = self.world.register("Packhouse", "supplier")
        self.harvest = self.world.production(self.grower, (output("lychee", kg(1000)),), lines=LINES).digest
        first = self.world.dispatch(self.grower, f"{self.harvest}.0", kg(500), to=self.packhouse)
        bulk = self.world.receive(self.packhouse, first)
        packed = self.world.produce(
            self.packhouse, "packed", kg(400), lines=(supplied(2, "ice"),), inputs=((bulk, kg(500)),)
        )
        self.sent = self.world.dispatch(self.packhouse, packed, kg(200), to=None)

    def shown(self) -> tuple[Passport, ProvenanceDocument, Provenance]:
        with self.world.store.read() as view:
            shipment = view.shipment(self.sent)
            assert shipment is not None
            found = provenance([logged.statement for logged in closure(view, self.sent)], self.sent)
            return passport(shipment, found), provenance_document(found, lambda _: None), found


@pytest.fixture
def chain() -> Chain:
    return Chain()


def other_party(chain: Chain) -> Party:
    return chain.world.register("Neighbour", "farmer")


def test_the_net_stands_beside_the_permanence_of_its_removals(chain: Chain) -> None:
    document, graph, _ = chain.shown()
    assert int(document.footprint.net_mg) == int(document.footprint.gross_mg) - kg(1)
    assert graph.removals == document.removals
    first, second = document.removals
    assert (first.owner, first.owner_name) == (chain.grower.id, "Grower")
    assert (first.pool, first.monitoring) == ("above_ground_biomass", "field_inventory")
    assert (first.permanence_years, first.permanence_class, first.reserve) == ("30", None, "0.2")
    assert (first.stated_mg, first.reaches_mg, first.gone_back_mg) == (str(kg(3)), "750000", "0")
    assert (first.gone_back_share, first.reversals, first.impairments) == ("0.000000", (), ())
    assert (second.line, second.reaches_mg) == (2, "250000")
    assert sum(int(one.reaches_mg) for one in document.removals) == int(document.footprint.removals_mg)
    assert not document.removal_reversed


def test_a_passport_without_removals_lists_none() -> None:
    world = World()
    farm = world.register("Farm", "farmer")
    lot = world.produce(farm, "water", kg(1), lines=(own(1), own(2, "biogenic_co2_uptake.measured")))
    sent = world.dispatch(farm, lot, kg(1), to=None)
    with world.store.read() as view:
        shipment = view.shipment(sent)
        assert shipment is not None
        document = passport(shipment, provenance([one.statement for one in closure(view, sent)], sent))
    assert document.removals == ()
    assert document.flags == ()


def test_what_went_back_since_is_said_and_the_figure_of_the_dispatch_stays(chain: Chain) -> None:
    before, _, _ = chain.shown()
    back = reverse(chain.world, chain.grower, chain.harvest, 750_000, line=1)
    lowered = impair(chain.world, chain.grower, chain.harvest, line=1, permanence={"years": "5"}, reserve="0")
    after, _, found = chain.shown()
    assert after.footprint == before.footprint
    assert after.removal_reversed
    first = after.removals[0]
    assert (first.gone_back_mg, first.gone_back_share) == ("750000", "0.250000")
    assert (first.permanence_years, first.reserve) == ("5", "0")
    assert (first.reversals, first.impairments) == ((back.digest,), (lowered.digest,))
    assert after.removals[1] == before.removals[1]
    assert [(flag.name, flag.gross_mg) for flag in after.flags] == [
        ("removal_impaired", "0"),
        ("removal_reversed", "0"),
    ]
    assert {one.name for one in after.flags} == set(flags_since(found.standings[chain.harvest, 1]))


def test_a_removal_that_does_not_reach_a_passport_is_not_its_own(chain: Chain) -> None:
    neighbour = other_party(chain)
    elsewhere = chain.world.production(neighbour, (output("wood", kg(1)),), lines=(own(5, MEASURED),))
    reverse(chain.world, neighbour, elsewhere.digest, 5)
    document, _, _ = chain.shown()
    assert not document.removal_reversed
    assert {one.statement for one in document.removals} == {chain.harvest}


def test_the_bundle_brings_the_reversal_along_and_verifies(chain: Chain) -> None:
    back = reverse(chain.world, chain.grower, chain.harvest, 750_000, line=1)
    lowered = impair(chain.world, chain.grower, chain.harvest, line=2, reserve="0.1")
    raw = bundle_bytes(chain.world, chain.sent)
    with chain.world.store.read() as view:
        kinds = [logged.statement.kind for logged in closure(view, chain.sent)]
    assert kinds[-2:] == [back.kind, lowered.kind]
    report = verify(raw)
    assert [verdict.reason for verdict in report.verdicts if verdict.value == "bad"] == []
    assert report.figures is not None
    first, second = report.figures.as_json()["removals"]
    assert (first["permanence_years"], first["gone_back_mg"]) == ("30", "750000")
    assert (second["reserve"], second["owner"]) == ("0.1", chain.grower.id)


def test_a_reserve_is_rounded_half_to_even() -> None:
    assert reserved_mg(Components.of(MEASURED, 25), "0.1") == 2
    assert reserved_mg(Components.of(MEASURED, 35), "0.1") == 4
    assert flags_since(None) == ()
