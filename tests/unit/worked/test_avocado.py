"""Avocados from South Africa to Europe: gross 904.85, removals 521.88, net 382.97 kg CO2e a tonne.

Published figures, doi 10.1007/s00267-024-02009-w. Emissions and removals are booked as one line each, because
only their sums are used here; terms and years of the removal are made up.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from api.ui.language import LANGUAGES, Language, Writing
from api.ui.pages import Links, render_passport
from ledger.accounts import Account
from ledger.closure import closure
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from ledger.reports import conservation
from ledger.verification import verify
from tests.builders import Line, Party, World, kg, output, own
from tests.bundle_worlds import bundle_bytes
from tests.removing import KEPT, reverse
from tests.unit.ui.reading import text_of

GROSS, REMOVALS, NET = 904_850_000, 521_880_000, 382_970_000
ORCHARD = {
    **KEPT,
    "pool": "above_ground_biomass",
    "monitoring": "field_inventory",
    "permanence": {"years": "25"},
    "reserve": "0.15",
}
LINKS = Links("/p/x", "/bundle", "/data", "/provenance", "https://ledger.example/p/x")


@dataclass(frozen=True, slots=True)
class Trade:
    """A tonne of avocados: grown, exported, and handed on to a shop without an account."""

    world: World
    grower: Party
    orchard: str
    shipment: str

    def documents(self) -> tuple[Passport, ProvenanceDocument]:
        """Return the passport's two documents."""
        with self.world.store.read() as view:
            shipment = view.shipment(self.shipment)
            assert shipment is not None
            found = provenance([one.statement for one in closure(view, self.shipment)], self.shipment)
        return passport(shipment, found), provenance_document(found, lambda _: None)


def measured(mg: int, component: str) -> Line:
    line = own(mg, component)
    del line["source"]["factor"]
    return {**line, "removal": dict(ORCHARD)} if "removal" in line else line


@pytest.fixture
def trade() -> Trade:
    world = World()
    grower, exporter = world.register("Grower", "farmer"), world.register("Exporter", "supplier")
    lines = (measured(GROSS, "fossil.measured"), measured(REMOVALS, "land_removal.measured"))
    harvest = world.production(grower, (output("avocado", kg(1000)),), lines=lines)
    exported = world.receive(exporter, world.dispatch(grower, f"{harvest.digest}.0", kg(1000), to=exporter))
    return Trade(world, grower, harvest.digest, world.dispatch(exporter, exported, kg(1000), to=None))


def test_gross_removals_and_net_of_a_tonne_are_those_published(trade: Trade) -> None:
    document, graph = trade.documents()
    figure = document.footprint
    assert (figure.gross_mg, figure.removals_mg, figure.net_mg) == (str(GROSS), str(REMOVALS), str(NET))
    assert graph.total == figure
    assert document.per_unit.model_dump() == {"unit": "kg", "gross": "0.904850", "net": "0.382970"}
    (removal,) = graph.removals
    assert (removal.reaches_mg, removal.permanence_years, removal.reserve) == (str(REMOVALS), "25", "0.15")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_gross_removals_and_net_with_the_permanence(trade: Trade, language: Language) -> None:
    write = Writing(language)
    text = text_of(render_passport(*trade.documents(), language, LINKS))
    for figure in ("904.85", "− 521.88", "382.97"):
        assert f"{figure} {write('unit.kg')}" in text
    assert write("permanence.years", years="25") in text
    assert write.percent("0.15") in text


def test_the_bundle_verifies_with_the_same_figures(trade: Trade) -> None:
    report = verify(bundle_bytes(trade.world, trade.shipment))
    assert report.ok
    assert report.figures is not None
    assert (report.figures.gross_mg, report.figures.net_mg) == (GROSS, NET)
    assert (report.figures.gross_kg_per_unit, report.figures.net_kg_per_unit) == ("0.904850", "0.382970")


def test_when_a_part_of_the_orchard_burns_the_figure_stays_and_the_page_says_so(trade: Trade) -> None:
    before, _ = trade.documents()
    reverse(trade.world, trade.grower, trade.orchard, REMOVALS // 4, line=1)
    after, graph = trade.documents()
    assert after.footprint == before.footprint
    text = text_of(render_passport(after, graph, "en", LINKS))
    assert "Removal reversed since: 25 % of it has gone back into the air." in text
    with trade.world.store.read() as view:
        lost = view.balance(Account("abnormal_loss", trade.grower.id))
        books = conservation(view.balances())
    assert list(lost.values()) == [REMOVALS // 4]
    assert books.holds
    assert verify(bundle_bytes(trade.world, trade.shipment)).ok
