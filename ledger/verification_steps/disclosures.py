"""Step 2, where the receiver says what it was shown: whether this bundle shows as much.

A receiver commits to the parts that it was shown of everything that its goods refer to, and of who issued
that. What goods refer to never changes, so the same profile gives the same digest at any later time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.behind import Graph, goods_behind
from ledger.bundle import Opened
from ledger.canonical import body_digest
from ledger.disclosure import Profile, profile_of, shown_statements
from ledger.disclosure_bodies import Disclosed
from ledger.errors import LedgerError
from ledger.hidden import digests_of
from ledger.signed import Statement
from ledger.statements import ReceiptBody
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents, read_contents

WITHHELD: Final = "disclosures-withheld"
REGISTRATION: Final = "registration/1"


@dataclass(eq=False)
class DisclosuresWithheldError(LedgerError):
    """The receiver's own copy shows less than its receipt says that it was shown."""

    receipt: str
    shown: int
    committed: int
    sentence: ClassVar[str] = (
        "Receipt {receipt} commits to {committed} parts that its receiver was shown; this bundle "
        "shows {shown}, not all of those. Ask for the bundle again, or take the copy that was kept."
    )


def check_disclosures(contents: Contents, passport: str, receiver: str | None = None) -> Finding | None:
    """Compare what a bundle shows with what its receiver was shown; None where the receipt doesn't say.

    Args:
        contents: the bundle's.
        passport: the shipment that was answered.
        receiver: who reads; only its own copy must show all.

    Raises:
        DisclosuresWithheldError: the reader is the receiver, and isn't shown all that it was.
    """
    for digest in contents.goods:
        statement = contents.statements[digest]
        body = statement.body
        if not isinstance(body, ReceiptBody) or body.takes_over.shipment != passport or not body.disclosed:
            continue
        said = body.disclosed
        if disclosed_as(contents.statements, passport, said.profile) == said:
            return Finding(
                "good", "ok", f"All {said.parts} parts that the receiver was shown are shown here."
            )
        shown = len(_shown(contents.statements, contents.goods, passport))
        if receiver == statement.issuer:
            raise DisclosuresWithheldError(digest, shown, int(said.parts))
        detail = (
            f"The receiver says that it was shown {said.parts} parts of what its goods refer to; this bundle "
            f"shows {shown}, not all of those. What it shows is as signed."
        )
        return Finding("unknown", WITHHELD, detail)
    return None


def disclosed_as(statements: Mapping[str, Statement], passport: str, profile: Profile) -> Disclosed:
    """Return what a receiver commits to who is shown a passport by a profile, from what is shown here.

    Raises:
        MissingReferenceError, PassportKindError: it is no closure of the passport.
    """
    shown = shown_statements(statements.values(), passport, profile)
    found = _shown(shown, goods_behind(shown, passport), passport)
    return Disclosed(profile=profile, parts=str(len(found)), digest=body_digest(found))


def commitment(opened: Opened) -> Disclosed:
    """Return what a receiver commits to who is shown a bundle, by the profile that it is shown by.

    Raises:
        LedgerError: the bundle's statements can't be read, any class that `reading.read_contents` names.
    """
    contents = read_contents(opened)
    return disclosed_as(contents.statements, opened.bundle.passport, profile_of(opened.bundle))


def _shown(statements: Mapping[str, Statement], goods: Graph, passport: str) -> list[str]:
    """Return the digests of the parts shown of all that a dispatch refers to, and of who issued that."""
    there, queue = {passport}, [passport]
    while queue:
        fresh = [one for one in goods[queue.pop()] if one not in there]
        there.update(fresh)
        queue += fresh
    issuers = {statements[digest].issuer for digest in there}
    registered = (one for one in statements.values() if one.kind == REGISTRATION and one.issuer in issuers)
    return _digests([*(statements[digest] for digest in there), *registered])


def _digests(statements: Iterable[Statement]) -> list[str]:
    return [digest for statement in statements for digest in digests_of(statement.parts)]
