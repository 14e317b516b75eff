"""From an intent to an acknowledged statement: draft, check, sign on this machine, post, keep.

The key never leaves its keystore's machine; what comes back from the server is compared with what was
asked before anything is signed, and the log's acknowledgement is checked after.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from api.client import LedgerClient, ServerRefusedError
from ledger import signing
from ledger.errors import LedgerError
from ledger.log.checkpoint import VerifierKey
from ledger.records.answers import checked_draft
from ledger.records.intents import Intent
from ledger.records.references import Reference, Register
from ledger.signed import Statement
from ledger.summaries import summary

REFUSED_FOR_GOOD: Final = (403, 409, 413, 422)
"""The ledger has read the statement and will not have it: what it holds already it acknowledges again."""
NOT_VISIBLE: Final = 404
WAITS: Final = 428
"""The statement is right, but for the second signature that its issuer asks of itself."""
ACKNOWLEDGED: Final = ("log", "digest", "leaf_hash", "position", "at", "checkpoint_by")


@dataclass(eq=False)
class AcknowledgementDiffersError(LedgerError):
    """The log acknowledged something else than what was posted."""

    posted: str
    acknowledged: str
    sentence: ClassVar[str] = "Statement {posted} was posted, but {acknowledged} was acknowledged."


@dataclass(eq=False)
class NothingWaitsError(LedgerError):
    """No statement waits here for a second signature."""

    statement: str
    sentence: ClassVar[str] = (
        "No statement {statement} waits here for its second signature. Post it where it was signed first."
    )


@dataclass(eq=False)
class OtherUnitError(LedgerError):
    """A record counts goods in another unit than the books do."""

    needed_by: str
    lot: str
    counted: str
    held: str
    sentence: ClassVar[str] = (
        "{needed_by} counts lot {lot!r} in {counted}, but it is kept in {held}. Correct the unit, and the "
        "quantity with it."
    )


@dataclass(frozen=True, slots=True)
class Log:
    """The log that statements go to: its id and the key by which it is checked."""

    id: str
    verifier_key: str

    @classmethod
    def of(cls, client: LedgerClient) -> Log:
        """Ask a server for its log.

        Raises:
            ServerUnreachableError, ServerBusyError, ServerRefusedError: as for every request.
        """
        terms = client.log()
        return cls(str(terms["log_id"]), str(terms["verifier_key"]))


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that is what was asked, not signed yet.

    `statement` would be posted, `unsigned` are its envelope and parts as the ledger made them, `summary` is
    the line that a wallet shows, and `preview` what the ledger says that it will book.
    """

    intent: Intent
    statement: Statement
    unsigned: dict[str, Any]
    summary: str
    preview: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement that the log has: its digest, and the log's signed acknowledgement."""

    digest: str
    acknowledgement: dict[str, Any]


