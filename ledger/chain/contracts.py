"""The contracts as they were compiled: what can be called, and what each refusal means."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

EARLIER: Final = {
    "PassportAnchor": frozenset({"77d1d9de37624cc8426c24c0c3daaf60acfa6fc92076a916e6d8c0e8a17a45fc"})
}
"""SHA-256 of the code that earlier versions left on chains: what was anchored there stays readable."""


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
    """A compiled contract: name, ABI, the code that creates it and that it then has (0x and hex digits)."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    deployed: str

    def left_on_chain(self) -> bytes:
        """Return the code that creating this contract leaves on a chain (it has no immutables)."""
        return bytes.fromhex(self.deployed.removeprefix("0x"))

    def is_known(self, code: bytes) -> bool:
        """Return whether code on a chain is this contract's, or an earlier version's."""
        earlier = EARLIER.get(self.name, frozenset())
        return code == self.left_on_chain() or hashlib.sha256(code).hexdigest() in earlier

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
    return CompiledContract(kept["contract"], kept["abi"], kept["bytecode"], kept["deployed"])
