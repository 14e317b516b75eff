"""A restatement, and a company's removals, as tables on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from api.tables import Screen, Sheet, short

KEPT_SHOWN: Final = 20


def show_restatement(found: Mapping[str, Any], screen: Screen) -> None:
    """Print a figure under each GWP set, and for each what keeps its own set and why."""
    rows = [
        (
            one["gwp"],
            _kg(one["gross_mg"]),
            _kg(str(int(one["gross_mg"]) - int(found["gross_mg"]))),
            _kg(one["kept_mg"]),
            one["restatable_share"] or "-",
        )
        for one in found["sets"]
    ]
    headings = ("GWP set", ">kg CO2e gross", ">change", ">kept as it was", ">restatable share")
    screen.show(Sheet(f"As booked {_kg(found['gross_mg'])} kg CO2e gross", headings, list(rows)))
    for one in found["sets"]:
        if one["kept"]:
            screen.show(_kept(one))
    for code, text in found["reasons"].items():
        screen.say(f"{code}: {text}")
    screen.say("Nothing that was signed changes: this is a report.")


def _kept(one: Mapping[str, Any]) -> Sheet:
    kept = one["kept"]
    rows = [
        (
            short(line["statement"]),
            "-" if line["line"] is None else str(line["line"]),
            line["activity"] or "-",
            line["gwp"] or "-",
            _kg(line["gross_mg"]),
            line["reason"],
        )
        for line in kept[:KEPT_SHOWN]
    ]
    more = f", the largest {KEPT_SHOWN} of {len(kept)}" if len(kept) > KEPT_SHOWN else ""
    headings = ("statement", ">line", "activity", "its own set", ">kg CO2e", "why")
    return Sheet(f"Not restated under {one['gwp']}{more}", headings, list(rows))


def show_removals(found: Mapping[str, Any], screen: Screen) -> None:
    """Print an organization's removals: what was removed, went back, is still stored, and is held back."""
    rows = [
        (
            short(one["statement"]),
            str(one["line"]),
            one["pool"],
            one["permanence_class"] or f"{one['permanence_years']} years",
            _kg(one["removed_mg"]),
            _kg(one["gone_back_mg"]),
            _kg(one["stored_mg"]),
            _kg(one["reserve_mg"]),
        )
        for one in found["removals"]
    ]
    sums = (_kg(found[name]) for name in ("removed_mg", "gone_back_mg", "stored_mg", "reserve_mg"))
    headings = (
        "statement",
        ">line",
        "pool",
        "permanence",
        ">kg removed",
        ">went back",
        ">stored",
        ">held back",
    )
    screen.show(Sheet("Removals, kg CO2e", headings, [*rows, ("all", "", "", "", *sums)]))


def _kg(mg: str) -> str:
    return f"{Decimal(mg).scaleb(-6):,.6f}"
