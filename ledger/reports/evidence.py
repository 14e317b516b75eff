"""Everything behind an organization's period, as files that an auditor can check without us.

    manifest.json           what this is, and SHA-256 and length of every other file
    statements.ndjson       a statement a line: its log entry, and its parts with their salts
    proofs.ndjson           for each its position, leaf hash and inclusion proof to the checkpoint
    checkpoint.txt          the log's signed note
    factors.ndjson          the records of all factors that the statements name
    reports/…               E-liability statement, trial balance and scopes as JSON

In it are the statements that moved the organization's accounts in the period, those that they refer to, the
identities of all issuers, consignees and handlers, and the log's first entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from ledger import canonical
from ledger.bundle import MissingFactorRecordError, factors_named
from ledger.closure import BundleTooLargeError, references
from ledger.erasing import kept_parts
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.interfaces import LedgerView, Logged, SignedCheckpoint
from ledger.log import merkle, tiles
from ledger.reports.lot_ledger import logged_at
from ledger.signed import Statement
from ledger.stated import OpeningBody
from ledger.statements import DispatchBody, ProductionBody, ReceiptBody

FORMAT: Final = "carbon-passport-evidence/1"
MAX_STATEMENTS: Final = 200_000
OUTSIDE: Final = "outside"


@dataclass(eq=False)
class NotCoveredError(LedgerError):
    """What is asked for is logged, but not yet under a checkpoint."""

    position: int
    size: int
    sentence: ClassVar[str] = (
        "Entry {position} is not under a checkpoint yet; the newest covers {size} entries. Ask again "
        "after the next one."
    )


def evidence_files(
    view: LedgerView,
    organization: str,
    period: tuple[date | None, date | None],
    factors: Callable[[str], Factor | None],
    log_key: str,
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file but the reports and the manifest, in one order.

    Raises:
        BundleTooLargeError: more than 200,000 statements are behind the period.
        NotCoveredError: no checkpoint covers all of them yet.
        MissingFactorRecordError: the record of a factor is not at hand.
    """
    found = evidence_statements(view, organization, period)
    checkpoint = _checkpoint(view, found)
    yield "statements.ndjson", b"".join(_statement_line(logged) for logged in found)
    yield "proofs.ndjson", b"".join(_proof_lines(view, found, checkpoint.size))
    yield "checkpoint.txt", checkpoint.note.encode()
    yield "log_key.txt", f"{log_key}\n".encode()
    yield "factors.ndjson", b"".join(_factor_lines(found, factors))


def evidence_statements(
    view: LedgerView, organization: str, period: tuple[date | None, date | None]
) -> list[Logged]:
    """Return the statements behind a period in log order.

    Raises:
        BundleTooLargeError: more than 200,000.
    """
    positions = {movement.position for movement in view.movements(organization, *period)}
    found = {logged.statement.digest: logged for logged in logged_at(view, sorted({0, *positions}))}
    for digest in dict.fromkeys(
        one for logged in list(found.values()) for one in references(logged.statement)
    ):
        named = None if digest in found else view.logged(digest)
        if named is not None:
            found[digest] = named
    waiting = [organization, *(one for logged in found.values() for one in _organizations(logged.statement))]
    seen: set[str] = set()
    while waiting:
        named_one = waiting.pop()
        if named_one not in seen:
            seen.add(named_one)
            for logged in view.identity_statements(named_one):
                found[logged.statement.digest] = logged
                waiting += _organizations(logged.statement)
    if len(found) > MAX_STATEMENTS:
        raise BundleTooLargeError("statements", len(found), MAX_STATEMENTS)
    return sorted(found.values(), key=lambda logged: logged.position)


def _organizations(statement: Statement) -> Iterator[str]:
    """Yield who issued a statement, and whom it hands goods on to or lets handle them."""
    if statement.issuer:
        yield statement.issuer
    body = statement.body
    if isinstance(body, DispatchBody) and body.consignee != OUTSIDE:
        yield body.consignee
    if isinstance(body, ProductionBody | DispatchBody | ReceiptBody | OpeningBody):
        yield from body.handlers


def manifest(about: Mapping[str, Any], files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the list of all files with their digests, for people and programs."""
    listed = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files
    ]
    return json.dumps({"format": FORMAT, **about, "files": listed}, ensure_ascii=False, indent=2).encode()


def _checkpoint(view: LedgerView, found: list[Logged]) -> SignedCheckpoint:
    """Return the newest checkpoint, which covers everything."""
    newest, last = view.checkpoint(), found[-1].position
    if newest is None or newest.size <= last:
        raise NotCoveredError(last, 0 if newest is None else newest.size)
    return newest


def _statement_line(logged: Logged) -> bytes:
    parts = kept_parts(logged.statement)
    line = {"position": logged.position, "entry": json.loads(logged.entry), "parts": parts}
    return canonical.encode(line) + b"\n"


def _proof_lines(view: LedgerView, found: list[Logged], size: int) -> Iterator[bytes]:
    node = tiles.node_reader(lambda level, index: view.tile(level, index) or b"")
    for logged in found:
        proof = [one.hex() for one in merkle.inclusion_proof(logged.position, size, node)]
        line = {
            "position": logged.position,
            "digest": logged.statement.digest,
            "leaf_hash": logged.leaf_hash.hex(),
            "size": size,
            "proof": proof,
        }
        yield canonical.encode(line) + b"\n"


def _factor_lines(found: list[Logged], factors: Callable[[str], Factor | None]) -> Iterator[bytes]:
    for digest in sorted({one for logged in found for one in factors_named(logged.statement)}):
        factor = factors(digest)
        if factor is None:
            raise MissingFactorRecordError(digest)
        yield canonical.encode({"digest": digest, "record": factor.record()}) + b"\n"
