"""The one place that picks the real store, keys, chain and factor library."""

from __future__ import annotations

import hashlib
import hmac
import logging
import multiprocessing
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from api.anchoring import Anchoring
from api.chain_task import Pace
from api.checking import check_in_full, end_with_parent
from api.connecting import chain_task
from api.limits import Queue, Quota
from api.settings import SettingError, Settings
from api.stating_task import StatingTask
from api.viewers import SignIn, Visibility
from api.witnessing import Witnessing, WitnessSite
from ledger.errors import LedgerError
from ledger.factors.library import IMPORTED_FACTORS, TABLES, FactorLibrary
from ledger.inbox import Resumed, SetAside
from ledger.keystore import LOG_CHECKPOINT_FILE, LogKeys, load_log_keys, new_log_keys
from ledger.log.checkpoint import NoteSigner
from ledger.log.cosignature import WitnessKey
from ledger.mrio.library import TableLibrary
from ledger.quantities import UNITS
from ledger.services import Ledger, SystemClock, open_log
from ledger.signed import draft
from ledger.sql.stores import SqlStore
from ledger.statements import LogOpenBody
from ledger.terms import log_id_of

LOG: Final = logging.getLogger("passport.inbox")
DEMO_KEY_FILE: Final = "unlock.txt"
REGISTRATIONS_AN_HOUR: Final = 200
WARM_UP: Final = b"[]"
STATEMENTS_AN_HOUR: Final = 200_000


@dataclass(eq=False)
class NoPassphraseError(LedgerError):
    """The log's keys can't be opened without their passphrase."""

    sentence: ClassVar[str] = (
        "Set PASSPORT_LOG_PASSPHRASE: it opens the log's keys (any long text at first start)."
    )


@dataclass
class Wiring:
    """Everything that a running ledger is made of; `close` ends what was started."""

    settings: Settings
    store: SqlStore
    ledger: Ledger
    keys: LogKeys
    factors: FactorLibrary
    tables: TableLibrary
    sign_in: SignIn
    visibility: Visibility
    anchoring: Anchoring
    pool: Executor | None
    closing: ExitStack
    witnessing: Witnessing | None = None
    queue: Queue = field(default_factory=Queue)
    registrations: Quota = field(
        default_factory=lambda: Quota("registrations an hour from here", REGISTRATIONS_AN_HOUR, 3600)
    )
    statements: Quota = field(
        default_factory=lambda: Quota("statements an hour signed with this key", STATEMENTS_AN_HOUR, 3600)
    )

    def close(self) -> None:
        """End the tasks, processes and connections that were started."""
        self.closing.close()


def wire(settings: Settings) -> Wiring:
    """Start everything that the settings ask for.

    Raises:
        NoPassphraseError: the log's keys need PASSPORT_LOG_PASSPHRASE.
        LedgerError: database, keys or chain refuse.
    """
    closing = ExitStack()
    try:
        store, keys, ledger = open_ledger(settings)
        closing.callback(store.close)
        tasks = [chain_task(line, settings, ledger, keys, closing) for line in settings.anchored_chains]
        sites = [WitnessSite(WitnessKey.parse(key), url) for key, url in settings.witnesses]
        step = partial(ledger.state, keys.anchor_key)
        pace = Pace(settings.anchor_every_statements, settings.anchor_every_s)
        # Without a chain those who watch the log cosign what it states.
        stating = StatingTask(store, step, pace) if sites and not tasks else None
        anchoring = Anchoring(store, tasks, stating)
        anchoring.do_before(step)
        closing.callback(anchoring.close)
        witnessing = Witnessing(ledger, sites)
        closing.callback(witnessing.close)
        pool = _pool(settings, closing)
        secret = _derived_secret(keys)
        sign_in = SignIn(secret, ledger.terms.log_id, store)
        return Wiring(
            settings=settings,
            store=store,
            ledger=ledger,
            keys=keys,
            factors=_factors(settings),
            tables=TableLibrary(settings.tables),
            sign_in=sign_in,
            visibility=Visibility(settings.policy, sign_in),
            anchoring=anchoring,
            pool=pool,
            closing=closing,
            witnessing=witnessing,
        )
    except BaseException:
        closing.close()
        raise


