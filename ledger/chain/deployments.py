"""Where the contracts are: remembered in a small file, created where they are not yet."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ledger.chain.contracts import CompiledContract
from ledger.chain.errors import ContractMissingError, DeploymentsDamagedError
from ledger.chain.rpc import EvmRpc, checked_address
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import ChainSettings


@dataclass(frozen=True, slots=True)
class Deployment:
    """A contract's address (0x, lower case) and the block of its creation; 0 if that isn't known."""

    address: str
    block: int


class Deployments:
    """The contracts' addresses by chain id and name, in a JSON file; without a path in memory only.

    The file looks like `{"31337": {"PassportAnchor": {"address": "0x…", "block": 1}}}`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._memory: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def find(self, chain_id: int, name: str) -> Deployment | None:
        """Return where a contract was created, or None.

        Raises:
            DeploymentsDamagedError: The file isn't what this class wrote.
        """
        with self._lock:
            found = self._read().get(str(chain_id), {}).get(name)
            if found is None:
                return None
            try:
                return Deployment(address=str(found["address"]), block=int(found["block"]))
            except (KeyError, TypeError, ValueError):
                raise DeploymentsDamagedError(str(self._path)) from None

    def keep(self, chain_id: int, name: str, deployment: Deployment) -> None:
        """Remember where a contract was created.

        Raises:
            DeploymentsDamagedError: The file isn't what this class wrote.
        """
        with self._lock:
            kept = self._read()
            kept.setdefault(str(chain_id), {})[name] = asdict(deployment)
            self._memory = kept
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                written = self._path.with_suffix(".new")
                written.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
                written.replace(self._path)

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return self._memory
        try:
            kept = json.loads(self._path.read_text())
        except ValueError:
            raise DeploymentsDamagedError(str(self._path)) from None
        if not isinstance(kept, dict) or not all(isinstance(names, dict) for names in kept.values()):
            raise DeploymentsDamagedError(str(self._path))
        return kept


class ContractSite:
    """One contract on one chain: at a given address, or where it was created, or created when needed.

    `address` names a contract that others have created; then nothing is ever created, and reading
    its events begins at the settings' `from_block`.
    """

    def __init__(
        self,
        rpc: EvmRpc,
        compiled: CompiledContract,
        address: str | None,
        settings: ChainSettings,
    ) -> None:
        self._rpc = rpc
        self.compiled = compiled
        self._given = None if address is None else Deployment(checked_address(address), settings.from_block)
        self._deployments = Deployments(settings.deployments)
        self._chain_id = settings.chain_id

    def find(self) -> tuple[int, Deployment | None]:
        """Return the chain's id, and where the contract is; None where it, or this version, isn't yet.

        Raises:
            WrongChainError: The RPC address leads to another chain.
            ContractMissingError: The given address holds no contract.
            ChainUnreachableError: The node doesn't answer.
            ChainRefusedError: The node answers with an error.
            DeploymentsDamagedError: The file of addresses can't be read.
        """
        chain_id = self._rpc.chain_id(self._chain_id)
        if self._given is not None:
            if not self._rpc.has_code(self._given.address):
                raise ContractMissingError(self._given.address, chain_id)
            return chain_id, self._given
        recorded = self._deployments.find(chain_id, self.compiled.name)
        # An earlier version's contract takes other calls; what it holds stays readable, a new one is created.
        if recorded is None or self._rpc.code(recorded.address) != self.compiled.left_on_chain():
            return chain_id, None
        return chain_id, recorded

    def known_block(self, chain_id: int) -> int:
        """Return the block of the contract's creation as far as it is remembered, else 0.

        Raises:
            DeploymentsDamagedError: The file of addresses can't be read.
        """
        recorded = self._deployments.find(chain_id, self.compiled.name)
        return 0 if recorded is None else recorded.block

    def find_or_create(self, sender: TransactionSender, *arguments: Any) -> tuple[int, Deployment]:
        """Return the chain's id and where the contract is, after creating it if it was nowhere.

        Raises:
            LedgerError: As `find`, and as `TransactionSender.send`.
        """
        chain_id, found = self.find()
        if found is not None:
            return chain_id, found
        creation = self._rpc.creation(self.compiled, *arguments)
        receipt = sender.send(self.compiled, None, creation)
        created = Deployment(str(receipt["contractAddress"]).lower(), receipt["blockNumber"])
        self._deployments.keep(chain_id, self.compiled.name, created)
        return chain_id, created
