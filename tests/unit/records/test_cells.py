"""What a cell may say: one plain form each, everything else refused by name."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.identifiers import gs1_check_digit
from ledger.records import cells
from ledger.records.cells import At
from ledger.records.errors import (
    FormulaCellError,
    FractionRecordError,
    NegativeRecordError,
    RecordChoiceError,
    RecordDateError,
    RecordError,
    RecordNumberError,
    RecordRangeError,
    RecordTextError,
    RecordUnitError,
    ZeroRecordError,
)

HERE = At("records.csv", 7, "quantity")


@given(st.decimals(min_value=0, max_value=10**15, places=6, allow_nan=False))
def test_a_number_as_a_spreadsheet_writes_it_keeps_its_value(value: Decimal) -> None:
    assert cells.number(format(value, "f"), HERE) == value


@pytest.mark.parametrize(
    "text",
    ["042", "+42", "4_2", " 42", "42 ", "٤٢", "４２", "1e3", "NaN", "inf", "1,200", "1.", ".5", "", "--1"],
)
def test_a_number_in_another_form_is_refused_with_file_row_and_column(text: str) -> None:
    with pytest.raises(RecordNumberError) as caught:
        cells.number(text, HERE)
    assert (caught.value.file, caught.value.row, caught.value.column) == ("records.csv", 7, "quantity")
    assert "records.csv, row 7, quantity" in str(caught.value)


def test_a_number_of_400_digits_is_refused_and_shown_short() -> None:
    with pytest.raises(RecordNumberError) as caught:
        cells.number("1" * 400, HERE)
    assert len(caught.value.value) == 60


def test_needless_zeros_behind_the_point_are_no_mistake() -> None:
    assert str(cells.number("12.50", HERE)) == "12.5"
    assert str(cells.number("12.00", HERE)) == "12"


def test_a_negative_amount_is_not_a_return() -> None:
    with pytest.raises(NegativeRecordError, match="correction"):
        cells.positive("-3", HERE)


def test_a_quantity_of_nothing_is_refused() -> None:
    with pytest.raises(ZeroRecordError):
        cells.positive("0.00", HERE)


def test_a_weight_has_no_decimal_places() -> None:
    assert cells.whole("0", HERE) == 0
    with pytest.raises(FractionRecordError):
        cells.whole("1.5", HERE)


def test_more_than_all_of_it_can_t_be_nitrogen() -> None:
    assert cells.percent("46.4", HERE) == Decimal("46.4")
    with pytest.raises(RecordRangeError):
        cells.percent("100.1", HERE)


@given(st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(2100, 12, 31)))
def test_a_date_reads_as_it_is_written(date: object) -> None:
    assert cells.day(str(date), HERE) == str(date)


@pytest.mark.parametrize(
    "text",
    [
        "18.06.2025",
        "2025/06/18",
        "20250618",
        "2025-6-18",
        "2025-02-30",
        "0001-01-01",
        "2025-06-18T00:00",
        "昨天",
    ],
)
def test_a_date_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(RecordDateError):
        cells.day(text, HERE)


@pytest.mark.parametrize("text", ["2025-13", "2025", "06-2025", "1889-01"])
def test_a_month_in_another_form_is_refused(text: str) -> None:
    assert cells.month("2025-06", HERE) == "2025-06"
    with pytest.raises(RecordDateError):
        cells.month(text, HERE)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)"])
def test_a_text_that_a_spreadsheet_would_compute_is_refused(text: str) -> None:
    with pytest.raises(FormulaCellError):
        cells.plain_text(text, HERE)


@pytest.mark.parametrize(
    "text", ["lychee\u202e", "a\u200bb", "tab\tin", "e\u0301", "x" * 201, " lychee", "lychee "]
)
def test_a_text_that_shows_something_else_than_its_bytes_is_refused(text: str) -> None:
    with pytest.raises(RecordTextError):
        cells.plain_text(text, HERE)


def test_a_batch_number_has_twenty_visible_characters() -> None:
    assert cells.batch("LZ-24", HERE) == "LZ-24"
    for text in ("荔枝", "x" * 21):
        with pytest.raises(RecordTextError):
            cells.batch(text, HERE)


def test_a_whole_id_may_stand_where_a_reference_stands() -> None:
    lot = "ab" * 32 + ".0"
    assert cells.reference(lot, HERE) == lot
    with pytest.raises(RecordTextError, match="61 characters"):
        cells.reference("x" * 61, HERE)


def test_several_references_are_parted_by_semicolons_of_either_script() -> None:
    assert cells.references("carrier；port", HERE) == ("carrier", "port")
    with pytest.raises(RecordTextError, match="twice"):
        cells.references("port;port", HERE)


def test_roles_are_known_words_each_once() -> None:
    read = cells.several_of({"port": "port", "港口": "port"})
    assert read("港口", HERE) == ("port",)
    with pytest.raises(RecordTextError, match="twice"):
        read("port;港口", HERE)
    with pytest.raises(RecordChoiceError, match="港口"):
        read("captain", HERE)


def test_of_very_many_words_the_nearest_are_offered() -> None:
    zones = {f"Asia/Town{number}": "" for number in range(400)} | {"Asia/Shanghai": ""}
    with pytest.raises(RecordChoiceError) as caught:
        cells.one_of(zones)("Asia/Shangai", HERE)
    assert "Write one of: Asia/Shanghai, " in str(caught.value)
    assert str(caught.value).endswith("or one of 396 more.")
    assert len(str(caught.value)) < 200


def test_what_is_wrong_with_a_text_is_one_sentence() -> None:
    with pytest.raises(RecordTextError) as caught:
        cells.note("x\u202ey", HERE)
    assert not str(caught.value).endswith("..")


@pytest.mark.parametrize(("text", "unit"), [("公斤", "kg"), ("度", "kWh"), ("吨公里", "t.km"), ("L", "L")])
def test_units_are_read_in_both_languages(text: str, unit: str) -> None:
    assert cells.unit(text, HERE) == unit


def test_an_unknown_unit_or_currency_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(RecordUnitError, match="kWh"):
        cells.unit("furlong", HERE)
    with pytest.raises(RecordChoiceError, match="CNY"):
        cells.currency("XAU", HERE)
    assert cells.currency("JPY", HERE) == "JPY"


def test_a_text_of_a_pattern_says_what_is_wrong_with_others() -> None:
    read = cells.matching(r"[A-Z]{2}", "two capitals")
    assert read("NL", HERE) == "NL"
    with pytest.raises(RecordTextError, match="two capitals"):
        read("nl", HERE)


@given(st.integers(min_value=1, max_value=10**17))
def test_goods_in_milligrams_become_the_same_milligrams_from_any_unit(milligrams: int) -> None:
    for unit, digits in (("mg", 0), ("g", 3), ("kg", 6), ("t", 9)):
        quantity = Decimal(milligrams).scaleb(-digits)
        assert cells.lot_quantity(quantity, unit, HERE) == (milligrams, "mg")


def test_goods_are_whole_milligrams_or_pieces_and_not_too_many() -> None:
    assert cells.lot_quantity(Decimal(5000), "piece", HERE) == (5000, "piece")
    with pytest.raises(FractionRecordError):
        cells.lot_quantity(Decimal("0.5"), "piece", HERE)
    with pytest.raises(RecordRangeError):
        cells.lot_quantity(Decimal(10**9), "t", HERE)
    with pytest.raises(RecordUnitError) as caught:
        cells.lot_quantity(Decimal(1), "kWh", HERE)
    assert caught.value.column == "unit"


@given(st.text(max_size=80))
def test_whatever_stands_in_a_cell_is_read_or_refused_by_name(text: str) -> None:
    for read in (cells.number, cells.day, cells.month, cells.plain_text, cells.references, cells.unit):
        with suppress(RecordError):
            read(text, HERE)


def test_a_mistyped_number_of_a_label_is_refused_with_its_right_check_digit() -> None:
    read = cells.ending(cells.matching(r"[0-9]{14}", "14 digits"), gs1_check_digit)
    assert read("06901234567892", HERE) == "06901234567892"
    for text, problem in (("06901234567890", "should end in 2"), ("0690123456789", "14 digits")):
        with pytest.raises(RecordTextError, match=problem):
            read(text, HERE)
