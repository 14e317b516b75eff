"""Charts as SVG, made here: stacked bars, rows of bars, the journey. No colours: classes, styled once.

Lengths are in the drawing's own units. Every chart has a title and a description for readers who listen;
estimated parts are hatched, so that nothing is told by colour alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 340
BAR_HEIGHT: Final = 30
ROW_HEIGHT: Final = 42
STOP_HEIGHT: Final = 66
RAIL_X: Final = 22
TEXT_X: Final = 52
NAME_COLUMNS: Final = 36
ICONS: Final = {
    "supplier": "M4 16C4 8 9 4 16 4c0 7-4 12-12 12zM4 16l7-7",
    "sender": "M3 8l7-4 7 4v8H3zM8 16v-5h4v5",
    "road": "M2 6h9v8H2zM11 9h3.5L18 12v2h-7zM5 16.2a1.6 1.6 0 1 0 0-.1M14 16.2a1.6 1.6 0 1 0 0-.1",
    "rail": "M5 3h10v10H5zM5 8h10M7 13l-2 4M13 13l2 4M6 15.5h8",
    "sea": "M2 11h16l-3 5H5zM7 11V5h4l2 3v3M9 5V3",
    "inland_waterway": "M2 11h16l-3 5H5zM7 11V7h6v4",
    "air": "M10 2c1 0 1.3 2 1.3 5L18 11v2l-6.7-2v4l2 1.6V18L10 17l-3.3 1v-1.4l2-1.6v-4L2 13v-2l6.7-4c0-3 .3-5 1.3-5z",
    "hub": "M5 17V3h10M5 6h10M13 3v5M11 8h4v3.5h-4zM2.5 17h6",
    "other": "M3 6l7-3 7 3v8l-7 3-7-3zM3 6l7 3 7-3M10 9v8",
    "consignee": "M3 9l1.5-5h11L17 9M4 9v8h12V9M8 17v-5h4v5",
}
"""Line drawings of 20 by 20."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its class, label, value as text, and size."""

    kind: str
    label: str
    value: str
    size: int


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the journey: its icon, who, what, and what came in there."""

    icon: str
    name: str
    note: str
    value: str
    size: int
    muted: bool = False


def stacked_bar(identifier: str, title: str, description: str, parts: Sequence[Part]) -> Markup:
    """Draw one bar, divided; a part that is there is never too thin to be seen."""
    total = sum(part.size for part in parts) or 1
    drawn, at = [], 0.0
    widths = _at_least([part.size / total * WIDTH for part in parts if part.size], 3.0)
    for part, width in zip([part for part in parts if part.size], widths, strict=True):
        drawn.append(
            Markup(
                '<rect class="part {}" x="{:.2f}" y="0" width="{:.2f}" height="{}"><title>{}</title></rect>'
            ).format(part.kind, at, max(width - 1.5, 0.5), BAR_HEIGHT, f"{part.label}: {part.value}")
        )
        at += width
    return _svg(identifier, "chart bar", title, description, BAR_HEIGHT, Markup("").join(drawn))


def bar_rows(identifier: str, title: str, description: str, parts: Sequence[Part]) -> Markup:
    """Draw a row for each part: label, value, and a bar against the largest."""
    largest = max((part.size for part in parts), default=0) or 1
    drawn = []
    for row, part in enumerate(parts):
        top = row * ROW_HEIGHT
        width = max(part.size / largest * WIDTH, 2 if part.size else 0)
        drawn.append(
            Markup(
                '<text class="label" x="0" y="{}">{}</text><text class="value" x="{}" y="{}" text-anchor="end">{}</text>'
                '<rect class="track" x="0" y="{}" width="{}" height="10" rx="3"/>'
                '<rect class="part {}" x="0" y="{}" width="{:.2f}" height="10" rx="3"/>'
            ).format(
                top + 15,
                shortened(part.label, 52 - columns(part.value)),
                WIDTH,
                top + 15,
                part.value,
                top + 22,
                WIDTH,
                part.kind,
                top + 22,
                width,
            )
        )
    height = max(len(parts) * ROW_HEIGHT - 6, 1)
    return _svg(identifier, "chart rows", title, description, height, Markup("").join(drawn))


def journey(identifier: str, title: str, description: str, stops: Sequence[Stop]) -> Markup:
    """Draw the way of the goods from top to bottom, each stop with what came in there."""
    drawn = [
        Markup('<line class="rail" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(
            RAIL_X, 24, 24 + (len(stops) - 1) * STOP_HEIGHT
        )
    ]
    for number, stop in enumerate(stops):
        y = 24 + number * STOP_HEIGHT
        drawn.append(
            Markup(
                '<g class="stop{}"><title>{}</title><circle cx="{}" cy="{}" r="17"/>'
                '<path class="icon" transform="translate({} {})" d="{}"/>'
                '<text class="label" x="{}" y="{}">{}</text><text class="note" x="{}" y="{}">{}</text>'
                '<text class="value" x="{}" y="{}" text-anchor="end">{}</text></g>'
            ).format(
                " muted" if stop.muted else "",
                f"{stop.name}, {stop.note}: {stop.value}",
                RAIL_X,
                y,
                RAIL_X - 10,
                y - 10,
                ICONS[stop.icon],
                TEXT_X,
                y - 3,
                shortened(stop.name, NAME_COLUMNS - columns(stop.value)),
                TEXT_X,
                y + 14,
                shortened(stop.note, 44),
                WIDTH,
                y - 3,
                stop.value,
            )
        )
    height = 48 + (len(stops) - 1) * STOP_HEIGHT
    return _svg(identifier, "chart journey", title, description, height, Markup("").join(drawn))


def swatch(kind: str) -> Markup:
    """Draw the little square that a legend shows for a class."""
    return Markup(
        '<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true"><rect class="part {}" width="14" height="14" rx="3"/></svg>'
    ).format(kind)


def columns(text: str) -> int:
    """Return how wide a text is, in half-width columns: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def shortened(text: str, limit: int) -> str:
    """Shorten a text to a number of columns; the whole stands in the table and the title."""
    if columns(text) <= limit:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > limit - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def _at_least(widths: list[float], smallest: float) -> list[float]:
    """Widen parts that are too thin at the cost of the others, so that the sum stays."""
    lacking = sum(max(smallest - width, 0) for width in widths)
    spare = sum(max(width - smallest, 0) for width in widths)
    give = lacking / spare if spare else 0
    return [smallest if width < smallest else width - (width - smallest) * give for width in widths]


def _svg(identifier: str, kind: str, title: str, description: str, height: float, inner: Markup) -> Markup:
    name = re.sub(r"[^a-z0-9-]", "", identifier)
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {:g}" role="img" aria-labelledby="{name}-t {name}-d">'
        '<title id="{name}-t">{}</title><desc id="{name}-d">{}</desc>{}</svg>'
    ).format(kind, WIDTH, height, escape(title), escape(description), inner, name=name)
