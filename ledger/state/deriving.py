"""The state roots that follow from statements, for whoever has them with their bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.in_memory import InMemoryStore
from ledger.interfaces import LedgerStore, LedgerWriter, Logged
from ledger.replaying import book_again
from ledger.state.advancing import advance
from ledger.state.body import StateBody
from ledger.state_interfaces import StateHead


@dataclass(frozen=True, slots=True)
class StateCheck:
    """A state entry: where it stands, the root that it states, and the one that follows from the entries."""

    position: int
    stated: bytes
    derived: bytes

    @property
    def good(self) -> bool:
        """Whether the log stated what its entries come to."""
        return self.stated == self.derived


def book_state_again(writer: LedgerWriter, logged: Logged) -> StateCheck | None:
    """Book a logged statement again, and derive the root where it is a state entry, None where it isn't.

    Raises:
        LedgerError: any rule that it breaks there.
    """
    body = logged.statement.body
    if not isinstance(body, StateBody):
        book_again(writer, logged)
        return None
    derived = advance(writer)
    book_again(writer, logged)
    writer.keep_state_head(StateHead(logged.position, derived))
    return StateCheck(logged.position, bytes.fromhex(body.root), derived)


def state_roots(entries: Iterable[Logged], store: LedgerStore | None = None) -> Iterator[StateCheck]:
    """Book a whole log again, from its first entry on, and give each state entry beside what is derived.

    Args:
        entries: all entries in log order, with their bodies.
        store: an empty store for the derived books; in memory by default.

    Raises:
        LedgerError: any rule that a statement breaks.
    """
    with (store or InMemoryStore()).write() as writer:
        for logged in entries:
            found = book_state_again(writer, logged)
            if found is not None:
                yield found
