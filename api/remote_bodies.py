"""Books of a foreign ledger, made again from the bodies that the auditor may see.

What is hidden from the auditor leaves the books underived from there on; that is said, and is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from api.client import LedgerClient, ServerRefusedError
from ledger import canonical
from ledger.bundle import Entry
from ledger.errors import LedgerError
from ledger.interfaces import LedgerStore, LedgerView, Logged
from ledger.log import merkle
from ledger.remote_audit import RemoteAudit
from ledger.reports import conservation
from ledger.signed import entry_bytes, read
from ledger.state.deriving import book_state_again

CHUNK: Final = 256
NOT_THERE: Final = 404
ViewCheck = Callable[[LedgerView], Iterable[tuple[str, str, str]]]
"""Compares derived books with something else: what, what is shown, what follows."""


class RemoteBodies:
    """Fetches the bodies of entries, and books them again in a scratch store.

    Args:
        client: asks the ledger, as whoever it is signed in.
        scratch: an empty store.
        found: takes what differs.
        checks: further comparisons of the derived books, such as with a signed root of their state.
    """

    def __init__(
        self,
        client: LedgerClient,
        scratch: LedgerStore,
        found: RemoteAudit,
        checks: Iterable[ViewCheck] = (),
    ) -> None:
        self._client, self._scratch, self._found, self._checks = client, scratch, found, tuple(checks)
        self._waiting: list[Logged] = []
        self._read, self._whole, self._booked = 0, True, 0

    def take(self, position: int, entry: Entry, raw: bytes) -> None:
        """Fetch an entry's body, check that it is the one that was signed, and book it in its turn."""
        digest = canonical.digest(entry.envelope.model_dump())
        try:
            plain = self._client.read(f"statements/{digest}")
        except ServerRefusedError as error:
            if error.status != NOT_THERE:
                raise
            self._found.hidden += 1
            self._whole = False
            return
        try:
            wire = {name: plain.get(name) for name in ("envelope", "signature", "parts")}
            statement = read(wire, check_signature=False)
            same = entry_bytes(statement, entry.at) == raw
        except LedgerError as error:
            self._differs(position, error, "the body that was signed")
            return
        if not same:
            self._differs(position, f"statement {statement.digest}", f"statement {digest}")
            return
        self._read += 1
        if self._whole:
            self._waiting.append(Logged(position, entry.at, statement, raw, merkle.leaf_hash(raw)))
            if len(self._waiting) >= CHUNK:
                self._book()

    def finish(self) -> None:
        """Book what waits, and compare the books' sums with those that the ledger shows."""
        self._book()
        self._found.bodies = self._read
        if not self._whole or not self._booked:
            return
        shown, size = self._client.conservation(), int(self._client.log()["size"])
        with self._scratch.read() as view:
            sums = conservation(view.balances())
            if size == view.size():  # else it grew meanwhile, and shows newer sums
                for name, mg in (("recorded_mg", sums.recorded_mg), ("accounted_mg", sums.accounted_mg)):
                    if shown.get(name) != str(mg):
                        self._found.note("books", name, shown.get(name), mg)
            for check in self._checks:
                for what, there, here in check(view):
                    self._found.note("books", what, there, here)

    def _differs(self, position: int, shown: object, derived: object) -> None:
        self._found.note("books", f"body of entry {position}", shown, derived)
        self._whole = False

    def _book(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not self._whole or not waiting:
            return
        with self._scratch.write() as writer:
            writer.preload([logged.statement for logged in waiting])
            for logged in waiting:
                try:
                    state = book_state_again(writer, logged)
                except LedgerError as error:
                    self._differs(logged.position, "logged", error)
                    return
                self._booked += 1
                if state is not None and not state.good:
                    where = f"state entry {state.position}"
                    self._found.note("state", where, state.stated.hex(), state.derived.hex())
