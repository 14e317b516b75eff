"""One run of the demo: keys, server, statements through HTTP, anchors, bundles, and all checked offline.

The server is stopped before anything is verified: a passport is checked from its bundle's bytes, the log's
key, and the chain, which is started again from what it had saved.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from rich.console import Console

from api.client import LedgerClient
from api.demo.companies import (
    ACCREDITOR,
    SCENARIO,
    all_intents,
    companies,
    delivery_notes,
    make_keys,
)
from api.demo.folder import BUNDLES, RESULT, prepare_folder
from api.demo.results import anchor_rows, print_tables, shipment_row
from api.demo.server import Server, demo_environment, ended_like_ctrl_c, free_port
from api.demo.tampering import RebuiltLedger, one_digit_changed
from api.settings import Settings
from api.stating import Desk, Log
from api.wiring import open_ledger
from ledger import signing
from ledger.chain.local_node import LocalNode
from ledger.chain.reader import read_anchor
from ledger.errors import LedgerError
from ledger.log import checkpoint
from ledger.records.intents import Intent
from ledger.records.references import Reference, Register
from ledger.verification import Report, verify

ANCHOR_TIMEOUT_S: Final = 90.0
SERVE_PORT: Final = 8000


@dataclass(eq=False)
class NotAnchoredError(LedgerError):
    """The newest checkpoint was not anchored in time."""

    waited_s: float
    pending: int
    reason: str
    sentence: ClassVar[str] = (
        "{pending} statements were not anchored within {waited_s:.0f} s: {reason}. Check the chain."
    )


@dataclass(eq=False)
class PassportFailedError(LedgerError):
    """A passport of the demo does not verify, or tampering went unnoticed."""

    passport: str
    step: str
    detail: str
    sentence: ClassVar[str] = "Passport {passport} fails at {step}: {detail}"


@dataclass(frozen=True, slots=True)
class Collected:
    """What was taken from the server before it was stopped."""

    log_key: str
    documents: dict[str, dict[str, Any]]
    bundles: dict[str, bytes]
    anchors: list[dict[str, Any]]
    conservation: dict[str, Any]
    size: int
    root: str


def run(folder: Path, *, json_output: bool = False, keep_running: bool = False) -> dict[str, Any]:
    """Run the demo in a folder and return its result; with `keep_running` serve it until stopped.

    Progress goes to standard error; tables go to standard output unless `json_output`.

    Raises:
        ForeignFolderError, DemoRunningError: the folder can't be used.
        RecordsRefusedError, UnresolvedReferenceError: the records.
        ServerNotStartedError, ServerUnreachableError, ServerRefusedError: the server.
        NotAnchoredError: the chain.
        PassportFailedError, FiguresDifferError: what must hold does not.
    """
    with ended_like_ctrl_c():
        return _run(folder, json_output=json_output, keep_running=keep_running)


def _run(folder: Path, *, json_output: bool, keep_running: bool) -> dict[str, Any]:
    progress = Console(stderr=True)
    stored = folder / RESULT
    if keep_running and stored.exists():
        result: dict[str, Any] = json.loads(stored.read_text("utf-8"))
    else:
        result = Demo(folder, progress).play()
        stored.write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    if not json_output:
        print_tables(result, Console())
    if keep_running:
        _serve(folder, result, progress if json_output else Console())
    return result


class Demo:
    """One run, step by step."""

    def __init__(self, folder: Path, progress: Console) -> None:
        self._began = time.monotonic()
        self._folder = prepare_folder(folder)
        self._progress = progress
        self._register = Register(self._folder / "register.json")

    def play(self) -> dict[str, Any]:
        """Do everything from nothing and return the result.

        Raises:
            LedgerError: as `run`.
        """
        self._say("Reading the companies' records")
        found = companies()
        intents = all_intents(found)
        self._say(f"{len(found)} companies mean to make {len(intents)} statements; making their keys")
        keys = make_keys(self._folder / "keys" / "companies", found)
        environment = demo_environment(self._folder, (signing.address_of(keys[ACCREDITOR]),))
        collected = self._through_server(environment, intents, keys)
        notes = delivery_notes(intents, "packhouse", "importer")
        shipments, tampered = self._checked(environment, collected, notes, keys)
        return {
            "shipments": shipments,
            "log": {"size": collected.size, "root": collected.root},
            "anchors": anchor_rows(collected.anchors),
            "conservation": collected.conservation,
            "tamper_detected": tampered,
            "seconds": round(time.monotonic() - self._began, 1),
        }

    def _through_server(
        self, environment: Mapping[str, str], intents: list[Intent], keys: Mapping[str, bytes]
    ) -> Collected:
        """Start the server, state everything, wait for the anchor, take the bundles, stop the server."""
        self._say("Starting the ledger: database, chain, contracts, API")
        server = Server(environment, self._folder / "server.log")
        with server, LedgerClient(server.url) as client:
            log = Log.of(client)
            desk = Desk(client, log, self._register, self._folder / "kept")
            for number, intent in enumerate(intents, start=1):
                desk.state(intent, keys[intent.organization])
                if number % 10 == 0 or number == len(intents):
                    self._say(f"Signed and posted {number} of {len(intents)} statements")
            anchors = anchored(client)
            self._say("Everything is anchored; taking the bundles")
            note = checkpoint.parse(client.checkpoint()).checkpoint
            ids = [passport["id"] for passport in client.passports()]
            sums = client.conservation()
            return Collected(
                log.verifier_key,
                {one: client.passport(one) for one in ids},
                {one: client.bundle(one) for one in ids},
                anchors,
                {name: sums[name] for name in ("recorded_mg", "accounted_mg", "by_component")},
                note.size,
                note.root.hex(),
            )

    def _checked(
        self,
        environment: Mapping[str, str],
        collected: Collected,
        notes: list[str],
        keys: Mapping[str, bytes],
    ) -> tuple[list[dict[str, Any]], bool]:
        """Verify every passport with the server stopped, and that tampering shows."""
        self._say(f"The server is stopped; verifying {len(collected.bundles)} passports from their bundles")
        bundles = self._folder / BUNDLES
        bundles.mkdir()
        with ExitStack() as closing:
            check = partial(
                verify, trusted_log_key=collected.log_key, anchor_reader=self._reader(environment, closing)
            )
            reports = {}
            for passport, raw in collected.bundles.items():
                (bundles / f"{passport}.json").write_bytes(raw)
                reports[passport] = report = check(raw)
                _require_good(passport, report)
            self._say("Every passport is good; tampering with a bundle and with the database")
            ids = [self._register[Reference("shipment", "", note).key] for note in notes]
            tampered = self._tampered(check, environment, collected.bundles[ids[0]], notes[0], keys)
        rows = [
            shipment_row(
                collected.documents[one],
                reports[one],
                bundle=bundles / f"{one}.json",
                anchored=_value(reports[one], "anchor") == "good",
            )
            for one in ids
        ]
        return rows, tampered

    def _reader(self, environment: Mapping[str, str], closing: ExitStack) -> Any:
        url = environment.get("PASSPORT_CHAIN_RPC_URL")
        return partial(read_anchor, url or closing.enter_context(LocalNode(self._folder / "chain")).rpc_url)

    def _tampered(
        self,
        check: Any,
        environment: Mapping[str, str],
        raw: bytes,
        note: str,
        keys: Mapping[str, bytes],
    ) -> bool:
        """Change one digit of a bundle; build the database anew with one record altered. Both must fail."""
        changed: Report = check(one_digit_changed(raw))
        store, _keys, ledger = open_ledger(Settings.from_environment(environment))
        try:
            with store.read() as view:
                opening = next(iter(view.entries(0, 1))).statement
                genuine = view.anchors()[-1]
        finally:
            store.close()
        rebuilt = RebuiltLedger(opening, ledger.signer, dict(keys))
        rebuilt.play(SCENARIO, self._folder)
        false: Report = check(rebuilt.bundle(note, genuine))
        self._say(f"One digit changed: {_failed(changed)}")
        self._say(f"Database built anew with one record altered: {_failed(false)}")
        return not changed.ok and _value(false, "anchor") == "bad"

    def _say(self, text: str) -> None:
        self._progress.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/dim]  {text}", highlight=False)


def anchored(client: LedgerClient, timeout_s: float = ANCHOR_TIMEOUT_S) -> list[dict[str, Any]]:
    """Wait until the newest checkpoint is anchored, and return the anchors.

    Raises:
        NotAnchoredError: it isn't in time.
        ServerUnreachableError, ServerBusyError, ServerRefusedError: the server's answers.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        state = client.anchors()
        if state["pending"] == 0:
            anchors: list[dict[str, Any]] = state["anchors"]
            return anchors
        if time.monotonic() > deadline:
            raise NotAnchoredError(timeout_s, state["pending"], str(state["problem"]))
        time.sleep(0.1)


def _require_good(passport: str, report: Report) -> None:
    bad = report.failure()
    if bad is not None:
        raise PassportFailedError(passport, f"step {bad.step} ({bad.name})", bad.detail)
    if report.figures is None:
        raise PassportFailedError(passport, "conservation", "it was not reached")


def _value(report: Report, name: str) -> str:
    """Return what a step says, by its name."""
    return next((verdict.value for verdict in report.verdicts if verdict.name == name), "unknown")


def _failed(report: Report) -> str:
    bad = report.failure()
    return "NOT detected" if bad is None else f"fails at step {bad.step}, {bad.name}"


def _serve(folder: Path, result: Mapping[str, Any], console: Console) -> None:
    """Run the ledger on the demo's data until it is stopped, and print the links."""
    with Server(demo_environment(folder), folder / "server.log", free_port(SERVE_PORT)) as server:
        for row in result["shipments"]:
            named = f"{row['product']}, {row['mode']}, {row['status']}"
            console.print(f"{named}: {server.url}/p/{row['passport_id']}", soft_wrap=True)
        console.print(f"API: {server.url}/docs   Stop with Ctrl-C.", soft_wrap=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            console.print("Stopping.")
