"""What a lot is made up of: its maker's part, and what was added to it since.

A segment's total is known from whoever took from it. The last addition is in it whole. What was there
before is divided as the segment before was, where the closure shows that segment; else by what the maker
and the earlier additions gave, because nobody outside the holder's books knows how much had left between
them (PROTOCOL, Sharing: a lot).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.allocation.sharing import Source, common, homes
from ledger.closure import takes
from ledger.co_products import as_signed, corrected_shares, handled_now
from ledger.components import NAMES, NOTHING, Components
from ledger.errors import LedgerError
from ledger.identifiers import lot_parts
from ledger.lines import Line, Take
from ledger.quantities import largest_remainder
from ledger.reestimates import ReestimateBody
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.stated import OpeningBody
from ledger.statements import (
    CorrectionBody,
    DispatchBody,
    DisposalBody,
    HandlingBody,
    ProductionBody,
    ReceiptBody,
)

Segment = tuple[str, tuple[str, ...]]
"""A lot, and the handlings and corrections that made the segment."""
Vector = dict[int, int]
"""Milligrams by component slot, while they are being added up."""


@dataclass(eq=False)
class UntraceableReferenceError(LedgerError):
    """A statement refers to something from which no goods can come."""

    statement: str
    reference: str
    problem: str
    sentence: ClassVar[str] = (
        "Statement {statement} refers to {reference}, which {problem}. Take the whole closure in log order."
    )


@dataclass(eq=False)
class UnexplainedLiabilityError(LedgerError):
    """A liability has a component that nothing behind it has."""

    statement: str
    component: str
    mg: int
    sentence: ClassVar[str] = (
        "Statement {statement} hands on {mg} mg of {component} that nothing behind it explains."
    )


MAKERS: Final = (ProductionBody, OpeningBody, DispatchBody, ReceiptBody, DisposalBody)
"""What makes goods or hands them on; nothing of that changes a lot that is there."""


class Statements:
    """The statements of a closure in log order, and what their lots are made up of."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.place = {statement.digest: place for place, statement in enumerate(statements)}
        self.by_digest = {statement.digest: statement for statement in statements}
        self._totals: dict[Segment, Components] = {}
        for statement in statements:
            for take in takes(statement):
                total = Components.parse(take.basis.liability, "take/basis/liability")
                self._totals[take.lot, take.basis.statements] = total

    def before(self, digest: str, by: str) -> Statement:
        """Return a statement that another refers to.

        Raises:
            UntraceableReferenceError: it isn't among them, or not before the other.
        """
        found = self.by_digest.get(digest)
        if found is None:
            raise UntraceableReferenceError(by, digest, "is missing")
        if digest != by and self.place[digest] > self.place[by]:
            raise UntraceableReferenceError(by, digest, "comes after it")
        return found

    def handling(self, digest: str, by: str) -> HandlingBody:
        """Return the body of a handling that another statement refers to.

        Raises:
            UntraceableReferenceError: it is none.
        """
        body = self.before(digest, by).body
        if not isinstance(body, HandlingBody):
            raise UntraceableReferenceError(by, digest, "is no handling")
        return body

    def corrections(self, maker: str, basis: Iterable[str], by: str) -> tuple[str, ...]:
        """Return those of a segment's basis that correct the lot's own production.

        Raises:
            UntraceableReferenceError: a statement of the basis is missing.
        """
        bodies = ((digest, self.before(digest, by).body) for digest in basis)
        return tuple(
            digest for digest, body in bodies if isinstance(body, CorrectionBody) and body.corrects == maker
        )

    def changes(self, corrections: Iterable[str]) -> list[CorrectionBody]:
        """Return the bodies of corrections."""
        bodies = (self.by_digest[digest].body for digest in corrections)
        return [body for body in bodies if isinstance(body, CorrectionBody)]

    def made(self, by: str, segment: Segment) -> Components:
        """Return what the maker of a lot put into it: a production's or receipt's share, an opening's whole.

        Raises:
            UntraceableReferenceError: there is no such lot.
        """
        lot, basis = segment
        maker, number = lot_parts(lot)
        body = self.before(maker, by).body
        if isinstance(body, HiddenBody):
            return self._totals[segment]
        if isinstance(body, ReceiptBody) and number < len(body.lots()):
            return Components.parse(body.lots()[number][1], "liability")
        if isinstance(body, OpeningBody) and number < len(body.lots):
            return Components.parse(body.lots[number].balance.liability, "liability")
        if isinstance(body, ProductionBody) and number < len(body.outputs):
            corrections = self.corrections(maker, basis, by)
            if corrections:
                return corrected_shares(body, self.changes(corrections))[number]
            return Components.parse(body.outputs[number].balance.liability, "liability")
        raise UntraceableReferenceError(by, lot, "is no lot")

    def composition(self, by: str, segment: Segment) -> list[tuple[str, Vector]]:
        """Return what a segment's total is made of: the maker's part first, then each addition's.

        Raises:
            UntraceableReferenceError: something of it is missing or no addition.
            UnexplainedLiabilityError: the total has what no part of it has.
        """
        lot, basis = segment
        maker = lot_parts(lot)[0]
        sources = [(maker, dict(self.made(by, segment)))]
        corrections = self.corrections(maker, basis, by)
        for count in range(len(basis) + 1):
            newest = basis[count - 1] if count else ""
            handled = newest and isinstance(self.before(newest, by).body, HandlingBody)
            new = added(self.handling(newest, by)) if handled else None
            if newest and isinstance(self.before(newest, by).body, MAKERS):
                raise UntraceableReferenceError(by, newest, "is no addition")
            if newest and newest not in corrections and new is None and not self._only_spreads(newest):
                sources.append((newest, {}))
            total = self._totals.get((lot, basis[:count]))
            if total is not None:
                rest = _without(total, new or {}, by)
                adjusted = [at for at, (source, _) in enumerate(sources) if self._adjusts(source, maker)]
                parts = split(rest, [part for _, part in sources], by, adjusted[-1] if adjusted else None)
                sources = [(source, part) for (source, _), part in zip(sources, parts, strict=True)]
            if new is not None:
                sources.append((newest, dict(new)))
        return sources

    def _only_spreads(self, digest: str) -> bool:
        """Say whether a statement adds nothing: it spreads what is left of an asset over another quantity."""
        return isinstance(self.by_digest[digest].body, ReestimateBody)

    def _adjusts(self, source: str, maker: str) -> bool:
        """Say whether a statement changed a lot through what came before it, upstream or by an answer."""
        return source != maker and not isinstance(self.by_digest[source].body, HandlingBody)


