"""Who handles goods in stock: the holder names them, what others claim is shown and not taken over."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest

from ledger import canonical
from ledger.adjusting import added_by
from ledger.books import Moment
from ledger.bundle_books import BundleBooks
from ledger.closure import closure
from ledger.components import NOTHING, Components
from ledger.identifiers import lot_id
from ledger.identity import UnknownOrganizationError
from ledger.interfaces import LogTerms
from ledger.lots import Lot, StaleLotError, TooManyClaimsError, ZeroQuantityError
from ledger.provenance import provenance
from ledger.rules import DuplicateHandlerError, TooEarlyError
from ledger.segments import Change
from ledger.shipping import RefusedGoodsHandlersError
from ledger.signed import Statement
from ledger.statements import HandlingBody
from ledger.verification import verify
from scripts.vectors.bundle_cases.stories import short
from scripts.vectors.handmade_log import HandmadeLog, burnt
from tests.builders import Line, Party, World, bought, kg, output, own, take
from tests.bundle_worlds import bundle_bytes, failure
from tests.unit.refusals import as_stated, plain, refused
from tests.unit.trade import Trade, fossil

NOBODY = "org_" + "b" * 32
MAY = {"from": "2026-05-01", "to": "2026-05-31", "zone": "Asia/Shanghai"}


@pytest.fixture
def trade() -> Trade:
    return Trade()


def stored(trade: Trade, *handlers: Party, outputs: int = 1, line: Line | None = None) -> list[str]:
    """Make lots of 100 mg in all whose handlers the packhouse names; return their ids."""
    made = trade.world.production(
        trade.packhouse, [output("packed", kg(1000)) for _ in range(outputs)], lines=(line or own(100),)
    )
    named = {"handlers": [handler.id for handler in handlers], "ref": secrets.token_hex(16)}
    made = as_stated(trade.world, trade.packhouse, "production/1", plain(made) | named)
    trade.world.post(made)
    return [lot_id(made.digest, number) for number in range(outputs)]


def claimed_now(trade: Trade, handling: Statement) -> Components:
    """What a handling that nobody took over says to have added, by now."""
    assert isinstance(handling.body, HandlingBody)
    with trade.world.store.read() as view:
        return added_by(handling, handling.body, view)


def received(shipment: str, *handlers: Party, outcome: str = "accepted") -> dict[str, Any]:
    return {
        "takes_over": {"shipment": shipment},
        "outcome": outcome,
        "handlers": [handler.id for handler in handlers],
    }


def test_what_a_named_handler_does_goes_into_the_lot_and_starts_a_new_segment(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    trade.world.dispatch(trade.packhouse, lot, kg(500), to=None)
    cooled = trade.world.handle(trade.port, (own(7), bought(4)), lot=lot)
    after = trade.kept(lot)
    assert after.balance() == fossil(57) + fossil(4, "secondary")
    assert (after.quantity, after.taken, after.basis, after.claimed) == (kg(500), 0, (cooled.digest,), ())
    assert trade.balance("handling_unassigned", trade.port) == NOTHING
    assert trade.balance("environment", trade.port) == fossil(7)


def test_a_named_handler_hands_on_what_it_took_over_itself(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    ice = trade.world.produce(trade.port, "ice", kg(10), lines=(own(1000),))
    trade.world.handle(trade.port, (own(1),), lot=lot, inputs=((ice, kg(3)),))
    assert trade.kept(lot).balance() == fossil(401)
    assert trade.kept(ice).balance() == fossil(700)


def test_the_handlers_of_a_production_are_those_of_every_lot_of_it(trade: Trade) -> None:
    for lot in stored(trade, trade.port, trade.carrier, outputs=2):
        assert trade.kept(lot).handlers == (trade.port.id, trade.carrier.id)
        trade.world.handle(trade.carrier, (own(3),), lot=lot)
        assert trade.kept(lot).balance() == fossil(53)


def test_whom_the_holder_does_not_name_only_claims(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    before = trade.kept(lot)
    first = trade.world.handle(trade.carrier, (own(9),), lot=lot)
    second = trade.world.handle(trade.importer, (own(2), bought(3)), lot=lot)
    after = trade.kept(lot)
    assert after == replace(before, claimed=(first.digest, second.digest))
    assert trade.balance("handling_unassigned", trade.carrier) == fossil(9)
    assert claimed_now(trade, second) == fossil(2) + fossil(3, "secondary")
    drafted = {"take": take(lot, kg(1)), "consignee": "outside"}
    trade.world.state(trade.packhouse, "dispatch/1", drafted)


def test_a_claim_makes_no_draft_of_the_holder_stale(trade: Trade) -> None:
    (lot,) = stored(trade)
    drafted = trade.world.sign(trade.packhouse, "dispatch/1", {"take": take(lot, 5), "consignee": "outside"})
    trade.world.handle(trade.carrier, (own(9),), lot=lot)
    trade.world.post(drafted)
    assert trade.kept(lot).left == kg(1000) - 5


def test_what_a_claim_takes_from_ones_own_lot_counts_in_it(trade: Trade) -> None:
    ice = trade.world.produce(trade.port, "ice", kg(10), lines=(own(1000),))
    claim = trade.world.handle(trade.port, (own(1),), lot=trade.lot, inputs=((ice, kg(3)),))
    assert claimed_now(trade, claim) == fossil(301)
    assert trade.balance("handling_unassigned", trade.port) == fossil(301)


def test_a_receiver_names_who_handles_what_it_received(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    made = trade.world.state(trade.importer, "receipt/1", received(shipment, trade.port))
    lot = lot_id(made.digest, 0)
    assert trade.kept(lot).handlers == (trade.port.id,)
    trade.world.handle(trade.port, (own(5),), lot=lot)
    trade.world.handle(trade.carrier, (own(6),), lot=lot)  # of the dispatch's list, which ended with it
    assert trade.kept(lot).balance() == fossil(55)
    assert len(trade.kept(lot).claimed) == 1


def test_goods_that_come_back_keep_the_handlers_that_their_sender_named(trade: Trade) -> None:
    shipment = trade.send(trade.carrier)
    lot = trade.world.receive(trade.importer, shipment, accepted=False)
    assert trade.kept(lot).handlers == (trade.carrier.id,)
    trade.world.handle(trade.carrier, (own(6),), lot=lot)
    trade.world.handle(trade.importer, (own(8),), lot=lot)
    assert (trade.kept(lot).holder, trade.kept(lot).balance()) == (trade.packhouse.id, fossil(56))


def test_who_refuses_goods_names_no_handlers_for_them(trade: Trade) -> None:
    shipment = trade.send()
    body = received(shipment, trade.port, outcome="refused")
    whole = plain(trade.world.sign(trade.importer, "receipt/1", received(shipment, outcome="refused")))
    statement = as_stated(trade.world, trade.importer, "receipt/1", whole | {"handlers": body["handlers"]})
    error = refused(trade.world, statement, RefusedGoodsHandlersError)
    assert error.shipment == shipment


def statement_with(trade: Trade, kind: str, handlers: list[str]) -> Statement:
    match kind:
        case "production/1":
            body = plain(trade.world.logged(stored(trade)[0][:64]).statement)
            party = trade.packhouse
        case "dispatch/1":
            wish = {"take": take(trade.lot, kg(1)), "consignee": "outside"}
            body, party = plain(trade.world.sign(trade.packhouse, kind, wish)), trade.packhouse
        case _:
            wish = received(trade.send())
            body, party = plain(trade.world.sign(trade.importer, kind, wish)), trade.importer
    fresh = {"ref": secrets.token_hex(16), "handlers": handlers}
    return as_stated(trade.world, party, kind, body | fresh)


@pytest.mark.parametrize("kind", ["production/1", "dispatch/1", "receipt/1"])
def test_handlers_are_registered_and_named_once(trade: Trade, kind: str) -> None:
    unknown = statement_with(trade, kind, [trade.port.id, NOBODY])
    assert refused(trade.world, unknown, UnknownOrganizationError).organization == NOBODY
    twice = statement_with(trade, kind, [trade.port.id, trade.carrier.id, trade.port.id])
    error = refused(trade.world, twice, DuplicateHandlerError)
    assert error.handler == trade.port.id
    assert "named twice" in str(error)


def test_a_holder_that_names_itself_changes_nothing(trade: Trade) -> None:
    (lot,) = stored(trade, trade.packhouse)
    trade.world.handle(trade.packhouse, (own(6),), lot=lot)
    assert trade.kept(lot).balance() == fossil(106)


def test_a_lot_remembers_no_more_claims_than_there_is_room_for(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    many = tuple(f"{number:064x}" for number in range(200))
    with trade.world.store.write() as writer:
        writer.keep_lot(replace(trade.kept(lot), claimed=many))
    body = {"target": {"lot": lot}, "lines": [own(1)]}
    error = refused(
        trade.world, as_stated(trade.world, trade.carrier, "handling/1", body), TooManyClaimsError
    )
    assert (error.lot, error.count, error.limit) == (lot, 200, 200)
    trade.world.handle(trade.port, (own(1),), lot=lot)
    assert trade.kept(lot).balance() == fossil(101)


def test_nothing_is_claimed_on_a_lot_before_it_begins(trade: Trade) -> None:
    body = {"occurred": MAY, "target": {"lot": trade.lot}, "lines": [own(1)]}
    error = refused(trade.world, as_stated(trade.world, trade.port, "handling/1", body), TooEarlyError)
    assert (error.what, error.zone) == ("the handling", "Asia/Shanghai")


def test_a_named_handler_adds_nothing_to_an_empty_lot_but_a_claim_may_come_late(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    trade.world.dispatch(trade.packhouse, lot, kg(1000), to=None)
    body = {"target": {"lot": lot}, "lines": [own(1)]}
    refused(trade.world, as_stated(trade.world, trade.port, "handling/1", body), ZeroQuantityError)
    trade.world.handle(trade.carrier, (own(9),), lot=lot)
    assert len(trade.kept(lot).claimed) == 1


def test_a_draft_made_before_a_named_handler_reported_is_stale(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port)
    drafted = trade.world.sign(trade.packhouse, "dispatch/1", {"take": take(lot, 5), "consignee": "outside"})
    trade.world.handle(trade.port, (own(9),), lot=lot)
    assert "after 1 changes" in refused(trade.world, drafted, StaleLotError).expected


def test_a_passport_shows_what_named_handlers_added_in_stock_and_verifies_offline(trade: Trade) -> None:
    (lot,) = stored(trade, trade.port, trade.carrier, line=burnt(100))
    trade.world.handle(trade.port, (burnt(20),), lot=lot)
    trade.world.handle(trade.importer, (burnt(1000),), lot=lot)
    first = trade.world.dispatch(trade.packhouse, lot, kg(500), to=trade.importer)
    made = trade.world.state(trade.importer, "receipt/1", received(first, trade.port))
    bulk = lot_id(made.digest, 0)
    trade.world.handle(trade.port, (burnt(5),), lot=bulk)
    passport = trade.world.dispatch(trade.importer, bulk, kg(500), to=None)
    report = verify(bundle_bytes(trade.world, passport))
    assert report.ok, report.failure()
    assert trade.shipment(passport).total == fossil((60 + 5) * 2_500_000)
    with trade.world.store.read() as view:
        behind = [logged.statement for logged in closure(view, passport)]
    found = provenance(behind, passport)
    assert [node.organization for node in found.nodes if node.kind == "handling/1"] == [trade.port.id] * 2
    assert trade.carrier.id in {statement.issuer for statement in behind}  # it is named, so it is shown


def test_a_bundle_whose_basis_lists_a_claim_is_bad() -> None:
    def between(log: HandmadeLog, harvest: Lot) -> Lot:
        log.register("Shop", "buyer")
        claim = log.handle("Shop", (burnt(3),), {"lot": harvest.id})
        more = harvest.total + Components.of("fossil.calculated", 3 * 2_500_000)
        return replace(harvest, total=more, changes=(Change(claim.digest, harvest.quantity),))

    report = verify(canonical.encode(short(lines=(burnt(480),), between=between).bundle()))
    assert failure(report) == (8, "stale-lot")


def test_a_claim_in_a_bundle_adds_nothing_to_the_lot() -> None:
    world = World()
    farm, port = world.register("Farm", "farmer"), world.register("Port", "port")
    lot = world.produce(farm, "lychee", kg(7), lines=(own(70),))
    claim = world.handle(port, (own(9),), lot=lot)
    taken = world.sign(farm, "dispatch/1", {"take": take(lot, kg(7)), "consignee": "outside"})
    world.post(taken)
    with world.store.read() as view:
        books, entries = BundleBooks(_terms(world)), list(view.entries(1, view.size()))
    for logged in entries:
        books.take_in(logged.statement, Moment(logged.position, world.clock.time))
    found = books.lot(lot)
    assert found is not None
    assert (found.claimed, found.balance(), found.left) == ((claim.digest,), NOTHING, 0)


def _terms(world: World) -> LogTerms:
    with world.store.read() as view:
        return view.terms()
