"""The tables are what the checked-in script makes of their sources."""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from ledger.factors.library import TABLES

ROOT = Path(__file__).resolve().parents[3]
SOURCES = Path(os.environ.get("PASSPORT_FACTOR_SOURCES", ROOT.parent / "shared" / "data"))
needs_sources = pytest.mark.skipif(
    not (SOURCES / "desnz").is_dir(),
    reason="the publications are not here; set PASSPORT_FACTOR_SOURCES to their folder",
)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_factor_tables", ROOT / "scripts" / "build_factor_tables.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@needs_sources
def test_a_second_build_from_the_same_sources_gives_the_same_bytes(
    script: ModuleType, tmp_path: Path
) -> None:
    out = tmp_path / "tables"
    shutil.copytree(TABLES, out)
    written = script.build(SOURCES, out, None, None)
    assert {"import_factors.csv", "desnz_2025.csv", "NOTICES.md", "gwp.csv"} <= set(written)
    for path in sorted(TABLES.iterdir()):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name


@needs_sources
def test_published_gas_rows_do_not_add_up_in_269_groups(script: ModuleType) -> None:
    groups: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(dict)
    for line in script.desnz.lines_2025(SOURCES):
        if line["GHG Conversion Factor 2025"]:
            key = tuple(
                line[name] for name in ("Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM")
            )
            groups[key][line["GHG/Unit"]] = Decimal(line["GHG Conversion Factor 2025"])
    whole = [rows for rows in groups.values() if len(rows) == 4]
    unequal = [rows for rows in whole if sum(rows.values()) != 2 * rows["kg CO2e"]]
    assert len(unequal) == 269


@needs_sources
def test_every_import_factor_of_the_source_ships() -> None:
    path = next((SOURCES / "exiobase_import_factors").glob("*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        wanted = {(line["Region"], line["Sector"]) for line in csv.DictReader(file)}
    with (TABLES / "import_factors.csv").open(encoding="utf-8", newline="") as file:
        shipped = {(line["region"], line["sector"]) for line in csv.DictReader(file)}
    assert shipped == wanted


def test_missing_sources_are_named(script: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="epa_supply_chain/SupplyChain"):
        script.build(tmp_path, tmp_path / "out", None, None)
    assert not (tmp_path / "out").exists()


def test_a_table_refuses_an_id_given_twice(script: ModuleType) -> None:
    table = script.Table("x.csv", "x", "title", {}, "notice", ())
    table.rows = [{"id": "a"}, {"id": "a"}]
    with pytest.raises(ValueError, match="ids given twice: a"):
        table.finished()


def test_the_core_of_the_factors_needs_no_pandas() -> None:
    probe = "import sys, ledger.factors.choose; assert not {'pandas', 'numpy', 'openpyxl'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=False).returncode == 0
