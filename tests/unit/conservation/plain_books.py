"""The books in plain dicts, for as many bookings as a test wants."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger.accounts import Account
from ledger.closure import removal_named
from ledger.identity import Organization
from ledger.interfaces import LogTerms
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.overlay import Overlay
from ledger.signed import Statement
from ledger.statements import CorrectionBody
from ledger.storing import lots_taken

TERMS: Final = LogTerms("ab" * 32, "ledger.example/market", "00" * 32, "02" + "00" * 32, "AR5", ())


class PlainBooks:
    """The books in plain dicts; only what an overlay collected is ever written."""

    def __init__(self, terms: LogTerms = TERMS) -> None:
        self._terms = terms
        self.organizations: dict[str, Organization] = {}
        self.owners: dict[str, str] = {}
        self.lots: dict[str, Lot] = {}
        self.shipments: dict[str, Shipment] = {}
        self.gaps: dict[tuple[str, str], str] = {}
        self.statements: dict[str, Statement] = {}
        self.corrected: dict[str, list[Statement]] = {}
        self.balances: dict[Account, dict[int, int]] = {}
        self.offers: dict[str, Offer] = {}
        self.taken: dict[str, list[str]] = {}
        self.positions: dict[str, int] = {}

    def terms(self) -> LogTerms:
        return self._terms

    def organization(self, identifier: str) -> Organization | None:
        return self.organizations.get(identifier)

    def key_owner(self, address: str) -> str | None:
        return self.owners.get(address)

    def lot(self, identifier: str) -> Lot | None:
        return self.lots.get(identifier)

    def shipment(self, identifier: str) -> Shipment | None:
        return self.shipments.get(identifier)

    def statement(self, digest: str) -> Statement | None:
        return self.statements.get(digest)

    def corrections(self, digest: str) -> list[Statement]:
        return self.corrected.get(digest, [])

    def position(self, digest: str) -> int | None:
        return self.positions.get(digest)

    def takers(self, lot: str) -> list[Statement]:
        return [self.statements[digest] for digest in self.taken.get(lot, ())]

    def offer(self, identifier: str) -> Offer | None:
        return self.offers.get(identifier)

    def gap(self, issuer: str, key: str) -> str | None:
        return self.gaps.get((issuer, key))

    def keep_organization(self, organization: Organization) -> None:
        self.organizations[organization.id] = organization
        self.owners.update((key.address, organization.id) for key in organization.keys)

    def keep_lot(self, lot: Lot) -> None:
        self.lots[lot.id] = lot

    def keep_shipment(self, shipment: Shipment) -> None:
        self.shipments[shipment.id] = shipment

    def keep_offer(self, offer: Offer) -> None:
        self.offers[offer.id] = offer

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        self.gaps[issuer, key] = statement

    def take_in(self, overlay: Overlay) -> None:
        """Keep everything that a statement changed."""
        for organization in overlay._organizations.values():
            self.keep_organization(organization)
        self.lots.update(overlay._lots)
        self.shipments.update(overlay._shipments)
        self.gaps.update(overlay._gaps)
        self.offers.update(overlay._offers)

    def log(self, statement: Statement, position: int) -> None:
        """Remember a booked statement, without the parts that booking doesn't read."""
        self.statements[statement.digest] = replace(statement, parts=())
        self.positions[statement.digest] = position
        for lot in lots_taken(statement):
            self.taken.setdefault(lot, []).append(statement.digest)
        changed = removal_named(statement)
        if isinstance(statement.body, CorrectionBody):
            changed = statement.body.corrects
        if changed is not None:
            self.corrected.setdefault(changed, []).append(statement)
