"""A signed statement: envelope, signature and the salted parts of its body.

Reading one checks everything that its own bytes can show: form, parts against the body's digest, the
summary against the body, the signature against the named key. Who that key spoke for is a question to
the log (`identity.py`).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from ledger import canonical, parts, signing
from ledger.bodies import lay_out, read_body
from ledger.body import Body
from ledger.errors import LedgerError
from ledger.forms import MissingFieldError, UnknownFieldError, all_validated, validated
from ledger.identifiers import organization_id
from ledger.parts import PARTS, Part
from ledger.summaries import check_summary, summary
from ledger.wire import Envelope, Signature

MAX_STATEMENT_BYTES: Final = 4 * 1024 * 1024
MAX_ENTRY_BYTES: Final = 4096
MAX_SKEW: Final = timedelta(hours=24)
"""Phones are often wrong (PROTOCOL, Log: time)."""
FIELDS: Final = ("envelope", "signature", "parts")
WITHOUT_ISSUER: Final = ("log_open/1", "registration/1", "state/1")
"""Kinds whose envelope names no issuer: the log itself, and an organization that has no id yet."""


@dataclass(eq=False)
class BodyDigestError(LedgerError):
    """The parts are not those that were signed."""

    signed: str
    computed: str
    sentence: ClassVar[str] = "The parts give the body digest {computed}, but {signed} was signed."


@dataclass(eq=False)
class IssuerFormError(LedgerError):
    """The envelope names an issuer where there is none yet, or none where there must be one."""

    kind: str
    issuer: str
    sentence: ClassVar[str] = (
        "{kind} has the issuer {issuer!r}. Leave it empty in log_open/1, registration/1, state/1; name the "
        "organization in every other kind."
    )


@dataclass(eq=False)
class EntryTooLargeError(LedgerError):
    """A log entry is larger than a leaf may be."""

    size: int
    limit: int = MAX_ENTRY_BYTES
    sentence: ClassVar[str] = "The log entry has {size} bytes; the limit is {limit}."


@dataclass(eq=False)
class NotAnObjectError(LedgerError):
    """A statement is not a JSON object."""

    shown: str
    sentence: ClassVar[str] = "A statement is an object with envelope, signature and parts; got {shown}."


@dataclass(frozen=True, slots=True)
class Statement:
    """One signed, immutable fact; `digest` is SHA-256 of the envelope's canonical form.

    `hidden` are the digests of parts that are not shown; the ledger keeps all but those that were `erased`,
    whose paths it remembers in the same order.
    """

    envelope: Envelope
    signature: Signature
    parts: tuple[Part, ...]
    body: Body
    digest: str
    hidden: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The versioned kind, `dispatch/1`."""
        return self.envelope.kind

    @property
    def issuer(self) -> str:
        """The organization that says it; a registration's is the id that it makes."""
        if self.envelope.issuer or self.kind != "registration/1":
            return self.envelope.issuer
        return organization_id(self.digest)

    def wire(self) -> dict[str, Any]:
        """Return the statement as plain values."""
        lists = {"hidden": self.hidden, "erased": self.erased}
        hidden = {name: list(one) for name, one in lists.items() if one}
        return {
            "envelope": self.envelope.model_dump(),
            "signature": self.signature.model_dump(),
            "parts": [part.model_dump() for part in self.parts],
            **hidden,
        }


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement that waits for its signature, with the line to show."""

    envelope: Envelope
    parts: tuple[Part, ...]
    body: Body
    summary: str

    def typed_data(self) -> dict[str, Any]:
        """Return the EIP-712 typed data for a wallet."""
        return signing.typed_data(self.envelope.model_dump(), self.summary)

    def digest(self) -> str:
        """Return the digest that the signed statement will have."""
        return canonical.digest(self.envelope.model_dump())

    def sign(self, private_key: bytes) -> Statement:
        """Sign with a key of 32 bytes that never leaves this machine."""
        signature = signing.sign(self.envelope.model_dump(), private_key)
        return Statement(self.envelope, validated(Signature, signature), self.parts, self.body, self.digest())


def new_id(now_ms: int | None = None) -> str:
    """Return a fresh UUIDv7 (RFC 9562, 5.7): milliseconds first, then random."""
    milliseconds = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    tail = f"{8 + secrets.randbits(2):x}{secrets.randbits(60):015x}"
    digits = f"{milliseconds:012x}7{secrets.randbits(12):03x}{tail}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def utc_text(moment: datetime) -> str:
    """Write a moment as the log does, `2026-01-31T08:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def draft(  # noqa: PLR0913 - an envelope has these fields
    kind: str,
    body: Body,
    *,
    log: str,
    issuer: str,
    language: str = "en",
    identifier: str | None = None,
    signed_at: datetime | None = None,
    salt: Callable[[], str] | None = None,
) -> Draft:
    """Make a statement ready to be signed: cut the body, compute digest and summary."""
    pieces = tuple(parts.split(kind, body, salt))
    template = f"{kind}/{language}"
    line = summary(template, body)
    envelope = validated(
        Envelope,
        {
            "v": "1",
            "log": log,
            "kind": kind,
            "id": identifier or new_id(),
            "issuer": issuer,
            "signed_at": utc_text(signed_at or datetime.now(UTC)),
            "summary_template": template,
            "summary_keccak": signing.summary_keccak(line),
            "body_digest": parts.body_digest(pieces),
        },
        "envelope",
    )
    return Draft(envelope, pieces, body, line)


def read(wire: Any, *, check_signature: bool = True, known: bool = False) -> Statement:
    """Read a statement and check all that its own bytes can show.

    With `known`, the very same bytes were read in full before (by another process of the same program):
    only the form is read, digests, summary and signature are not made again.

    Raises:
        NotAnObjectError, UnknownFieldError, MissingFieldError, FieldFormError, AmountFormError: form.
        IssuerFormError: the kind has an issuer and the envelope none, or the other way round.
        UnknownPathError, RepeatedPathError, MissingPathError, PathNumberError, RepeatedSaltError: parts.
        PartFormError: a part has an empty value that is left out, or leaves one out that is written.
        NestedPartError, UnknownKindTooLargeError: parts of a kind that this version doesn't know.
        BodyDigestError: the parts are not those that were signed.
        SummaryTemplateError, ChangedSummaryError: the summary is not this body's.
        SignatureFormError, HighSError, WrongKeyError: the signature is not by the named key.
    """
    if not isinstance(wire, dict):
        raise NotAnObjectError(repr(wire)[:60])
    for name in wire:
        if name not in FIELDS:
            raise UnknownFieldError(str(name)[:60])
    for name in FIELDS:
        if name not in wire:
            raise MissingFieldError(name)
    envelope = validated(Envelope, wire["envelope"], "envelope")
    check_issuer(envelope)
    signature = validated(Signature, wire["signature"], "signature")
    pieces, body = _body(envelope, wire["parts"], known=known)
    plain = wire["envelope"]  # every field is there, and read as it is written
    if check_signature and not known:
        signing.check_signature(plain, signature.model_dump())
    return Statement(envelope, signature, pieces, body, canonical.digest(plain, known=True))


def check_issuer(envelope: Envelope) -> None:
    """Check that an envelope names its issuer exactly where its kind has one.

    A registration makes the organization's id from its own digest, so it can't claim another's.

    Raises:
        IssuerFormError: it doesn't.
    """
    if (envelope.issuer == "") != (envelope.kind in WITHOUT_ISSUER):
        raise IssuerFormError(envelope.kind, envelope.issuer)


def _body(envelope: Envelope, wire: Any, *, known: bool = False) -> tuple[tuple[Part, ...], Body]:
    """Read the parts, check them against the envelope, and put the body together."""
    kind = envelope.kind
    if not isinstance(wire, list):
        raise MissingFieldError("parts/0")
    pieces = all_validated(PARTS, wire, "parts")
    plain = lay_out(kind, pieces)
    if not known:
        computed = parts.body_digest(pieces)
        if computed != envelope.body_digest:
            raise BodyDigestError(envelope.body_digest, computed)
    body = read_body(kind, pieces, plain, known=known)
    if not known:
        check_summary(envelope, body)
    return pieces, body


def is_skewed(statement: Statement, at: datetime) -> bool:
    """Say whether the signer's clock is over a day away from the log's; flagged, never refused."""
    return abs(datetime.fromisoformat(statement.envelope.signed_at) - at) > MAX_SKEW


def entry_bytes(statement: Statement, at: str) -> bytes:
    """Return the log entry, the leaf's bytes: JCS of {v, at, envelope, signature}.

    Raises:
        EntryTooLargeError: it is over 4 KiB.
    """
    entry = canonical.encode(
        {
            "v": "1",
            "at": at,
            "envelope": statement.envelope.model_dump(),
            "signature": statement.signature.model_dump(),
        },
        known=True,
    )
    if len(entry) > MAX_ENTRY_BYTES:
        raise EntryTooLargeError(len(entry))
    return entry
