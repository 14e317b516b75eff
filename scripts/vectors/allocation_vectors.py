"""Write the golden vectors of the allocation policies, computed here with fractions and not by the product.

One file a policy: productions, with weights and shares, or with the refusal that they meet. `released.json`
pins the rule (its code without comments and descriptions) and the vectors of every policy. A pin is written
once and never again: a policy that is to share otherwise is a new version with a name and a file of its own.

    python scripts/vectors/allocation_vectors.py
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "tests" / "vectors" / "allocation"
CODE: Final = ROOT / "ledger" / "allocation"
RELEASED: Final = "released.json"

Case = dict[str, Any]
PERIOD: Final = {"from": "2026-01-01", "to": "2026-06-30"}


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share a total: floors first, then one more each for the largest fractions, ties by number."""
    exact = [Fraction(total) * weight / sum(weights) for weight in weights]
    floors = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(weights)), key=lambda number: (floors[number] - exact[number], number))
    for number in order[: total - sum(floors)]:
        floors[number] += 1
    return floors


def shared(lines: Sequence[int], weights: Sequence[int], homes: Sequence[int | None] = ()) -> list[int]:
    """Return what each output carries: its own lines, and its part of the common ones."""
    placed = list(zip(lines, homes or [None] * len(lines), strict=True))
    common = largest_remainder(sum(mg for mg, home in placed if home is None), weights)
    own = [sum(mg for mg, home in placed if home == number) for number in range(len(weights))]
    return [one + part for one, part in zip(own, common, strict=True)]


def case(  # noqa: PLR0913, PLR0917 - a vector says it all in one place
    name: str,
    outputs: Sequence[tuple[int, str]],
    lines: Sequence[int],
    inputs: Case | None,
    weights: Sequence[int],
    homes: Sequence[int | None] = (),
) -> Case:
    """Return a production that is shared: quantities with units, lines in mg, policy inputs, answers."""
    made = [{"quantity": str(quantity), "unit": unit} for quantity, unit in outputs]
    return {
        "name": name,
        "outputs": made,
        "lines_mg": [str(mg) for mg in lines],
        **({"inputs": inputs} if inputs else {}),
        "weights": [str(weight) for weight in weights],
        "shares_mg": [str(mg) for mg in shared(lines, weights, homes)],
    }


def refusal(name: str, outputs: Sequence[tuple[int, str]], inputs: Case | None, error: str) -> Case:
    """Return a production that is refused, with the name of the cause."""
    made = [{"quantity": str(quantity), "unit": unit} for quantity, unit in outputs]
    return {
        "name": name,
        "outputs": made,
        "lines_mg": ["10"],
        **({"inputs": inputs} if inputs else {}),
        "refused": error,
    }


def entries(field: str, *amounts: str, first: int = 0) -> list[Case]:
    """Return one entry an output, in their order."""
    return [{"output": str(number), field: amount} for number, amount in enumerate(amounts, first)]


def values(*outputs: Case) -> Case:
    """Return the worth of outputs."""
    return {"values": {"currency": "CNY", "averaged": PERIOD, "outputs": list(outputs)}}


def energy(*outputs: Case) -> Case:
    """Return the energy of outputs."""
    return {"energy": {"source": "Own laboratory", "outputs": list(outputs)}}


def cut_off(others: str, *numbers: int) -> Case:
    """Return which outputs carry nothing."""
    return {"cut_off": {"outputs": entries_because(numbers), "others": others}}


def entries_because(numbers: Sequence[int]) -> list[Case]:
    """Return outputs as waste."""
    return [{"output": str(number), "because": "waste"} for number in numbers]


def divided(by: str, common: Sequence[int], **alone: Sequence[int]) -> Case:
    """Return which lines served which output alone (`o0`, `o1`), and which were common."""
    listed = [
        {"output": name[1:], "lines": [str(number) for number in numbers], "inputs": []}
        for name, numbers in alone.items()
    ]
    return {
        "subdivision": {
            "alone": listed,
            "common": {"by": by, "lines": [str(number) for number in common], "inputs": []},
        }
    }


