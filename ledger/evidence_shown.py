"""What a passport rests on beside its lines: balances from before the books, and verifiers' opinions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from ledger.attesting import OpinionOn
from ledger.components import Components
from ledger.opening import OpenedLot
from ledger.quantities import EXACT
from ledger.shown import Figure, Shown, figure, share_text


class OpeningShown(Shown):
    """An opening balance that reaches the passport: whose, of what, and what it rests on.

    `document` is the SHA-256 of the file that shows it, where one was named.
    """

    statement: str
    lot: str
    organization: str
    organization_name: str
    tier: int
    product: str
    evidence: str
    document: str | None
    reaches: Figure
    share: str | None


class OpinionShown(Shown):
    """A verifier's opinion on statements behind the passport, and whether it still stands.

    `about` are its statements that are behind this passport, of `statements` in all. `role` says whether an
    accreditor vouched for the verifier on the day of the opinion.
    """

    attestation: str
    verifier: str
    verifier_name: str
    role: Literal["accredited", "not-accredited"]
    organization: str
    organization_name: str
    standard: str
    scope: str
    level: Literal["limited", "reasonable"]
    conclusion: Literal["unmodified", "modified", "adverse", "disclaimed"]
    text: str | None
    first: str
    last: str
    about: tuple[str, ...]
    statements: str
    withdrawn_by: str | None


def openings_shown(
    openings: tuple[OpenedLot, ...], names: Mapping[str, str], total: Components
) -> tuple[OpeningShown, ...]:
    """Return the opening balances in a passport as plain values; shares are parts of its gross figure."""
    gross = Decimal(total.gross_mg())
    return tuple(
        OpeningShown(
            statement=one.statement,
            lot=one.lot,
            organization=one.organization,
            organization_name=names.get(one.organization, ""),
            tier=one.tier,
            product=one.product,
            evidence=one.evidence,
            document=one.document,
            reaches=figure(one.reaches),
            share=share_text(EXACT.divide(Decimal(one.reaches.gross_mg()), gross) if gross else None),
        )
        for one in openings
    )


def opinions_shown(opinions: tuple[OpinionOn, ...], names: Mapping[str, str]) -> tuple[OpinionShown, ...]:
    """Return the opinions on what is behind a passport as plain values, in log order."""
    return tuple(
        OpinionShown(
            attestation=one.attestation,
            verifier=one.attester,
            verifier_name=names.get(one.attester, ""),
            role="accredited" if one.accredited else "not-accredited",
            organization=one.subject,
            organization_name=names.get(one.subject, ""),
            standard=one.opinion.standard,
            scope=one.opinion.scope,
            level=one.opinion.level,
            conclusion=one.opinion.conclusion,
            text=one.opinion.text,
            first=one.start,
            last=one.end,
            about=one.about,
            statements=str(len(one.opinion.statements)),
            withdrawn_by=one.withdrawn_by or None,
        )
        for one in opinions
    )
