"""Charts as SVG, made here: stacked bars, rows of bars, the journey. No colours: classes, styled once.

Lengths are in the drawing's own units. Every chart has a title and a description for readers who listen;
estimated parts are hatched, so that nothing is told by colour alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

WIDTH: Final = 340
BAR_HEIGHT: Final = 30
ROW_HEIGHT: Final = 42
STOP_HEIGHT: Final = 66
RAIL_X: Final = 22
TEXT_X: Final = 52
NAME_COLUMNS: Final = 35
NOTE_COLUMNS: Final = 42
ROW_COLUMNS: Final = 43
ICONS: Final = {
    "supplier": "M4 16C4 8 9 4 16 4c0 7-4 12-12 12zM4 16l7-7",
    "sender": "M3 8l7-4 7 4v8H3zM8 16v-5h4v5",
    "road": "M2 6h9v8H2zM11 9h3.5L18 12v2h-7zM5 16.2a1.6 1.6 0 1 0 0-.1M14 16.2a1.6 1.6 0 1 0 0-.1",
    "rail": "M5 3h10v10H5zM5 8h10M7 13l-2 4M13 13l2 4M6 15.5h8",
    "sea": "M2 11h16l-3 5H5zM7 11V5h4l2 3v3M9 5V3",
    "inland_waterway": "M2 11h16l-3 5H5zM7 11V7h6v4",
    "air": "M10 2c1 0 1 2 1 5l7 4v2l-7-2v4l2 1.6V18l-3-1-3 1v-1.4L9 15v-4l-7 2v-2l7-4c0-3 0-5 1-5z",
    "hub": "M5 17V3h10M5 6h10M13 3v5M11 8h4v3.5h-4zM2.5 17h6",
    "other": "M3 6l7-3 7 3v8l-7 3-7-3zM3 6l7 3 7-3M10 9v8",
    "consignee": "M3 9l1.5-5h11L17 9M4 9v8h12V9M8 17v-5h4v5",
}
"""Line drawings of 20 by 20."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a chart is called: an identifier of its own on the page, a title, a description."""

    identifier: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its class, label, value as text, and size; hatched where it is estimated."""

    kind: str
    label: str
    value: str
    size: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the journey: its icon, who, what, and what came in there."""

    icon: str
    name: str
    note: str
    value: str
    muted: bool = False


_RECT: Final = Markup('<rect class="part {}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>')
_HATCH: Final = Markup('<rect fill="url(#hatch)" x="{:.2f}" y="{}" width="{:.2f}" height="{}"/>')
_TEXT: Final = Markup('<text class="{}" x="{}" y="{}">{}</text>')
_END_TEXT: Final = Markup('<text class="{}" x="{}" y="{}" text-anchor="end">{}</text>')
PATTERNS: Final = Markup(
    '<svg class="patterns" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="hatch" width="2" height="6"/></pattern></defs></svg>'
)
"""The hatching of estimated parts; it stands once on the page, before the charts."""


def stacked_bar(frame: Frame, parts: Sequence[Part]) -> Markup:
    """Draw one bar, divided; a part that is there is never too thin to be seen."""
    shown = [part for part in parts if part.size > 0]
    total = sum(part.size for part in shown)
    drawn, at = [], 0.0
    for part, width in zip(shown, _at_least([p.size / total * WIDTH for p in shown], 3.0), strict=True):
        drawn.append(_part(part, at, 0, width - 1.5, BAR_HEIGHT))
        at += width
    return _svg("chart bar", frame, BAR_HEIGHT, drawn)


def bar_rows(frame: Frame, parts: Sequence[Part]) -> Markup:
    """Draw a row for each part: label, value, and a bar against the largest."""
    largest = max((part.size for part in parts), default=0) or 1
    drawn = []
    for row, part in enumerate(parts):
        top = row * ROW_HEIGHT
        label = shortened(part.label, ROW_COLUMNS - columns(part.value))
        drawn += [
            _TEXT.format("label", 0, top + 15, label),
            _END_TEXT.format("value", WIDTH, top + 15, part.value),
            _RECT.format("track", 0, top + 22, WIDTH, 10),
            _part(part, 0, top + 22, max(part.size / largest * WIDTH, 2 if part.size else 0), 10),
        ]
    return _svg("chart rows", frame, max(len(parts) * ROW_HEIGHT - 6, 1), drawn)


def journey(frame: Frame, stops: Sequence[Stop]) -> Markup:
    """Draw the way of the goods from top to bottom, each stop with what came in there."""
    last = 24 + (len(stops) - 1) * STOP_HEIGHT
    drawn = [Markup('<line class="rail" x1="{0}" y1="24" x2="{0}" y2="{1}"/>').format(RAIL_X, last)]
    for number, stop in enumerate(stops):
        y = 24 + number * STOP_HEIGHT
        name = shortened(stop.name, NAME_COLUMNS - columns(stop.value))
        drawn += [
            Markup('<g class="stop{}"><title>{}, {}: {}</title>').format(
                " muted" if stop.muted else "", stop.name, stop.note, stop.value
            ),
            Markup('<circle cx="{}" cy="{}" r="17"/>').format(RAIL_X, y),
            Markup('<path class="icon" transform="translate({} {})" d="{}"/>').format(
                RAIL_X - 10, y - 10, ICONS[stop.icon]
            ),
            _TEXT.format("label", TEXT_X, y - 3, name),
            _TEXT.format("note", TEXT_X, y + 14, shortened(stop.note, NOTE_COLUMNS)),
            _END_TEXT.format("value", WIDTH, y - 3, stop.value),
            Markup("</g>"),
        ]
    return _svg("chart journey", frame, last + 24, drawn)


def swatch(part: Part) -> Markup:
    """Draw the little square that a legend shows for a part of a bar."""
    inner = _part(part, 0, 0, 14, 14)
    return Markup('<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true">{}</svg>').format(inner)


def _part(part: Part, x: float, y: float, width: float, height: float) -> Markup:
    drawn = _RECT.format(part.kind, x, y, width, height)
    return drawn + _HATCH.format(x, y, width, height) if part.estimated else drawn


def columns(text: str) -> int:
    """Return how wide a text is, in half-width columns: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def shortened(text: str, limit: int) -> str:
    """Shorten a text to a number of columns; the whole stands in the table and the title."""
    if columns(text) <= limit:
        return text
    kept = text
    while columns(kept) > limit - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _at_least(widths: list[float], smallest: float) -> list[float]:
    """Widen parts that are too thin at the cost of the others, so that the sum stays."""
    lacking = sum(max(smallest - width, 0) for width in widths)
    spare = sum(max(width - smallest, 0) for width in widths)
    give = lacking / spare if spare else 0
    return [smallest if width < smallest else width - (width - smallest) * give for width in widths]


def _svg(kind: str, frame: Frame, height: float, drawn: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="{0}" viewBox="0 0 {1} {2:g}" preserveAspectRatio="{7}" role="img" '
        'aria-labelledby="{3}-t {3}-d">'
        '<title id="{3}-t">{4}</title><desc id="{3}-d">{5}</desc>{6}</svg>'
    ).format(
        kind,
        WIDTH,
        height,
        frame.identifier,
        frame.title,
        frame.description,
        Markup("").join(drawn),
        # A bar without text keeps its height and is drawn as wide as the page.
        "none" if kind == "chart bar" else "xMinYMin meet",
    )
