"""Verifying a passport from its bundle alone: nine numbered steps, one verdict each.

Nothing is asked of any database; the log's trusted key and the chain are asked only where the reader
gives them. A verdict is good, bad or unknown, with a fixed reason; what can't be known says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from ledger.bundle import BundledAnchor, Opened, opened
from ledger.conservation import Figures, check_conservation
from ledger.errors import LedgerError
from ledger.hidden_books import HiddenBooks
from ledger.interfaces import LogTerms
from ledger.line_factors import GwpTables
from ledger.log.checkpoint import Checkpoint, VerifierKey
from ledger.log.cosignature import WitnessPolicy
from ledger.signed import is_skewed
from ledger.verification_steps.comparing import OpinionFound, goods_of, opinion_of
from ledger.verification_steps.disclosures import check_disclosures
from ledger.verification_steps.hidden_tiers import check_hidden_tiers
from ledger.verification_steps.known_part import check_known_part
from ledger.verification_steps.left_out import check_left_out
from ledger.verification_steps.log_proofs import (
    AnchorReader,
    ConsistencyReader,
    Finding,
    Outside,
    check_anchor,
    check_checkpoint,
    check_inclusion,
    key_of,
)
from ledger.verification_steps.reading import (
    KIND_NOT_KNOWN,
    PARTS_HIDDEN,
    Contents,
    check_signatures,
    read_contents,
)
from ledger.verification_steps.speaking import check_roles, check_speakers, check_trust
from ledger.verification_steps.state_entry import check_state
from ledger.verification_steps.witnesses import check_witnesses

STEPS: Final = {
    1: "form",
    2: "parts and references",
    3: "signatures and summaries",
    4: "keys and roles",
    5: "log inclusion",
    6: "checkpoint",
    7: "anchor",
    8: "conservation along the graph",
    9: "nothing else left out",
}
SECOND: Final = {
    2: "disclosures",
    3: "summaries",
    4: "roles",
    6: "witnesses",
    8: "hidden tiers",
    9: "keys since then",
}
"""The names of second verdicts, on what refuses nothing: less is shown than the receiver was shown, a summary
that can't be computed, a missing role, who vouches for what is hidden."""
THIRD: Final = {4: "revoked keys", 9: "each lot handed on once"}
"""The name of a third: on what a key signed that was revoked since, and is not trusted from before that."""
NOT_REACHED: Final = "An earlier step failed, so this one was not reached."
SUMMARIES: Final = (
    "This version doesn't know {}, so it can't say whether what was shown for signing is what they state."
)
HIDDEN_SUMMARIES: Final = (
    "Of {} statements parts are hidden that the line shown for signing was made of: it can't be made again."
)
NOT_KNOWABLE: Final = (
    "The log has not stated what it holds. That a key was revoked since, goods handed on a second time "
    "elsewhere, or a newer version issued can't be known from the bundle."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one step says: good, bad or unknown, why, and as of which size of the log.

    That is the checkpoint's, for the last step that of the log's state entry.
    """

    step: int
    name: str
    value: Literal["good", "bad", "unknown"]
    reason: str
    detail: str
    as_of: int | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts on one bundle; figures only where the carbon was found to add up.

    `log_key` is the key that the bundle itself names, to be compared with a trusted source; `checkpoint` and
    `anchor` are what the bundle states, whatever the verdicts on them. They are None where the bundle was
    not understood that far. `goods` is what can be compared with the goods, once the signatures hold;
    `opinion` a verifier's; `logged_at` and `state_at` are the times of the newest entry and of the log's
    state entry.
    """

    passport: str | None
    verdicts: tuple[Verdict, ...]
    figures: Figures | None
    log_key: str | None
    checkpoint: Checkpoint | None
    anchor: BundledAnchor | None
    goods: dict[str, str] | None = None
    opinion: OpinionFound | None = None
    logged_at: str | None = None
    state_at: str | None = None

    @property
    def ok(self) -> bool:
        """Whether no verdict is bad."""
        return all(verdict.value != "bad" for verdict in self.verdicts)

    @property
    def log_key_fingerprint(self) -> str | None:
        """SHA-256 of the log key's text, the first 16 bytes in groups of four hex digits."""
        if self.log_key is None:
            return None
        digits = hashlib.sha256(self.log_key.encode()).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))

    def failure(self) -> Verdict | None:
        """Return the bad verdict, or None where there is none."""
        return next((verdict for verdict in self.verdicts if verdict.value == "bad"), None)

    def as_json(self) -> dict[str, Any]:
        """Return the whole report as plain values."""
        head = self.checkpoint
        stated = None if head is None else {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        return {
            "passport": self.passport,
            "ok": self.ok,
            "verdicts": [verdict.as_json() for verdict in self.verdicts],
            "figures": None if self.figures is None else self.figures.as_json(),
            "log_key": self.log_key,
            "log_key_fingerprint": self.log_key_fingerprint,
            "checkpoint": stated,
            "goods": self.goods,
            "anchor": None if self.anchor is None else self.anchor.model_dump(exclude={"consistency"}),
        }


def verify(  # noqa: PLR0913 - what a reader brings besides the bytes, each by name
    raw: bytes,
    *,
    trusted_log_key: str | None = None,
    anchor_reader: AnchorReader | None = None,
    consistency_reader: ConsistencyReader | None = None,
    gwp_tables: GwpTables | None = None,
    now: datetime | None = None,
    receiver: str | None = None,
    witnesses: WitnessPolicy | None = None,
) -> Report:
    """Verify a passport from its bundle; a bad bundle gives a bad verdict, never an exception.

    1. form: canonical bytes within all limits; 2. parts and references: the parts are those that were
    signed, all that is referred to is there and nothing else; 3. signatures and summaries, all for one
    log; 4. keys and roles: each key spoke for its issuer at that place and time; 5. log inclusion: every
    entry is under the checkpoint; 6. checkpoint: signed by the log's key; 7. anchor: the chain says the
    same; 8. conservation: all that was shared, taken and handed on adds up; 9. nothing else left out.
    After a bad verdict all later steps are unknown, `not-reached`. A statement of a kind that this version
    doesn't know leaves its summary (3), what it names (2), newer key statements (4) and the sum (8) unknown,
    `kind-not-known`; then there are no figures.

    Args:
        raw: the bundle's bytes.
        trusted_log_key: the log's key as one line, `name+8 hex digits+base64`, from a trusted source.
        anchor_reader: asks a chain for the stated anchor.
        consistency_reader: proves that the log grew from one size into another, where the chain holds
            another anchor than the bundle.
        gwp_tables: gives the values of a GWP set, for lines that were restated in another one.
        now: the reader's time with its zone, to refuse entries from the future.
        receiver: the organization that reads, where it received the shipment: its copy must show all that its
            receipt says that it was shown.
        witnesses: whose cosignatures the reader asks for, and how many; then step 6 has a second verdict.

    Raises:
        VerifierKeyFormError, VerifierKeyIdError: the trusted key itself can't be read.
    """
    trusted = None if trusted_log_key is None else VerifierKey.parse(trusted_log_key)
    outside = Outside(anchor_reader, consistency_reader)
    run = _Verification(raw, trusted, outside, gwp_tables, now)
    run.receiver = receiver
    run.witnesses = witnesses
    return run.report()


class _Verification:
    """One run over the steps; what a step reads is what the steps before it left."""

    _opened: Opened
    _contents: Contents
    _terms: LogTerms
    _books: HiddenBooks

    def __init__(
        self,
        raw: bytes,
        trusted: VerifierKey | None,
        outside: Outside,
        gwp_tables: GwpTables | None,
        now: datetime | None,
    ) -> None:
        self._raw = raw
        self._trusted = trusted
        self._outside = outside
        self._gwp_tables = gwp_tables
        self._now = now
        self.receiver: str | None = None
        self.witnesses: WitnessPolicy | None = None
        self._passport: str | None = None
        self._checkpoint_stated: Checkpoint | None = None
        self._anchor_stated: BundledAnchor | None = None
        self._log_key: str | None = None
        self._figures: Figures | None = None
        self._state_size: int | None = None
        self._goods: dict[str, str] | None = None
        self._opinion: OpinionFound | None = None
        self._logged_at: str | None = None
        self._state_at: str | None = None

    def report(self) -> Report:
        """Run the steps in their order."""
        verdicts: list[Verdict] = []
        steps: tuple[Callable[[], Iterator[Finding]], ...] = (
            self._form,
            self._references,
            self._signatures,
            self._speakers,
            self._inclusion,
            self._checkpoint,
            self._anchor,
            self._conservation,
            self._completeness,
        )
        stopped = False
        for number, step in enumerate(steps, start=1):
            if stopped:
                verdicts.append(self._verdict(number, "unknown", "not-reached", NOT_REACHED))
                continue
            try:
                found = list(step())
            except LedgerError as error:
                verdicts.append(self._verdict(number, "bad", error.problem_type(), str(error)))
                stopped = True
                continue
            verdicts += [
                self._verdict(number, one.value, one.reason, one.detail, second=second)
                for second, one in enumerate(found)
            ]
        return Report(
            passport=self._passport,
            verdicts=tuple(verdicts),
            figures=None if stopped else self._figures,
            log_key=self._log_key,
            checkpoint=self._checkpoint_stated,
            anchor=self._anchor_stated,
            goods=self._goods,
            opinion=self._opinion,
            logged_at=self._logged_at,
            state_at=self._state_at,
        )

    def _verdict(
        self, step: int, value: Literal["good", "bad", "unknown"], reason: str, detail: str, second: int = 0
    ) -> Verdict:
        size = None if self._checkpoint_stated is None else self._checkpoint_stated.size
        if step == max(STEPS) and self._state_size is not None:
            size = self._state_size
        return Verdict(step, (STEPS, SECOND, THIRD)[second][step], value, reason, detail, size)

    @property
    def _head(self) -> Checkpoint:
        return self._opened.note.checkpoint

    def _form(self) -> Iterator[Finding]:
        self._opened = opened(self._raw)
        bundle = self._opened.bundle
        self._passport, self._checkpoint_stated, self._anchor_stated = (
            bundle.passport,
            self._head,
            bundle.anchor,
        )
        yield Finding("good", "ok", f"The bundle has its one form, {len(self._raw)} bytes.")

    def _references(self) -> Iterator[Finding]:
        self._contents = read_contents(self._opened)
        yield self._followed()
        shown = check_disclosures(self._contents, self._opened.bundle.passport, self.receiver)
        if shown is not None:
            yield shown

    def _followed(self) -> Finding:
        count, tiers = len(self._contents.placed), self._contents.tiers
        if self._contents.unfollowed:
            detail = (
                f"{count} statements over {tiers} tiers or more. This version doesn't know "
                f"{self._contents.unknown_kinds()}: whether {self._contents.unfollowed} digests named there "
                "are of statements that are missing it can't say."
            )
            return Finding("unknown", KIND_NOT_KNOWN, detail)
        hidden, parts = self._contents.hidden_goods(), self._contents.hidden_parts()
        if hidden:
            detail = (
                f"{count} statements over {tiers} tiers or more, {parts} of their parts hidden, each by a "
                f"digest that was signed. What {len(hidden)} of them refer to is hidden too."
            )
            return Finding("unknown", PARTS_HIDDEN, detail)
        over = f"{tiers} tiers or more" if self._contents.unknown else f"{tiers} tiers"
        detail = f"{count} statements over {over}, none missing, none besides."
        if parts:
            detail += f" {parts} of their parts are hidden, each by a digest that was signed."
        return Finding("good", "ok", detail)

    def _signatures(self) -> Iterator[Finding]:
        self._terms = check_signatures(self._contents)
        self._log_key = key_of(self._terms).text()
        placed = self._contents.placed
        detail = f"{len(placed)} statements are signed by the keys that they name."
        skewed = sum(is_skewed(one.statement, one.moment.at) for one in placed)
        if skewed:
            detail += f" {skewed} of them by a clock over a day away from the log's."
        self._goods = goods_of(self._contents, self._opened.bundle.passport)
        yield Finding("good", "ok", detail)
        if self._contents.unknown:
            yield Finding("unknown", KIND_NOT_KNOWN, SUMMARIES.format(self._contents.unknown_kinds()))
        elif hidden := self._contents.hidden_summaries():
            yield Finding("unknown", PARTS_HIDDEN, HIDDEN_SUMMARIES.format(hidden))

    def _speakers(self) -> Iterator[Finding]:
        self._books = HiddenBooks(self._terms)
        self._books.expect(self._contents.statements.values())
        yield check_speakers(self._contents, self._books)
        yield check_roles(self._contents, self._books)
        self._opinion = opinion_of(self._contents, self._books)
        distrusted = check_trust(self._contents, self._books)
        if distrusted is not None:
            yield distrusted

    def _inclusion(self) -> Iterator[Finding]:
        yield check_inclusion(self._contents, self._head, self._now)
        self._logged_at = self._contents.placed[-1].at

    def _checkpoint(self) -> Iterator[Finding]:
        yield check_checkpoint(self._opened.bundle.note(), self._terms, self._trusted)
        if self.witnesses is not None:
            yield check_witnesses(self._opened.bundle.note(), self.witnesses)

    def _anchor(self) -> Iterator[Finding]:
        last = self._contents.placed[-1].moment.position
        anchor = self._opened.bundle.anchor
        yield check_anchor(anchor, self._head, self._terms, self._outside, last)

    def _conservation(self) -> Iterator[Finding]:
        if self._contents.unknown:
            yield check_known_part(self._contents, self._books, self._opened.factors, self._gwp_tables)
            return
        passport = self._opened.bundle.passport
        finding, self._figures = check_conservation(
            self._contents, self._books, passport, self._opened.factors, self._gwp_tables
        )
        yield finding
        hidden = check_hidden_tiers(self._contents, self._books)
        if hidden is not None:
            yield hidden

    def _completeness(self) -> Iterator[Finding]:
        bundle = self._opened.bundle
        if bundle.state is None:
            yield Finding("unknown", "no-state-entries", NOT_KNOWABLE)
            return
        state = check_state(bundle.state, self._contents, self._terms, self._head)
        self._state_size, self._state_at = state.size, bundle.state.entry.entry.at
        # The log's statement of what it holds may be the newest entry itself.
        self._logged_at = max(self._logged_at or "", self._state_at)
        for number, found in enumerate(
            check_left_out(bundle.state, state, self._contents, self._books, bundle.passport)
        ):
            if number == 0 and found.reason == PARTS_HIDDEN:
                self._figures = None  # what changes them is hidden: they would be out of date
            yield found
