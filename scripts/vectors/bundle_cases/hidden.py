"""Bundles that hide parts, and every way to cheat with what is hidden."""

# ruff: noqa: D103 - a vector's name says what it is

from __future__ import annotations

from typing import Any

from ledger import canonical
from scripts.vectors.bundle_cases.stories import OPEN, Vector, changed, short, vector, written

HIDDEN = "parts-hidden"


def _hide(wire: dict[str, Any], number: int, *paths: str) -> None:
    """Hide parts of a bundled statement, as any holder can."""
    statement = wire["statements"][number]
    gone = [part for part in statement["parts"] if part["path"] in paths]
    statement["parts"] = [part for part in statement["parts"] if part["path"] not in paths]
    digests = [canonical.part_digest(part["salt"], part["path"], part["value"]) for part in gone]
    statement["hidden"] = sorted([*statement.get("hidden", []), *digests])


def _last(wire: dict[str, Any]) -> int:
    kinds = [one["entry"]["envelope"]["kind"] for one in wire["statements"]]
    return max(number for number, kind in enumerate(kinds) if kind == "dispatch/1")


@vector
def hidden_goods_of_a_dispatch() -> Vector:
    wire = short().bundle()
    _hide(wire, _last(wire), "/goods", "/ref")
    unknown = {"3": HIDDEN, "6": "log-key-not-given", "7": "not-anchored", **OPEN}
    return written(wire, unknown=unknown)


@vector
def hidden_line_of_a_production() -> Vector:
    wire = short().bundle()
    kinds = [one["entry"]["envelope"]["kind"] for one in wire["statements"]]
    _hide(wire, kinds.index("production/1"), "/lines/0/amount", "/lines/0/source", "/ref")
    wire["factors"] = []
    unknown = {"2": HIDDEN, "3": HIDDEN, "6": "log-key-not-given", "7": "not-anchored", "8": "hidden-tiers"}
    return written(wire, unknown={**OPEN, **unknown})


@vector
def hidden_part_claimed_absent() -> Vector:
    def change(wire: dict[str, Any]) -> None:
        _hide(wire, _last(wire), "/goods", "/ref")
        wire["statements"][_last(wire)]["hidden"].pop()

    return changed(2, "body-digest", change)


@vector
def hidden_part_shown_too() -> Vector:
    def change(wire: dict[str, Any]) -> None:
        one = wire["statements"][_last(wire)]
        part = one["parts"][0]
        one["hidden"] = [canonical.part_digest(part["salt"], part["path"], part["value"])]

    return changed(2, "hidden-order", change)


@vector
def hidden_day() -> Vector:
    return changed(2, "hidden-time", lambda wire: _hide(wire, _last(wire), "/occurred"))


@vector
def hidden_is_nothing() -> Vector:
    return changed(1, "field-form", lambda wire: wire["statements"][0].update({"hidden": None}))
