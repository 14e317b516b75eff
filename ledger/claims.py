"""What a name on a passport may not claim: that a product is neutral, or better, for the climate.

In the EU such a claim that rests on offsets is banned since 2026-09-27 (Directive (EU) 2024/825), and nothing
in a passport could carry it: no bought credit and no avoided emission is ever counted. So names of goods and
texts of lines that make one are refused; notes and reasons are nobody's label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from ledger.closure import lines_stated
from ledger.errors import LedgerError
from ledger.signed import Statement
from ledger.stated import OpeningBody
from ledger.statements import DispatchBody, ProductionBody

_CLAIM: Final = re.compile(
    r"\b(?:carbon|climate|co2|co₂|ghg|emissions?)[ -]*"
    r"(?:neutral\w*|positive|negative|free|offset\w*|compensated)\b"
    r"|\bnet[ -]*zero\b|\bzero[ -]*(?:carbon|emissions?)\b|\boffset[ -]+(?:carbon|emissions?)\b"
    r"|碳中和|碳抵消|碳抵銷|气候中[和性]|氣候中[和性]|(?<!近)零碳|净零|淨零|零排放|[负負]碳",
    re.IGNORECASE,
)


@dataclass(eq=False)
class NeutralityClaimError(LedgerError):
    """A name or text claims that goods are neutral, or better, for the climate."""

    field: str
    claim: str
    sentence: ClassVar[str] = (
        "{field} claims {claim!r}, which no figure here can carry: gross and net are shown, offsets never "
        "count. Name the goods without it."
    )


def check_claims(statement: Statement) -> None:
    """Check that no name of goods and no text of a line claims neutrality.

    Raises:
        NeutralityClaimError: one does.
    """
    for field, number, text in _shown(statement):
        claim = None if text is None else _claim(text)
        if claim is not None:
            raise NeutralityClaimError(field.format(number), claim)


@lru_cache(maxsize=1 << 12)
def _claim(text: str) -> str | None:
    """Return what a text claims; companies say the same of their goods and meters again and again."""
    found = _CLAIM.search(text)
    return None if found is None else found.group()


def _shown(statement: Statement) -> Iterator[tuple[str, int, str | None]]:
    """Yield the texts that a passport's page prints as facts about goods, each with its field and number."""
    match statement.body:
        case ProductionBody() as body:
            for number, output in enumerate(body.outputs):
                yield "outputs/{}/product/name", number, output.product.name
        case OpeningBody() as body:
            for number, lot in enumerate(body.lots):
                yield "lots/{}/product/name", number, lot.product.name
        case DispatchBody() as body:
            yield "goods/product", 0, body.goods.product
        case _:
            pass
    for number, line in enumerate(lines_stated(statement)):
        yield "lines/{}/source/text", number, line.source.text
