"""Compile the contracts and keep what the ledger needs of them: ABI, bytecode, compiler, source digests.

`ledger/chain/compiled/*.json` are committed, so that running the ledger needs no compiler. With
`--check` nothing is written, and a difference to a fresh compile ends with exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COMPILED = ROOT / "ledger" / "chain" / "compiled"
LIBRARIES = {
    "PassportAnchor": ("MerkleProofs", "Signatures", "TypedData"),
    "OrganizationRegistry": ("KeyRules", "Registrations", "Signatures", "TypedData"),
}
"""The contracts that are kept, each with the libraries that are compiled into it."""


def compile_contracts(folder: Path) -> Path:
    """Compile all contracts with the locked compiler; return the folder of what came out."""
    command = [str(ROOT / "scripts" / "node.sh"), "hardhat", "build", "--no-tests"]
    environment = os.environ | {"PASSPORT_CONTRACTS_BUILD": str(folder), "PYTHON": sys.executable}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=sys.stderr)
    return folder / "artifacts"


def compiled_form(built: Path, contract: str) -> dict[str, Any]:
    """Return what is kept of one contract, from Hardhat's artifact and build record."""
    artifact = json.loads((built / "contracts" / f"{contract}.sol" / f"{contract}.json").read_text())
    build = json.loads((built / "build-info" / f"{artifact['buildInfoId']}.json").read_text())
    settings = build["input"]["settings"]
    sources = [
        ROOT / "contracts" / f"{name}.sol" for name in (f"I{contract}", contract, *LIBRARIES[contract])
    ]
    return {
        "contract": contract,
        "compiler": {
            "solc": build["solcLongVersion"],
            "evm_version": settings["evmVersion"],
            "optimizer_runs": settings["optimizer"]["runs"],
        },
        "sources_sha256": {
            str(source.relative_to(ROOT)): hashlib.sha256(source.read_bytes()).hexdigest()
            for source in sources
        },
        "abi": artifact["abi"],
        "bytecode": artifact["bytecode"],
        "deployed": artifact["deployedBytecode"],
    }


def write_compiled(built: Path, *, check_only: bool) -> list[str]:
    """Write the kept form of every contract, and return the names of those that changed."""
    changed = []
    for contract in LIBRARIES:
        kept = COMPILED / f"{contract}.json"
        text = json.dumps(compiled_form(built, contract), indent=1) + "\n"
        if kept.exists() and kept.read_text() == text:
            continue
        changed.append(contract)
        if not check_only:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text)
    return changed


def main() -> int:
    """Compile, then write or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a contract differs")
    check_only: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        changed = write_compiled(compile_contracts(Path(folder)), check_only=check_only)
    for contract in changed:
        print(f"{contract}: {'differs from a fresh compile' if check_only else 'written'}")
    return 1 if check_only and changed else 0


if __name__ == "__main__":
    sys.exit(main())
