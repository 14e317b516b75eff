"""What the log may state about itself: by its own key, about all that stands before the statement."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.errors import LedgerError
from ledger.forms import validated
from ledger.interfaces import LogTerms
from ledger.signed import Statement, draft
from ledger.state.body import STATE, StateBody
from ledger.terms import address_of_public_key


@dataclass(eq=False)
class StateSignerError(LedgerError):
    """Somebody else than the log itself states what the log comes to."""

    signer: str
    log_key: str
    sentence: ClassVar[str] = "state/1 is signed by {signer}; only the log's own key {log_key} may state it."


@dataclass(eq=False)
class StateSizeError(LedgerError):
    """A state entry doesn't cover exactly the entries before it."""

    stated: int
    position: int
    sentence: ClassVar[str] = (
        "The state entry covers {stated} entries, but stands at position {position}: it covers all before it."
    )


@dataclass(eq=False)
class StatePostedError(LedgerError):
    """Somebody posts a state entry, which the log makes itself."""

    digest: str
    sentence: ClassVar[str] = "State entry {digest} can't be posted: the log states its state by itself."


def check_state_entry(statement: Statement, body: StateBody, position: int, terms: LogTerms) -> None:
    """Check who states the log's state, and of how many entries.

    Raises:
        StateSignerError: it is not the log's own key.
        StateSizeError: not of all entries before it.
    """
    own = address_of_public_key(bytes.fromhex(terms.secp256k1))
    if statement.signature.key != own:
        raise StateSignerError(statement.signature.key, own)
    if int(body.size) != position:
        raise StateSizeError(int(body.size), position)


def state_entry(root: bytes, size: int, at: datetime, log_id: str, key: bytes) -> Statement:
    """Return the log's signed statement of its state, before entry `size`.

    Args:
        root: the map's root, 32 bytes.
        size: how many entries it covers.
        at: the log's time.
        log_id: the log's id.
        key: the log's own secp256k1 key, 32 bytes.
    """
    today = at.date().isoformat()
    plain = {
        "occurred": {"from": today, "to": today, "zone": "UTC"},
        "ref": secrets.token_hex(16),
        "map": "state-map/1",
        "size": str(size),
        "root": root.hex(),
    }
    return draft(STATE, validated(StateBody, plain), log=log_id, issuer="", signed_at=at).sign(key)