def line_vectors(lines: Iterable[Line]) -> list[Components]:
    """Return what each line emits or removes."""
    return [Components.parse(line.amount.components, "line") for line in lines]


def take_vectors(taken: Iterable[Take]) -> list[Components]:
    """Return what each interval carries."""
    return [Components.parse(take.liability, "take/liability") for take in taken]


def added(body: HandlingBody) -> Components:
    """Return what a handling added when it was signed: its lines and what it takes from own lots."""
    return handled_now(body, (), as_signed)


def split(
    vector: Mapping[int, int], parts: Sequence[Mapping[int, int]], by: str, spare: int | None = None
) -> list[Vector]:
    """Share a vector over the parts it came from, by size, so that the shares add up to it exactly.

    A component that none of the parts has belongs to the part with the number `spare`, where there is one.

    Raises:
        UnexplainedLiabilityError: a component is in none of the parts.
    """
    shares: list[Vector] = [{} for _ in parts]
    for slot, mg in vector.items():
        weights = [part.get(slot, 0) for part in parts]
        giving = [number for number, weight in enumerate(weights) if weight]
        if not giving and spare is not None:
            giving = [spare]
        if not giving:
            raise UnexplainedLiabilityError(by, NAMES[slot], mg)
        if len(giving) == 1:
            shares[giving[0]][slot] = mg
            continue
        for share, part_mg in zip(shares, largest_remainder(mg, weights), strict=True):
            if part_mg:
                share[slot] = part_mg
    return shares


def back_to_sources(
    body: ProductionBody, sources: Sequence[Source], asked: Mapping[int | None, Vector], by: str
) -> list[Vector]:
    """Share what is asked of a production's outputs over what went into it, as its policy shared it out.

    `asked` is by output, under None where the policy shares everything by weights. What an output asks is
    split into what served it alone and its part of the common sum; the common parts are added up before
    they are split over the common sources, so that nothing reaches further than it emitted.

    Raises:
        UnexplainedLiabilityError: a component is asked of an output that nothing gave it.
    """
    if None in asked:
        return split(asked[None], [one.components for one in sources], by)
    served = homes(body.policy, sources)
    parts = common(body.policy, sources, [int(output.balance.weight) for output in body.outputs])
    together: Vector = {}
    found: list[Vector] = [{} for _ in sources]
    for output, vector in asked.items():
        own = [
            one.components if home == output else NOTHING for one, home in zip(sources, served, strict=True)
        ]
        *alone, shared = split(vector, [*own, parts[output or 0]], by)
        for number, share in enumerate(alone):
            found[number] |= share
        for slot, mg in shared.items():
            together[slot] = together.get(slot, 0) + mg
    pooled = [one.components if home is None else NOTHING for one, home in zip(sources, served, strict=True)]
    return [one | share for one, share in zip(found, split(together, pooled, by), strict=True)]


def _without(total: Components, new: Mapping[int, int], by: str) -> Components:
    """Return a segment's total without its newest addition."""
    for slot, mg in new.items():
        if mg > total[slot]:
            raise UnexplainedLiabilityError(by, NAMES[slot], mg - total[slot])
    return total - new