def open_ledger(settings: Settings) -> tuple[SqlStore, LogKeys, Ledger]:
    """Open the store and the log's keys, making both at the first start.

    Raises:
        NoPassphraseError: no passphrase is given outside the demo.
        KeyNotFoundError: the log is open, but its keys are not in the folder.
        WrongPassphraseError: the passphrase doesn't open them.
        LogKeyMismatchError: they are another log's.
        SettingError: a new log can't be opened with these settings.
    """
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = _log_passphrase(settings)
    store = SqlStore(settings.database_url)
    try:
        store.migrate()
        with store.read() as view:
            empty = view.size() == 0
            origin = settings.origin if empty else view.terms().origin
        keys = _log_keys(settings.folder / "keys", passphrase, make=empty)
        signer = NoteSigner(origin, keys.checkpoint_key)
        factors = _factors(settings)
        if empty:
            _opened(store, settings, keys, signer, factors)
        ledger = Ledger(store, signer, factors=factors, inbox=store)
        _tell(ledger.resume(), store.aside())
    except BaseException:
        store.close()
        raise
    return store, keys, ledger


def _factors(settings: Settings) -> FactorLibrary:
    """Return the shipped factors, and those that were imported into the ledger's folder by its start."""
    imported = settings.folder / IMPORTED_FACTORS
    return FactorLibrary(TABLES, imported) if imported.is_dir() else FactorLibrary.shipped()


def _tell(resumed: Resumed, aside: Sequence[SetAside]) -> None:
    """Write what was set aside to the operator's log: now in full, from earlier starts how much."""
    for found in resumed.set_aside:
        LOG.warning("%s", found.text())
    if aside:
        LOG.warning("%d set aside in all, never booked. Read them: passport statements set-aside", len(aside))


def _log_passphrase(settings: Settings) -> str:
    """Return what opens the log's keys; the demo keeps a random one beside them."""
    passphrase = settings.log_passphrase
    if passphrase is None and settings.policy == "demo":
        passphrase = _demo_passphrase(settings.folder / "keys")
    if not passphrase:
        raise NoPassphraseError
    return passphrase


def _log_keys(folder: Path, passphrase: str, *, make: bool) -> LogKeys:
    """Load the log's keys, or make them for a new log only: one that is open can't have others."""
    if make and not (folder / LOG_CHECKPOINT_FILE).exists():
        return new_log_keys(folder, passphrase)
    return load_log_keys(folder, passphrase)


def _demo_passphrase(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / DEMO_KEY_FILE
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(32))
    return file.read_text(encoding="ascii")


def _opened(
    store: SqlStore, settings: Settings, keys: LogKeys, signer: NoteSigner, factors: FactorLibrary
) -> Ledger:
    """Open a new log with the settings' terms."""
    today = datetime.now(UTC).date().isoformat()
    number = ec.derive_private_key(int.from_bytes(keys.anchor_key, "big"), ec.SECP256K1())
    public = number.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    body = _terms_body(
        {
            "occurred": {"from": today, "to": today, "zone": "UTC"},
            "ref": secrets.token_hex(16),
            "origin": settings.origin,
            "keys": {"ed25519": keys.checkpoint_public_key.hex(), "secp256k1": public.hex()},
            "gwp": settings.gwp,
            "units": UNITS,
            "components": "components/1",
            "accreditors": settings.accreditors,
        }
    )
    opening = draft("log_open/1", body, log=log_id_of(body), issuer="").sign(keys.anchor_key)
    return open_log(store, opening, signer, SystemClock(), factors)


def _terms_body(terms: dict[str, Any]) -> LogOpenBody:
    try:
        return LogOpenBody.model_validate(terms)
    except ValidationError as error:
        complaint = error.errors(include_url=False)[0]
        name = f"PASSPORT_{str(complaint['loc'][0]).upper()}"
        raise SettingError(name, str(complaint["input"])[:100], complaint["msg"].lower()) from None


def _pool(settings: Settings, closing: ExitStack) -> Executor | None:
    if settings.check_processes < 1:
        return None
    # Fresh processes: a fork would keep the server's port open after its end.
    pool = ProcessPoolExecutor(
        max_workers=settings.check_processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=end_with_parent,
    )
    closing.callback(pool.shutdown, cancel_futures=True)
    pool.submit(check_in_full, WARM_UP, lines=False).exception()
    return pool


def _derived_secret(keys: LogKeys) -> bytes:
    """Derive the secret of tokens and links from the log's key, so that it needs no file of its own."""
    return hmac.new(keys.anchor_key, b"carbon passport tokens and links/1", hashlib.sha256).digest()
