"""The tables of the ledger in memory."""

from __future__ import annotations

from typing import Any

from ledger.accounts import Account
from ledger.identity import Organization
from ledger.interfaces import Logged, Movement, SignedCheckpoint
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.state_interfaces import Subject
from ledger.versioned import Rows


class Tables:
    """Everything that the ledger keeps, by table; `logs` has the rows that are no books."""

    def __init__(self) -> None:
        self.singles: Rows[str, Any] = Rows()
        self.log: Rows[int, Logged] = Rows()
        self.positions: Rows[str, int] = Rows()
        self.client_ids: Rows[tuple[str, str], int] = Rows()
        self.tiles: Rows[tuple[int, int], bytes] = Rows()
        self.checkpoints: Rows[int, SignedCheckpoint] = Rows()
        self.organizations: Rows[str, Organization] = Rows()
        self.key_owners: Rows[str, str] = Rows()
        self.lots: Rows[str, Lot] = Rows()
        self.shipments: Rows[str, Shipment] = Rows()
        self.gaps: Rows[tuple[str, str], str] = Rows()
        self.accounts: Rows[Account, dict[int, int]] = Rows()
        self.movements: Rows[tuple[int, int], Movement] = Rows()
        self.corrections: Rows[str, tuple[int, ...]] = Rows()
        self.identities: Rows[str, tuple[int, ...]] = Rows()
        self.takers: Rows[str, tuple[int, ...]] = Rows()
        self.offers: Rows[str, Offer] = Rows()
        self.state_pages: Rows[bytes, bytes] = Rows()
        self.state_records: Rows[bytes, bytes] = Rows()
        self.state_changes: Rows[Subject, bool] = Rows()
