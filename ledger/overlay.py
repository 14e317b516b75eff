"""A view in which a draft can be booked without anything being written."""

from __future__ import annotations

from ledger.identity import Organization
from ledger.interfaces import BooksView, LogTerms
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.signed import Statement


class Overlay:
    """The books as they are, with changes kept here only."""

    def __init__(self, below: BooksView) -> None:
        self._below = below
        self._organizations: dict[str, Organization] = {}
        self._lots: dict[str, Lot] = {}
        self._shipments: dict[str, Shipment] = {}
        self._gaps: dict[tuple[str, str], str] = {}
        self._offers: dict[str, Offer] = {}

    def terms(self) -> LogTerms:
        """Return the log's terms."""
        return self._below.terms()

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization."""
        return self._organizations.get(identifier) or self._below.organization(identifier)

    def key_owner(self, address: str) -> str | None:
        """Return the organization that a key belongs to."""
        for organization in self._organizations.values():
            if any(key.address == address for key in organization.keys):
                return organization.id
        return self._below.key_owner(address)

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot."""
        return self._lots.get(identifier) or self._below.lot(identifier)

    def shipment(self, identifier: str) -> Shipment | None:
        """Return a shipment."""
        return self._shipments.get(identifier) or self._below.shipment(identifier)

    def statement(self, digest: str) -> Statement | None:
        """Return a logged statement."""
        return self._below.statement(digest)

    def corrections(self, digest: str) -> list[Statement]:
        """Return the logged corrections of a statement."""
        return self._below.corrections(digest)

    def position(self, digest: str) -> int | None:
        """Return the place of a logged statement."""
        return self._below.position(digest)

    def takers(self, lot: str) -> list[Statement]:
        """Return the logged statements that took intervals of a lot."""
        return self._below.takers(lot)

    def offer(self, identifier: str) -> Offer | None:
        """Return an adjustment."""
        return self._offers.get(identifier) or self._below.offer(identifier)

    def gap(self, issuer: str, key: str) -> str | None:
        """Return the statement that used a gap key."""
        return self._gaps.get((issuer, key)) or self._below.gap(issuer, key)

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization here."""
        self._organizations[organization.id] = organization

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot here."""
        self._lots[lot.id] = lot

    def keep_shipment(self, shipment: Shipment) -> None:
        """Keep a shipment here."""
        self._shipments[shipment.id] = shipment

    def keep_offer(self, offer: Offer) -> None:
        """Keep an adjustment here."""
        self._offers[offer.id] = offer

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember a gap key here."""
        self._gaps[issuer, key] = statement
