"""Input-output tables: multipliers against `pymrio` in the same run; paths, draws, backbone against limits.

The large table is solved in processes of their own, so that each has its own memory; both count from frames
that are in memory already.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import pandas as pd

from ledger.mrio.backbone import backbone
from ledger.mrio.checks import check
from ledger.mrio.leontief import multipliers
from ledger.mrio.monte_carlo import DRAWS, Spreads, interval
from ledger.mrio.paths import DEFAULT_CUT, explain
from ledger.mrio.store import TableStore
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import DEMAND_LABELS, OUTPUT, SECTOR_LABELS, Extension, Provenance, Table

ROOT: Final = Path(__file__).resolve().parent.parent.parent
LARGE: Final = 9_800
REGIONS: Final = 49
FASTER: Final = 6
MEMORY: Final = 0.5
ROUNDS: Final = 5

Row = dict[str, Any]


def frames(sectors: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return Z, Y, x and F of a random dense table whose sectors spend 35 to 75 % on inputs."""
    drawn = np.random.default_rng(1)
    names = [f"S{number}" for number in range(sectors // REGIONS)]
    regions = [f"R{number}" for number in range(REGIONS)]
    labels = pd.MultiIndex.from_product([regions, names], names=list(SECTOR_LABELS))
    demand = pd.MultiIndex.from_product([regions, ["all"]], names=list(DEMAND_LABELS))
    Z = drawn.random((sectors, sectors))
    output = Z.sum(axis=1) * drawn.uniform(1.4, 2.8, sectors)
    Z *= drawn.uniform(0.35, 0.75, sectors) * output / Z.sum(axis=0)
    rest = np.maximum(output - Z.sum(axis=1), 0.0)
    output = Z.sum(axis=1) + rest
    Y = np.repeat(rest[:, None] / REGIONS, REGIONS, axis=1)
    F = drawn.random((1, sectors)) * output
    return (
        pd.DataFrame(Z, labels, labels, copy=False),
        pd.DataFrame(Y, labels, demand),
        pd.DataFrame({OUTPUT: output}, labels),
        pd.DataFrame(F, ["CO2"], labels),
    )


def ours(sectors: int) -> Row:
    """Solve one row of multipliers."""
    Z, Y, x, F = frames(sectors)
    unit = pd.DataFrame({"unit": ["t"]}, index=["CO2"])
    origin = Provenance("random", "1", "CC0", "basic", synthetic=True)
    table = Table("random", 2000, "EUR", "M.EUR", Z, Y, x, origin, {"e": Extension("e", F, unit)})
    start = time.perf_counter()
    found = multipliers(table)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "row": found.M.iloc[0, :5].tolist(),
        "how": found.method,
        "res": found.residual,
    }


def theirs(sectors: int) -> Row:
    """Let `pymrio` calculate everything, which is how it gives multipliers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pymrio  # noqa: PLC0415 - only the peer's process pays for it

        Z, Y, x, F = frames(sectors)
        unit = pd.DataFrame({"unit": ["t"]}, index=["CO2"])
        system = pymrio.IOSystem(Z=Z, Y=Y, x=x)
        system.e = pymrio.Extension("e", F=F, unit=unit)
        start = time.perf_counter()
        system.calc_all()
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "row": system.e.M.iloc[0, :5].tolist(), "how": "calc_all", "res": 0.0}


def peak_mib() -> float:
    """Return the largest resident size of this process so far (Linux, proc_pid_status(5): VmHWM, in KiB)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _apart(who: str, sectors: int) -> Row:
    command = [sys.executable, "-m", "scripts.bench.mrio", who, str(sectors)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(sectors: int = LARGE) -> list[Row]:
    """Measure everything about tables."""
    own, peer = _apart("ours", sectors), _apart("theirs", sectors)
    if not np.allclose(own["row"], peer["row"], rtol=1e-8):
        raise RuntimeError(own, peer)
    speed = peer["seconds"] / own["seconds"]
    memory = own["mib"] / peer["mib"]
    how = f"method {own['how']}, residual {own['res']:.0e}; peer: pymrio calc_all on the same frames"
    return [
        {
            "name": f"a row of multipliers, {sectors:,} sectors",
            "ours": round(own["seconds"], 2),
            "peer": round(peer["seconds"], 1),
            "ratio": round(speed, 1),
            "unit": "s",
            "target": f">= {FASTER} x faster",
            "met": speed >= FASTER,
            "how": how,
        },
        {
            "name": f"memory of that, {sectors:,} sectors",
            "ours": round(own["mib"]),
            "peer": round(peer["mib"]),
            "ratio": round(memory, 2),
            "unit": "MiB",
            "target": f"<= {MEMORY} x",
            "met": memory <= MEMORY,
            "how": "largest resident size of either process, the table included",
        },
        *_small(),
    ]


def _small() -> list[Row]:
    table = synthetic_table()
    M = np.asarray(multipliers(table).M)[0]
    region, sector = table.regions[0], table.sectors[4]
    with tempfile.TemporaryDirectory(prefix="passport-bench-") as folder:
        store = TableStore(Path(folder))
        digest = store.add(table, check(table))
        rows = [_limited("multipliers with load from disk", 1.0, lambda: multipliers(store.open(digest)))]
    spreads = Spreads(emissions=1.3, price=1.1, concordance=1.2, cells=1.2)
    paths = f"structural paths above {DEFAULT_CUT:.2%}"
    return [
        *rows,
        _limited("backbone, with the multipliers", 2.0, lambda: backbone(table)),
        _limited(
            f"{DRAWS:,} draws for one product", 2.0, lambda: interval(table, {(region, sector): 1.0}, spreads)
        ),
        _limited(paths, 1.0, lambda: explain(table, region, sector, M=M)),
    ]


def _limited(what: str, limit_s: float, run: Callable[[], object]) -> Row:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    found = median(times)
    return {
        "name": f"{what}, 1,302 sectors",
        "ours": round(found, 3),
        "peer": limit_s,
        "ratio": round(found / limit_s, 2),
        "unit": "s",
        "target": f"<= {limit_s:g} s",
        "met": found <= limit_s,
        "how": f"median of {ROUNDS}, synthetic table of 31 regions and 42 sectors",
    }


if __name__ == "__main__":
    solved = {"ours": ours, "theirs": theirs}[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps({**solved, "mib": peak_mib()}))
