"""Tables are opened once and solved once; where none was imported the made-up one stands in."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ledger.mrio import library
from ledger.mrio.checks import check
from ledger.mrio.errors import UnknownMrioTableError, UnknownStressorError
from ledger.mrio.flows import flows
from ledger.mrio.leontief import accounts, multipliers
from ledger.mrio.library import TableLibrary
from ledger.mrio.store import Imported
from ledger.mrio.synthetic import synthetic_table
from tests.unit.mrio.tables import kitzes


def test_without_imports_the_made_up_table_stands_in_marked_synthetic(tmp_path: Path) -> None:
    here = TableLibrary(tmp_path)
    (only,) = here.tables()
    assert only.synthetic
    assert here.find("synthetic").digest == here.find(only.digest).digest
    assert here.open("synthetic").provenance.synthetic
    with pytest.raises(UnknownMrioTableError):
        here.open("exiobase")


def test_an_imported_table_takes_the_place_of_the_made_up_one(tmp_path: Path) -> None:
    here = TableLibrary(tmp_path)
    made_up = here.tables()[0].digest
    two = kitzes()
    here.store.add(two, check(two))
    assert [one.name for one in here.tables()] == ["textbook"]
    assert here.open(made_up).provenance.synthetic, "whoever still has its digest finds it"
    with pytest.raises(UnknownMrioTableError):
        TableLibrary(tmp_path).find("synthetic")


def test_a_row_is_solved_once_and_found_again_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = TableLibrary(tmp_path)
    two = kitzes()
    here.store.add(two, check(two))
    first = here.solved("textbook")
    assert first.M.tolist() == pytest.approx([1.6, 1.2])
    assert first.unit == "t per USD"
    monkeypatch.setattr(library, "multipliers", None)
    assert here.solved("textbook", "emissions", "CO2") is first
    again = TableLibrary(tmp_path).solved("textbook")
    assert again.M.tolist() == first.M.tolist()
    assert (again.method, again.residual, again.unit) == (first.method, first.residual, first.unit)
    with pytest.raises(UnknownStressorError):
        here.solved("textbook", stressor="CH4")


def test_no_more_tables_and_rows_are_kept_in_memory_than_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "OPEN_AT_ONCE", 1)
    monkeypatch.setattr(library, "SOLVED_AT_ONCE", 1)
    here = TableLibrary(tmp_path)
    stand_in = here.tables()[0].digest
    for seed in (1, 2):
        made = synthetic_table(1, 2, seed=seed, name=f"t{seed}")
        here.store.add(made, check(made))
    assert here.solved("t1").M.shape == here.solved("t2").M.shape == here.solved("t1").M.shape
    assert (len(here._open), len(here._solved)) == (1, 1)
    assert here.open(stand_in).digest() == stand_in


def test_flows_between_provinces_add_up_to_the_table() -> None:
    made = synthetic_table(3, 4)
    M = np.asarray(multipliers(made).M)[0]
    by_region = flows(made, M)
    assert by_region["value"].sum() == pytest.approx(made.Z.to_numpy().sum())
    assert by_region["carbon"].sum() == pytest.approx((made.Z.to_numpy() * M[:, None]).sum())
    assert by_region["value"].is_monotonic_decreasing
    assert len(by_region) == 9
    by_sector = flows(made, M, level="sector", demand=True)
    assert len(by_sector) == 16
    with_demand = flows(made, M, demand=True)
    assert with_demand["value"].sum() == pytest.approx(made.Z.to_numpy().sum() + made.Y.to_numpy().sum())
    footprint = accounts(made).D_cba.to_numpy().sum()
    assert with_demand["carbon"].sum() - by_region["carbon"].sum() == pytest.approx(footprint)
    one = with_demand.query("source == 'Region 02' and target == 'Region 03'")
    cells = made.Z.to_numpy()[4:8, 8:12].sum() + made.Y.to_numpy()[4:8, 6:9].sum()
    assert one["value"].iloc[0] == pytest.approx(cells)


def test_a_folder_is_listed_again_only_when_a_table_came_or_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = TableLibrary(tmp_path)
    two = kitzes()
    here.store.add(two, check(two))
    here.solved("textbook")
    os.utime(tmp_path / "tables", (1_000_000, 1_000_000))
    listed = []
    before = here.store.tables

    def counted() -> list[Imported]:
        listed.append(1)
        return before()

    monkeypatch.setattr(here.store, "tables", counted)
    for _ in range(3):
        assert here.find("textbook").year == 2000
        here.solved("textbook")
    assert len(listed) == 1
    later = replace(two, year=2001)
    TableLibrary(tmp_path).store.add(later, check(later))
    assert here.find("textbook").year == 2001, "another process imported it"
    assert here.find("textbook").year == 2001
    assert len(listed) == 3, "a folder that changed just now is looked at again"
    here.store.remove(later.digest())
    assert here.find("textbook").year == 2000
