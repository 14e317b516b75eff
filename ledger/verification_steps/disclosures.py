"""Step 2, where the receiver says what it was shown: whether this bundle shows as much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from ledger.canonical import body_digest
from ledger.disclosure_bodies import Disclosed
from ledger.errors import LedgerError
from ledger.hidden import digests_of
from ledger.statements import ReceiptBody
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents

WITHHELD: Final = "disclosures-withheld"
DIFFERENT: Final = "disclosures-differ"


@dataclass(eq=False)
class DisclosuresWithheldError(LedgerError):
    """The receiver's own copy shows less than its receipt says that it was shown."""

    receipt: str
    shown: int
    committed: int
    sentence: ClassVar[str] = (
        "Receipt {receipt} commits to {committed} parts that its receiver was shown; this bundle shows "
        "{shown} of that time, or others. Ask for the bundle again, or take the copy that was kept."
    )


def check_disclosures(contents: Contents, passport: str, receiver: str | None = None) -> Finding | None:
    """Compare what a bundle shows with what its receiver was shown; None where the receipt doesn't say.

    Args:
        contents: the bundle's.
        passport: the shipment that was answered.
        receiver: who reads; only its own copy must show all.

    Raises:
        DisclosuresWithheldError: the reader is the receiver, and is shown less, or something else.
    """
    for digest in contents.goods:
        statement = contents.statements[digest]
        body = statement.body
        if isinstance(body, ReceiptBody) and body.takes_over.shipment == passport and body.disclosed:
            committed = int(body.disclosed.parts)
            found = shown_before(contents, int(body.disclosed.size))
            if body_digest(found) == body.disclosed.digest:
                return Finding(
                    "good", "ok", f"All {committed} parts that the receiver was shown are shown here."
                )
            if receiver == statement.issuer and len(found) <= committed:
                raise DisclosuresWithheldError(digest, len(found), committed)
            less = len(found) < committed
            detail = (
                f"The receiver was shown {committed} parts of its time; this bundle shows "
                f"{len(found)} of them or others. What it shows is as signed."
            )
            return Finding("unknown", WITHHELD if less else DIFFERENT, detail)
    return None


def shown_before(contents: Contents, size: int) -> list[str]:
    """Return the digests of the parts shown of statements that a log of `size` entries held."""
    early = (one.statement for one in contents.placed if one.moment.position < size)
    return [digest for statement in early for digest in digests_of(statement.parts)]


def disclosed_as(contents: Contents, size: int, profile: str) -> Disclosed:
    """Return what a receiver commits to in its receipt: all that a bundle shows it, as of its checkpoint."""
    found = shown_before(contents, size)
    return Disclosed.model_validate(
        {"profile": profile, "size": str(size), "parts": str(len(found)), "digest": body_digest(found)}
    )
