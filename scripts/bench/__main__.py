"""`make bench`: run all measurements, write var/bench/results.json, put the table into the README."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from scripts.bench import batch_post, factor_lookup, gas, merkle, mrio, offline, replay, state_map

ROOT: Final = Path(__file__).resolve().parent.parent.parent
RESULTS: Final = ROOT / "var" / "bench" / "results.json"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
Measure = Callable[[], list[dict[str, Any]]]
MEASURES: Final[dict[str, Measure]] = {
    "gas": gas.measure,
    "verify": offline.measure,
    "post": batch_post.measure,
    "replay": replay.measure,
    "log": merkle.measure,
    "state": state_map.measure,
    "mrio": mrio.measure,
    "factors": factor_lookup.measure,
}


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as the README shows them."""
    head = "| what | ours | peer or limit | ratio | target | met |\n| --- | --- | --- | --- | --- | --- |\n"
    lines = [
        f"| {r['name']} | {r['ours']} {r['unit']} | {'' if r['peer'] is None else r['peer']} | "
        f"{'' if r['ratio'] is None else r['ratio']} | {r['target']} | {'yes' if r['met'] else 'no'} |"
        for r in rows
    ]
    return head + "\n".join(lines)


def main() -> None:
    """Measure what is named on the command line, or everything."""
    asked = argparse.ArgumentParser(prog="python -m scripts.bench", description=main.__doc__)
    asked.add_argument("names", nargs="*", metavar="name", help=f"what to measure: {', '.join(MEASURES)}")
    long_log = "length of the log that is replayed; 1000000 takes the better part of an hour"
    asked.add_argument("--statements", type=int, default=replay.DEFAULT, help=long_log)
    given = asked.parse_args()
    wanted = given.names or list(MEASURES)
    if unknown := [name for name in wanted if name not in MEASURES]:
        asked.error(f"unknown: {', '.join(unknown)}")
    measures: dict[str, Measure] = {**MEASURES, "replay": partial(replay.measure, given.statements)}
    rows: list[dict[str, Any]] = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr)
        rows += measures[name]()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    print(table(rows))
    if wanted == list(MEASURES):
        readme = ROOT / "README.md"
        text = readme.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        readme.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