def seasons(  # noqa: PLR0913 - one line says a whole cycle
    emissions_mg: int,
    mass_mg: int,
    before_mg: int,
    brought_mg: int = 0,
    *,
    below: str = "0.1",
    lost: str | None = "2",
    years: Sequence[str] = ("2024", "2025", "2026"),
) -> Case:
    """Return a cycle whose earlier seasons emitted 1,000 mg each and gave the same; 1 is deferred."""
    found = [{"year": year, "emissions_mg": "1000", "mass_mg": str(before_mg)} for year in years[:-1]]
    found.append({"year": years[-1], "emissions_mg": str(emissions_mg), "mass_mg": str(mass_mg)})
    cycle = {
        "seasons": found,
        "brought_forward": {"mg": str(brought_mg), "inputs": []},
        "deferred": "1",
        "failed_below": below,
    }
    return {"bearing_cycle": cycle if lost is None else {**cycle, "lost": lost}}


ORCHARD: Final = ((3_000_000_000, "mg"), (1_000_000_000, "mg"), (500_000_000, "mg"))
BEARING: Final = ((2, "mg"), (1, "piece"), (1, "piece"))
BEARING_ON: Final = ((12, "mg"), (1, "piece"))
TWO: Final = ((2_000_000, "mg"), (1_000_000, "mg"))


REVENUES: Final = values(*entries("revenue", "700", "300"))
HEATS: Final = energy(*entries("lower_heating_value", "37.5", "17.25"))


def mass_vectors() -> list[Case]:
    """Return the vectors of `mass/1`."""
    return [
        case("three lots of fruit", ORCHARD, [1_200_000_000, 1_000_000_000], None, (6, 2, 1)),
        case("ties go to the lower number", ((1, "mg"), (1, "mg"), (1, "mg")), [5], None, (1, 1, 1)),
        refusal("pieces have no mass here", ((5, "piece"),), None, "policy-unit"),
        refusal("prices beside mass", TWO, REVENUES, "policy-input-unused"),
    ]


def pieces_vectors() -> list[Case]:
    """Return the vectors of `pieces/1`."""
    return [
        case("two sizes of carton", ((3, "piece"), (4, "piece")), [100], None, (3, 4)),
        refusal("kilograms beside pieces", ((5, "piece"), (5, "mg")), None, "policy-unit"),
    ]


def economic_vectors() -> list[Case]:
    """Return the vectors of `economic/1`."""
    return [
        case("revenues", TWO, [100, 1], REVENUES, (700, 300)),
        case(
            "a price per kilogram, half a fen to the even one",
            ((1_500_000, "mg"), (2_500_000, "mg")),
            [10],
            values(*entries("price", "1", "1")),
            (2, 2),
        ),
        case("what earns nothing", TWO, [7], values(*entries("revenue", "5", "0")), (5, 0)),
        case("hours", ((7200, "s"),), [9], values({"output": "0", "price": "1250.5"}), (2501,)),
        refusal("no prices", TWO, None, "policy-input-missing"),
        refusal("one price for two", TWO, values(*entries("price", "1")), "policy-input-missing"),
        refusal("they sum to nothing", TWO, values(*entries("revenue", "0", "0")), "policy-input-sum"),
    ]


def energy_vectors() -> list[Case]:
    """Return the vectors of `energy/1`."""
    return [
        case("oil and cake", TWO, [1000], HEATS, (75_000_000, 17_250_000)),
        case(
            "power and heat",
            ((2, "Wh"), (1_000_000, "mg")),
            [1001],
            energy(*entries("joules", "7200", "3600")),
            (7200, 3600),
        ),
        refusal("no energy", TWO, None, "policy-input-missing"),
        refusal("it sums to nothing", TWO, energy(*entries("joules", "0", "0")), "policy-input-sum"),
    ]


def cut_off_vectors() -> list[Case]:
    """Return the vectors of `cut-off/1`."""
    return [
        case("culls carry nothing", (*ORCHARD, (500, "mg")), [7], cut_off("mass/1", 3), (6, 2, 1, 0)),
        case(
            "scrap beside goods shared by revenue",
            (*TWO, (9, "mg")),
            [10],
            {**REVENUES, **cut_off("economic/1", 2)},
            (700, 300, 0),
        ),
        refusal("all is waste", TWO, cut_off("mass/1", 0, 1), "policy-input-sum"),
        refusal("nothing is named", TWO, cut_off("mass/1"), "policy-input-missing"),
        refusal("by a policy that is none", TWO, cut_off("taste/1", 1), "unknown-policy"),
    ]


