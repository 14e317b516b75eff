"""How each production in the journey was shared over its outputs: the policy, and what each output bears."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from api.ui.language import Writing
from ledger.provenance_document import NodeShown, OutputShown, ProvenanceDocument
from ledger.seasons_shown import SeasonShown


@dataclass(frozen=True, slots=True)
class OutputRow:
    """An output with the part of the emissions that it bears; `nothing` marks one that carries none on."""

    name: str
    kind: str
    quantity: str
    share: str
    here: bool
    nothing: bool


@dataclass(frozen=True, slots=True)
class SharedProduction:
    """A production: who made what and when, by which policy it was shared, and its outputs."""

    maker: str
    when: str
    policy: str
    policy_id: str
    rule: str
    season: str
    outputs: tuple[OutputRow, ...]
    nothing: str


def shared_productions(graph: ProvenanceDocument, write: Writing) -> list[SharedProduction]:
    """Return the productions behind a passport: those that were shared over several outputs first."""
    shared = [node for node in graph.nodes if node.policy is not None]
    return [_production(node, write) for node in sorted(shared, key=lambda node: len(node.outputs) == 1)]


def _production(node: NodeShown, write: Writing) -> SharedProduction:
    policy = node.policy or ""
    key = policy.replace("/", ".")
    without = [_name(output) for output in node.outputs if _bears_nothing(output)]
    return SharedProduction(
        maker=node.organization.name or node.organization.id,
        when=write.period(node.occurred.first, node.occurred.last),
        policy=write.named("policy", key),
        policy_id=policy,
        rule=write(f"policy.{key}.rule") if write.has(f"policy.{key}.rule") else "",
        season=_season(node.season, write) if node.season else "",
        outputs=tuple(_output(output, write) for output in node.outputs),
        nothing=write("sharing.nothing", names=write.listed(without)) if without else "",
    )


def _season(season: SeasonShown, write: Writing) -> str:
    """Say what the season itself emitted per kg beside what its crop is charged, and where the rest went."""
    return write(
        "sharing.season.failed" if season.failed else "sharing.season",
        year=season.year,
        seasons=season.seasons,
        actual=write.rate(season.actual),
        smoothed=write.rate(season.smoothed),
        rest=write.amount(season.rest_mg),
    )


def _output(output: OutputShown, write: Writing) -> OutputRow:
    nothing = _bears_nothing(output)
    return OutputRow(
        name=_name(output),
        kind=write(f"output.kind.{output.kind}") if output.kind else "",
        quantity=write.quantity(output.quantity, output.unit),
        share=write("sharing.none") if nothing else write.percent(output.share),
        here=output.on_the_way,
        nothing=nothing,
    )


def _bears_nothing(output: OutputShown) -> bool:
    return output.weight == "0" and not Decimal(output.share or 0)


def _name(output: OutputShown) -> str:
    return f"{output.product} ({output.batch})" if output.batch else output.product
