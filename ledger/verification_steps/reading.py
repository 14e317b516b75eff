"""Steps 2 and 3: from bundled parts to statements, what refers to what, who signed which line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ledger import signing
from ledger.behind import Graph, goods_behind, identities_behind, tier_count
from ledger.bodies import UnknownBody
from ledger.books import ForeignLogError, Moment
from ledger.bundle import BundledStatement, Opened, factors_named
from ledger.closure import references
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.hidden import check_line_signed, hiding_of, read_shown, summary_is_hidden
from ledger.interfaces import LogTerms
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.terms import terms_of

LOG_OPEN = "log_open/1"
KIND_NOT_KNOWN = "kind-not-known"
"""The reason of every verdict that a statement of an unknown kind leaves open."""
PARTS_HIDDEN = "parts-hidden"
"""The reason of every verdict that hidden parts leave open."""


@dataclass(eq=False)
class RepeatedStatementError(LedgerError):
    """One statement stands in the bundle twice."""

    statement: str
    sentence: ClassVar[str] = "Statement {statement} stands in the bundle twice. A log has each once."


@dataclass(eq=False)
class UnreferencedStatementError(LedgerError):
    """A statement to which nothing in the bundle refers."""

    statement: str
    kind: str
    sentence: ClassVar[str] = "Nothing refers to {kind} {statement}. A bundle holds what its passport needs."


@dataclass(eq=False)
class MissingFactorError(LedgerError):
    """A line names a factor that the bundle doesn't hold."""

    statement: str
    factor: str
    sentence: ClassVar[str] = "Statement {statement} names factor {factor}, which the bundle doesn't hold."


@dataclass(eq=False)
class UnreferencedFactorError(LedgerError):
    """A factor that no line names."""

    factor: str
    sentence: ClassVar[str] = "No line names factor {factor}. A bundle holds what its passport needs."


@dataclass(eq=False)
class MissingLogOpeningError(LedgerError):
    """The log's first entry is not in the bundle."""

    passport: str
    sentence: ClassVar[str] = "The bundle of {passport} lacks log_open/1, which says whose log it is."


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement with its place: the bundle's own word until the log's proofs are checked."""

    statement: Statement
    envelope: dict[str, Any]
    moment: Moment
    at: str
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds: statements by digest in log order, goods and what they refer to, tiers.

    `unknown` are the statements of kinds that aren't known, `unfollowed` how many digests they name of
    things that are not in the bundle.
    """

    placed: tuple[Placed, ...]
    statements: dict[str, Statement]
    goods: Graph
    tiers: int
    unknown: tuple[Placed, ...] = ()
    unfollowed: int = 0

    def hidden_parts(self) -> int:
        """Return how many parts of all statements are hidden."""
        return sum(len(statement.hidden) for statement in self.statements.values())

    def hidden_goods(self) -> tuple[Statement, ...]:
        """Return the statements about goods of which a booked part is hidden, in log order."""
        found = (one.statement for one in self.placed if one.statement.digest in self.goods)
        return tuple(one for one in found if isinstance(one.body, HiddenBody))

    def hidden_summaries(self) -> int:
        """Return of how many statements the signed line can't be made again, because of what is hidden."""
        return sum(summary_is_hidden(statement) for statement in self.statements.values())

    def may_be_hidden(self, digest: str) -> bool:
        """Say whether something booked by a statement about goods, or behind it, is hidden or may be."""
        queue, seen = [digest], {digest}
        while queue:
            one = queue.pop()
            if not hiding_of(self.statements[one]).firm:
                return True
            fresh = [up for up in self.goods.get(one, ()) if up not in seen]
            seen.update(fresh)
            queue += fresh
        return False

    def unknown_kinds(self) -> str:
        """Name the kinds that aren't known, with how many statements there are of each."""
        counts = Counter(one.statement.kind for one in self.unknown)
        return ", ".join(f"{kind} ({count})" for kind, count in sorted(counts.items()))


def read_contents(opened: Opened) -> Contents:
    """Step 2: read every body from its parts and follow every reference.

    Raises:
        LedgerError: parts, any class that `hidden.read_shown` names.
        RepeatedStatementError, MissingReferenceError, UnreferencedStatementError, PassportKindError,
        MissingLogOpeningError, BundleTooLargeError: statements.
        MissingFactorError, UnreferencedFactorError: factors.
    """
    bundle = opened.bundle
    read = tuple(placed(bundled) for bundled in bundle.statements)
    statements = {one.statement.digest: one.statement for one in read}
    if len(statements) != len(read):
        raise _repeated(read)
    goods = goods_behind(statements, bundle.passport)
    tiers = tier_count(statements, goods)
    opening = next((d for d, s in statements.items() if s.kind == LOG_OPEN), None)
    if opening is None:
        raise MissingLogOpeningError(bundle.passport)
    needed = {opening, *goods, *identities_behind(statements, goods)}
    for digest, statement in statements.items():
        if digest not in needed:
            raise UnreferencedStatementError(digest, statement.kind)
    _check_factors(statements, opened.factors)
    unknown = tuple(one for one in read if isinstance(one.statement.body, UnknownBody))
    there = {*statements, *opened.factors, *(one.statement.envelope.log for one in unknown)}
    unfollowed = {named for one in unknown for named in references(one.statement)} - there
    return Contents(read, statements, goods, tiers, unknown, len(unfollowed))


def placed(bundled: BundledStatement) -> Placed:
    """Read a bundled statement with its place.

    Raises:
        LedgerError: any class that `hidden.read_shown` names.
    """
    entry = bundled.entry
    where = f"statements/{bundled.position}/parts"
    return Placed(
        statement=read_shown(entry.envelope, entry.signature, bundled.parts, bundled.hidden or (), where),
        envelope=entry.envelope.model_dump(),
        moment=Moment(bundled.position, datetime.fromisoformat(entry.at)),
        at=entry.at,
        proof=tuple(bytes.fromhex(one) for one in bundled.proof),
    )


def _repeated(placed: Sequence[Placed]) -> RepeatedStatementError:
    digests = [one.statement.digest for one in placed]
    return RepeatedStatementError(next(d for n, d in enumerate(digests) if d in digests[:n]))


def _check_factors(statements: Mapping[str, Statement], factors: Mapping[str, Factor]) -> None:
    named = set()
    for digest, statement in statements.items():
        for factor in factors_named(statement):
            if factor not in factors:
                raise MissingFactorError(digest, factor)
            named.add(factor)
        if isinstance(statement.body, UnknownBody):
            named.update(statement.body.mentions)
    for factor in factors:
        if factor not in named:
            raise UnreferencedFactorError(factor)


def check_signatures(contents: Contents) -> LogTerms:
    """Step 3: check every signature and summary, and that all were signed for one log.

    Returns:
        The terms of the log, from its first entry.

    Raises:
        SignatureVError, HighSError, UnrecoverableSignatureError, WrongKeyError: a signature.
        SummaryTemplateError, ChangedSummaryError: a summary.
        NotALogOpeningError, ForeignLogError: whose log.
    """
    for placed in contents.placed:
        signing.check_signature(placed.envelope, placed.statement.signature.model_dump())
        check_line_signed(placed.statement)
    terms = terms_of(next(s for s in contents.statements.values() if s.kind == LOG_OPEN))
    for statement in contents.statements.values():
        if statement.envelope.log != terms.log_id:
            raise ForeignLogError(statement.envelope.log, terms.log_id)
    return terms
