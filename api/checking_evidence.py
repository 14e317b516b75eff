"""An evidence archive checked offline, in numbered steps: nothing but its own bytes is needed.

1. every file is as long as the manifest lists it and has its SHA-256, and no other file is there;
2. the log signed the checkpoint; 3. every statement's parts, digest, summary and signature hold;
4. every statement is in the log under that checkpoint; 5. every factor named is there, by its digest;
6. the books that follow from the statements give the reports, where everything behind them is in the archive.

The manifest itself is signed by nobody: whoever changes a report can change its list too. Steps 2 to 6 are
what a forger can't make again; the log's key is to be compared with the one that came from elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Final, Literal

from api.reporting import REPORTS, period_report, report_json
from ledger import canonical
from ledger.bundle import factors_named
from ledger.errors import LedgerError
from ledger.factor import Factor, factor_digest
from ledger.forms import validated
from ledger.in_memory import InMemoryStore
from ledger.interfaces import Logged
from ledger.log import checkpoint, merkle
from ledger.log.checkpoint import Checkpoint, VerifierKey
from ledger.replaying import replay
from ledger.reports.evidence import FORMAT, MAX_STATEMENTS
from ledger.signed import Statement, entry_bytes, read
from ledger.terms import terms_of

MANIFEST: Final = "manifest.json"
MAX_FILES: Final = 1_000
MAX_BYTES: Final = 2 * 1024**3
MAX_LINE_BYTES: Final = 8 * 1024**2
MAX_SHOWN: Final = 5
"""How many differences a step lists; the rest is counted."""
NAMES: Final = (
    "files as the manifest lists them",
    "checkpoint signed by the log",
    "statements signed and whole",
    "statements in the log",
    "factors by their digests",
    "reports follow from the statements",
)


@dataclass(eq=False)
class NoEvidenceError(LedgerError):
    """A file is no evidence archive."""

    problem: str
    sentence: ClassVar[str] = "This is no evidence archive: {problem}. passport evidence FILE.zip writes one."


@dataclass(frozen=True, slots=True)
class EvidenceVerdict:
    """What one step found: good, bad, or unknown where the archive can't show it."""

    step: int
    value: Literal["good", "bad", "unknown"]
    detail: str

    @property
    def name(self) -> str:
        """What the step looks at."""
        return NAMES[self.step - 1]


@dataclass
class _Read:
    """What was read of an archive so far."""

    files: Mapping[str, bytes]
    about: Mapping[str, Any]
    log_key: str | None
    differences: list[str] = field(default_factory=list)
    head: Checkpoint | None = None
    logged: list[Logged] = field(default_factory=list)

    def lines(self, name: str) -> Iterator[tuple[int, Any]]:
        """Yield a file's lines, each parsed strictly; what is none is noted."""
        for number, line in enumerate(self.files.get(name, b"").splitlines(), start=1):
            try:
                yield number, canonical.parse(line, max_bytes=MAX_LINE_BYTES)
            except LedgerError as error:
                self.differences.append(f"{name}, line {number}: {error}")


def check_evidence(archive: bytes, log_key: str | None = None) -> list[EvidenceVerdict]:
    """Check an evidence archive; every step is looked at, whatever those before it found.

    `log_key` is the log's verifier key that the reader trusts; without it the archive's own is taken.

    Raises:
        NoEvidenceError: it is no archive, or its manifest is none.
    """
    files = _unpacked(archive)
    about = _manifest(files)
    found = _Read(files, about, log_key)
    steps: tuple[Callable[[_Read], tuple[str, str] | None], ...] = (
        _check_files,
        _check_checkpoint,
        _check_statements,
        _check_proofs,
        _check_factors,
        _check_reports,
    )
    verdicts = []
    for number, step in enumerate(steps, start=1):
        found.differences = []
        said = step(found)
        verdicts.append(_verdict(number, found.differences, said))
    return verdicts


