"""What the passport page says of what it rests on: opening balances, markups, opinions, revoked keys."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from api.ui.language import Writing
from api.ui.power import power_lines
from ledger.evidence_shown import OpinionShown
from ledger.passport import Passport
from ledger.provenance_document import ProvenanceDocument
from ledger.revoked_shown import DistrustedShown


def rests_on(passport: Passport, graph: ProvenanceDocument, write: Writing) -> list[str]:
    """Return sentences on balances from before the books, markups of estimates, and power by contract."""
    texts = [
        write(
            "rests.opening",
            organization=one.organization_name or one.organization,
            product=one.product,
            amount=write.amount(one.reaches.gross_mg),
            share=write.percent(one.share),
            evidence=one.evidence,
        )
        for one in graph.openings
    ]
    if Decimal(passport.markup_mg):
        texts.append(write("rests.markup", amount=write.amount(passport.markup_mg)))
    return texts + power_lines(graph.power, write)


def opinion_lines(opinions: Sequence[OpinionShown], write: Writing) -> list[str]:
    """Return a sentence for each opinion: whose, in which role, what it concludes, whether it stands."""
    return [_opinion(one, write) for one in opinions]


def distrusted_lines(found: Sequence[DistrustedShown], write: Writing) -> list[str]:
    """Return a sentence for each statement that a thief of a key may have signed."""
    return [
        write(
            "distrusted.line",
            organization=one.organization_name or one.organization,
            statement=one.statement[:16] + "…",
            kind=one.kind,
            position=one.position,
            size=one.untrusted_from,
            revoked=one.revoked_at,
            reason=write(f"distrusted.reason.{one.reason or 'none'}"),
        )
        for one in found
    ]


def _opinion(one: OpinionShown, write: Writing) -> str:
    text = write(
        "opinion.line",
        verifier=one.verifier_name or one.verifier,
        role=write(f"opinion.{one.role}"),
        organization=one.organization_name or one.organization,
        about=len(one.about),
        conclusion=write(f"conclusion.{one.conclusion}"),
        level=write(f"assurance.{one.level}"),
        standard=one.standard,
        scope=one.scope,
        until=write.day(one.last),
    )
    if one.text is not None:
        text = f"{text} {write('opinion.says', text=one.text)}"
    return text if one.withdrawn_by is None else f"{text} {write('opinion.withdrawn')}"
