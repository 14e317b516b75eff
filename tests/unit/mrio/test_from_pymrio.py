"""What `pymrio` reads comes in as it is."""

from __future__ import annotations

import importlib
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ledger.mrio.adapters.from_pymrio import (
    PARSERS,
    PymrioMissingError,
    TableFileError,
    UnknownTableFormatError,
    of_system,
    read,
    to_system,
)
from ledger.mrio.checks import check
from ledger.mrio.errors import MixedUnitsError
from ledger.mrio.leontief import multipliers
from ledger.mrio.synthetic import synthetic_table
from ledger.mrio.table import Provenance, Table
from tests.unit.mrio.tables import kitzes

ORIGIN = Provenance("pymrio's test MRIO", "0.7", "LGPL-3.0", "basic")


def system() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("pymrio").load_test()


def ours(one: Any) -> Table:
    return of_system(one, name="test", year=2000, currency="EUR", provenance=ORIGIN)


def test_its_own_format_comes_back_with_the_multipliers_that_it_finds(tmp_path: Path) -> None:
    theirs = system()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.save_all(tmp_path / "mrio")
        theirs.calc_all()
    found = read(tmp_path / "mrio", "pymrio", name="test", year=2000, currency="EUR", provenance=ORIGIN)
    assert found.unit == theirs.unit["unit"].iloc[0]
    assert check(found).failed == ()
    emissions = next(one for one in theirs.get_extensions(data=True) if one.F_Y is not None)
    own = found.extension(emissions.name)
    assert own.stressors[0] == " / ".join(emissions.F.index[0])
    assert np.allclose(multipliers(found, own).M, emissions.M, rtol=1e-9)


def test_every_format_has_its_parser_in_the_package() -> None:
    package = importlib.import_module("pymrio")
    assert all(callable(getattr(package, name)) for name in PARSERS.values())


def test_without_output_it_is_the_sum_of_its_uses() -> None:
    one = system()
    one.x = None
    assert check(ours(one)).failed == ()


def test_money_without_a_unit_is_in_the_currency_that_its_user_states() -> None:
    one = system()
    one.unit = None
    assert ours(one).unit == "EUR"
    mixed = system()
    mixed.unit.iloc[2, 0] = "kg"
    with pytest.raises(MixedUnitsError, match="in kg"):
        ours(mixed)


def test_a_system_without_flows_is_refused() -> None:
    one = system()
    one.Z = None
    with pytest.raises(TableFileError, match="no intermediate uses"):
        ours(one)


def test_files_that_are_something_else_are_refused_with_the_parsers_reason(tmp_path: Path) -> None:
    with pytest.raises(TableFileError, match="Check the format"):
        read(tmp_path / "none", "oecd", name="t", year=2018, currency="USD", provenance=ORIGIN)
    with pytest.raises(UnknownTableFormatError, match="figaro"):
        read(tmp_path, "figaro", name="t", year=2018, currency="EUR", provenance=replace(ORIGIN))


def test_without_the_package_the_reader_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(PymrioMissingError, match="pip install pymrio"):
        read(tmp_path, "pymrio", name="t", year=2000, currency="EUR", provenance=ORIGIN)


def test_a_table_goes_out_as_pymrio_knows_it_and_comes_back_the_same() -> None:
    made = synthetic_table(2, 3)
    system = to_system(made)
    back = of_system(
        system, name=made.name, year=made.year, currency=made.currency, provenance=made.provenance
    )
    assert back.digest() == made.digest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        system.calc_all()
    theirs = np.asarray(system.ext_emissions.M.loc["CO2"])
    assert np.allclose(theirs, np.asarray(multipliers(made).M)[0], rtol=1e-9)
    without = to_system(kitzes())
    assert without.ext_emissions.F_Y is None


def test_without_the_package_nothing_goes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymrio", None)
    with pytest.raises(PymrioMissingError):
        to_system(kitzes())
