"""Many clients post at once: whatever order they come in, the books add up and the log is one."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from ledger.accounts import Account
from ledger.books import Moment, book
from ledger.drafting import Wish, prepare
from ledger.identifiers import lot_id
from ledger.interfaces import LedgerView
from ledger.log import merkle
from ledger.lots import StaleLotError
from ledger.overlay import Overlay
from ledger.reports import conservation
from ledger.services import BatchError
from ledger.signed import Statement
from ledger.sql.stores import SqlStore
from ledger.storing import changed_balances
from tests.builders import BEGINNING, JUNE, Party, World, bought, kg, output, own, take
from tests.postgres import new_databases
from tests.unit.conservation.plain_books import PlainBooks

THREADS: Final = 8
POSTS: Final = 2_000
BATCH: Final = 50
SHARED_LOTS: Final = 10
"""Lots of one company whose key all threads hold: of each, one dispatch can win."""


class Client:
    """One company with its own statements, all signed before anybody posts."""

    def __init__(self, number: int, world: World, shared: Party, lots: list[str], seed: int) -> None:
        self.random = Random(seed + number)  # noqa: S311 - a test that can be repeated
        self.world = world
        self.party = world.register(f"Company {number}", "supplier")
        self.books = PlainBooks(world.ledger.terms)
        with world.store.read() as view:
            for party in (self.party, shared):
                organization = view.organization(party.id)
                assert organization is not None
                self.books.keep_organization(organization)
            for lot in lots:
                found = view.lot(lot)
                assert found is not None
                self.books.keep_lot(found)
        self.racing = [
            self._signed(shared, "dispatch/1", {"take": take(lot, kg(1)), "consignee": "outside"})
            for lot in lots
        ]
        self.lots: list[str] = []
        self.shipments: list[str] = []
        self.statements = [self._next() for _ in range(POSTS - len(lots))]
        self.new: dict[str, int] = {}
        self.lost: list[Statement] = []

    def _signed(self, party: Party, kind: str, body: dict[str, Any]) -> Statement:
        made = prepare(Wish(kind, party.id, {"occurred": JUNE, **body}), self.books, BEGINNING).draft
        return made.sign(party.key)

    def _state(self, kind: str, body: dict[str, Any]) -> Statement:
        statement = self._signed(self.party, kind, body)
        overlay = Overlay(self.books)
        book(statement, Moment(10**6, BEGINNING), overlay)
        self.books.take_in(overlay)
        return statement

    def _next(self) -> Statement:
        """Do something at random with what this company has."""
        self.lots = [lot for lot in self.lots if self.books.lots[lot].left]
        act = self.random.choice(("produce", "handle", "dispose", "sell", "send", "receive"))
        if act == "receive" and self.shipments:
            body = {"takes_over": {"shipment": self.shipments.pop()}, "outcome": "accepted"}
            statement = self._state("receipt/1", body)
            self.lots.append(lot_id(statement.digest, 0))
        elif act == "handle" and self.lots:
            statement = self._state(
                "handling/1", {"target": {"lot": self.lots[-1]}, "lines": [own(self._mg())]}
            )
        elif act == "dispose" and self.lots:
            statement = self._state("disposal/1", {"take": self._take(), "fate": "waste"})
        elif act in ("sell", "send") and self.lots:
            to = "outside" if act == "sell" else self.party.id
            statement = self._state("dispatch/1", {"take": self._take(), "consignee": to})
            if act == "send":
                self.shipments.append(statement.digest)
        else:
            inputs = [self._take()] if self.lots else []
            lines = [own(self._mg()), bought(self._mg())]
            outputs = [output("goods", self.random.randint(1, 10**9)) for _ in range(2)]
            made = {
                "inputs": inputs,
                "lines": lines,
                "outputs": outputs,
                "policy": {"id": "mass/1"},
            }
            statement = self._state("production/1", made)
            self.lots += [lot_id(statement.digest, number) for number in range(2)]
        return statement

    def _take(self) -> dict[str, str]:
        lot = self.random.choice(self.lots)
        return take(lot, self.random.randint(1, self.books.lots[lot].left))

    def _mg(self) -> int:
        return self.random.randint(1, 10**9)

    def post_everything(self) -> None:
        """Post in batches; one races for a shared lot in some of them, and some are sent twice."""
        racing = list(self.racing)
        self.random.shuffle(racing)
        for start in range(0, len(self.statements), BATCH):
            batch = self.statements[start : start + BATCH]
            race = racing.pop() if racing else None
            try:
                self._post([*batch, race] if race else batch)
            except BatchError as error:
                if race is None or type(error.cause) is not StaleLotError:
                    raise
                self.lost.append(race)
                self._post(batch)
            if self.random.random() < 0.1:
                answers = self.world.ledger.post(batch)
                assert not any(answer.new for answer in answers)

    def _post(self, batch: list[Statement]) -> None:
        for statement, answer in zip(batch, self.world.ledger.post(batch), strict=True):
            assert answer.new
            self.new[statement.digest] = answer.acknowledgement["position"]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[SqlStore]:
    if kind == "sqlite":
        with SqlStore(f"sqlite:///{folder}/ledger.db") as store:
            store.migrate()
            yield store
        return
    with new_databases(folder) as new_database, SqlStore(new_database()) as store:
        store.migrate()
        yield store


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_eight_clients_posting_at_once_leave_books_that_add_up_and_one_log(kind: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("PASSPORT_TEST_SEED", secrets.randbelow(2**32)))
    print(f"seed {seed}: set PASSPORT_TEST_SEED to repeat it")  # noqa: T201 - shown when the test fails
    with opened(kind, tmp_path) as store:
        world = World(store)
        shared = world.register("Shared", "supplier")
        lots = [world.produce(shared, "shared", kg(1), lines=(own(1000),)) for _ in range(SHARED_LOTS)]
        clients = [Client(number, world, shared, lots, seed) for number in range(THREADS)]
        with store.read() as view:
            before = view.size()
        post_at_once(clients)
        with store.read() as view:
            check_at_rest(view, clients, before, lots)


def post_at_once(clients: list[Client]) -> None:
    failures: list[BaseException] = []

    def run(client: Client) -> None:
        try:
            client.post_everything()
        except BaseException as error:  # noqa: BLE001 - any failure of a thread fails the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def check_at_rest(view: LedgerView, clients: list[Client], before: int, lots: list[str]) -> None:
    positions = {digest: at for client in clients for digest, at in client.new.items()}
    lost = [statement.digest for client in clients for statement in client.lost]
    assert len(positions) + len(lost) == THREADS * POSTS
    assert len(lost) == (THREADS - 1) * len(lots)
    assert view.size() == before + len(positions)
    assert sorted(positions.values()) == list(range(before, view.size()))
    assert conservation(view.balances()).holds
    replayed, leaves = PlainBooks(view.terms()), []
    for logged in view.entries(0, view.size()):
        digest = logged.statement.digest
        assert positions.get(digest, logged.position) == logged.position
        assert digest not in lost
        leaves.append(merkle.leaf_hash(logged.entry))
        if logged.position:
            replay(logged.statement, Moment(logged.position, datetime.fromisoformat(logged.at)), replayed)
    newest = view.checkpoint()
    assert newest is not None
    assert (newest.size, newest.root) == (len(leaves), merkle.root_of(leaves))
    kept = {account: held for account, held in replayed.balances.items() if held}
    assert list(view.balances()) == sorted(kept.items())
    for lot in replayed.lots.values():
        assert view.lot(lot.id) == lot
        assert dict(lot.balance()) == kept.get(Account("lot", lot.holder, lot.id), {})
    assert all(replayed.lots[lot].left == 0 for lot in lots)


def replay(statement: Statement, moment: Moment, books: PlainBooks) -> None:
    overlay = Overlay(books)
    transfers = book(statement, moment, overlay)
    books.balances.update(changed_balances(transfers, lambda account: books.balances.get(account, {})))
    books.take_in(overlay)
