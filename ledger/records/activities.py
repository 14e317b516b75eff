"""The activities that records may name, and those that are near to a word that is none of them."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from ledger.factors.activities import activity_factors
from ledger.factors.choose import GRID_ELECTRICITY

FERTILISERS: Final = {
    "fertiliser_synthetic": "synthetic",
    "fertiliser_urea": "synthetic",
    "fertiliser_organic": "organic",
}
"""Fertilisers by product: their nitrogen is what the soil turns into N2O; urea gives CO2 besides."""
NEAR: Final = 4
MAX_COMPARED: Final = 60
_NAMES: Final = {
    "fertiliser_synthetic": ("Synthetic fertiliser", "化肥 复合肥"),
    "fertiliser_urea": ("Urea fertiliser", "尿素"),
    "fertiliser_organic": ("Organic fertiliser, manure, compost", "有机肥"),
    GRID_ELECTRICITY: ("Grid electricity, power", "电网用电 电力"),
}


def near_activities(text: str) -> str:
    """Name the activities that are nearest to a text, by code or by name in English or Chinese.

    One whose names contain the text, or a word of it, comes before one that only looks alike.
    """
    asked = text[:MAX_COMPARED].casefold().replace("_", " ").strip()
    ranked = sorted(_known().items(), key=lambda item: (-_likeness(asked, item), item[0]))
    return ", ".join(f"{code} ({names[0]})" for code, names in ranked[:NEAR])


@lru_cache(maxsize=1)
def _known() -> dict[str, tuple[str, str]]:
    """Return every activity with its names, once."""
    table = {one.code: (one.name, one.name_zh) for one in activity_factors() if one.stage == "operation"}
    return {**table, **_NAMES}


def _likeness(asked: str, activity: tuple[str, tuple[str, str]]) -> float:
    code, (name, name_zh) = activity
    known = (code.replace("_", " "), name.casefold(), name_zh)
    alike = max(SequenceMatcher(None, asked, one).ratio() for one in known)
    held = any(asked in one for one in known)
    shared = any(word in one.split() for word in asked.split() for one in known)
    return alike + 2 * held + shared
