"""The contracts as they were compiled: what can be called, and what each refusal means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

_RETURN_INVALID: Final = bytes.fromhex("f3fe")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a contract refused: the name of its custom error, and the error's values by name."""

    name: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """Write the refusal as the contract's source has it."""
        return f"{self.name}({', '.join(f'{name}={value}' for name, value in self.values.items())})"


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """A compiled contract: name, ABI, creation bytecode (0x and hex digits)."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str

    def left_on_chain(self) -> bytes:
        """Return the code that creating this contract leaves on a chain (it has no immutables).

        solc's creation code ends with RETURN and INVALID; what follows is what it returns.
        """
        return bytes.fromhex(self.bytecode.removeprefix("0x")).partition(_RETURN_INVALID)[2]

    def refusal(self, revert: bytes) -> Refusal | None:
        """Return what a revert's bytes say in this contract's words, or None for foreign bytes."""
        for entry in self.abi:
            if entry["type"] != "error":
                continue
            types = [field["type"] for field in entry["inputs"]]
            if keccak(text=f"{entry['name']}({','.join(types)})")[:4] != revert[:4]:
                continue
            names = [field["name"] for field in entry["inputs"]]
            try:
                values = decode(types, revert[4:])
            except DecodingError:
                return None
            return Refusal(entry["name"], dict(zip(names, values, strict=True)))
        return None


@cache
def compiled_contract(name: str) -> CompiledContract:
    """Return a contract of the ledger as `scripts/build_contracts.py` compiled it."""
    kept = json.loads(resources.files("ledger.chain").joinpath(f"compiled/{name}.json").read_text())
    return CompiledContract(kept["contract"], kept["abi"], kept["bytecode"])
