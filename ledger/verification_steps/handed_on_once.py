"""Step 9, the lots: each was handed on once, as far as the log's own state entry says.

All that was ever taken of a lot is laid end to end. Of statements that are not in the bundle it shows the
interval alone, with the signature; where it doesn't, nobody can say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ledger import canonical, signing
from ledger.books import ForeignLogError
from ledger.bundle import BundledState
from ledger.bundle_books import BundleBooks
from ledger.closure import takes
from ledger.errors import LedgerError
from ledger.hidden import check_hidden, digests_of
from ledger.identifiers import lot_parts
from ledger.lines import Take
from ledger.signed import BodyDigestError
from ledger.stand_ins import HiddenBody
from ledger.state.bundling import taken
from ledger.state.laying import lay_out
from ledger.state.records import LotRecord, chain
from ledger.verification_steps.log_proofs import Finding
from ledger.verification_steps.reading import Contents
from ledger.verification_steps.state_entry import State

NOT_SHOWN: Final = "takes-not-shown"


@dataclass(eq=False)
class TakerListError(LedgerError):
    """The statements that are listed to have taken from a lot are not those that the log's state counts."""

    lot: str
    problem: str
    sentence: ClassVar[str] = "The list of who took from lot {lot} is not the log's own: {problem}."


@dataclass(eq=False)
class NeedlessTakeError(LedgerError):
    """An interval is shown of a statement that is in the bundle, or that took from no lot in it."""

    statement: str
    sentence: ClassVar[str] = "The interval of statement {statement} doesn't belong into this bundle."


def check_lots(
    bundled: BundledState, state: State, contents: Contents, books: BundleBooks, positions: Mapping[str, int]
) -> Finding:
    """Say whether each lot that was taken from was handed on once.

    Raises:
        TakerListError: who is listed to have taken from a lot is not whom the log's state counts.
        NeedlessTakeError: an interval is shown that nothing here needs.
        LotHandedOnTwiceError, LotRefilledError: the intervals don't lie end to end.
        ForeignLogError, SignatureVError, HighSError, UnrecoverableSignatureError, WrongKeyError: others'
            signatures.
        HiddenOrderError, BodyDigestError: others' digests are not those that were signed.
        LedgerError: others' parts, any class that `taken` names.
    """
    others = _others(bundled, contents)
    records = {s.id: one for s, one in state.records.items() if isinstance(one.record, LotRecord)}
    needed = {digest for one in records.values() for digest in one.takers or ()}
    for digest in others:
        if digest not in needed or digest in contents.statements:
            raise NeedlessTakeError(digest)
    here = _takers_here(contents, positions, state.size)
    hidden: dict[str, int] = {}
    takings = 0
    for lot, shown in records.items():
        assert isinstance(shown.record, LotRecord)  # noqa: S101 - only those were chosen
        takings += shown.record.count
        if shown.takers is None:
            hidden[lot] = shown.record.count
            continue
        _check_takers(lot, shown.record, shown.takers, here.get(lot, []))
        hidden[lot] = _laid_out(lot, shown.takers, contents, books, others)
    open_lots = sum(count > 0 for count in hidden.values())
    if open_lots:
        detail = f"{sum(hidden.values())} takings of {open_lots} lots are not shown, so whether goods were"
        return Finding("unknown", NOT_SHOWN, f"{detail} handed on twice there can't be said.")
    detail = (
        f"As of entry {state.size} the {takings} takings of {len(records)} lots lie end to end, none twice."
    )
    return Finding("good", "ok", detail)


def _others(bundled: BundledState, contents: Contents) -> dict[str, list[Take]]:
    """Return what the statements of others took, of which only that is shown, each signed for this log."""
    log_id = contents.placed[0].statement.envelope.log
    found: dict[str, list[Take]] = {}
    for one in bundled.others:
        shown = digests_of(one.parts)
        check_hidden(one.hidden, shown)
        computed = canonical.body_digest((*shown, *one.hidden))
        if computed != one.envelope.body_digest:
            raise BodyDigestError(one.envelope.body_digest, computed)
        if one.envelope.log != log_id:
            raise ForeignLogError(one.envelope.log, log_id)
        plain = one.envelope.model_dump()
        signing.check_signature(plain, one.signature.model_dump())
        digest, intervals = canonical.digest(plain), taken(one.parts)
        if len(intervals) != len(one.parts) or (found and digest <= max(found)):
            raise NeedlessTakeError(digest)
        found[digest] = intervals
    return found


def _takers_here(contents: Contents, positions: Mapping[str, int], size: int) -> dict[str, list[str]]:
    """Return by lot the statements of the bundle that took from it before the state entry, in log order."""
    found: dict[str, list[str]] = {}
    for digest, statement in contents.statements.items():
        if digest in contents.goods and positions[digest] < size:
            for lot in dict.fromkeys(one.lot for one in takes(statement)):
                found.setdefault(lot, []).append(digest)
    return found


def _check_takers(lot: str, record: LotRecord, listed: Sequence[str], here: Sequence[str]) -> None:
    """Check that all takers are listed that the state counts, those in the bundle in their order."""
    if len(listed) != record.count or chain(listed) != record.takes:
        raise TakerListError(lot, f"{len(listed)} are listed, {record.count} are counted")
    if here != [digest for digest in listed if digest in set(here)]:
        raise TakerListError(lot, "a statement in the bundle took from it and is not listed in its place")


def _laid_out(
    lot: str,
    listed: Sequence[str],
    contents: Contents,
    books: BundleBooks,
    others: Mapping[str, Sequence[Take]],
) -> int:
    """Lay a lot's intervals end to end, and return how many statements don't show theirs."""
    maker = contents.statements.get(lot_parts(lot)[0])
    known = None if maker is None or isinstance(maker.body, HiddenBody) else books.lot(lot)
    takings = []
    for digest in listed:
        found: Sequence[Take] = ()
        if digest in contents.statements:
            found = takes(contents.statements[digest])
        elif digest in others:
            found = others[digest]
        takings.append((digest, [one for one in found if one.lot == lot] or None))
    quantity = None if known is None else known.original_quantity
    return lay_out(lot, quantity, takings, grows=known is None or known.kept_as == "asset")
