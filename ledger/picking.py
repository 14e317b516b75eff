"""Stock by product: which lots a quantity is taken from, first in first out or as a weighted average.

The books know lots, so both methods end in takes of lots: the oldest first, or a part of every lot in
proportion to what is left of it, which carries the average of all of them to the milligram.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol, runtime_checkable

from ledger.errors import LedgerError
from ledger.lots import Lot, ZeroQuantityError
from ledger.quantities import largest_remainder
from ledger.wire import MAX_INPUTS

Method = Literal["fifo", "average"]
METHODS: Final[tuple[Method, ...]] = ("fifo", "average")
MAX_SEARCHED: Final = 20_000
"""Lots of one holder that are looked through for a product."""
_PAGE: Final = 500


@dataclass(eq=False)
class NotInStockError(LedgerError):
    """More of a product is asked for than its holder has in stock."""

    product: str
    held: int
    asked: int
    unit: str
    sentence: ClassVar[str] = (
        "Of {product!r} {held} {unit} are in stock, but {asked} are asked for. Ask for less."
    )


@dataclass(eq=False)
class MixedStockError(LedgerError):
    """A product is in stock in several units, so a quantity of it says nothing."""

    product: str
    units: str
    sentence: ClassVar[str] = "{product!r} is in stock in {units}. Name the lots to take from."


@dataclass(eq=False)
class TooManyLotsError(LedgerError):
    """A quantity comes from more lots than one statement may take from."""

    product: str
    method: str
    count: int
    limit: int = MAX_INPUTS
    sentence: ClassVar[str] = (
        "By {method} {count} lots of {product!r} would be taken from; the limit is {limit}. Take less, "
        "or blend small lots into one first."
    )


@dataclass(eq=False)
class StockTooLargeError(LedgerError):
    """A holder has more lots than are looked through for a product."""

    holder: str
    limit: int = MAX_SEARCHED
    sentence: ClassVar[str] = "{holder} has more than {limit} lots. Name the lots to take from."


@runtime_checkable
class Stock(Protocol):
    """What can list the lots of a holder."""

    def lots(self, holder: str | None = None, after: str = "", limit: int = 100) -> list[Lot]:
        """Return lots by id, a page at a time."""
        ...


def in_stock(stock: Stock, holder: str, product: str, now: Callable[[str], Lot | None]) -> list[Lot]:
    """Return the lots of a product of which something is left, oldest first.

    Goods in process and assets are no stock. `now` says how a lot stands by this time.

    Raises:
        StockTooLargeError: the holder has more than 20,000 lots.
    """
    found: list[Lot] = []
    searched, after = 0, ""
    while page := stock.lots(holder, after, _PAGE):
        searched, after = searched + len(page), page[-1].id
        if searched > MAX_SEARCHED:
            raise StockTooLargeError(holder)
        standing = (now(lot.id) or lot for lot in page if lot.product == product and lot.kept_as == "lot")
        found += [lot for lot in standing if lot.left]
    return sorted(found, key=lambda lot: (lot.began.begins(), lot.id))


def pick(lots: list[Lot], product: str, quantity: int, method: Method) -> list[tuple[Lot, int]]:
    """Return from which lots a quantity of a product is taken, and how much of each; it adds up exactly.

    `lots` are those in stock, oldest first; quantities are in their unit.

    Raises:
        ZeroQuantityError: nothing is asked for.
        MixedStockError: they are in several units.
        NotInStockError: there is less.
        TooManyLotsError: more than 200 lots.
    """
    if quantity <= 0:
        raise ZeroQuantityError("quantity")
    units = sorted({lot.unit for lot in lots})
    if len(units) > 1:
        raise MixedStockError(product, " and ".join(units))
    held = sum(lot.left for lot in lots)
    if quantity > held:
        raise NotInStockError(product, held, quantity, "".join(units))
    amounts = _oldest_first(lots, quantity) if method == "fifo" else _of_each(lots, quantity)
    taken = [(lot, amount) for lot, amount in zip(lots, amounts, strict=True) if amount]
    if len(taken) > MAX_INPUTS:
        raise TooManyLotsError(product, method, len(taken))
    return taken


def _oldest_first(lots: list[Lot], quantity: int) -> list[int]:
    amounts = []
    for lot in lots:
        amounts.append(min(lot.left, quantity))
        quantity -= amounts[-1]
    return amounts


def _of_each(lots: list[Lot], quantity: int) -> list[int]:
    return largest_remainder(quantity, [lot.left for lot in lots])
