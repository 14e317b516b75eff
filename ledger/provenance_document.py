"""The provenance of a passport as it is shown: nodes, edges, gaps with their factors, shares."""

from __future__ import annotations

from decimal import Decimal

from ledger.allocation.sharing import is_pooled
from ledger.components import NAMES, Components
from ledger.evidence_shown import OpeningShown, OpinionShown, openings_shown, opinions_shown
from ledger.factor import Factor
from ledger.identifiers import lot_id
from ledger.logistics.shown import TransportShown, transport_shown
from ledger.memos import MemoShown, memos_shown, reaching_texts, stated_texts
from ledger.passport import Party, Period, party, period, shares
from ledger.power_shown import PowerShown, power_shown
from ledger.provenance import PRIMARY_SHARE_RULE, FactorRecords, GapOrigin, Node, Provenance
from ledger.quantities import EXACT
from ledger.removals_behind import RemovalShown, removals_shown
from ledger.seasons_shown import SeasonShown, season_shown
from ledger.shown import Figure, Share, Shown, figure, share_text
from ledger.statements import Output
from ledger.uncertainty_shown import (
    DataQualityShown,
    UncertaintyShown,
    data_quality_shown,
    uncertainty_shown,
)


class OutputShown(Shown):
    """One output of a production: its lot, and which part of the emissions its weight gives it.

    `share` is the weight over the sum of weights, or the gross over all gross where the policy divides
    before it shares; a product has no `kind`; `on_the_way`: this passport's carbon came through it.
    """

    lot: str
    product: str
    batch: str | None
    quantity: str
    unit: str
    weight: str
    kind: str | None
    share: str | None
    on_the_way: bool


class NodeShown(Shown):
    """One statement behind the passport; `quantity` in `unit`, `own` is all that its lines emitted.

    A production names its allocation `policy` and shows how it was shared over its `outputs`.
    """

    statement: str
    kind: str
    organization: Party
    tier: int
    occurred: Period
    site: str | None
    product: str | None
    quantity: str | None
    unit: str | None
    mode: str | None
    own: Figure
    reaches: Figure
    share: str | None
    policy: str | None
    season: SeasonShown | None
    outputs: tuple[OutputShown, ...]


class EdgeShown(Shown):
    """A way that carbon takes; `reaches` is the part of `liability` that reaches the passport."""

    kind: str
    source: str
    target: str
    lot: str | None
    quantity: str | None
    liability: Figure
    reaches: Figure


class FactorShown(Shown):
    """The record of a factor, as far as a reader needs it to judge a gap."""

    id: str
    name: str
    name_zh: str | None
    value: str
    per: str
    region: str
    sector: str | None
    source: str
    dataset: str
    dataset_version: str
    data_year: str
    currency: str | None
    currency_year: str | None
    price_type: str | None
    licence: str
    covers: tuple[str, ...]


class GapShown(Shown):
    """An input without a passport and the factor in its place; `factor` is None where it isn't at hand."""

    statement: str
    line: int
    organization: Party
    tier: int
    key: str
    reason: str
    activity: str
    text: str | None
    flags: tuple[str, ...]
    gwp: str
    reaches: Figure
    share: str | None
    factor_digest: str
    factor: FactorShown | None


class TierShown(Shown):
    """What came in at one tier, counted in shipments from the buyer."""

    tier: int
    reaches: Figure
    share: str | None


class OrganizationShown(Shown):
    """What one organization's own lines brought in."""

    organization: Party
    tier: int
    reaches: Figure
    share: str | None


class ComponentShown(Shown):
    """One component of the figure in mg; emissions with their share, uptake and removals without."""

    component: str
    mg: str
    share: str | None


class MemoLineShown(Shown):
    """A line with a memo: as it was signed, and what of it reaches the passport, both by kind.

    Milligrams of C or CO2e, land in m2·year: never added up with the footprint.
    """

    statement: str
    line: int
    organization: Party
    tier: int
    activity: str
    text: str | None
    stated: dict[str, str]
    reaches: dict[str, str]


