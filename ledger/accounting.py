"""Accounting policies: how an organization keeps its books, and the markup on its estimates.

A policy holds from its statement on. It is kept with the log position of its statement, so that whoever
checks an earlier line checks it by the policy of its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Final

from ledger.alone import BookedLine
from ledger.components import ESTIMATED, MARKUPS, NAMES, SLOTS
from ledger.errors import LedgerError
from ledger.identity import Organization, PolicyRecord
from ledger.interfaces import BooksView
from ledger.stated import AccountingPolicyBody

MAX_POLICIES: Final = 200
"""Accounting policies that an organization ever stated: a new one each year for longer than anybody looks."""


@dataclass(eq=False)
class TooManyPoliciesError(LedgerError):
    """An organization stated its accounting policies as often as is remembered."""

    organization: str
    limit: int = MAX_POLICIES
    sentence: ClassVar[str] = (
        "{organization} stated its accounting policies {limit} times, the limit. Keep to the last."
    )


@dataclass(eq=False)
class MarkupError(LedgerError):
    """An estimate is marked up by something else than its maker's policy says."""

    field: str
    component: str
    stated: int
    expected: int
    markup: str
    organization: str
    sentence: ClassVar[str] = (
        "{field}: {component} is {stated} mg, but the policy of {organization} marks estimates up by "
        "{markup}, which gives {expected} mg. State that, leave it out, or state another policy first."
    )


def with_policy(
    organization: Organization, body: AccountingPolicyBody, statement: str, position: int
) -> Organization:
    """Return an organization that keeps its books by another policy from a log position on.

    Raises:
        TooManyPoliciesError: it changed its mind as often as is remembered.
    """
    if len(organization.policies) >= MAX_POLICIES:
        raise TooManyPoliciesError(organization.id)
    stated = body.policy
    record = PolicyRecord(
        statement=statement,
        position=position,
        materiality=stated.materiality,
        cut_off=stated.cut_off,
        electricity=stated.electricity,
        markup=stated.markup,
        second_signature_above_mg=stated.second_signature_above_mg,
    )
    return replace(organization, policies=(*organization.policies, record))


def as_of(organization: Organization, position: int) -> Organization:
    """Return an organization with the policies that it had stated before a log position."""
    policies = tuple(policy for policy in organization.policies if policy.position < position)
    return organization if policies == organization.policies else replace(organization, policies=policies)


def marked_up(mg: int, markup: str) -> int:
    """Return the markup on an estimate in mg: k x the estimate, rounded once, half to even."""
    return round(Fraction(markup) * mg)


def check_markups(view: BooksView, issuer: str, lines: Sequence[BookedLine]) -> None:
    """Check that every markup is its issuer's k times the estimates of the same channel.

    Raises:
        MarkupError: one is not; both amounts are named.
    """
    for number, line in enumerate(lines):
        vector = line.components
        for slot, mg in vector.items():
            if slot not in MARKUPS:
                continue
            channel = NAMES[slot].partition(".")[0]
            organization = view.organization(issuer)
            markup = organization.markup() if organization else "0"
            estimated = sum(vector[SLOTS[f"{channel}.{kind}"]] for kind in ESTIMATED)
            expected = marked_up(estimated, markup)
            if mg != expected:
                field = f"lines/{number}/amount/components"
                raise MarkupError(field, NAMES[slot], mg, expected, markup, issuer)
