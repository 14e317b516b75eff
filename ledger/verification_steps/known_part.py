"""Step 8 where a bundle holds statements of unknown kinds: what can still be checked, and no figures.

A kind that isn't known may have changed whatever comes after it. So nothing here reads good, and what the
known rules refuse after such a statement is not called bad; what they refuse before it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger.bodies import UnknownBody
from ledger.bundle import lines_of
from ledger.bundle_books import BundleBooks
from ledger.errors import LedgerError
from ledger.factor import Factor
from ledger.line_factors import GwpTables, LineCheck
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import KIND_NOT_KNOWN, Contents


def check_known_part(
    contents: Contents,
    books: BundleBooks,
    factors: Mapping[str, Factor],
    gwp_tables: GwpTables | None = None,
) -> Finding:
    """Book what doesn't depend on a statement of an unknown kind, and compute every known line again.

    Returns:
        An unknown finding that names the kinds, and counts what was booked and what was not.

    Raises:
        LedgerError: any rule of `LineCheck.check`, or of `books.book` before the first unknown statement.
    """
    first = contents.unknown[0].moment.position
    unbooked: set[str] = set()
    known = lines = 0
    check = LineCheck(books.terms().gwp, factors.__getitem__, gwp_tables)
    for placed in contents.placed:
        statement = placed.statement
        if statement.digest not in contents.goods:
            continue
        if isinstance(statement.body, UnknownBody):
            unbooked.add(statement.digest)
            continue
        known += 1
        for field, line in lines_of(statement):
            lines += check.check(statement.digest, field, line) and line.source.factor is not None
        if any(reference in unbooked for reference in contents.goods[statement.digest]):
            unbooked.add(statement.digest)
            continue
        try:
            books.take_in(statement, placed.moment)
        except LedgerError:
            if placed.moment.position < first:
                raise
            unbooked.add(statement.digest)
    booked = known - sum(not isinstance(contents.statements[one].body, UnknownBody) for one in unbooked)
    return Finding(
        "unknown",
        KIND_NOT_KNOWN,
        f"This version doesn't know {contents.unknown_kinds()}, so it can't say whether the carbon adds up, "
        f"and gives no figures. Of {known} known statements about goods {booked} add up without them; "
        f"{lines} lines were computed again as quantity x factor. Take a newer version.",
    )
