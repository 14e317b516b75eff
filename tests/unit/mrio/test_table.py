"""A table's frames fit each other, its numbers are checked, and it comes back from disk as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ledger.mrio import checks
from ledger.mrio.checks import CHECKS, accepted, check
from ledger.mrio.errors import (
    DamagedTableError,
    DuplicateLabelError,
    MixedUnitsError,
    NotANumberError,
    TableChecksError,
    TableLabelsError,
    UnknownCheckError,
    UnknownMrioTableError,
    UnknownTableSectorError,
)
from ledger.mrio.store import TableStore
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import Extension, Table, check_units, checked
from tests.unit.mrio.tables import kitzes, table


def test_a_synthetic_table_is_balanced_marked_and_the_same_for_the_same_seed() -> None:
    made = synthetic_table(("Guangdong", "Hainan"), ("Farming", "Transport", "Trade"), seed=7)
    assert check(made).failed == ()
    assert made.provenance.synthetic
    assert (
        made.digest()
        == synthetic_table(("Guangdong", "Hainan"), ("Farming", "Transport", "Trade"), seed=7).digest()
    )
    assert (
        made.digest() != synthetic_table(("Guangdong", "Hainan"), ("Farming", "Transport", "Trade")).digest()
    )
    assert made.regions == ("Guangdong", "Hainan")
    assert made.position("Hainan", "Transport") == 4


def test_a_name_that_is_not_there_is_answered_with_the_nearest() -> None:
    made = synthetic_table(("Guangdong", "Hainan"), ("Farming", "Trade"))
    with pytest.raises(UnknownTableSectorError, match=r"region: .*'Guangdon'.*Guangdong"):
        made.position("Guangdon", "Trade")
    with pytest.raises(UnknownTableSectorError, match=r"sector: .*'Farm'.*Farming"):
        made.position("Hainan", "Farm")
    uneven = made.labels[:3]
    cut = replace(made, Z=made.Z.iloc[:3, :3], Y=made.Y.iloc[:3], x=made.x.iloc[:3], extensions={})
    assert list(checked(cut).labels) == list(uneven)
    with pytest.raises(UnknownTableSectorError, match=r"sector of Hainan: .*Farming"):
        cut.position("Hainan", "Trade")


def frames_that_do_not_fit(good: Table) -> dict[str, Table]:
    twice = pd.MultiIndex.from_tuples([("all", "s1"), ("all", "s1")], names=["region", "sector"])
    other = pd.MultiIndex.from_tuples([("all", "s1"), ("all", "s9")], names=["region", "sector"])
    nameless = good.Z.set_axis(pd.Index(["a", "b"]), axis=0)
    one = good.extension()
    return {
        "labels of Z": replace(good, Z=nameless),
        "twice": replace(good, Z=good.Z.set_axis(twice, axis=0).set_axis(twice, axis=1)),
        "columns of Z": replace(good, Z=good.Z.set_axis(other, axis=1)),
        "rows of Y": replace(good, Y=good.Y.iloc[:1]),
        "columns of Y": replace(good, Y=good.Y.set_axis(["demand"], axis=1)),
        "empty": replace(good, Z=good.Z.iloc[:0, :0]),
        "column of x": replace(good, x=good.x.set_axis(["output"], axis=1)),
        "columns of F": replace(good, extensions={"e": replace(one, F=one.F.set_axis(other, axis=1))}),
        "units": replace(good, extensions={"e": replace(one, unit=one.unit.set_axis(["CH4"], axis=0))}),
        "rows of F_Y": replace(
            good, extensions={"e": replace(one, F_Y=pd.DataFrame([[1.0]], ["CH4"], good.Y.columns))}
        ),
    }


@pytest.mark.parametrize("what", list(frames_that_do_not_fit(kitzes())))
def test_frames_that_do_not_fit_are_named(what: str) -> None:
    with pytest.raises((TableLabelsError, DuplicateLabelError)) as caught:
        checked(frames_that_do_not_fit(kitzes())[what])
    assert caught.value.facts()["frame"]


def test_a_row_twice_in_an_extension_is_named() -> None:
    good = kitzes()
    one = good.extension()
    twice = Extension("e", pd.concat([one.F, one.F]), pd.concat([one.unit, one.unit]))
    with pytest.raises(DuplicateLabelError, match="CO2 stands twice in F of e"):
        checked(replace(good, extensions={"e": twice}))


@pytest.mark.parametrize("cell", [np.nan, np.inf, "n/a"])
def test_a_cell_that_is_no_number_is_named_by_row_and_column(cell: float | str) -> None:
    good = kitzes()
    Z = good.Z.astype(object)
    Z.iloc[1, 0] = cell
    with pytest.raises(NotANumberError) as caught:
        checked(replace(good, Z=Z))
    assert (caught.value.row, caught.value.column) == ("all / s2", "all / s1")


def test_money_in_two_units_is_refused() -> None:
    units = pd.Series(["M.EUR", "M.EUR"], index=["a", "b"])
    assert check_units("t", "Z", units) == "M.EUR"
    with pytest.raises(MixedUnitsError, match="b is in EUR"):
        check_units("t", "Z", pd.Series(["M.EUR", "EUR"], index=["a", "b"]))


FAILING = {
    "row_balance": table([[8, 5], [4, 2]], [16, 12], Y=[[2], [6]]),
    "value_added": table([[0.1, 5], [4, 9]], [16, 13], Y=[[10.9], [0]]),
    "negative_output": table([[0, 0], [0, 0]], [-1, 1]),
    "zero_output": table([[0, 0], [0, 0]], [0, 1], F=[3, 1]),
    "negative_uses": table([[-1, 0], [0, 1]], [4, 4]),
    "spectral_radius": table([[0, 2], [2, 0]], [1, 1], Y=[[-1], [-1]]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_failing_check_names_its_place_and_is_refused_unless_accepted(name: str) -> None:
    bad = FAILING[name]
    report = check(bad)
    assert name in report.failed
    worst = next(one for one in report.findings if one.check == name)
    assert worst.sector.startswith("s") or name == "spectral_radius"
    with pytest.raises(TableChecksError) as caught:
        accepted(bad, report)
    assert caught.value.failed.startswith(report.failed[0])
    assert accepted(bad, report, CHECKS).provenance.accepted == report.failed
    assert json.loads(json.dumps(report.as_json()))["failed"] == list(report.failed)


def test_only_checks_that_exist_can_be_accepted() -> None:
    good = kitzes()
    with pytest.raises(UnknownCheckError, match="no check 'all'"):
        accepted(good, check(good), ["all"])


def test_the_worst_places_are_told_first_and_not_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SHOWN", 1)
    report = check(table([[0, 0], [0, 0]], [-1, -5]))
    assert report.counts["negative_output"] == 2
    assert [one.sector for one in report.findings if one.check == "negative_output"] == ["s2"]


def test_a_table_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    store = TableStore(tmp_path / "tables")
    assert store.tables() == []
    made = synthetic_table(2, 3)
    digest = store.add(made, check(made))
    assert store.add(made, check(made)) == digest == made.digest()
    older = synthetic_table(2, 3, seed=2, year=2012)
    store.add(older, check(older))
    back = store.open("synthetic")
    assert back.digest() == digest
    assert back.year == 2017
    assert store.open(digest[:8]).Z.equals(made.Z)
    assert store.find(older.digest()).year == 2012
    assert [one.year for one in store.tables()] == [2012, 2017]
    assert all(one.synthetic for one in store.tables())
    kept = kitzes()
    store.add(kept, check(kept))
    assert store.open("textbook").extension().F_Y is None
    assert store.remove("textbook") == kept.digest()
    with pytest.raises(UnknownMrioTableError, match="no table 'textbook'"):
        store.open("textbook")


def test_an_empty_folder_says_that_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(UnknownMrioTableError, match="none"):
        TableStore(tmp_path).find("exiobase")


def damaged(folder: Path, how: str) -> None:
    match how:
        case "number":
            values = np.load(folder / "Z.npy")
            values[0, 0] += 1
            np.save(folder / "Z.npy", values)
        case "gone":
            (folder / "x.npy").unlink()
        case "head":
            (folder / "table.json").write_text("{}")


@pytest.mark.parametrize("how", ["number", "gone", "head"])
def test_a_table_that_was_changed_on_disk_is_refused(tmp_path: Path, how: str) -> None:
    store = TableStore(tmp_path)
    made = synthetic_table(1, 3)
    digest = store.add(made, check(made))
    damaged(tmp_path / digest, how)
    with pytest.raises(DamagedTableError, match="Import the table again"):
        store.open(digest)


def test_two_imports_of_one_table_at_once_keep_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = synthetic_table(1, 2)
    store = TableStore(tmp_path)

    def loses(_: Path, target: Path) -> Path:
        target.mkdir()
        raise OSError(39, "not empty")

    monkeypatch.setattr(Path, "replace", loses)
    assert store.add(made, check(made)) == made.digest()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    other = synthetic_table(1, 2, seed=3)
    with pytest.raises(OSError, match="full"):
        store.add(other, check(other))
    assert not list(tmp_path.glob(".importing-*"))
