"""Who may grant what about a passport, and to whom."""

from __future__ import annotations

from datetime import datetime

import pytest

from ledger.errors import LedgerError
from ledger.grants import GrantOverError, GrantSubjectError, NotGrantorError, granted
from ledger.identity import UnknownOrganizationError
from tests.builders import Party, World, kg, output, own

SOON, LATER = "2026-08-01T00:00:00Z", "2026-12-31T00:00:00Z"


class Sale:
    """A farm that sells to a buyer."""

    def __init__(self) -> None:
        self.world = world = World()
        self.farm, self.buyer = world.register("Farm", "farmer"), world.register("Buyer", "buyer")
        outputs = (output("lychee", kg(10)), output("culls", kg(1)))
        made = world.production(self.farm, outputs, lines=(own(1000),))
        self.lot, self.other = f"{made.digest}.0", f"{made.digest}.1"
        self.passport = world.dispatch(self.farm, self.lot, kg(4), to=self.buyer)

    def refused(self, party: Party, **given: str) -> LedgerError:
        body = {"grant": {"to": "bearer", "profile": "trade", "until": LATER, **given}}
        with pytest.raises(LedgerError) as refused:
            self.world.state(party, "grant/1", body)
        return refused.value

    def shown(self, party: Party | None, on: str, *, bearer: bool = False) -> str | None:
        with self.world.store.read() as view:
            shipment = view.shipment(self.passport)
            assert shipment is not None
            who = party.id if party else None
            return granted(view, shipment, who, bearer=bearer, now=datetime.fromisoformat(on)).profile


def test_only_the_sender_grants_its_passport_and_only_the_holder_its_lot() -> None:
    sale = Sale()
    assert isinstance(sale.refused(sale.buyer, passport=sale.passport), NotGrantorError)
    assert isinstance(sale.refused(sale.buyer, lot=sale.lot), NotGrantorError)
    assert isinstance(sale.refused(sale.farm, passport="ab" * 32), NotGrantorError)
    assert isinstance(sale.refused(sale.farm, lot="ab" * 32 + ".0"), NotGrantorError)


def test_a_grant_is_about_one_thing_to_somebody_known_and_ends_after_it_begins() -> None:
    sale = Sale()
    assert "neither" in str(sale.refused(sale.farm))
    assert isinstance(sale.refused(sale.farm, passport=sale.passport, lot=sale.lot), GrantSubjectError)
    nobody = "org_" + "a" * 32
    assert isinstance(sale.refused(sale.farm, passport=sale.passport, to=nobody), UnknownOrganizationError)
    over = sale.refused(sale.farm, passport=sale.passport, until="2026-05-01T00:00:00Z")
    assert isinstance(over, GrantOverError)


def test_the_widest_grant_that_holds_counts_and_an_expired_one_does_not() -> None:
    sale = Sale()
    world, farm, buyer = sale.world, sale.farm, sale.buyer
    assert sale.shown(buyer, SOON) is None
    world.grant(farm, buyer, "full", passport=sale.passport, until=SOON)
    world.grant(farm, buyer, "trade", lot=sale.lot, until=LATER)
    world.grant(farm, buyer, "full", lot=sale.other, until=LATER)
    auditor = world.register("Auditor", "verifier")
    world.vouch(auditor, sale.passport, (sale.passport,))
    assert sale.shown(buyer, "2026-07-31T23:59:59Z") == "full"
    assert sale.shown(buyer, SOON) == "trade"
    assert sale.shown(buyer, LATER) is None
    assert sale.shown(None, SOON, bearer=True) is None
    world.grant(farm, None, "total", passport=sale.passport, until=LATER)
    assert sale.shown(None, SOON, bearer=True) == "total"
    assert sale.shown(None, SOON) is None
