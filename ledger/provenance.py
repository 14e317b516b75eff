"""The whole graph behind a shipment: who emitted what, how it came here, and how we know.

Everything is computed from the signed statements of a passport's closure, so a database and a bundle
give the same answer. Shares are parts of the gross figure; nothing estimated is shown as measured, and a
gap is always named with its factor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from ledger.adjusted_lines import preferred_gwp
from ledger.attesting import OpinionOn, opinions, roles_on
from ledger.body import Occurred
from ledger.components import NOTHING, Components
from ledger.composition import line_vectors
from ledger.data_quality import DataQuality, data_quality
from ledger.factor import Factor
from ledger.line_factors import line_flags, line_restatable
from ledger.lines import Line, scope_of, stage_of
from ledger.logistics.chain import TransportElement, transport_chain
from ledger.logistics.flags import leg_flags
from ledger.memos import memo_sums
from ledger.opening import OpenedLot, opened_goods, opened_lots, opening_lines
from ledger.origins import Edge, Origin, Trace, passport_handlings, primary_share, trace
from ledger.quantities import EXACT
from ledger.removals_behind import Standings, flags_since, standings
from ledger.signed import Statement
from ledger.stand_ins import SHOWN_AS, HiddenBody, HiddenGoods
from ledger.stated import OpeningBody
from ledger.statements import (
    CorrectionBody,
    DispatchBody,
    Goods,
    HandlingBody,
    KeyBody,
    Leg,
    Output,
    Places,
    Policy,
    ProductionBody,
    ReceiptBody,
    RegistrationBody,
)
from ledger.uncertainty import Uncertainty, uncertainty

PRIMARY_SHARE_RULE: Final = "(measured + calculated + imported x its own primary share) / gross"
NO_TAG: Final = "none"
ADDED_FLAG: Final = "added_since_dispatch"
"""Flags what handlings added to a shipment when that is over 20 % of its gross at dispatch."""
FactorRecords = Callable[[str], Factor | None]
"""Gives the record of a factor by its digest, None where it isn't at hand."""


