"""The peer of the batch post: the straightforward way with the same models and books.

FastAPI with SQLModel rows, `Account.recover_message(encode_typed_data(...))` for each signature, one commit
each on SQLite (WAL, synchronous FULL).
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import uvicorn
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine, select

from ledger import signing
from ledger.books import Moment, book
from ledger.components import Components
from ledger.identity import Organization, registered
from ledger.interfaces import LogTerms
from ledger.lots import Lot, Shipment
from ledger.offers import Offer
from ledger.periods import CivilDay
from ledger.signed import Statement, read
from ledger.statements import RegistrationBody
from ledger.summaries import summary


class StatementRow(SQLModel, table=True):
    """A logged statement."""

    position: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    issuer: str = Field(index=True)
    client_id: str = Field(index=True)
    wire: str


class LotRow(SQLModel, table=True):
    """A lot as it stands."""

    id: str = Field(primary_key=True)
    state: str


class GapRow(SQLModel, table=True):
    """A gap key that was used."""

    issuer: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    statement: str


class PostingRow(SQLModel, table=True):
    """Milligrams moved between two accounts."""

    id: int | None = Field(default=None, primary_key=True)
    statement: str = Field(index=True)
    source: str
    target: str
    slot: int
    mg: int


class BalanceRow(SQLModel, table=True):
    """An account's balance of one component."""

    account: str = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    mg: int


class SessionBooks:
    """The books' view over one session."""

    def __init__(self, session: Session, terms: LogTerms, organizations: dict[str, Organization]) -> None:
        self._session, self._terms, self._organizations = session, terms, organizations

    def terms(self) -> LogTerms:
        """Return the log's terms."""
        return self._terms

    def organization(self, identifier: str) -> Organization | None:
        """Return an organization."""
        return self._organizations.get(identifier)

    def key_owner(self, address: str) -> str | None:
        """Return whose key it is."""
        owners = (o.id for o in self._organizations.values() if any(k.address == address for k in o.keys))
        return next(owners, None)

    def lot(self, identifier: str) -> Lot | None:
        """Return a lot."""
        row = self._session.get(LotRow, identifier)
        if row is None:
            return None
        state = json.loads(row.state)
        total, given, late = (
            Components({int(slot): mg for slot, mg in state.pop(name).items()})
            for name in ("total", "given", "late")
        )
        began = CivilDay(*state.pop("began"))
        state |= {name: tuple(state[name]) for name in ("changes", "handlers", "claimed")}
        return Lot(total=total, given=given, late=late, began=began, **state)

    def keep_lot(self, lot: Lot) -> None:
        """Keep a lot."""
        state = {name: getattr(lot, name) for name in lot.__slots__}
        for name in ("total", "given", "late"):
            state[name] = {str(slot): mg for slot, mg in state[name].items()}
        state["began"] = (lot.began.date, lot.began.zone)
        self._session.merge(LotRow(id=lot.id, state=json.dumps(state)))

    def gap(self, issuer: str, key: str) -> str | None:
        """Return who used a gap key."""
        row = self._session.get(GapRow, (issuer, key))
        return row.statement if row else None

    def keep_gap(self, issuer: str, key: str, statement: str) -> None:
        """Remember a gap key."""
        self._session.add(GapRow(issuer=issuer, key=key, statement=statement))

    def keep_organization(self, organization: Organization) -> None:
        """Keep an organization."""
        self._organizations[organization.id] = organization

    def keep_shipment(self, shipment: Shipment) -> None:
        """Sent outside: nothing follows it here."""

    def shipment(self, identifier: str) -> Shipment | None:  # noqa: ARG002 - nothing is received here
        """Return no shipment."""
        return None

    def statement(self, digest: str) -> Statement | None:  # noqa: ARG002 - nothing is corrected here
        """Return no statement."""
        return None

    def corrections(self, digest: str) -> list[Statement]:  # noqa: ARG002 - nothing is corrected here
        """Return no corrections."""
        return []

    def position(self, digest: str) -> int | None:  # noqa: ARG002 - nothing is adjusted here
        """Return no place."""
        return None

    def takers(self, lot: str) -> list[Statement]:  # noqa: ARG002 - nothing is adjusted here
        """Return no takers."""
        return []

    def offer(self, identifier: str) -> Offer | None:  # noqa: ARG002 - nothing is adjusted here
        """Return no adjustment."""
        return None

    def keep_offer(self, offer: Offer) -> None:
        """Nothing is adjusted here."""


def check_signature(statement: Statement) -> None:
    """Recover the signer as eth-account does it."""
    line = summary(statement.envelope.summary_template, statement.body)
    message = encode_typed_data(full_message=signing.typed_data(statement.envelope.model_dump(), line))
    signer = EthAccount.recover_message(message, signature=statement.signature.value)
    if signer.lower() != statement.signature.key:
        raise ValueError(signer)


def create(url: str, log: str, gwp: str) -> FastAPI:
    """Return the peer's application."""
    engine = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=10000")

    SQLModel.metadata.create_all(engine)
    app, writer = FastAPI(), threading.Lock()
    terms = LogTerms(log, "peer.example/log", "", "", gwp, ())
    organizations: dict[str, Organization] = {}

    @app.post("/statements", status_code=201)
    def post(wire: dict[str, Any]) -> dict[str, Any]:
        statement = read(wire, check_signature=False)
        check_signature(statement)
        with writer, Session(engine) as session:
            position = _take_in(session, statement, SessionBooks(session, terms, organizations))
            session.commit()
        return {"position": position, "digest": statement.digest}

    return app


def _take_in(session: Session, statement: Statement, books: SessionBooks) -> int | None:
    """Book and keep one statement in a session."""
    envelope = statement.envelope
    known = select(StatementRow).where(
        StatementRow.issuer == envelope.issuer, StatementRow.client_id == envelope.id
    )
    if session.exec(known).first() is not None:
        raise ValueError(envelope.id)
    row = StatementRow(
        digest=statement.digest,
        issuer=envelope.issuer,
        client_id=envelope.id,
        wire=json.dumps(statement.wire()),
    )
    session.add(row)
    session.flush()
    moment = Moment(int(row.position or 0), datetime.now(UTC))
    if isinstance(statement.body, RegistrationBody):
        signer = statement.signature.key
        books.keep_organization(registered(statement.issuer, statement.body, signer, moment.position))
        return row.position
    for transfer in book(statement, moment, books):
        source, target = "/".join(transfer.source), "/".join(transfer.target)
        for slot, mg in transfer.components.items():
            session.add(
                PostingRow(statement=statement.digest, source=source, target=target, slot=slot, mg=mg)
            )
            for account, change in ((source, -mg), (target, mg)):
                balance = session.get(BalanceRow, (account, slot)) or BalanceRow(
                    account=account, slot=slot, mg=0
                )
                balance.mg += change
                session.add(balance)
    return row.position


if __name__ == "__main__":
    database, log_id, gwp_set, port = sys.argv[1:5]
    uvicorn.run(create(database, log_id, gwp_set), port=int(port), log_level="warning")
