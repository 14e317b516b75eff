"""Of whom and what a bundle has to show the state: everybody and everything that its statements name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ledger.closure import takes
from ledger.identifiers import lot_parts, organization_id
from ledger.signed import Statement
from ledger.state_interfaces import Subject


def subjects(statements: Mapping[str, Statement], goods: Collection[str]) -> list[Subject]:
    """Return the organizations registered in a bundle, the lots that its statements took from, its shipments.

    Args:
        statements: all statements by digest.
        goods: the digests of those about goods.
    """
    parties = {organization_id(one.digest) for one in statements.values() if one.kind == "registration/1"}
    lots = {take.lot for digest in goods for take in takes(statements[digest])}
    shipments = {digest for digest in goods if statements[digest].kind == "dispatch/1"}
    return [
        *(Subject("keys", one) for one in sorted(parties)),
        *(Subject("lot", one) for one in sorted(lots)),
        *(Subject("passport", one) for one in sorted(shipments)),
    ]


def first_statement(subject: Subject, statements: Mapping[str, Statement]) -> str:
    """Return the statement that a subject of a bundle begins with: registration, maker or dispatch."""
    if subject.kind == "keys":
        registrations = (digest for digest, one in statements.items() if one.kind == "registration/1")
        return next(digest for digest in registrations if organization_id(digest) == subject.id)
    return lot_parts(subject.id)[0] if subject.kind == "lot" else subject.id
