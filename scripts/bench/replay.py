"""Replay: all books dropped and made again from a long log, against reading its bodies with bare json.loads.

Each size is replayed in a process of its own, so that its memory is its own; the reading that it is compared
with is done there too, just before. Balances are asked for in what the replays have made.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final, TypedDict

from sqlalchemy import select

from ledger.accounts import Account
from ledger.sql.replaying import rebuild_books
from ledger.sql.stores import SqlStore
from ledger.sql.tables import STATEMENT
from ledger.terms import terms_of
from scripts.bench.history import FIRST, ROUND, History

ROOT: Final = Path(__file__).resolve().parent.parent.parent
DEFAULT: Final = 100_000
SMALLEST: Final = 10_000
BATCH: Final = 5000
ASKED: Final = 400
KINDS: Final = ("environment", "outside_taken_over", "goods_in_process", "handling_unassigned")
MAX_RATIO: Final = 10
MAX_GROWTH: Final = 1.3
MAX_SLOWER: Final = 1.5

Row = dict[str, Any]


class Replayed(TypedDict):
    """What one replay took: seconds of ours and of the peer, memory of both processes in MiB.

    `booking_s` and `checking_s` are the seconds of processor time of the two processes: the one that books,
    and the one that reads and checks ahead of it.
    """

    statements: int
    seconds: float
    booking_s: float
    checking_s: float
    peer_s: float
    memory_mib: float
    body_bytes: float


def keep_history(path: Path, statements: int) -> float:
    """Write a log of at least so many statements, its books empty, and return the seconds that took."""
    start = time.perf_counter()
    gc.disable()  # what is made has no cycles, and there is much of it
    rounds = max(1, -(-(statements - FIRST) // ROUND))
    log = History().statements(rounds)
    with SqlStore(f"sqlite:///{path}") as store:
        store.migrate()
        while batch := list(islice(log, BATCH)):
            with store.write() as writer:
                if batch[0].position == 0:
                    writer.open(terms_of(batch[0].statement))
                writer.preload([logged.statement for logged in batch])
                for logged in batch:
                    writer.append(logged, ())
            gc.collect(0)
    gc.enable()
    return time.perf_counter() - start


def read_bodies(store: SqlStore, size: int) -> tuple[float, int]:
    """Read each stored body with bare json.loads, in log order; return its seconds alone, and the bytes."""
    seconds, length = 0.0, 0
    with store._engine.connect() as connection:  # noqa: SLF001 - the stored bytes, as nobody else needs them
        for start in range(0, size, BATCH):
            asked = select(STATEMENT.c.parts).where(STATEMENT.c.position.between(start, start + BATCH - 1))
            bodies = [row.parts for row in connection.execute(asked.order_by(STATEMENT.c.position))]
            length += sum(map(len, bodies))
            begun = time.perf_counter()
            for body in bodies:
                json.loads(body)
            seconds += time.perf_counter() - begun
    return seconds, length


def peak_mib() -> float:
    """Return the largest resident size of this process so far (Linux, proc_pid_status(5): VmHWM, in KiB)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def replay_once(path: Path) -> Replayed:
    """Read the bodies, then drop the books and make them again, once each; this process does nothing else."""
    with SqlStore(f"sqlite:///{path}") as store:
        with store.read() as view:
            size = view.size()
        peer, length = read_bodies(store, size)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as others:
            before = others.submit(time.process_time).result()  # started before the clock runs
            begun, booking = time.perf_counter(), time.process_time()
            rebuild_books(store, others)
            seconds, booking = time.perf_counter() - begun, time.process_time() - booking
            checking = others.submit(time.process_time).result() - before
            used = peak_mib() + others.submit(peak_mib).result()
    return Replayed(
        statements=size,
        seconds=seconds,
        booking_s=booking,
        checking_s=checking,
        peer_s=peer,
        memory_mib=used,
        body_bytes=length / size,
    )


