"""Anchors: checkpoints of this log, written to an EVM chain with its key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from web3.types import TxReceipt

from ledger.chain.contracts import compiled_contract
from ledger.chain.deployments import ContractSite, Deployment
from ledger.chain.errors import (
    AnchoringAddressUnfundedError,
    ChainRefusedError,
    ChainUnreachableError,
    LogHasSuccessorError,
)
from ledger.chain.reader import CONTRACT, EvmAnchorReader
from ledger.chain.rpc import EvmRpc, checked_address, checksum
from ledger.chain.rules import check_form, check_next
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, ChainStatus

# What an account should hold before it anchors; tests measure that neither is ever used up.
ANCHOR_GAS: Final = 90_000
CREATION_GAS: Final = 800_000


class EvmAnchorChain:
    """The chain that this log anchors to: any EVM chain, by its RPC address and the anchoring key.

    The contract is at `contract`, or where the settings' file of deployments remembers it, or
    created by the first anchor. The private key has 32 bytes. `on_confirmed` is called after every
    confirmed transaction: the local chain keeps its state then.
    """

    def __init__(
        self,
        rpc_url: str,
        signer_private_key: bytes,
        contract: str | None = None,
        settings: ChainSettings = LOCAL_CHAIN,
        on_confirmed: Callable[[], object] | None = None,
    ) -> None:
        self._rpc = EvmRpc(rpc_url, timeout_s=settings.request_timeout_s, attempts=settings.attempts)
        self._sender = TransactionSender(
            self._rpc,
            signer_private_key,
            confirmations=settings.confirmations,
            confirm_timeout_s=settings.confirm_timeout_s,
        )
        self._settings = settings
        self._site = ContractSite(self._rpc, compiled_contract(CONTRACT), contract, settings)
        self._on_confirmed = on_confirmed
        self._lock = threading.Lock()
        self._reader: tuple[Deployment, EvmAnchorReader] | None = None

    @property
    def log_address(self) -> str:
        """The address that names this log on the chain."""
        return self._sender.address

    def close(self) -> None:
        """Close the connections to the node."""
        self._rpc.close()

    def anchor(self, size: int, root: bytes) -> Anchor:
        """Write a checkpoint and wait until it is confirmed; the same one again answers as before.

        1. Refuse what can't be a checkpoint. 2. Find the contract, or create it. 3. The newest
        checkpoint there is this one: return its anchor. 4. Refuse what the contract would refuse.
        5. Send, and wait. 6. Read the event.

        Raises:
            CheckpointRootLengthError, EmptyCheckpointError, CheckpointNotNewerError,
            CheckpointConflictError, CheckpointTooFarAheadError, LogHasSuccessorError: The rules.
            TransactionRevertedError, TransactionNotConfirmedError, AnchoringAddressUnfundedError: Sending.
            ContractMissingError, WrongChainError, ChainUnreachableError, ChainRefusedError,
            DeploymentsDamagedError: The chain.
        """
        check_form(size, root)
        with self._lock:
            _, site = self._site.find_or_create(self._sender)
            reader = self._reader_at(site)
            newest_size, newest_root = reader.newest_checkpoint()
            if check_next(newest_size, newest_root, size, root):
                successor = reader.successor()
                if successor is not None:
                    raise LogHasSuccessorError(self.log_address, successor)
                receipt = self._call(site, "anchor", size, root)
                found = reader.find(size, receipt["transactionHash"].to_0x_hex())
            else:
                found = reader.newest() or reader.find(size)
            self._saved()
            return found

    def name_recovery_key(self, address: str) -> None:
        """Name, once and for all, the key that may let this log go on under another address.

        Raises:
            ChainAddressError: The text isn't an address.
            TransactionRevertedError: A recovery key is named already, or it is the log's own.
            LedgerError: As `anchor`, its sending and its chain.
        """
        named = checksum(checked_address(address))
        with self._lock:
            _, site = self._site.find_or_create(self._sender)
            self._call(site, "nameRecoveryKey", named)
            self._saved()

    def name_successor(self, log_address: str, successor: str) -> None:
        """Let a log whose recovery key is this one go on under another address.

        Raises:
            ChainAddressError: A text isn't an address.
            TransactionRevertedError: This isn't the log's recovery key, or it has a successor already.
            LedgerError: As `anchor`, its sending and its chain.
        """
        log, named = checksum(checked_address(log_address)), checksum(checked_address(successor))
        with self._lock:
            _, site = self._site.find_or_create(self._sender)
            self._call(site, "nameSuccessor", log, named)
            self._saved()

    def newest(self) -> Anchor | None:
        """Return this log's newest anchor; None if there is none, or no contract yet.

        Raises:
            LedgerError: As `EvmAnchorReader.newest`.
        """
        reader = self._reader_now()
        return None if reader is None else reader.newest()

    def history(self) -> list[Anchor]:
        """Return this log's anchors, oldest first, read again from the chain's events.

        Raises:
            LedgerError: As `EvmAnchorReader.history`.
        """
        reader = self._reader_now()
        return [] if reader is None else reader.history()

    def status(self) -> ChainStatus:
        """Return how the chain is now; what keeps it from anchoring is the reason, never an error."""
        try:
            chain_id, site = self._site.find()
            balance_wei = self._sender.balance_wei()
            gas = ANCHOR_GAS if site is not None else ANCHOR_GAS + CREATION_GAS
            needed_wei = self._sender.cost_wei(gas)
            funded = balance_wei >= needed_wei or self._sender.simulated_chain() is not None
        except (ChainUnreachableError, ChainRefusedError) as error:
            return ChainStatus(False, None, None, self.log_address, None, False, str(error))
        except LedgerError as error:
            return ChainStatus(True, None, None, self.log_address, None, False, str(error))
        unfunded = AnchoringAddressUnfundedError(self.log_address, chain_id, balance_wei, needed_wei)
        return ChainStatus(
            reachable=True,
            chain_id=chain_id,
            contract=None if site is None else site.address,
            log_address=self.log_address,
            balance_wei=balance_wei,
            funded=funded,
            reason="" if funded else str(unfunded),
        )

    def _call(self, site: Deployment, function: str, *arguments: object) -> TxReceipt:
        call = self._rpc.contract(self._site.compiled, site.address).encode_abi(function, list(arguments))
        return self._sender.send(self._site.compiled, site.address, call)

    def _saved(self) -> None:
        if self._on_confirmed is not None:
            self._on_confirmed()

    def _reader_now(self) -> EvmAnchorReader | None:
        _, site = self._site.find()
        return None if site is None else self._reader_at(site)

    def _reader_at(self, site: Deployment) -> EvmAnchorReader:
        if self._reader is None or self._reader[0] != site:
            settings = replace(self._settings, from_block=site.block)
            self._reader = site, EvmAnchorReader(self._rpc, site.address, self.log_address, settings)
        return self._reader[1]
