"""The pages say what a figure rests on: opening balances, markups, verifiers' opinions, policies."""

from __future__ import annotations

import pytest

from api.routes.organizations import organization_json
from api.ui.language import LANGUAGES, Language, Writing
from api.ui.organization import Profile
from api.ui.pages import render_organization, render_passport
from ledger.closure import closure
from ledger.passport import Passport, passport
from ledger.provenance import provenance
from ledger.provenance_document import ProvenanceDocument, provenance_document
from tests.builders import Party, World, bought, kg
from tests.opening_books import close, keep_by, open_books, opened, opine, withdraw
from tests.unit.ui.reading import Checker, text_of
from tests.unit.ui.showcase import links, show


class Depot:
    """A depot that began its books with crates, marks its estimates up, and was verified."""

    def __init__(self) -> None:
        self.world = World()
        self.depot = self.world.register("Depot & <Co>", "supplier")
        self.verifier = self.world.register("Verifier", "verifier")
        self.statement = keep_by(self.world, self.depot, "0.1", electricity="market")
        crates = open_books(self.world, self.depot, opened("crates", kg(4), fossil__secondary=300_000_000))
        line = bought(100_000_000)
        line["amount"]["components"]["fossil.markup"] = "10000000"
        lot = self.world.produce(self.depot, "trays", kg(4), lines=(line,), inputs=((crates, kg(4)),))
        self.opening = crates.partition(".")[0]
        self.sent = self.world.dispatch(self.depot, lot, kg(4), to=None)

    def documents(self) -> tuple[Passport, ProvenanceDocument]:
        with self.world.store.read() as view:
            found = provenance([logged.statement for logged in closure(view, self.sent)], self.sent)
            shipment = view.shipment(self.sent)
        assert shipment is not None
        return passport(shipment, found), provenance_document(found, lambda _digest: None)

    def page(self, language: Language = "en") -> str:
        document, graph = self.documents()
        return render_passport(document, graph, language, links(show().sea))


@pytest.fixture
def story() -> Depot:
    return Depot()


def test_a_passport_shows_opening_balances_and_markups_apart_from_its_figure(story: Depot) -> None:
    document, graph = story.documents()
    assert (document.footprint.gross_mg, document.markup_mg) == ("400000000", "10000000")
    assert document.opening_share == "0.750000"
    assert document.estimated_share == "1.000000"
    (one,) = graph.openings
    assert (one.product, one.organization_name, one.tier, one.share) == (
        "crates",
        "Depot & <Co>",
        1,
        "0.750000",
    )
    assert (one.lot, one.document) == (f"{one.statement}.0", None)
    assert one.evidence == "Stock-taking of crates and last year's footprint study"
    assert {c.component: c.share for c in graph.components if "markup" in c.component} == {
        "fossil.markup": None
    }
    text = text_of(story.page())
    assert "75 % of the gross" in text
    assert "Stock-taking of crates" in text
    assert "It is in no figure on this page." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_opinions_are_shown_with_role_level_and_conclusion(story: Depot, language: Language) -> None:
    stranger = story.world.register("Stranger", "buyer")
    given = opine(
        story.world, story.verifier, story.depot, story.opening, level="reasonable", text="Crates counted."
    )
    opine(story.world, stranger, story.depot, story.opening, conclusion="adverse")
    withdraw(story.world, story.verifier, story.depot, given, "2026-06-20")
    page = story.page(language)
    Checker(page)
    text, write = text_of(page), Writing(language)
    for key in (
        *("opinion.title", "opinion.accredited", "opinion.not-accredited", "opinion.withdrawn"),
        *("conclusion.unmodified", "conclusion.adverse", "assurance.reasonable", "assurance.limited"),
    ):
        assert write(key) in text
    assert "Crates counted." in text
    first, second = story.documents()[0].opinions
    assert (first.role, first.verifier_name, first.about) == ("accredited", "Verifier", (story.opening,))
    assert (first.statements, first.first, first.last) == ("1", "2026-06-01", "2027-05-31")
    assert first.withdrawn_by is not None
    assert (second.role, second.withdrawn_by) == ("not-accredited", None)
    assert story.documents()[1].opinions == (first, second)


def test_an_organization_shows_by_which_policies_it_keeps_its_books(story: Depot) -> None:
    def shown(party: Party) -> str:
        with story.world.store.read() as view:
            found = view.organization(party.id)
        assert found is not None
        return text_of(render_organization(Profile(found, [], "2026-07-01"), "en"))

    assert "It has stated no accounting policies." in shown(story.verifier)
    close(story.world, story.depot, "2026-05-01", "2026-05-31")
    text = shown(story.depot)
    for said in ("By the date of dispatch.", "by contract (market-based)", "5 %", "10 %", "31 May 2026"):
        assert said in text
    with story.world.store.read() as view:
        found = view.organization(story.depot.id)
    assert found is not None
    plain = organization_json(found)
    assert plain["closed_until"] == "2026-05-31"
    assert plain["accounting_policies"] == [
        {
            "statement": story.statement.digest,
            "position": str(found.policies[0].position),
            "materiality": "0.05",
            "cut_off": "By the date of dispatch.",
            "electricity": "market",
            "markup": "0.1",
        }
    ]