def replayed(path: Path) -> Replayed:
    """Replay in a fresh process."""
    command = [sys.executable, "-m", "scripts.bench.replay", str(path)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: Replayed = json.loads(done.stdout)
    return found


def balance_ms(path: Path) -> tuple[float, float]:
    """Return the milliseconds in which a lot's balance is found, and all of an organization's own ones."""
    drawn = random.Random(1)  # noqa: S311 - which lots are asked for, the same each time
    with SqlStore(f"sqlite:///{path}") as store:
        with store.read() as view:
            owners = [one.id for one in view.organizations(limit=1000)]
            pages = [view.lots(after=f"{drawn.getrandbits(256):064x}", limit=1) for _ in range(ASKED)]
        lots = [[Account("lot", lot.holder, lot.id)] for page in pages for lot in page]
        own = [[Account(kind, drawn.choice(owners)) for kind in KINDS] for _ in range(ASKED)]
        return _asked_ms(store, lots), _asked_ms(store, own)


def _asked_ms(store: SqlStore, questions: list[list[Account]]) -> float:
    times = []
    for accounts in questions:
        begun = time.perf_counter()
        with store.read() as view:
            for account in accounts:
                view.balance(account)
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="passport-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def measure(statements: int = DEFAULT) -> list[Row]:
    """Measure replay, its memory, and the balances that it made; the smaller logs begin the same way."""
    sizes = sorted({SMALLEST, statements // 10, statements})
    with _folder() as folder:
        paths = {size: folder / f"{size}.db" for size in sizes}
        made = {size: keep_history(path, size) for size, path in paths.items()}
        runs = {size: replayed(path) for size, path in paths.items()}
        small, large = balance_ms(paths[SMALLEST]), balance_ms(paths[statements])
    run, tenth = runs[statements], runs[statements // 10]
    return [
        _speed(run, made[statements]),
        _memory(run, tenth),
        _growth("balance of a lot", large[0], small[0], run),
        _growth("balances of an organization", large[1], small[1], run),
    ]


def _speed(run: Replayed, made_s: float) -> Row:
    count = run["statements"]
    ours, peer = (run[name] / count * 1e6 for name in ("seconds", "peer_s"))
    ratio = ours / peer
    return {
        "name": f"replay of {count:,} statements",
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(ratio, 2),
        "unit": "µs a statement",
        "target": f"<= {MAX_RATIO} x json.loads",
        "met": ratio <= MAX_RATIO,
        "how": (
            f"books dropped and made again in place on SQLite: strict models, every rule, postings, "
            f"balances; a second process reads, checks bytes and digests and asks each statement's own "
            f"rules, ahead of the one that books; bodies of {run['body_bytes']:.0f} bytes on average, as in "
            f"the example scenario; peer: bare json.loads of each, same process, "
            f"once; processor time {run['booking_s'] / count * 1e6:.0f} and "
            f"{run['checking_s'] / count * 1e6:.0f} µs; the log was made in {made_s:.0f} s"
        ),
    }


def _memory(run: Replayed, tenth: Replayed) -> Row:
    ours, peer = run["memory_mib"], tenth["memory_mib"]
    return {
        "name": f"memory of replaying {run['statements']:,} statements",
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(ours / peer, 2),
        "unit": "MiB",
        "target": f"<= {MAX_GROWTH} x a tenth of them",
        "met": ours / peer <= MAX_GROWTH,
        "how": f"largest resident size of both processes; peer: {tenth['statements']:,} statements",
    }


def _growth(name: str, large: float, small: float, run: Replayed) -> Row:
    ratio = large / small
    return {
        "name": f"{name} among {run['statements']:,} statements",
        "ours": round(large, 3),
        "peer": round(small, 3),
        "ratio": round(ratio, 2),
        "unit": "ms",
        "target": f"<= {MAX_SLOWER} x among {SMALLEST:,}",
        "met": ratio <= MAX_SLOWER,
        "how": f"median of {ASKED} questions, each in a snapshot of its own; peer: {SMALLEST:,} statements",
    }


if __name__ == "__main__":
    print(json.dumps(replay_once(Path(sys.argv[1]))))
