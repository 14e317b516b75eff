"""Build the shipped factor tables from the official publications.

    python scripts/build_factor_tables.py --sources DIR [--ipcc DIR] [--codecarbon DIR] [--out DIR]

`--sources` is a folder with the publications (`desnz/`, `epa_supply_chain/`, `exiobase_import_factors/`,
`china_grid/`, `refrigerants/`). `--ipcc` and `--codecarbon` are folders into which the wheels of
`bonsai-ipcc` and `codecarbon` were unpacked; without them those two tables stay as they are. The same
sources give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.factor_sources import activities, china, desnz, epa, exiobase, grid, gwp, ipcc, regions  # noqa: E402
from scripts.factor_sources.table import Table  # noqa: E402

TABLES = ROOT / "ledger" / "factors" / "tables"


def build(sources: Path, out: Path, ipcc_package: Path | None, grid_package: Path | None) -> list[str]:
    """Write the tables that can be built and return the names of the files written."""
    potentials = gwp.gwp_table()
    us_spend, bea_names = epa.build(sources)
    tables = [
        us_spend,
        epa.build_before(sources),
        exiobase.build(sources, potentials["AR5"], bea_names),
        desnz.build_fuels(sources),
        desnz.build_2025(sources),
        china.build(sources),
        gwp.build(sources, potentials),
    ]
    if ipcc_package:
        tables.append(ipcc.build(ipcc_package, potentials["AR5"]))
    if grid_package:
        tables.append(grid.build(grid_package))
    out.mkdir(parents=True, exist_ok=True)
    kept = _described(out)
    for table in tables:
        _write(out / table.file, _csv(table.columns(), table.finished()))
        kept[table.file] = _description(table)
    described = [kept[name] for name in sorted(kept)]
    _write(out / "datasets.json", json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    _write(out / "NOTICES.md", _notices(described))
    _write(out / "gwp.csv", _gwp_csv(potentials))
    _write(out / "activities.csv", _csv(list(activities.COLUMNS), activities.rows()))
    _write(out / "regions.csv", _csv(list(regions.COLUMNS), regions.rows()))
    written = [table.file for table in tables]
    return [*written, "datasets.json", "NOTICES.md", "gwp.csv", "activities.csv", "regions.csv"]


def _described(out: Path) -> dict[str, dict[str, Any]]:
    path = out / "datasets.json"
    if not path.is_file():
        return {}
    return {entry["file"]: entry for entry in json.loads(path.read_text("utf-8"))}


def _description(table: Table) -> dict[str, Any]:
    return {
        "file": table.file,
        "dataset": table.dataset,
        "title": table.title,
        "shared": table.shared,
        "licence": table.shared["licence"],
        "notice": table.notice,
        "sources": list(table.sources),
        "rows": len(table.rows),
        **({"superseded_by": table.superseded_by} if table.superseded_by else {}),
    }


def _csv(columns: list[str], rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _gwp_csv(potentials: gwp.GwpTable) -> str:
    gases = sorted({gas for values in potentials.values() for gas in values})
    rows = [{"gas": gas} | {name: potentials[name].get(gas, "") for name in gwp.SETS} for gas in gases]
    return _csv(["gas", *gwp.SETS], rows)


def _notices(described: list[dict[str, Any]]) -> str:
    parts = ["# Sources and licences of the shipped factors\n"]
    parts.append("Each table is a work of its own, built by `scripts/build_factor_tables.py`.\n")
    for entry in described:
        parts.append(f"## {entry['file']}: {entry['title']}\n")
        parts.append(
            f"- dataset `{entry['dataset']}`, {entry['rows']} factors\n- licence: {entry['licence']}"
        )
        parts.append(f"- built from: {', '.join(entry['sources'])}\n- {entry['notice']}\n")
    parts.append(gwp.GWP_NOTICE)
    return "\n".join(parts)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the shipped factor tables.")
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--ipcc", type=Path)
    parser.add_argument("--codecarbon", type=Path)
    parser.add_argument("--out", type=Path, default=TABLES)
    given = parser.parse_args()
    for name in build(given.sources, given.out, given.ipcc, given.codecarbon):
        print(name)
    for option, name in ((given.ipcc, "ipcc_soils.csv"), (given.codecarbon, "world_grid.csv")):
        if option is None:
            print(f"{name} left as it is: its package was not given")


if __name__ == "__main__":
    main()