def _verdict(step: int, differences: list[str], said: tuple[str, str] | None) -> EvidenceVerdict:
    if differences:
        more = len(differences) - MAX_SHOWN
        listed = "\n".join(differences[:MAX_SHOWN]) + (f"\nand {more} more" if more > 0 else "")
        return EvidenceVerdict(step, "bad", listed)
    value, detail = said or ("unknown", "an earlier step left nothing to look at")
    return EvidenceVerdict(step, "unknown" if value == "unknown" else "good", detail)


def _unpacked(archive: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            listed = opened.infolist()
            if len(listed) > MAX_FILES or sum(one.file_size for one in listed) > MAX_BYTES:
                raise NoEvidenceError(f"it has more than {MAX_FILES} files, or {MAX_BYTES} bytes")
            if len({one.filename for one in listed}) < len(listed):
                raise NoEvidenceError("a file is in it twice")
            return {one.filename: opened.read(one) for one in listed}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError) as error:
        raise NoEvidenceError(f"it can't be unpacked ({type(error).__name__}: {error})") from None


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        about = json.loads(files.get(MANIFEST, b""))
        rows = [(one["name"], one["bytes"], one["sha256"]) for one in about["files"]]
        _day(about["from"])
        _day(about["to"])
        known = about["format"] == FORMAT and isinstance(about["organization"], str) and rows
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoEvidenceError(f"{MANIFEST} can't be read ({type(error).__name__})") from None
    if not known:
        raise NoEvidenceError(f"{MANIFEST} has another format than {FORMAT}")
    found: dict[str, Any] = about
    return found


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _check_files(found: _Read) -> tuple[str, str]:
    listed = {one["name"]: (one["bytes"], one["sha256"]) for one in found.about["files"]}
    for name, (size, digest) in listed.items():
        content = found.files.get(name)
        if content is None:
            found.differences.append(f"{name} is listed, but not there")
        elif (len(content), hashlib.sha256(content).hexdigest()) != (size, digest):
            here = hashlib.sha256(content).hexdigest()
            found.differences.append(f"{name} is not the file listed: SHA-256 {here}, listed {digest}")
    extra = sorted(set(found.files) - set(listed) - {MANIFEST})
    found.differences += [f"{name} is there, but not listed" for name in extra]
    return "good", f"{len(listed)} files"


def _check_checkpoint(found: _Read) -> tuple[str, str] | None:
    own = found.files.get("log_key.txt", b"").decode("utf-8", "replace").strip()
    trusted = own if found.log_key is None else found.log_key
    try:
        if found.log_key is not None and own != found.log_key:
            found.differences.append(f"the archive's log key is {own}, trusted is {found.log_key}")
        found.head = checkpoint.verify(found.files.get("checkpoint.txt", b""), VerifierKey.parse(trusted))
    except LedgerError as error:
        found.differences.append(str(error))
        return None
    said = "by the key that you trust" if found.log_key else f"by the archive's own key {own}: compare it"
    return "good", f"{found.head.size} entries, {said}"


def _check_statements(found: _Read) -> tuple[str, str]:
    before = -1
    for number, line in found.lines("statements.ndjson"):
        try:
            entry, position = line["entry"], line["position"]
            at = str(entry["at"])
            named = {name: entry[name] for name in ("envelope", "signature")}
            statement = read({**named, "parts": line["parts"]})
            raw = entry_bytes(statement, at)
            if raw != canonical.encode(entry) or not isinstance(position, int) or position <= before:
                found.differences.append(f"statements.ndjson, line {number}: not in the log's form or order")
                continue
        except (LedgerError, KeyError, TypeError) as error:
            problem = str(error) if isinstance(error, LedgerError) else "it is no statement"
            found.differences.append(f"statements.ndjson, line {number}: {problem}")
            continue
        before = position
        found.logged.append(Logged(position, at, statement, raw, merkle.leaf_hash(raw)))
        if len(found.logged) > MAX_STATEMENTS:
            raise NoEvidenceError(f"it has more than {MAX_STATEMENTS} statements")
    opening = found.logged[0] if found.logged else None
    if opening is None or opening.statement.kind != "log_open/1":
        found.differences.append("statements.ndjson doesn't begin with the opening of the log")
    else:
        _check_log(found, opening.statement)
    return "good", f"{len(found.logged)} statements"


