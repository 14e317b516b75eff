from __future__ import annotations

from dataclasses import replace

from ledger.identity import KeyRecord
from ledger.overlay import Overlay
from tests.builders import World, a_season
from tests.unit.refusals import everything


def test_what_is_tried_out_is_seen_there_and_nowhere_else() -> None:
    world = World()
    shipment_id, _ = a_season(world)
    before = everything(world)
    with world.store.read() as view:
        overlay = Overlay(view)
        organization, shipment = view.organizations()[0], view.shipment(shipment_id)
        assert shipment is not None
        lot = view.lot(shipment.lot)
        assert lot is not None
        for one, other in (
            (overlay.organization(organization.id), organization),
            (overlay.lot(lot.id), lot),
            (overlay.shipment(shipment.id), shipment),
            (overlay.terms(), view.terms()),
            (overlay.statement(shipment.id), view.statement(shipment.id)),
            (overlay.corrections(lot.id[:64]), view.corrections(lot.id[:64])),
            (overlay.key_owner(organization.keys[0].address), organization.id),
        ):
            assert one == other
        assert overlay.key_owner("0x" + "1" * 40) is None
        assert overlay.gap(organization.id, "new") is None
        key = KeyRecord("0x" + "1" * 40, 3)
        overlay.keep_organization(replace(organization, keys=(*organization.keys, key)))
        overlay.keep_lot(replace(lot, product="tried"))
        overlay.keep_shipment(replace(shipment, product="tried"))
        overlay.keep_gap(organization.id, "new", "ab" * 32)
        assert overlay.key_owner("0x" + "1" * 40) == organization.id
        assert overlay.key_owner("0x" + "2" * 40) is None
        assert overlay.gap(organization.id, "new") == "ab" * 32
        assert [
            getattr(overlay.lot(lot.id), "product", ""),
            getattr(overlay.shipment(shipment_id), "product", ""),
        ] == ["tried"] * 2
        assert view.key_owner("0x" + "1" * 40) is None
        assert view.lot(lot.id) == lot
    assert everything(world) == before
