"""Where the carbon of a passport comes from: every line behind it, with the milligrams that reach it.

The walk goes from the passport backwards, in log order, one visit a statement. At each statement all
that is asked of it is added up first and then shared out once, component by component, with the largest
remainder; so the origins add up to the passport's liability to the milligram (PROTOCOL, Sharing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import ClassVar, Literal

from ledger.adjusted_lines import NUMBER, LogOpeningMissingError, adjusted_line, preferred_gwp
from ledger.allocation.sharing import Source, is_pooled
from ledger.closure import MAX_STATEMENTS, MAX_TIERS, BundleTooLargeError, UnknownPassportError
from ledger.co_products import counted_lines
from ledger.components import IMPORTED, NOTHING, PRIMARY, Components
from ledger.composition import (
    Segment,
    Statements,
    UntraceableReferenceError,
    Vector,
    added,
    back_to_sources,
    line_vectors,
    split,
    take_vectors,
)
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.lines import Line, Take
from ledger.opening import opening_lines
from ledger.quantities import EXACT
from ledger.signed import Statement
from ledger.stand_ins import HIDDEN_NUMBER, HiddenBody, hidden_line
from ledger.stated import OpeningBody
from ledger.statements import DispatchBody, HandlingBody, ProductionBody, ReceiptBody

Pool = tuple[str, tuple[str, ...]]
"""A production, and the corrections of it that count."""
WayKind = Literal["shipment", "take", "handling", "correction"]


@dataclass(eq=False)
class TooManyTiersError(LedgerError):
    """The supply chain behind a passport is longer than may be walked."""

    passport: str
    limit: int = MAX_TIERS
    sentence: ClassVar[str] = "Behind passport {passport} stand more than {limit} tiers of suppliers."


@dataclass(frozen=True, slots=True)
class Origin:
    """One line of one statement: what it emitted, and how much of that reaches the passport."""

    statement: str
    number: int
    line: Line
    own: Components
    reaches: Components


@dataclass(frozen=True, slots=True)
class Edge:
    """A way that carbon takes: a shipment, a take inside a company, a handling, a correction.

    `liability` is what was signed to move; `reaches` the part of it that reaches the passport. A take
    names its lot and how much of it (in the lot's unit) was taken.
    """

    kind: WayKind
    source: str
    target: str
    liability: Components
    reaches: Components = NOTHING
    lot: str = ""
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """All origins and ways behind a passport; `tiers` by statement, nearest first, one visit each."""

    passport: str
    total: Components
    origins: tuple[Origin, ...]
    edges: tuple[Edge, ...]
    tiers: Mapping[str, int]

    def primary_share(self) -> Decimal | None:
        """Return the primary share of the passport, None where its gross is 0."""
        return primary_share(self.origins, self.total.gross_mg())


@dataclass(slots=True)
class _Asked:
    """What is asked of one statement: of segments of lots, of a production, of opening lots, of itself.

    Of a production it is by output where its policy divides before it shares, else together under None. Of a
    receipt's lots it is together, with the nearest tier of each (`received`).
    """

    tier: int
    segments: dict[Segment, Vector] = field(default_factory=dict)
    pools: dict[Pool, dict[int | None, Vector]] = field(default_factory=dict)
    opened: dict[int, Vector] = field(default_factory=dict)
    received: dict[int, int] = field(default_factory=dict)
    itself: Vector | None = None


def trace(statements: Sequence[Statement], passport: str) -> Trace:
    """Find where every milligram of a passport comes from.

    `statements` is the passport's closure in log order (`closure.closure`, or a bundle's). Tiers count
    shipments from the buyer; goods that came back refused stay in the tier of their sender.

    Raises:
        BundleTooLargeError: more than 10,000 statements.
        UnknownPassportError: no dispatch among them has this digest.
        TooManyTiersError: more than 100 tiers.
        UntraceableReferenceError: a reference leads nowhere, forwards, or to something without goods.
        UnexplainedLiabilityError: a component appears out of nothing.
        LogOpeningMissingError: something came by an adjustment, and the log's first entry isn't there.
    """
    if len(statements) > MAX_STATEMENTS:
        raise BundleTooLargeError("statements", len(statements), MAX_STATEMENTS)
    return _Walk(Statements(statements), passport).run()


def primary_share(origins: Iterable[Origin], gross_mg: int) -> Decimal | None:
    """Return (measured + calculated + imported x its own primary share) / gross, None where gross is 0.

    Each line's imported milligrams count with the share that this line states, 0 where it states none
    (PROTOCOL, Values: primary share). Exact until it is written.
    """
    if not gross_mg:
        return None
    primary = Decimal(0)
    for origin in origins:
        known = Decimal(origin.reaches.evidence_mg(*PRIMARY))
        stated = origin.line.amount.primary_share
        if stated is not None:
            imported = Decimal(origin.reaches.evidence_mg(IMPORTED))
            known = EXACT.add(known, EXACT.multiply(imported, Decimal(stated)))
        primary = EXACT.add(primary, known)
    return EXACT.divide(primary, Decimal(gross_mg))


def passport_handlings(statements: Iterable[Statement], passport: str) -> tuple[str, ...]:
    """Return the handlings that belong to a shipment: those its receipt lists, else those aimed at it."""
    aimed = []
    for statement in statements:
        body = statement.body
        if isinstance(body, ReceiptBody) and body.takes_over.shipment == passport:
            return body.takes_over.handlings
        if isinstance(body, HandlingBody) and body.target.shipment == passport:
            aimed.append(statement.digest)
    return tuple(aimed)


class _Walk:
    """One walk over a closure, from the passport back to the first origins."""

    def __init__(self, statements: Statements, passport: str) -> None:
        self.statements = statements
        self.passport = passport
        self.asked: dict[str, _Asked] = {}
        self.reached: dict[tuple[str, int], tuple[Line, Components, Vector]] = {}
        self.edges: dict[tuple[WayKind, str, str, str, str], tuple[Edge, Vector]] = {}

    def run(self) -> Trace:
        """Ask the dispatch and its handlings for all of it, then visit every statement, newest first."""
        known = self.statements.by_digest
        dispatch = known.get(self.passport)
        if dispatch is None or not isinstance(dispatch.body, DispatchBody):
            raise UnknownPassportError(self.passport)
        total = Components.parse(dispatch.body.liability, "liability")
        self._ask_itself(self.passport, total, 1)
        for digest in passport_handlings(known.values(), self.passport):
            if digest not in known:
                raise UntraceableReferenceError(self.passport, digest, "is missing")
            vector = added(self.statements.handling(digest, digest))
            self._ask_itself(digest, vector, 1)
            self._way(Edge("handling", digest, self.passport, vector), vector)
            total = total + vector
        for digest in reversed(known):
            if digest in self.asked:
                self._visit(known[digest], self.asked[digest])
        return self._result(total)

    def _result(self, total: Components) -> Trace:
        place = self.statements.place
        origins = tuple(
            Origin(digest, number, line, own, Components(mg))
            for (digest, number), (line, own, mg) in self.reached.items()
        )
        edges = tuple(replace(edge, reaches=Components(mg)) for edge, mg in self.edges.values())
        tiers = {digest: asked.tier for digest, asked in self.asked.items()}
        nearest = dict(sorted(tiers.items(), key=lambda item: (item[1], -place[item[0]])))
        return Trace(self.passport, total, origins, edges, nearest)

    def _visit(self, statement: Statement, asked: _Asked) -> None:
        if asked.tier > MAX_TIERS:
            raise TooManyTiersError(self.passport)
        by = statement.digest
        for segment, vector in asked.segments.items():
            self._share_segment(by, segment, vector, asked.tier)
        for pool, vectors in asked.pools.items():
            self._share_pool(by, pool, vectors, asked.tier)
        if isinstance(statement.body, OpeningBody):
            self._reach_opening(by, statement.body, asked.opened)
        if asked.itself is None:
            return
        body = statement.body
        if isinstance(body, HandlingBody):
            self._share_handling(by, body, asked.itself, asked.tier)
        elif isinstance(body, ReceiptBody):
            self._share_shipment(by, body, asked.itself, asked.received)
        else:
            assert isinstance(body, DispatchBody)  # noqa: S101 - nothing else is asked for itself
            self._ask_take(by, body.take, "take", asked.itself, asked.tier)

    def _share_segment(self, by: str, segment: Segment, vector: Vector, tier: int) -> None:
        """Share what is asked of a segment over the lot's maker and what was added since."""
        lot, basis = segment
        maker, number = lot_parts(lot)
        parts = self.statements.composition(by, segment)
        shares = split(vector, [part for _, part in parts], by)
        for (source, _), share in zip(parts, shares, strict=True):
            if source != maker and not isinstance(self.statements.by_digest[source].body, HandlingBody):
                hidden = isinstance(self.statements.by_digest[source].body, HiddenBody)
                (self._reach_hidden if hidden else self._reach_adjusted)(source, share, tier)
                continue
            if source != maker:
                whole = added(self.statements.handling(source, by))
                self._ask_itself(source, share, tier)
                self._way(Edge("handling", source, maker, whole, lot=lot), share)
                continue
            corrections = self.statements.corrections(maker, basis, by)
            body = self.statements.by_digest[maker].body
            if isinstance(body, HiddenBody):
                self._reach_hidden(maker, share, tier)
            elif isinstance(body, OpeningBody):
                _add(self._ask(maker, tier).opened.setdefault(number, {}), share)
            elif not isinstance(body, ProductionBody):
                self._ask_itself(maker, share, tier)
                received = self.asked[maker].received
                received[number] = min(tier, received.get(number, tier))
            else:
                # A correction may take goods that came after the production: the newest one shares out.
                asked = self._ask(corrections[-1] if corrections else maker, tier)
                output = None if is_pooled(body.policy.id) else number
                _add(asked.pools.setdefault((maker, corrections), {}).setdefault(output, {}), share)

    def _share_pool(self, by: str, pool: Pool, asked: Mapping[int | None, Vector], tier: int) -> None:
        """Share what is asked of a production over its lines and inputs, corrections included."""
        maker, corrections = pool
        changes = self.statements.changes(corrections)
        inputs: list[tuple[str, str, Take]] = []
        body = self.statements.by_digest[maker].body
        assert isinstance(body, ProductionBody)  # noqa: S101 - `made` has checked it
        lines = counted_lines(maker, body, zip(corrections, changes, strict=True))
        inputs += [(maker, f"inputs/{n}", take) for n, take in enumerate(body.inputs)]
        for digest, change in zip(corrections, changes, strict=True):
            inputs += [(digest, f"inputs/{n}", take) for n, take in enumerate(change.change.add_inputs)]
        owns = line_vectors(line for _, _, line in lines)
        shares = back_to_sources(body, _sources(maker, lines, inputs), asked, by)
        given: dict[str, Vector] = {digest: {} for digest in (maker, *corrections)}
        for (digest, number, line), own, share in zip(lines, owns, shares[: len(lines)], strict=True):
            self._reach(digest, number, line, own, share)
            _add(given[digest], share)
        for (digest, path, take), share in zip(inputs, shares[len(lines) :], strict=True):
            self._ask_take(digest, take, path, share, tier)
            _add(given[digest], share)
        self._ask(maker, tier)
        for digest, change in zip(corrections, changes, strict=True):
            self._ask(digest, tier)
            wholes = (*line_vectors(change.change.add_lines), *take_vectors(change.change.add_inputs))
            self._way(Edge("correction", digest, maker, Components.total_of(wholes)), given[digest])

    def _reach_opening(self, by: str, body: OpeningBody, asked: Mapping[int, Vector]) -> None:
        """Keep what is asked of opening lots: nothing is known of where it came from before."""
        lines = opening_lines(body)
        for number, vector in asked.items():
            own = Components.parse(body.lots[number].balance.liability, "liability")
            self._reach(by, number, lines[number], own, vector)

    def _reach_adjusted(self, by: str, vector: Vector, tier: int) -> None:
        """Keep what came by an adjustment: it is known by component, not by the line that it goes back to."""
        if vector:
            self._ask(by, tier)
            gwp = preferred_gwp(self.statements.by_digest.values())
            if gwp is None:
                raise LogOpeningMissingError(by)
            self._reach(by, NUMBER, adjusted_line(vector, gwp), Components(vector), vector)

    def _share_handling(self, by: str, body: HandlingBody, vector: Vector, tier: int) -> None:
        """Share what is asked of a handling over its lines and what it took from the handler's lots."""
        owns = line_vectors(body.lines)
        shares = split(vector, [*owns, *take_vectors(body.inputs)], by)
        for number, (line, own) in enumerate(zip(body.lines, owns, strict=True)):
            self._reach(by, number, line, own, shares[number])
        for number, (take, share) in enumerate(zip(body.inputs, shares[len(owns) :], strict=True)):
            self._ask_take(by, take, f"inputs/{number}", share, tier)

    def _share_shipment(
        self, by: str, body: ReceiptBody, vector: Vector, received: Mapping[int, int]
    ) -> None:
        """Share what is asked of a receipt over the dispatch and the handlings it took over.

        What was accepted comes from the next tier; what came back stays in the tier of its sender.
        """
        shipment = body.takes_over.shipment
        dispatch = self.statements.before(shipment, by).body
        made = body.lots()
        before = min(tier + (made[number][0] == "accepted") for number, tier in received.items())
        whole = Components.total_of(Components.parse(made[number][1], "liability") for number in received)
        self._way(Edge("shipment", shipment, by, whole), vector)
        if isinstance(dispatch, HiddenBody):  # its handlings are hidden with it
            self._reach_hidden(shipment, vector, before)
            return
        if not isinstance(dispatch, DispatchBody):
            raise UntraceableReferenceError(by, shipment, "is no dispatch")
        handled = [added(self.statements.handling(digest, by)) for digest in body.takes_over.handlings]
        handed = Components.parse(dispatch.liability, "liability")
        shares = split(vector, [handed, *handled, {}], by, len(handled) + 1)
        self._reach_adjusted(by, shares.pop(), min(received.values()))
        self._ask_itself(shipment, shares[0], before)
        for digest, whole, share in zip(body.takes_over.handlings, handled, shares[1:], strict=True):
            self._ask_itself(digest, share, before)
            self._way(Edge("handling", digest, shipment, whole), share)

    def _reach_hidden(self, by: str, vector: Vector, tier: int) -> None:
        """Keep what comes from behind a hidden statement: it is known by component alone."""
        gwp = preferred_gwp(self.statements.by_digest.values())
        if gwp is None:
            raise LogOpeningMissingError(by)
        self._ask(by, tier)
        if not vector:
            return
        self._reach(by, HIDDEN_NUMBER, hidden_line(Components(vector), gwp), Components(vector), vector)

    def _ask_take(self, by: str, take: Take, path: str, share: Vector, tier: int) -> None:
        """Ask the segment that an interval was taken from; its newest addition answers."""
        segment = (take.lot, take.basis.statements)
        maker = lot_parts(take.lot)[0]
        for digest in (maker, *take.basis.statements):
            if digest == by:
                raise UntraceableReferenceError(by, digest, "is itself")
            self.statements.before(digest, by)
        asked = self._ask(segment[1][-1] if segment[1] else maker, tier)
        _add(asked.segments.setdefault(segment, {}), share)
        liability = Components.parse(take.liability, "take/liability")
        quantity = int(take.end) - int(take.start)
        self._way(Edge("take", maker, by, liability, lot=take.lot, quantity=quantity), share, path)

    def _ask(self, digest: str, tier: int) -> _Asked:
        asked = self.asked.setdefault(digest, _Asked(tier))
        asked.tier = min(asked.tier, tier)
        return asked

    def _ask_itself(self, digest: str, vector: Mapping[int, int], tier: int) -> None:
        asked = self._ask(digest, tier)
        if asked.itself is None:
            asked.itself = {}
        _add(asked.itself, vector)

    def _reach(self, digest: str, number: int, line: Line, own: Components, share: Vector) -> None:
        _add(self.reached.setdefault((digest, number), (line, own, {}))[2], share)

    def _way(self, edge: Edge, reaches: Mapping[int, int], path: str = "") -> None:
        """Add to what comes along a way; takes of one lot by one statement are told apart by path."""
        key = (edge.kind, edge.source, edge.target, edge.lot, path)
        _add(self.edges.setdefault(key, (edge, {}))[1], reaches)


def _sources(
    maker: str, lines: Sequence[tuple[str, int, Line]], inputs: Sequence[tuple[str, str, Take]]
) -> list[Source]:
    """Return lines and inputs as a policy names them: by number in the production, None in a correction."""
    owns = line_vectors(line for _, _, line in lines)
    carried = take_vectors(take for _, _, take in inputs)
    numbers = [number if digest == maker else None for digest, number, _ in lines]
    taken = [int(path.removeprefix("inputs/")) if digest == maker else None for digest, path, _ in inputs]
    return [
        *(Source("lines", number, own) for number, own in zip(numbers, owns, strict=True)),
        *(Source("inputs", number, own) for number, own in zip(taken, carried, strict=True)),
    ]


def _add(to: Vector, vector: Mapping[int, int]) -> None:
    for slot, mg in vector.items():
        to[slot] = to.get(slot, 0) + mg
