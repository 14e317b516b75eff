"""Charts as SVG: true to their numbers, readable, and safe from hostile names."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.ui.charts import (
    ICONS,
    WIDTH,
    Frame,
    Part,
    Stop,
    bar_rows,
    columns,
    journey,
    shortened,
    stacked_bar,
    swatch,
)

FRAME = Frame("made", "What it is made of", "A bar")
HOSTILE = '<script>alert("1")</script>&amp;'


def widths(drawing: Markup, kind: str = "part") -> list[float]:
    return [float(one.get("width", "0")) for one in rects(drawing) if kind in one.get("class", "").split()]


def rects(drawing: Markup) -> list[ET.Element]:
    root = ET.fromstring(drawing)  # noqa: S314 - made here
    return root.findall(".//rect")


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=8).filter(any))
def test_parts_of_a_bar_fill_it_and_none_is_too_thin_to_see(sizes: list[int]) -> None:
    parts = [Part("k", "label", "1 kg", size) for size in sizes]
    drawn = widths(stacked_bar(FRAME, parts))
    assert len(drawn) == sum(1 for size in sizes if size)
    assert min(drawn) >= 1.4
    assert sum(drawn) + 1.5 * len(drawn) == pytest.approx(WIDTH, abs=0.2)


def test_parts_are_as_wide_as_their_share() -> None:
    drawn = widths(stacked_bar(FRAME, [Part("a", "a", "", 3), Part("b", "b", "", 1)]))
    assert drawn[0] + 1.5 == pytest.approx(WIDTH * 0.75)


def test_a_bar_of_nothing_is_empty() -> None:
    assert rects(stacked_bar(FRAME, [])) == []


def test_estimated_parts_are_hatched_so_that_colour_alone_tells_nothing() -> None:
    drawing = stacked_bar(FRAME, [Part("a", "a", "", 3), Part("b", "b", "", 1, estimated=True)])
    assert [one.get("fill") for one in rects(drawing)] == [None, None, "url(#hatch)"]
    assert "url(#hatch)" in swatch(Part("b", "b", "", 1, estimated=True))
    assert "url(#hatch)" not in swatch(Part("b", "b", "", 1))


def test_rows_show_each_part_against_the_largest() -> None:
    parts = [Part("plain", "a", "8", 8), Part("plain", "b", "2", 2), Part("plain", "c", "0", 0)]
    assert widths(bar_rows(FRAME, parts), "plain") == [WIDTH, WIDTH / 4, 0]
    assert widths(bar_rows(FRAME, []), "track") == []


@pytest.mark.parametrize("icon", sorted(ICONS))
def test_every_stop_has_its_drawing(icon: str) -> None:
    drawing = journey(FRAME, [Stop(icon, "A", "b", "+ 1 kg"), Stop(icon, "A", "b", "", muted=True)])
    assert drawing.count(ICONS[icon]) == 2
    assert "muted" in drawing
    assert re.fullmatch(r"[MmLlHhVvCcSsAaZz0-9 .,-]+", ICONS[icon])


def test_every_chart_says_what_it_is_to_those_who_listen() -> None:
    for drawing in (
        stacked_bar(FRAME, [Part("a", "a", "", 3)]),
        bar_rows(FRAME, [Part("a", "a", "", 3)]),
        journey(FRAME, [Stop("road", "A", "b", "")]),
    ):
        root = ET.fromstring(drawing)  # noqa: S314 - made here
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == "made-t made-d"
        assert (root[0].tag, root[0].text) == ("title", FRAME.title)
        assert (root[1].tag, root[1].text) == ("desc", FRAME.description)


def test_hostile_names_stay_names() -> None:
    part = Part("plain", HOSTILE, HOSTILE, 1)
    for drawing in (
        stacked_bar(Frame("x", HOSTILE, HOSTILE), [part]),
        bar_rows(FRAME, [part]),
        journey(FRAME, [Stop("road", HOSTILE, HOSTILE, HOSTILE)]),
    ):
        assert "<script" not in drawing
        ET.fromstring(drawing)  # noqa: S314 - made here


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=80), st.integers(2, 60))
def test_a_shortened_text_fits_and_says_that_it_was_cut(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert columns(short) <= max(limit, columns(text) if short == text else limit)
    assert short == text or short.endswith("…")


def test_chinese_characters_take_two_columns() -> None:
    assert columns("荔枝 A") == 6
    assert shortened("高州市根子镇合作社", 9) == "高州市根…"
