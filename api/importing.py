"""`passport import`: a company's record files become drafts or statements, or a list of rows to mend."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import typer

from api.client import LedgerClient
from api.stating import Desk, Log
from ledger import canonical
from ledger.errors import LedgerError
from ledger.keystore import Keystore
from ledger.quantities import kilograms_text
from ledger.records.cells import nearest
from ledger.records.errors import RecordsRefusedError, counted
from ledger.records.importing import introduced, read_records
from ledger.records.intents import Intent, as_far_as_known, by_day, in_order
from ledger.records.references import Reference, Register
from ledger.wire import ZONES

LOG_KEY: Final = "log"
NOBODY: Final = "nobody"
ANY_ZONE: Final = "UTC"
MAX_ZONE: Final = 60


@dataclass(eq=False)
class WhoseRecordsError(LedgerError):
    """It isn't said whose records these are, or in which zone their dates are."""

    lacks: str
    sentence: ClassVar[str] = (
        "Whose records are these? Add the file in which the company introduces itself, or name its {lacks}."
    )


@dataclass(eq=False)
class UnknownZoneError(LedgerError):
    """The zone named for the dates is none."""

    zone: str
    near: str
    sentence: ClassVar[str] = "--zone: {zone!r} is no IANA time zone. Write one such as {near}."


@dataclass(eq=False)
class ChangedRecordError(LedgerError):
    """A record was changed after it was stated; nothing is edited, so that would have no effect."""

    reference: str
    file: str
    row: int
    sentence: ClassVar[str] = (
        "{file}, row {row}: {reference} was stated before, and its record has changed since. Restore it, "
        "or state a correction: nothing is edited."
    )


@dataclass(eq=False)
class OtherLedgerError(LedgerError):
    """The register of references belongs to another ledger."""

    register: str
    held: str
    asked: str
    sentence: ClassVar[str] = (
        "{register} belongs to log {held}, but this ledger is log {asked}. Use another folder with --keys."
    )


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """A company's keystore on this machine, and what opens it."""

    folder: Path
    passphrase: str


class Unlocked:
    """A company's keys, each unlocked once."""

    def __init__(self, own: OwnKeys) -> None:
        self._own = own
        self._keys: dict[str, bytes] = {}

    def key(self, name: str) -> bytes:
        """Return the private key of a name.

        Raises:
            KeyNotFoundError, WrongPassphraseError, KeyFileError: the key.
        """
        if name not in self._keys:
            self._keys[name] = Keystore(self._own.folder).load(name, self._own.passphrase)
        return self._keys[name]


def import_files(
    files: Sequence[Path],
    *,
    as_json: bool = False,
    organization: str | None = None,
    zone: str | None = None,
    register: Path | None = None,
) -> int:
    """Print the drafts that record files make, by date, or every problem; return the exit code, 0 or 1.

    Without `organization` and `zone` the company is the one that introduces itself in the files.
    `register` is the company's file of references and ids.

    Raises:
        WhoseRecordsError: nobody says whose records these are.
        UnknownZoneError: the zone is none.
        RegisterFileError: the register is damaged.
    """
    try:
        intents = _intents(files, organization, zone)
    except RecordsRefusedError as error:
        _print_problems(error, as_json=as_json)
        return 1
    known = Register(register)
    if as_json:
        drafts = [draft_json(intent, known) for intent in intents]
        typer.echo(json.dumps({"drafts": drafts}, ensure_ascii=False))
    else:
        for intent in intents:
            typer.echo(_line(intent, known))
        typer.echo(f"{counted(len(intents), 'draft')}, no problems.")
    return 0


def post_files(  # noqa: PLR0913 - one option each
    files: Sequence[Path],
    url: str,
    own: OwnKeys,
    *,
    organization: str | None = None,
    zone: str | None = None,
    partly: bool = False,
) -> int:
    """State what record files mean: draft, check, sign on this machine, post; return the exit code, 0 or 1.

    The key is the one of the company's reference in its own keystore; beside it are kept the register
    and every statement with its salts. What was stated before is not stated again. With `partly` whatever
    waits for others' statements is listed and left for the next time.

    Raises:
        WhoseRecordsError: nobody says whose records these are.
        UnknownZoneError: the zone is none.
        KeyNotFoundError, WrongPassphraseError, KeyFileError: the company's key.
        RegisterFileError, RegisterConflictError, UnresolvedReferenceError: the register.
        OtherLedgerError, ChangedRecordError: the register is another ledger's, or a stated record was edited.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the ledger.
        LedgerError: the ledger's drafts or answers are not what was asked for.
    """
    try:
        intents = _intents(files, organization, zone)
    except RecordsRefusedError as error:
        _print_problems(error, as_json=False)
        return 1
    register = Register(own.folder / "register.json")
    with LedgerClient(url) as client:
        log = Log.of(client)
        check_ledger(register, own.folder / "register.json", log.id)
        desk = Desk(client, log, register, own.folder / "kept")
        desk.resume()
        check_unchanged(intents, register)
        new = [intent for intent in intents if not intent.is_made(register)]
        new, waiting = as_far_as_known(new, register) if partly else (new, [])
        meant = in_order(new, register)
        signed_in, unlocked = False, Unlocked(own)
        for intent in meant:
            private_key = unlocked.key(intent.organization)
            if not signed_in and intent.kind != "registration/1":
                client.sign_in(private_key)
                signed_in = True
            digest = desk.state(replace(intent, gives={**intent.gives, **said(intent)}), private_key)
            typer.echo(f"{digest}  {intent.kind:<14} {intent.reference}")
    before = len(intents) - len(meant) - len(waiting)
    for intent in waiting:
        typer.echo(_line(intent, register))
    typer.echo(
        f"{counted(len(meant), 'statement')} made, {before} {'was' if before == 1 else 'were'} there before."
        + (f" {len(waiting)} {'waits' if len(waiting) == 1 else 'wait'} for others." if waiting else "")
    )
    return 0