class ProvenanceDocument(Shown):
    """The whole graph behind a shipment; shares are parts of the gross figure, memos are beside it."""

    passport: str
    unit: str
    quantity: str
    total: Figure
    primary_share: str | None
    primary_share_rule: str
    nodes: tuple[NodeShown, ...]
    edges: tuple[EdgeShown, ...]
    gaps: tuple[GapShown, ...]
    openings: tuple[OpeningShown, ...]
    opinions: tuple[OpinionShown, ...]
    power: tuple[PowerShown, ...]
    tiers: tuple[TierShown, ...]
    organizations: tuple[OrganizationShown, ...]
    components: tuple[ComponentShown, ...]
    activities: tuple[Share, ...]
    scopes: tuple[Share, ...]
    stages: tuple[Share, ...]
    of_which: tuple[Share, ...]
    gwp: tuple[Share, ...]
    flags: tuple[Share, ...]
    memos: tuple[MemoShown, ...]
    memo_lines: tuple[MemoLineShown, ...]
    removals: tuple[RemovalShown, ...]
    transport: TransportShown
    flagged_share: str | None
    gap_share: str | None
    restatable_share: str | None
    uncertainty: UncertaintyShown
    data_quality: DataQualityShown


def provenance_document(found: Provenance, factors: FactorRecords) -> ProvenanceDocument:
    """Return a provenance as plain values; `factors` gives a record by digest, None where unknown."""
    activities = {name: vector.gross_mg() for name, vector in found.by_activity().items()}
    return ProvenanceDocument(
        passport=found.passport,
        unit=found.goods.unit,
        quantity=found.goods.quantity,
        total=figure(found.total),
        primary_share=share_text(found.primary_share()),
        primary_share_rule=PRIMARY_SHARE_RULE,
        nodes=tuple(_node(found, node) for node in found.nodes),
        edges=_edges(found),
        gaps=tuple(_gap(found, gap, factors(gap.factor)) for gap in found.gaps),
        openings=openings_shown(found.openings, found.names, found.total),
        opinions=opinions_shown(found.opinions, found.names),
        power=power_shown(
            found.origins,
            {node.statement: node.organization for node in found.nodes},
            found.names,
            found.tier_of,
            found.total.gross_mg(),
        ),
        tiers=_tiers(found),
        organizations=_organizations(found),
        components=_components(found),
        activities=shares(found, activities),
        scopes=shares(found, found.by_scope()),
        stages=shares(found, found.by_stage()),
        of_which=shares(found, found.by_of_which()),
        gwp=shares(found, found.by_gwp()),
        flags=shares(found, found.by_flag()),
        memos=memos_shown(found.memos(), int(found.goods.quantity), found.goods.unit),
        memo_lines=_memo_lines(found),
        removals=removals_shown(found.origins, found.standings, found.names),
        transport=transport_shown(found),
        flagged_share=share_text(found.share(found.flagged_mg())),
        gap_share=share_text(found.share(found.gap_mg())),
        restatable_share=share_text(found.share(found.restatable_mg)),
        uncertainty=uncertainty_shown(found.uncertainty, int(found.goods.quantity), found.goods.unit),
        data_quality=data_quality_shown(found.data_quality),
    )


def _node(found: Provenance, node: Node) -> NodeShown:
    return NodeShown(
        statement=node.statement,
        kind=node.kind,
        organization=party(found, node.organization),
        tier=node.tier,
        occurred=period(node.occurred),
        site=node.site or None,
        product=node.product or None,
        quantity=None if node.quantity is None else str(node.quantity),
        unit=node.unit or None,
        mode=node.leg.mode if node.leg else None,
        own=figure(node.own),
        reaches=figure(node.reaches),
        share=share_text(found.share(node.reaches.gross_mg())),
        policy=node.policy.id if node.policy else None,
        season=season_shown(node.policy),
        outputs=tuple(_output(found, node, output) for output in node.outputs),
    )


def _output(found: Provenance, node: Node, output: Output) -> OutputShown:
    lot = lot_id(node.statement, int(output.balance.no))
    weight, weights = _part(node, output)
    return OutputShown(
        lot=lot,
        product=output.product.name,
        batch=output.product.batch,
        quantity=output.balance.quantity,
        unit=output.balance.unit,
        weight=output.balance.weight,
        kind=output.balance.kind,
        share=share_text(EXACT.divide(weight, weights)) if weights else None,
        on_the_way=any(edge.lot == lot for edge in found.edges),
    )


