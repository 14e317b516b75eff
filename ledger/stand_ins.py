"""What stands in the place of parts that are not shown, so that nobody mistakes hidden for absent.

A stand-in is told by its class, never by its text: nothing that is signed can be one, because signed values
are read by the models of their kinds. It says nothing about the goods, and no rule is applied to it.
"""

from __future__ import annotations

from typing import Final

from ledger.body import Body
from ledger.components import Components
from ledger.lines import LineAmount, LineSource, Tags, UnsignedLine
from ledger.product import Product
from ledger.stated import OpeningEvidence
from ledger.statements import Goods
from ledger.wire import ComponentMap, Gwp

SHOWN_AS: Final = "[hidden]"
"""How a hidden name is written wherever a text must stand."""
HIDDEN: Final = "hidden"
"""The activity, scope, stage and flag of lines whose source is hidden."""
HIDDEN_REF: Final = "0" * 32
HIDDEN_NUMBER: Final = 998
"""The number of the line that stands for all that a hidden statement hands on."""


class HiddenText(str):
    """A name that is not shown."""

    __slots__ = ()


HIDDEN_NAME: Final = HiddenText(SHOWN_AS)


class HiddenProduct(Product):
    """A product that is not shown."""


class HiddenGoods(Goods):
    """Goods that are not described."""


class HiddenEvidence(OpeningEvidence):
    """Evidence that is not shown."""


class HiddenLine(UnsignedLine):
    """A line whose amount is shown, or known, and whose source is hidden."""


class HiddenBody(Body):
    """A body of which a booked part is hidden, so that nothing of it can be booked.

    What it still shows of a hand-over: `liability`, and to whom (`consignee`).
    """

    liability: ComponentMap | None = None
    consignee: str | None = None


def hidden_product() -> HiddenProduct:
    """Return the stand-in of a product; it has a unit mass, because pieces need one."""
    return HiddenProduct.model_construct(name=HIDDEN_NAME, batch=HIDDEN_NAME, unit_mass_mg="1")


def hidden_goods() -> HiddenGoods:
    """Return the stand-in of what a dispatch says of its goods."""
    return HiddenGoods.model_construct(product=HIDDEN_NAME, quantity="0", unit="mg")


def hidden_evidence() -> HiddenEvidence:
    """Return the stand-in of what an opening balance rests on."""
    return HiddenEvidence.model_construct(text=HIDDEN_NAME)


def hidden_source(factor: str | None = None) -> LineSource:
    """Return the stand-in of a line's source; the factor of a gap is signed with its amount."""
    return LineSource(
        activity=HIDDEN,
        quantity="0",
        unit=HIDDEN,
        factor=factor,
        tags=Tags(scope="3", stage="operation", flags=(HIDDEN,)),
    )


def hidden_line(vector: Components, gwp: Gwp) -> HiddenLine:
    """Return all that comes from behind a hidden statement as one line of the components it is made of."""
    amount = LineAmount(components=vector.wire(), gwp=gwp)
    return HiddenLine(reported_as=HIDDEN, amount=amount, source=hidden_source())