class Desk:
    """Where companies' intents become statements in one log.

    Args:
        client: the server.
        log: the log that is trusted to be behind it.
        register: what the companies' references stand for; it learns from every statement.
        kept: a folder for each statement's body, salts and acknowledgement, written before it is posted so
            that a lost answer can be asked for again (`resume`); None keeps nothing.
    """

    def __init__(self, client: LedgerClient, log: Log, register: Register, kept: Path | None = None) -> None:
        self._client = client
        self._log = log
        self._register = register
        self._kept = kept
        self._units: dict[str, str] = {}

    def state(self, intent: Intent, private_key: bytes, language: str = "en") -> str:
        """Draft, check, sign, post and keep one statement; return its digest.

        Raises:
            UnresolvedReferenceError, RegisterConflictError: the register doesn't know what is referred to.
            OtherUnitError: a lot is kept in another unit than the record counts it in.
            DraftDiffersError: the draft is not what was asked; nothing was signed.
            AcknowledgementDiffersError, AcknowledgementSignatureError: the answer is not the log's to this.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
            LedgerError: the draft's parts don't fit its envelope.
        """
        if intent.kind == "registration/1":
            own = Reference("address", "", intent.organization).key
            self._register.keep({own: signing.address_of(private_key)})
        return self.sign(self.draft(intent, language), private_key).digest

    def draft(self, intent: Intent, language: str = "en") -> Drafted:
        """Ask for a draft and check that it is what was asked; nothing is signed, posted or kept.

        Raises:
            UnresolvedReferenceError: the register doesn't know what is referred to.
            OtherUnitError: a lot is kept in another unit than the record counts it in.
            DraftDiffersError: the draft is not what was asked.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
            LedgerError: the draft's parts don't fit its envelope.
        """
        self._check_units(intent)
        request = intent.request(self._register, language)
        answer = self._client.draft(intent.kind, request)
        unsigned = answer["statement"]
        statement = checked_draft(intent.kind, request, unsigned, log_id=self._log.id)
        said = summary(statement.envelope.summary_template, statement.body)
        return Drafted(intent, statement, unsigned, said, answer.get("preview", {}))

    def _check_units(self, intent: Intent) -> None:
        """Check that a record counts each lot as the books do; a lot that nobody may see is refused later."""
        for reference, counted in intent.counted_in:
            lot = self._register.resolve(reference, intent.named())
            if lot not in self._units:
                try:
                    self._units[lot] = str(self._client.read(f"lots/{lot}")["unit"])
                except ServerRefusedError as error:
                    if error.status != NOT_VISIBLE:
                        raise
                    continue
            if self._units[lot] != counted:
                raise OtherUnitError(intent.named(), reference.name, counted, self._units[lot])

    def sign(self, drafted: Drafted, private_key: bytes) -> Stated:
        """Sign a draft on this machine, keep it, post it, and keep the log's acknowledgement beside it.

        Raises:
            AcknowledgementDiffersError, AcknowledgementSignatureError: the answer is not the log's to this.
            RegisterConflictError: what it makes known stands for something else already.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
        """
        digest = drafted.statement.digest
        signature = dict(signing.sign(drafted.statement.envelope.model_dump(), private_key))
        made_known = drafted.intent.made_known(digest)
        document = {"statement": {**drafted.unsigned, "signature": signature}, "makes_known": made_known}
        self._keep(digest, document)
        return Stated(digest, self._post(digest, document))

    def resume(self) -> list[str]:
        """Post again what was signed and kept, but never acknowledged; return the digests.

        The ledger answers what it has already as it did then, so nothing is stated twice.

        Raises:
            AcknowledgementDiffersError, AcknowledgementSignatureError: the answer is not the log's to this.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
        """
        resumed = []
        for path in sorted(self._kept.glob("[0-9a-f]*.json")) if self._kept else ():
            document = json.loads(path.read_text("utf-8"))
            if "acknowledgement" not in document:
                self._post(path.stem, document)
                resumed.append(path.stem)
        return resumed

    def release(self, digest: str) -> Stated:
        """Post again a statement that waited here for its second signature.

        Raises:
            NothingWaitsError: none with this digest waits here.
            AcknowledgementDiffersError, AcknowledgementSignatureError: the answer is not the log's to this.
            ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
        """
        if self._kept is None or not self.waits(digest):
            raise NothingWaitsError(digest)
        kept = self._kept / f"{digest}.json"
        (self._kept / f"{digest}.waiting").replace(kept)
        return Stated(digest, self._post(digest, json.loads(kept.read_text("utf-8"))))

    def waits(self, digest: str) -> bool:
        """Say whether a statement waits here for its second signature."""
        return self._kept is not None and (self._kept / f"{digest}.waiting").exists()

    def _post(self, digest: str, document: dict[str, Any]) -> dict[str, Any]:
        try:
            acknowledgement = self._client.post(document["statement"])
        except ServerRefusedError as error:
            # Another log refuses what this one may hold already: that stays to be asked for.
            if error.status == WAITS:
                self._put_aside(digest, "waiting")
            elif (
                error.status in REFUSED_FOR_GOOD and document["statement"]["envelope"]["log"] == self._log.id
            ):
                self._put_aside(digest, "refused")
            raise
        self._check(digest, acknowledgement)
        self._register.keep(document["makes_known"])
        self._keep(digest, {**document, "acknowledgement": acknowledgement})
        return acknowledgement

    def _put_aside(self, digest: str, how: str) -> None:
        """Keep a statement out of the way that would only stop everything after it: refused, or waiting."""
        if self._kept is not None:
            (self._kept / f"{digest}.json").replace(self._kept / f"{digest}.{how}")

    def _check(self, digest: str, acknowledgement: dict[str, Any]) -> None:
        if acknowledgement.get("digest") != digest or acknowledgement.get("log") != self._log.id:
            raise AcknowledgementDiffersError(digest, str(acknowledgement.get("digest"))[:64])
        fields = {name: acknowledgement.get(name) for name in ACKNOWLEDGED}
        key = VerifierKey.parse(self._log.verifier_key).public_key.hex()
        signing.check_acknowledgement(fields, str(acknowledgement.get("signature")), key)

    def _keep(self, digest: str, document: dict[str, Any]) -> None:
        if self._kept is None:
            return
        self._kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._kept / f".{digest}.new"
        with scratch.open("w", encoding="utf-8") as out:
            out.write(json.dumps(document, ensure_ascii=False))
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(self._kept / f"{digest}.json")