def check_ledger(register: Register, path: Path, log_id: str) -> None:
    """Remember which ledger a register belongs to.

    Raises:
        OtherLedgerError: it belongs to another.
    """
    held = register.get(LOG_KEY, log_id)
    if held != log_id:
        raise OtherLedgerError(str(path), held, log_id)
    register.keep({LOG_KEY: log_id})


def check_unchanged(intents: Sequence[Intent], register: Register) -> None:
    """Check that no record was edited after it was stated.

    Raises:
        ChangedRecordError: one was.
    """
    for intent in intents:
        held = register.get(_said_key(intent))
        if intent.is_made(register) and held is not None and held != _said(intent):
            raise ChangedRecordError(intent.reference, intent.at.file, intent.at.row)


def said(intent: Intent) -> dict[str, str]:
    """Return what the register remembers of what a record says, so that a later edit is noticed."""
    return {_said_key(intent): _said(intent)}


def _said_key(intent: Intent) -> str:
    # By what it makes known: a reference may come back, as an asset that is estimated anew each year.
    return f"said:{min(intent.gives)}"


def _said(intent: Intent) -> str:
    """Return the digest of what a record says, whatever ids its references and factors stand for."""
    plain = _plain(intent.body, Register())
    change = plain.get("change", {})
    for holder, name in ((plain, "lines"), (change, "add_lines")):
        if name in holder:
            holder[name] = [_record_of(line) for line in holder[name]]
    return canonical.digest(plain)


def _record_of(line: dict[str, Any]) -> dict[str, Any]:
    """Return what the company's own record gave to a line: not the factor, and not what follows from it."""
    source, price = line["source"], line.get("price")
    used = {"price": price} if price else {"quantity": source["quantity"], "unit": source["unit"]}
    return {"activity": source["activity"], "text": source.get("text", ""), **used}


def draft_json(intent: Intent, register: Register) -> dict[str, Any]:
    """Return an intent as plain values: the request for a draft, and the references that it waits for."""
    waits = [need.key for need in intent.needs() if need.key not in register]
    issuer = Reference("organization", "", intent.organization)
    registers_itself = intent.kind == "registration/1"
    return {
        "kind": intent.kind,
        "reference": intent.reference,
        "file": intent.at.file,
        "row": intent.at.row,
        "request": {
            "issuer": "" if registers_itself else _plain(issuer, register),
            "body": _plain(intent.body, register),
        },
        "waits_for": waits,
    }


def _intents(files: Sequence[Path], organization: str | None, zone: str | None) -> list[Intent]:
    if zone is not None and zone not in ZONES:
        raise UnknownZoneError(zone[:MAX_ZONE], ", ".join(nearest(zone, sorted(ZONES))))
    if organization is None or zone is None:
        row = introduced(files)
        if row is None:
            # What is wrong with the rows is told first: perhaps the introduction is among them.
            read_records(files, organization=organization or NOBODY, zone=zone or ANY_ZONE)
            raise WhoseRecordsError("reference" if organization is None else "time zone")
        organization, zone = organization or row.organization, zone or row.timezone
    return by_day(read_records(files, organization=organization, zone=zone))


def _plain(value: Any, register: Register) -> Any:
    """Return a body with ids where they are known, else with the reference that is waited for."""
    if isinstance(value, Reference):
        if value.precise():
            return value.name
        return register.get(value.key, {"waits_for": value.key})
    if isinstance(value, dict):
        return {name: _plain(inner, register) for name, inner in value.items()}
    return [_plain(inner, register) for inner in value] if isinstance(value, list | tuple) else value


def _line(intent: Intent, register: Register) -> str:
    lines = [*intent.body.get("lines", ()), *intent.body.get("change", {}).get("add_lines", ())]
    milligrams = sum(int(mg) for line in lines for mg in line["amount"]["components"].values())
    gaps = sum("gap" in line["amount"] for line in lines)
    said = f"{intent.ended}  {intent.kind:<14} {intent.reference}"
    if lines:
        said += f": {counted(len(lines), 'line')} ({counted(gaps, 'gap')}), "
        said += f"{kilograms_text(milligrams, 3)} kg CO2e"
    waits = [need.key for need in intent.needs() if need.key not in register]
    return said + (f" (waits for {', '.join(dict.fromkeys(waits))})" if waits else "")


def _print_problems(error: RecordsRefusedError, *, as_json: bool) -> None:
    if not as_json:
        typer.echo(f"passport: {error}", err=True)
        return
    problems = [
        {"type": one.problem_type(), "detail": str(one), **{k: _text(v) for k, v in one.facts().items()}}
        for one in error.errors
    ]
    typer.echo(json.dumps({"problems": problems, "count": error.count}, ensure_ascii=False))


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