def _check_log(found: _Read, opening: Statement) -> None:
    terms = terms_of(opening)
    for name, value in (("log_id", terms.log_id), ("origin", terms.origin)):
        if found.about.get(name) != value:
            found.differences.append(f"{MANIFEST} names {name} {found.about.get(name)}, the log is {value}")
    if found.head is not None and found.head.origin != terms.origin:
        found.differences.append(f"the checkpoint is of {found.head.origin}, the log is {terms.origin}")
    foreign = [one.position for one in found.logged[1:] if one.statement.envelope.log != terms.log_id]
    found.differences += [f"the statement at {position} is of another log" for position in foreign]


def _check_proofs(found: _Read) -> tuple[str, str] | None:
    if found.head is None:
        return None
    wanted = {one.position: one for one in found.logged}
    for number, line in found.lines("proofs.ndjson"):
        try:
            logged = wanted.pop(line["position"], None)
            if logged is None or logged.statement.digest != line["digest"]:
                found.differences.append(f"proofs.ndjson, line {number}: of no statement that holds here")
                continue
            proof = [bytes.fromhex(node) for node in line["proof"]]
            merkle.check_inclusion(logged.leaf_hash, logged.position, found.head.size, proof, found.head.root)
        except (LedgerError, ValueError, KeyError, TypeError) as error:
            found.differences.append(f"proofs.ndjson, line {number}: {error}")
    found.differences += [f"the statement at {position} has no proof" for position in wanted]
    return "good", f"{len(found.logged)} proofs to the checkpoint's root"


def _check_factors(found: _Read) -> tuple[str, str]:
    known = set()
    for number, line in found.lines("factors.ndjson"):
        try:
            digest = factor_digest(validated(Factor, line["record"], "record"))
            if digest != line["digest"]:
                found.differences.append(f"factors.ndjson, line {number}: its digest is {digest}")
            known.add(digest)
        except (LedgerError, KeyError, TypeError) as error:
            found.differences.append(f"factors.ndjson, line {number}: {error}")
    named = {digest for logged in found.logged for digest in factors_named(logged.statement)}
    found.differences += [f"factor {digest} is named, but not there" for digest in sorted(named - known)]
    return "good", f"{len(known)} factors"


def _check_reports(found: _Read) -> tuple[str, str] | None:
    if not found.logged or found.logged[0].statement.kind != "log_open/1":
        return None
    store = InMemoryStore()
    # In the order of the log, but one after another: what lies between them is not in the archive.
    entries = [
        Logged(number, one.at, one.statement, one.entry, one.leaf_hash)
        for number, one in enumerate(found.logged)
    ]
    try:
        with store.write() as writer:
            replay(writer, entries)
    except LedgerError as error:
        return "unknown", f"not everything behind these statements is in the archive: {error}"
    period = _day(found.about["from"]), _day(found.about["to"])
    with store.read() as view:
        for name in REPORTS:
            report = period_report(view, name, found.about["organization"], *period)
            _compare(found, f"reports/{report.name}.json", report_json(report))
    return "good", f"{len(REPORTS)} reports, computed again from {len(entries)} statements"


def _compare(found: _Read, file: str, computed: Mapping[str, Any]) -> None:
    try:
        held = json.loads(found.files.get(file, b""))
    except (ValueError, RecursionError):
        held = None
    again = json.loads(json.dumps(computed))
    if held == again:
        return
    names = sorted(name for name in again if not isinstance(held, dict) or held.get(name) != again[name])
    found.differences.append(
        f"{file} says something else than follows from the statements: {', '.join(names)}"
    )