def _part(node: Node, output: Output) -> tuple[Decimal, Decimal]:
    """Return an output's weight and all weights; its gross mg and all where the policy divides first."""
    if is_pooled(node.policy.id if node.policy else ""):
        parts = {one.balance.no: int(one.balance.weight) for one in node.outputs}
    else:
        signed = {one.balance.no: Components.parse(one.balance.liability) for one in node.outputs}
        parts = {number: components.gross_mg() for number, components in signed.items()}
    return Decimal(parts[output.balance.no]), Decimal(sum(parts.values()))


def _edges(found: Provenance) -> tuple[EdgeShown, ...]:
    return tuple(
        EdgeShown(
            kind=edge.kind,
            source=edge.source,
            target=edge.target,
            lot=edge.lot or None,
            quantity=None if edge.quantity is None else str(edge.quantity),
            liability=figure(edge.liability),
            reaches=figure(edge.reaches),
        )
        for edge in found.edges
    )


def _gap(found: Provenance, gap: GapOrigin, factor: Factor | None) -> GapShown:
    return GapShown(
        statement=gap.statement,
        line=gap.number,
        organization=party(found, gap.organization),
        tier=gap.tier,
        key=gap.key,
        reason=gap.reason,
        activity=gap.activity,
        text=gap.text or None,
        flags=gap.flags,
        gwp=gap.gwp,
        reaches=figure(gap.reaches),
        share=share_text(found.share(gap.reaches.gross_mg())),
        factor_digest=gap.factor,
        factor=None if factor is None else factor_shown(factor),
    )


def _memo_lines(found: Provenance) -> tuple[MemoLineShown, ...]:
    issuers = {node.statement: node.organization for node in found.nodes}
    return tuple(
        MemoLineShown(
            statement=origin.statement,
            line=origin.number,
            organization=party(found, issuers[origin.statement]),
            tier=found.tier_of[origin.statement],
            activity=origin.line.source.activity,
            text=origin.line.source.text,
            stated=stated_texts(origin.line),
            reaches=reaching_texts(origin),
        )
        for origin in found.origins
        if origin.line.memo is not None
    )


def factor_shown(factor: Factor) -> FactorShown:
    """Return what is shown of a factor's record."""
    return FactorShown(
        id=factor.id,
        name=factor.name,
        name_zh=factor.name_zh,
        value=factor.value,
        per=factor.per,
        region=factor.region,
        sector=factor.sector,
        source=factor.source,
        dataset=factor.dataset,
        dataset_version=factor.dataset_version,
        data_year=str(factor.data_year),
        currency=factor.currency,
        currency_year=None if factor.currency_year is None else str(factor.currency_year),
        price_type=factor.price_type,
        licence=factor.licence,
        covers=factor.covers,
    )


def _tiers(found: Provenance) -> tuple[TierShown, ...]:
    return tuple(
        TierShown(tier=tier, reaches=figure(vector), share=share_text(found.share(vector.gross_mg())))
        for tier, vector in found.by_tier().items()
    )


def _organizations(found: Provenance) -> tuple[OrganizationShown, ...]:
    nearest: dict[str, int] = {}
    for node in found.nodes:
        nearest.setdefault(node.organization, node.tier)
    return tuple(
        OrganizationShown(
            organization=party(found, organization),
            tier=nearest[organization],
            reaches=figure(vector),
            share=share_text(found.share(vector.gross_mg())),
        )
        for organization, vector in found.by_organization().items()
    )


def _components(found: Provenance) -> tuple[ComponentShown, ...]:
    """Return every component; only emissions have a share, because only they are in the gross figure."""
    return tuple(
        ComponentShown(
            component=NAMES[slot],
            mg=str(mg),
            share=share_text(found.share(mg)) if Components({slot: mg}).gross_mg() else None,
        )
        for slot, mg in found.total.items()
    )
