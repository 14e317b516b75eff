"""What an organization states about its books: where they begin, when they close, by which policies.

And what a verifier states about statements of others. Forms only; the rules are in `opening.py`,
`closing.py`, `accounting.py` and `attesting.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.body import Body
from ledger.identifiers import Digest, OrganizationId
from ledger.product import Product
from ledger.wire import ComponentMap, DecimalText, Gwp, Many, Name, ShareText, Text, Unit, Whole, Wire


class OpeningBalance(Wire):
    """The booked half of an opening lot: number, quantity, the liability that it begins with.

    A lot with imported components says which share of them is primary, as a line does.
    """

    no: Whole
    quantity: Whole
    unit: Unit
    liability: ComponentMap = Field(min_length=1)
    gwp: Gwp
    primary_share: ShareText | None = None


class OpeningEvidence(Wire):
    """What an opening balance rests on; `document` is the SHA-256 of the file that shows it."""

    text: Text
    document: Digest | None = None


class OpeningLot(Wire):
    """One lot that was there before the books began."""

    balance: OpeningBalance
    product: Product
    evidence: OpeningEvidence


class OpeningBody(Body):
    """An organization begins its books with the goods that it holds already."""

    lots: Annotated[Many[OpeningLot], Field(min_length=1)]
    handlers: Many[OrganizationId] = ()


class PeriodCloseBody(Body):
    """An organization closes its books for the period that `occurred` names.

    `closing` is what it held at the end of the period, by component.
    """

    closing: ComponentMap


class AccountingPolicy(Wire):
    """How an organization keeps its books.

    `materiality` is the share of gross below which it doesn't look further, `cut_off` its rule for what
    falls into which period, `electricity` the method that is booked, `markup` the k that its estimates are
    marked up by. What it hands on with more gross than `second_signature_above_mg` needs a second of its
    keys.
    """

    materiality: ShareText
    cut_off: Text
    electricity: Literal["location", "market"]
    markup: DecimalText
    second_signature_above_mg: Whole | None = None


class CountersignatureBody(Body):
    """A second key of an organization agrees to a statement of its, by digest, before that is logged."""

    statement: Digest


class AccountingPolicyBody(Body):
    """An organization states by which policies it keeps its books from now on."""

    policy: AccountingPolicy


class Opinion(Wire):
    """What a verifier concludes about statements: by which standard, how sure, about what exactly.

    A conclusion is unmodified (right as stated), modified (right but for what `text` says), adverse (wrong
    in what matters) or disclaimed (it couldn't be told).
    """

    standard: Name
    scope: Text
    level: Literal["limited", "reasonable"]
    conclusion: Literal["unmodified", "modified", "adverse", "disclaimed"]
    statements: Annotated[Many[Digest], Field(min_length=1)]
    text: Text | None = None
