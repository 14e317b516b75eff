"""Step 8 where tiers are hidden: what can be said of those, and by whom.

Nothing here is proved: what a hidden statement hands on is its issuer's word, and that it equals what went
into it can only be attested by somebody who saw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ledger.attested import AttestedLiabilityError, taken_over
from ledger.attesting import VERIFIER
from ledger.bundle_books import BundleBooks
from ledger.components import Components
from ledger.disclosure_bodies import ConservationBody
from ledger.signed import Statement
from ledger.stand_ins import HiddenBody
from ledger.statements import ReceiptBody
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents

NOT_ATTESTED: Final = "hidden-tiers"
NOT_ACCREDITED: Final = "attester-not-accredited"
ATTESTED: Final = "attested"


def check_hidden_tiers(contents: Contents, books: BundleBooks) -> Finding | None:
    """Say whether anybody vouches for what is hidden; None where nothing that is booked is.

    Raises:
        AttestedLiabilityError: what is attested contradicts what is shown.
    """
    hidden = {statement.digest: statement for statement in contents.hidden_goods()}
    if not hidden:
        return None
    attested, strangers = _attested(contents, books, hidden)
    open_ = [digest for digest in hidden if not any(digest in one for one in attested.values())]
    what = f"{len(hidden)} statements hide what they book"
    if not open_:
        named = ", ".join(_name(books, one) for one in attested)
        detail = (
            f"{what}. That each hands on what was taken over and added behind it is attested by {named}; "
            "it is not proved here."
        )
        return Finding("good", ATTESTED, detail)
    if strangers:
        named = ", ".join(_name(books, one) for one in strangers)
        detail = f"{what}. {named} attests what they hand on, without an accredited verifier's role."
        return Finding("unknown", NOT_ACCREDITED, detail)
    detail = f"{what}, and nobody attests that {len(open_)} of them hand on what was taken over and added."
    return Finding("unknown", NOT_ATTESTED, detail)


def _name(books: BundleBooks, organization: str) -> str:
    known = books.organization(organization)
    return f"{known.name} ({organization})" if known else organization


def _attested(
    contents: Contents, books: BundleBooks, hidden: Mapping[str, Statement]
) -> tuple[dict[str, set[str]], list[str]]:
    """Return by accredited attester what it attests of the hidden statements, and who else attests some."""
    found: dict[str, set[str]] = {}
    strangers: dict[str, None] = {}
    for digest in contents.goods:
        statement = contents.statements[digest]
        body = statement.body
        if not isinstance(body, ConservationBody):
            continue
        amounts = {one.statement: Components.parse(one.liability, "liability") for one in body.hands_on}
        _check(contents, hidden, digest, amounts)
        giver = books.organization(statement.issuer)
        if giver is not None and giver.has_role(VERIFIER, body.occurred.end):
            found.setdefault(statement.issuer, set()).update(amounts.keys() & hidden.keys())
        else:
            strangers[statement.issuer] = None
    return found, [one for one in strangers if one not in found]


def _check(
    contents: Contents, hidden: Mapping[str, Statement], attestation: str, amounts: Mapping[str, Components]
) -> None:
    """Check what is attested against what hidden hand-overs still show, and what was taken over with them."""
    for digest, statement in hidden.items():
        body = statement.body
        shown = body.liability if isinstance(body, HiddenBody) else None
        if digest in amounts and shown is not None:
            _equal(attestation, digest, amounts[digest], Components.parse(shown, "liability"))
    for digest in contents.goods:
        body = contents.statements[digest].body
        if isinstance(body, ReceiptBody):
            with_it = (body.takes_over.shipment, *body.takes_over.handlings)
            if all(one in hidden and one in amounts for one in with_it):
                together = Components.total_of(amounts[one] for one in with_it)
                _equal(attestation, digest, together, taken_over(body))


def _equal(attestation: str, digest: str, attested: Components, shown: Components) -> None:
    if attested != shown:
        raise AttestedLiabilityError(attestation, digest, attested.wire(), shown.wire())
