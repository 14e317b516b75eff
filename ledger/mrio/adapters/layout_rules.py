"""What a layout file says of a table that nobody parses: sheets, labels in every language, units, order.

A layout is a TOML file (`table-layout/1`). It names labels, never cells: a workbook whose sectors stand in
another order, or start a row lower, is read all the same.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar

from ledger.errors import LedgerError
from ledger.mrio.adapters.concordance import LAYOUTS


@dataclass(eq=False)
class LayoutFileError(LedgerError):
    """A layout file isn't there, or lacks something."""

    layout: str
    reason: str
    sentence: ClassVar[str] = (
        "layout {layout}: {reason}. Name a layout that ships with the product, or give the path of your own."
    )


@dataclass(frozen=True, slots=True)
class Sectors:
    """One list of sectors: English names in their order, and every label or code that means one of them."""

    scheme: str
    names: tuple[str, ...]
    by_label: Mapping[str, str]
    by_code: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout file, read: labels in their folded form lead to the table's own names."""

    name: str
    plain: Mapping[str, Any]
    regions: tuple[str, ...]
    region_labels: Mapping[str, str]
    schemes: tuple[Sectors, ...]
    demand: tuple[str, ...]
    demand_labels: Mapping[str, str]
    outside: Mapping[str, tuple[str, str]]
    output: frozenset[str]
    value_added: frozenset[str]
    imports: frozenset[str]

    def nearest_region(self, label: str) -> str:
        """Return the region whose name is nearest to a label that is none."""
        return get_close_matches(label, self.regions, 1, 0.0)[0]

    def is_total(self, label: str) -> bool:
        """Return whether a label is of a total, or of a use or input outside the table."""
        word = folded(label)
        return not word or word in self.outside or word in self.output | self.imports | self.value_added


def folded(cell: object) -> str:
    """Return a label as it is compared: one width, one space, small letters, no full stop behind."""
    text = unicodedata.normalize("NFKC", "" if cell is None else str(cell))
    return " ".join(text.replace("_", " ").split()).rstrip(".").casefold()


def code_of(cell: object) -> str:
    """Return a sector's code in two digits, or nothing where a cell holds none: 1, 1.0 and "01" are one."""
    text = folded(cell)
    match = re.fullmatch(r"0*([0-9]{1,3})(?:\.0+)?", text)
    return match[1].zfill(2) if match else ""


def read_layout(name: str, folder: Path = LAYOUTS) -> Layout:
    """Read a layout by its name, or by the path of the user's own.

    Raises:
        LayoutFileError: it isn't there, is no layout of a table, or lacks something.
    """
    path = Path(name) if name.endswith(".toml") else folder / f"{name}.toml"
    plain = _toml(path, name)
    if plain.get("format") != "table-layout/1":
        raise LayoutFileError(name, f"its format is {plain.get('format')!r}, not 'table-layout/1'")
    try:
        regions = _regions(plain, path.parent, folder)
        return Layout(
            name=name,
            plain=plain,
            regions=tuple(regions),
            region_labels=_labels(name, regions),
            schemes=_schemes(plain, path.parent, folder),
            demand=tuple(plain["demand"]),
            demand_labels=_labels(name, plain["demand"]),
            outside={
                folded(label): (place, category)
                for category, (place, *labels) in plain.get("outside", {}).items()
                for label in labels
            },
            output=_words(plain, "output"),
            value_added=_words(plain, "value_added"),
            imports=_words(plain, "imports"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LayoutFileError(name, f"it lacks or misspells {error}") from None


def _toml(path: Path, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutFileError(name, f"it can't be read ({type(error).__name__})") from None


def _beside(name: str, own: Path, folder: Path) -> dict[str, Any]:
    path = own / f"{name}.toml"
    return _toml(path if path.is_file() else folder / f"{name}.toml", name)


def _regions(plain: Mapping[str, Any], own: Path, folder: Path) -> dict[str, Sequence[str]]:
    further: Mapping[str, Sequence[str]] = plain.get("region_names", {})
    if not isinstance(plain["regions"], str):
        return {name: (name, *further.get(name, ())) for name in plain["regions"]}
    places = _beside(plain["regions"], own, folder)["places"]
    return {name: (name, *place[:2], *further.get(name, ())) for name, place in places.items()}


def _schemes(plain: Mapping[str, Any], own: Path, folder: Path) -> tuple[Sectors, ...]:
    listed = plain["sectors"]
    if isinstance(listed, str):
        lists = {name: one for name, one in _beside(listed, own, folder).items() if isinstance(one, dict)}
    else:
        lists = {"own": listed}
    further: Mapping[str, Sequence[str]] = plain.get("sector_names", {})
    return tuple(
        Sectors(
            scheme,
            tuple(labels[0] for labels in one.values()),
            {
                folded(label): labels[0]
                for labels in one.values()
                for label in (*labels, *further.get(labels[0], ()))
            },
            {code_of(code): labels[0] for code, labels in one.items()},
        )
        for scheme, one in lists.items()
    )


def _labels(layout: str, named: Mapping[str, Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, labels in named.items():
        for label in (name, *labels):
            if found.setdefault(folded(label), name) != name:
                raise LayoutFileError(layout, f"{label!r} means both {found[folded(label)]} and {name}")
    return found


def _words(plain: Mapping[str, Any], part: str) -> frozenset[str]:
    return frozenset(folded(label) for label in plain.get(part, {}).get("labels", ()))
