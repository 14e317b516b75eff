"""Write the golden vectors of the state map, by the definition of each bit instead of the product's pages.

Run it again and nothing changes:

    python scripts/vectors/state_vectors.py
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "state" / "map.json"
ZERO = "00" * 32
Leaves = dict[str, str]


def sha256(text: str) -> str:
    """Return the SHA-256 of bytes written as hex digits."""
    return hashlib.sha256(bytes.fromhex(text)).hexdigest()


def bits(key: str) -> str:
    """Return a key's bits, highest first."""
    return f"{int(key, 16):0256b}"


def part(leaves: Leaves, way: str) -> str:
    """Return the hash of the part of a map that lies this way down from the root."""
    held = [key for key in leaves if bits(key).startswith(way)]
    if not held:
        return ZERO
    if len(held) == 1:
        return sha256("00" + held[0] + leaves[held[0]])
    return sha256("01" + part(leaves, way + "0") + part(leaves, way + "1"))


def proof(leaves: Leaves, key: str) -> dict[str, Any]:
    """Return what stands beside a key's way, where the way ends, and the value that this proves."""
    way, siblings = "", []
    while len([one for one in leaves if bits(one).startswith(way)]) > 1:
        turn = bits(key)[len(way)]
        siblings.append(part(leaves, way + ("1" if turn == "0" else "0")))
        way += turn
    end = next((one for one in leaves if bits(one).startswith(way)), None)
    leaf = None if end is None else [end, leaves[end]]
    return {"key": key, "siblings": siblings, "leaf": leaf, "value": leaves.get(key)}


def case(name: str, leaves: Leaves, asked: list[str]) -> dict[str, Any]:
    """Return one map with proofs for some keys."""
    proofs = [proof(leaves, key) for key in asked]
    return {"name": name, "leaves": sorted(leaves.items()), "root": part(leaves, ""), "proofs": proofs}


def named(number: int) -> str:
    """Return a key for a number."""
    return hashlib.sha256(f"key {number}".encode()).hexdigest()


def cases() -> list[dict[str, Any]]:
    """Return all maps."""
    some = {named(n): hashlib.sha256(f"value {n}".encode()).hexdigest() for n in range(100)}
    close = {f"{n:064x}": named(n) for n in range(4)}
    one = {named(0): named(1)}
    return [
        case("no keys", {}, [named(0)]),
        case("one key", one, [named(0), named(2)]),
        case("keys that differ in their last two bits", close, [*close, f"{4:064x}", "ff" * 32]),
        case("a hundred keys", some, [named(0), named(50), named(1000), named(1001), named(1002)]),
    ]


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(cases(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
