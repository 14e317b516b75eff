"""Tables on a terminal of 80 columns, with Chinese names."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from api.tables import Screen, Sheet, short

CHINESE = "妃子笑荔枝（特级，冷链，出口香港及欧盟，二十公斤装）"


@pytest.fixture(autouse=True)
def eighty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_a_table_fits_into_80_columns_and_its_numbers_stand_under_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = Sheet("荔枝合作社", ("Lot", "Product", "Batch", ">Left", ">kg CO2e"))
    sheet.rows += [("1a2b3c4d5e6f.0", CHINESE, "LZ-2026-06-18-A1", "2500 kg", "0.654971/kg")]
    sheet.rows += [("1a2b3c4d5e6f.1", "Lychee", "LZ", "40 piece", "10.5/piece")]
    Screen().show(sheet)
    lines = capsys.readouterr().out.splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    ends = {cell_len(line.rstrip()) for line in lines if line.rstrip().endswith(("/kg", "/piece"))}
    assert len(ends) == 1
    body = "".join(line for line in lines if "─" not in line)
    assert all(character in body for character in CHINESE), "nothing of a name is cut off"


def test_a_title_stands_where_there_are_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().show(Sheet("Empty", ("A", ">B")))
    assert "Empty" in capsys.readouterr().out


def test_what_is_for_programs_leaves_standard_output_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(to_error=True).say("to people")
    Screen(quiet=True).say("to nobody")
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", "to people\n")


def test_an_id_is_never_broken_and_marks_are_no_styles(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().say("Lot " + "ab" * 60 + " [bold]:smile:")
    assert capsys.readouterr().out == "Lot " + "ab" * 60 + " [bold]:smile:\n"


def test_a_short_id_says_what_it_is_of() -> None:
    assert short("ab" * 32) == "ab" * 6
    assert short("org_" + "a" * 32) == "org_" + "a" * 12