def subdivision_vectors() -> list[Case]:
    """Return the vectors of `subdivision/1`."""
    return [
        case(
            "one line for each and one for both",
            TWO,
            [100, 50, 10],
            divided("mass/1", [2], o0=[0], o1=[1]),
            (2, 1),
            (0, 1, None),
        ),
        case(
            "what carries nothing of the common part may have its own",
            TWO,
            [100, 50],
            {**divided("cut-off/1", [0], o1=[1]), **cut_off("mass/1", 1)},
            (2, 0),
            (None, 1),
        ),
        refusal("a line is left out", TWO, divided("mass/1", [], o0=[]), "policy-input-missing"),
        refusal("a line has two places", TWO, divided("mass/1", [0], o0=[0]), "policy-input-twice"),
        refusal("there is no such line", TWO, divided("mass/1", [0, 1], o0=[]), "policy-input-number"),
    ]


def sole_vectors() -> list[Case]:
    """Return the vectors of `sole/1`."""
    return [
        case("a cold store in seconds of its life", ((630_720_000, "s"),), [100, 1], None, (1,)),
        refusal("two outputs", TWO, None, "policy-outputs"),
    ]


def bearing_cycle_vectors() -> list[Case]:
    """Return the vectors of `bearing-cycle/1`."""
    return [
        case("an off-year defers", BEARING, [900, 100], seasons(1000, 2, 10), (272, 728, 0)),
        case(
            "an on-year takes it over",
            BEARING_ON,
            [1000, 500],
            seasons(1000, 12, 4, 500, lost=None),
            (1500, 0),
        ),
        case("a crop failure is lost", BEARING, [1000], seasons(1000, 2, 10, below="0.5"), (272, 0, 728)),
        case("at most one season stays", BEARING, [100, 5000], seasons(100, 2, 10, 5000), (5000, 100, 0)),
        refusal(
            "two seasons only",
            BEARING,
            seasons(1000, 2, 10, years=("2025", "2026")),
            "policy-input-missing",
        ),
        refusal("another mass than this season's", BEARING, seasons(1000, 3, 10), "policy-season"),
        refusal("nothing was emitted", BEARING, seasons(0, 2, 10), "policy-input-sum"),
    ]


BY_POLICY: Final[Mapping[str, Callable[[], list[Case]]]] = {
    "mass/1": mass_vectors,
    "pieces/1": pieces_vectors,
    "economic/1": economic_vectors,
    "energy/1": energy_vectors,
    "cut-off/1": cut_off_vectors,
    "subdivision/1": subdivision_vectors,
    "sole/1": sole_vectors,
    "bearing-cycle/1": bearing_cycle_vectors,
}


def vectors() -> dict[str, list[Case]]:
    """Return the vectors by policy."""
    return {policy: made() for policy, made in BY_POLICY.items()}


def whole_weights(found: list[Case]) -> list[Case]:
    """Give the weights of mass their full size: above they are written as ratios."""
    for one in found:
        if "weights" in one and all(made["unit"] == "mg" for made in one["outputs"]):
            inputs = one.get("inputs", {})
            if not {"values", "energy", "bearing_cycle"} & set(inputs):
                one["weights"] = [
                    "0" if weight == "0" else made["quantity"]
                    for weight, made in zip(one["weights"], one["outputs"], strict=True)
                ]
    return found


def file_of(policy: str) -> str:
    """Return the name of a policy's module and of its vectors: `mass_1` of `mass/1`."""
    return policy.replace("/", "_").replace("-", "_")


def rule_digest(policy: str) -> str:
    """Return the digest of a policy's code, without comments, descriptions and layout."""
    tree = ast.parse((CODE / f"{file_of(policy)}.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_text(one)] or [ast.Pass()]
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def vectors_digest(text: str) -> str:
    """Return the digest of a file of vectors."""
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path = FOLDER) -> None:
    """Write the vectors, and a pin for every policy that has none yet."""
    folder.mkdir(parents=True, exist_ok=True)
    pins = folder / RELEASED
    released = json.loads(pins.read_text("utf-8")) if pins.exists() else {}
    for policy, found in vectors().items():
        text = (
            json.dumps({"policy": policy, "cases": whole_weights(found)}, indent=1, ensure_ascii=False) + "\n"
        )
        (folder / f"{file_of(policy)}.json").write_text(text, "utf-8")
        if policy not in released:
            released[policy] = {"rule": rule_digest(policy), "vectors": vectors_digest(text)}
    pins.write_text(json.dumps(released, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    write()