@dataclass(frozen=True, slots=True)
class Node:
    """One statement behind the passport: who, where, what, when, and its own lines.

    `own` is everything that its own lines emitted or removed, `reaches` the part that reaches the
    passport; `quantity` is in `unit`, None where the goods have several. `policy` shared the `outputs`.
    """

    statement: str
    kind: str
    organization: str
    name: str
    tier: int
    occurred: Occurred
    site: str
    product: str
    quantity: int | None
    unit: str
    own: Components
    reaches: Components
    leg: Leg | None = None
    policy: Policy | None = None
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class GapOrigin:
    """An input without a passport: the purchase, why it is a gap, its factor, what of it is in here."""

    statement: str
    number: int
    organization: str
    tier: int
    key: str
    reason: str
    factor: str
    activity: str
    text: str
    gwp: str
    flags: tuple[str, ...]
    reaches: Components


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that stands behind a passport. Shares are in mg of gross CO2e; the total is exact.

    `nodes` begin with the nearest tier; `origins` add up to `total` in every component. The figure is
    per unit of `goods`: divide by its quantity. `names` and `accredited` roles (on the day of dispatch)
    are by organization; `beyond_a_fifth` has the handlings that added over 20 % since dispatch; `line_flags`
    are by statement and line number.
    """

    passport: str
    goods: Goods
    places: Places | None
    total: Components
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    origins: tuple[Origin, ...]
    gaps: tuple[GapOrigin, ...]
    tier_of: Mapping[str, int]
    restatable_mg: int
    names: Mapping[str, str]
    accredited: Mapping[str, tuple[str, ...]]
    beyond_a_fifth: frozenset[str]
    line_flags: Mapping[tuple[str, int], tuple[str, ...]]
    uncertainty: Uncertainty
    data_quality: DataQuality
    standings: Standings
    opinions: tuple[OpinionOn, ...]
    openings: tuple[OpenedLot, ...]
    transport: tuple[TransportElement, ...]

    @property
    def tiers(self) -> int:
        """How many tiers of suppliers stand behind it; 1 is the sender alone."""
        return max(self.tier_of.values())

    def share(self, mg: int) -> Decimal | None:
        """Return mg as a share of the gross figure, None where that is 0."""
        gross = self.total.gross_mg()
        return EXACT.divide(Decimal(mg), Decimal(gross)) if gross else None

    def primary_share(self) -> Decimal | None:
        """Return the primary share of the figure, from the lines that reach it; None where gross is 0."""
        return primary_share(self.origins, self.total.gross_mg())

    def memos(self) -> dict[str, Fraction]:
        """Return what is shown beside the figure and is no part of it, by kind of memo."""
        return memo_sums(self.origins)

    def by_tier(self) -> dict[int, Components]:
        """Return what came in at each tier, all tiers from 1 on."""
        found: dict[int, list[Components]] = {tier: [] for tier in range(1, self.tiers + 1)}
        for origin in self.origins:
            found[self.tier_of[origin.statement]].append(origin.reaches)
        return {tier: Components.total_of(vectors) for tier, vectors in found.items()}

    def by_organization(self) -> dict[str, Components]:
        """Return what each organization's own lines brought in, the largest gross first."""
        found: dict[str, list[Components]] = {}
        for node in self.nodes:
            found.setdefault(node.organization, []).append(node.reaches)
        sums = {organization: Components.total_of(vectors) for organization, vectors in found.items()}
        return dict(sorted(sums.items(), key=lambda item: (-item[1].gross_mg(), item[0])))

    def by_activity(self) -> dict[str, Components]:
        """Return what each activity (diesel, fertiliser) brought in, the largest gross first."""
        sums = _summed((origin.line.source.activity, origin.reaches) for origin in self.origins)
        return dict(sorted(sums.items(), key=lambda item: (-item[1].gross_mg(), item[0])))

    def by_stage(self) -> dict[str, int]:
        """Return gross mg by stage: `operation` is tank-to-wheel, `energy_provision` well-to-tank."""
        return self._gross(stage_of)

    def by_scope(self) -> dict[str, int]:
        """Return gross mg by the scope that each line has in its maker's books, `3.4` with category."""
        return self._gross(scope_of)

    def by_of_which(self) -> dict[str, int]:
        """Return gross mg of packaging and outbound logistics, for reports that ask for them apart."""
        found = self._gross(lambda line: line.source.tags.of_which or NO_TAG)
        return {tag: mg for tag, mg in found.items() if tag != NO_TAG}

    def by_gwp(self) -> dict[str, int]:
        """Return gross mg by the GWP set that the lines were made with."""
        return self._gross(lambda line: line.amount.gwp)

    def flags_of(self, origin: Origin) -> tuple[str, ...]:
        """Return the flags of a line: its signer's, its factor's, what it adds or what went back since."""
        at = (origin.statement, origin.number)
        flags = (*self.line_flags[at], *flags_since(self.standings.get(at)))
        return (*flags, ADDED_FLAG) if origin.statement in self.beyond_a_fifth else flags

    def by_flag(self) -> dict[str, int]:
        """Return gross mg of the lines with each flag; a line with two flags counts in both."""
        found: dict[str, int] = {}
        for origin in self.origins:
            for flag in self.flags_of(origin):
                found[flag] = found.get(flag, 0) + origin.reaches.gross_mg()
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def flagged_mg(self) -> int:
        """Return gross mg of all lines that carry at least one flag."""
        return sum(origin.reaches.gross_mg() for origin in self.origins if self.flags_of(origin))

    def gap_mg(self) -> int:
        """Return gross mg of all gaps."""
        return sum(gap.reaches.gross_mg() for gap in self.gaps)

    def _gross(self, key: Callable[[Line], str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for origin in self.origins:
            name = key(origin.line)
            found[name] = found.get(name, 0) + origin.reaches.gross_mg()
        return dict(sorted(found.items()))


def provenance(
    statements: Sequence[Statement], passport: str, factors: FactorRecords = lambda _digest: None
) -> Provenance:
    """Compute the graph behind a passport from its closure, in log order.

    `factors` gives a record by digest, where it is at hand: it says what must be flagged, whatever the
    signer says, and whether a line can be restated in another GWP set; without it the line says so itself.

    Raises:
        BundleTooLargeError, TooManyTiersError: there is more behind it than may be walked.
        UnknownPassportError: no dispatch among the statements has this digest.
        UntraceableReferenceError, UnexplainedLiabilityError: the closure has a hole or contradicts itself.
        LogOpeningMissingError: something came by an adjustment, and the log's first entry isn't there.
    """
    found = trace(statements, passport)
    known = {statement.digest: statement for statement in statements}
    body = known[passport].body
    assert isinstance(body, DispatchBody)  # noqa: S101 - trace has checked it
    reaching = _summed((origin.statement, origin.reaches) for origin in found.origins)
    preferred, flags, restatable_mg = preferred_gwp(statements), {}, 0
    by_leg = leg_flags(statements)
    for origin in found.origins:
        line = origin.line
        record = factors(line.source.factor) if line.source.factor else None
        key = origin.statement, origin.number
        flags[key] = line_flags(line, record, preferred or line.amount.gwp, by_leg.get(key, ()))
        restatable_mg += origin.reaches.gross_mg() if line_restatable(line, record) else 0
    return Provenance(
        passport=passport,
        goods=body.goods,
        places=body.places,
        total=found.total,
        nodes=tuple(_nodes(statements, found.tiers, reaching)),
        edges=found.edges,
        origins=found.origins,
        gaps=tuple(_gaps(found.origins, known, found.tiers, flags)),
        tier_of=found.tiers,
        restatable_mg=restatable_mg,
        names=_names(statements),
        accredited=roles_on(statements, body.occurred.end),
        beyond_a_fifth=frozenset(_beyond_a_fifth(statements, body, found)),
        line_flags=flags,
        uncertainty=uncertainty(found.origins, factors),
        data_quality=data_quality(found.origins),
        standings=standings(found.origins, statements),
        opinions=opinions(statements, known),
        openings=opened_lots(
            statements, found.tiers, {(o.statement, o.number): o.reaches for o in found.origins}
        ),
        transport=transport_chain(statements, found.tiers, reaching),
    )


def _summed(pairs: Iterable[tuple[str, Components]]) -> dict[str, Components]:
    found: dict[str, list[Components]] = {}
    for name, vector in pairs:
        found.setdefault(name, []).append(vector)
    return {name: Components.total_of(vectors) for name, vectors in found.items()}


def _names(statements: Sequence[Statement]) -> dict[str, str]:
    """Return each organization's name as it last stated it."""
    names = {}
    for statement in statements:
        match statement.body:
            case RegistrationBody(name=name) | KeyBody(name=str() as name):
                names[statement.issuer] = name
            case _:
                pass
    return names


def _beyond_a_fifth(statements: Sequence[Statement], body: DispatchBody, found: Trace) -> tuple[str, ...]:
    """Return a shipment's handlings when together they added over 20 % of its gross at dispatch."""
    at_dispatch = Components.parse(body.liability, "liability").gross_mg()
    if (found.total.gross_mg() - at_dispatch) * 5 <= at_dispatch:
        return ()
    return passport_handlings(statements, found.passport)


def _nodes(
    statements: Sequence[Statement], tiers: Mapping[str, int], reaching: Mapping[str, Components]
) -> Iterable[Node]:
    """Yield every statement that carbon comes from or through, the nearest first."""
    known = {statement.digest: statement for statement in statements}
    names, dropped = _names(statements), _dropped(statements)
    for digest, tier in tiers.items():
        statement = known[digest]
        product, quantity, unit = _goods(statement, known)
        body = statement.body
        yield Node(
            statement=digest,
            kind=statement.kind,
            organization=statement.issuer,
            name=names.get(statement.issuer, ""),
            tier=tier,
            occurred=body.occurred,
            site=body.site.name if isinstance(body, ProductionBody) and body.site else "",
            product=product,
            quantity=quantity,
            unit=unit,
            own=Components.total_of(line_vectors(_lines(statement, dropped))),
            reaches=reaching.get(digest, NOTHING),
            leg=body.leg if isinstance(body, HandlingBody) else None,
            policy=body.policy if isinstance(body, ProductionBody) else None,
            outputs=tuple(body.outputs) if isinstance(body, ProductionBody) else (),
        )


def _dropped(statements: Sequence[Statement]) -> dict[str, set[int]]:
    """Return the numbers of the lines that corrections dropped, by production."""
    dropped: dict[str, set[int]] = {}
    for statement in statements:
        if isinstance(statement.body, CorrectionBody):
            numbers = {int(number) for number in statement.body.change.drop_lines}
            dropped.setdefault(statement.body.corrects, set()).update(numbers)
    return dropped


def _lines(statement: Statement, dropped: Mapping[str, set[int]]) -> Sequence[Line]:
    """Return a statement's own lines, without those that a correction dropped."""
    match statement.body:
        case ProductionBody() as body:
            gone = dropped.get(statement.digest, set())
            return [line for number, line in enumerate(body.lines) if number not in gone]
        case HandlingBody() as body:
            return body.lines
        case CorrectionBody() as body:
            return body.change.add_lines
        case OpeningBody() as body:
            return opening_lines(body)
        case _:
            return ()


def _goods(statement: Statement, known: Mapping[str, Statement]) -> tuple[str, int | None, str]:
    """Return the product, quantity and unit that a statement is about."""
    match statement.body:
        case ProductionBody() as body:
            names = dict.fromkeys(output.product.name for output in body.outputs)
            units = {output.balance.unit for output in body.outputs}
            total = sum(int(output.balance.quantity) for output in body.outputs)
            return ", ".join(names), total if len(units) == 1 else None, min(units)
        case OpeningBody() as body:
            return opened_goods(body)
        case DispatchBody() as body:
            hidden = isinstance(body.goods, HiddenGoods)
            quantity, unit = (None, "") if hidden else (int(body.goods.quantity), body.goods.unit)
            return body.goods.product, quantity, unit
        case ReceiptBody() as body:
            product, quantity, unit = _goods(known[body.takes_over.shipment], known)
            return product, body.kept() or quantity, unit
        case HandlingBody() as body if body.leg:
            return "", int(body.leg.mass_mg), "mg"
        case _:
            return (SHOWN_AS if isinstance(statement.body, HiddenBody) else ""), None, ""


def _gaps(
    origins: Sequence[Origin],
    known: Mapping[str, Statement],
    tiers: Mapping[str, int],
    flags: Mapping[tuple[str, int], tuple[str, ...]],
) -> Iterable[GapOrigin]:
    """Yield every gap that is part of the passport, the largest gross first."""
    for origin in sorted(origins, key=lambda o: -o.reaches.gross_mg()):
        gap = origin.line.amount.gap
        if gap is not None:
            yield GapOrigin(
                statement=origin.statement,
                number=origin.number,
                organization=known[origin.statement].issuer,
                tier=tiers[origin.statement],
                key=gap.key,
                reason=gap.reason,
                factor=gap.factor,
                activity=origin.line.source.activity,
                text=origin.line.source.text or "",
                flags=flags[origin.statement, origin.number],
                gwp=origin.line.amount.gwp,
                reaches=origin.reaches,
            )
