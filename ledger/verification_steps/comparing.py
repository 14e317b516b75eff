"""What a passport says that can be compared with the goods, and who gives an opinion on it."""

from __future__ import annotations

from typing import Final, Literal

from ledger.attesting import opinions
from ledger.bundle_books import BundleBooks
from ledger.stand_ins import HiddenGoods
from ledger.statements import DispatchBody
from ledger.verification_steps.reading import Contents

HIDDEN: Final = "hidden"
OpinionFound = tuple[Literal["good", "bad", "unknown"], str, str]
_CONCLUDED: Final[dict[str, tuple[Literal["good", "bad", "unknown"], str]]] = {
    "unmodified": ("good", "ok"),
    "modified": ("unknown", "opinion-modified"),
    "adverse": ("bad", "adverse-opinion"),
    "disclaimed": ("unknown", "opinion-disclaimed"),
}


def goods_of(contents: Contents, passport: str) -> dict[str, str]:
    """Return what can be compared with the goods: product, quantity, batch, numbers on labels, lot, places.

    What is hidden says so; what isn't stated isn't there.
    """
    body = contents.statements[passport].body
    if not isinstance(body, DispatchBody) or isinstance(body.goods, HiddenGoods):
        return dict.fromkeys(("product", "quantity"), HIDDEN)
    goods = body.goods
    found = {"product": goods.product, "quantity": f"{goods.quantity} {goods.unit}", "lot": body.take.lot}
    numbers = {name: getattr(goods, name) for name in ("batch", "gtin", "sscc", "container")}
    found |= {name: number for name, number in numbers.items() if number is not None}
    if body.places is not None:
        found |= {"from": body.places.origin.name, "to": body.places.destination.name}
    return {**found, "sent": body.occurred.start}


def opinion_of(contents: Contents, books: BundleBooks) -> OpinionFound | None:
    """Return the best opinion on what stands behind the passport; None where nobody gives one.

    Only an accredited verifier's that stands is good; anybody may give one.
    """
    found = opinions(list(contents.statements.values()), contents.goods)
    if not found:
        return None
    standing = [one for one in found if not one.withdrawn_by]
    accredited = [one for one in standing if one.accredited]
    if not standing:
        return "unknown", "opinion-withdrawn", f"{len(found)} opinions were given and withdrawn."
    best = (accredited or standing)[-1]
    giver = books.organization(best.attester)
    who = best.attester if giver is None else giver.name
    what = (
        f"{who} gives an opinion ({best.opinion.level}) by {best.opinion.standard} on {len(best.about)} "
        f"of the statements behind it, {best.start} to {best.end}."
    )
    if not accredited:
        return "unknown", "attester-not-accredited", f"{what} It has no accredited verifier's role."
    return (*_CONCLUDED[best.opinion.conclusion], f"{what} Its conclusion: {best.opinion.conclusion}.")
