"""Anchors: checkpoints of this log, signed with its key and brought to an EVM chain by whoever pays."""

from __future__ import annotations

import threading
import time
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
    TransactionNotConfirmedError,
    TransactionRevertedError,
)
from ledger.chain.head import ChainHead
from ledger.chain.reader import CONTRACT, EvmAnchorReader
from ledger.chain.rpc import EvmRpc, checked_address, checksum
from ledger.chain.rules import check_form, check_next
from ledger.chain.sender import TransactionSender
from ledger.chain.settings import LOCAL_CHAIN, ChainSettings
from ledger.chain.signed_calls import (
    RECOVERY_KEY_TYPE,
    SUCCESSOR_TYPE,
    SignedAnchor,
    anchor_domain,
    sign_anchor,
    split,
)
from ledger.errors import LedgerError
from ledger.interfaces import Anchor, AnchorCost, ChainStatus
from ledger.signing import address_of, sign_digest

# What an account should hold before it anchors; tests measure that neither is ever used up.
ANCHOR_GAS: Final = 100_000
CREATION_GAS: Final = 2_400_000
LOOK_AGAIN_S: Final = 0.1


class EvmAnchorChain:
    """The chain that this log anchors to: any EVM chain, by its RPC address and the anchoring key.

    The contract is at `contract`, or where the settings' file of deployments remembers it, or
    created by the first anchor. The log's key (32 bytes) signs, and the account that the settings name
    as payer brings it there, or the log's own. `on_confirmed` is called after every confirmed
    transaction: the local chain keeps its state then.
    """

    def __init__(
        self,
        rpc_url: str,
        signer_private_key: bytes,
        contract: str | None = None,
        settings: ChainSettings = LOCAL_CHAIN,
        on_confirmed: Callable[[], object] | None = None,
    ) -> None:
        self._signer, self._log_address = signer_private_key, address_of(signer_private_key)
        self._rpc = EvmRpc(rpc_url, timeout_s=settings.request_timeout_s, attempts=settings.attempts)
        self._sender = TransactionSender(
            self._rpc,
            settings.payer or signer_private_key,
            settings,
        )
        self._settings = settings
        self._site = ContractSite(self._rpc, compiled_contract(CONTRACT), contract, settings)
        self._head = ChainHead(
            self._rpc,
            settings,
            simulated=lambda: self._sender.simulated_chain() is not None,
            known=self._site.known_block,
        )
        self._on_confirmed = on_confirmed
        self._lock = threading.Lock()
        self._reader: tuple[Deployment, EvmAnchorReader] | None = None

    @property
    def log_address(self) -> str:
        """The address that names this log on the chain."""
        return self._log_address

    @property
    def payer_address(self) -> str:
        """The address that pays for the log's transactions."""
        return self._sender.address

    def close(self) -> None:
        """Close the connections to the nodes."""
        self._rpc.close()
        self._head.close()

    def end(self) -> None:
        """Wait for no confirmation any more: the program ends, what was sent is remembered."""
        self._sender.end()

    def anchor(self, size: int, root: bytes) -> Anchor:
        """Write a checkpoint and wait until it is confirmed; the same one again answers as before.

        1. Refuse what can't be a checkpoint, and doubt the node. 2. Find the contract, or create it. 3. The
        newest checkpoint there is this one: return its anchor as soon as it counts. 4. Refuse what the
        contract would refuse. 5. Sign, send, and wait. 6. Read the event.

        Raises:
            CheckpointRootLengthError, EmptyCheckpointError, CheckpointNotNewerError,
            CheckpointConflictError, CheckpointTooFarAheadError, LogHasSuccessorError: The rules.
            TransactionRevertedError, TransactionNotConfirmedError, AnchoringAddressUnfundedError,
            GasPriceTooHighError, NonceTakenError, SentFileDamagedError: Sending.
            ContractMissingError, WrongChainError, ChainUnreachableError, ChainRefusedError,
            DeploymentsDamagedError: The chain.
            NodeBehindError, StandingStillError, NodesDisagreeError, BlockMismatchError: A node that is wrong.
        """
        check_form(size, root)
        with self._lock:
            self._head.check()
            chain_id, site = self._site.find_or_create(self._sender)
            reader = self._reader_at(site)
            newest_size, newest_root = reader.newest_checkpoint()
            if check_next(newest_size, newest_root, size, root):
                successor = reader.successor()
                if successor is not None:
                    raise LogHasSuccessorError(self.log_address, successor)
                signed = sign_anchor(anchor_domain(chain_id, site.address), size, root, self._signer)
                found = self._bring(signed, site)
            else:
                found = self._counted(reader, size)
            self._saved()
            return found

    def signed(self, size: int, root: bytes) -> SignedAnchor:
        """Sign a checkpoint for this chain's contract, for somebody else to bring there with `relay`.

        Raises:
            CheckpointRootLengthError, EmptyCheckpointError: It can't be a checkpoint.
            LedgerError: As `anchor`, its chain.
        """
        check_form(size, root)
        with self._lock:
            chain_id, site = self._site.find_or_create(self._sender)
            return sign_anchor(anchor_domain(chain_id, site.address), size, root, self._signer)

    def relay(self, signed: SignedAnchor) -> Anchor:
        """Bring another log's signed checkpoint to the chain at this one's cost, and wait for it.

        Raises:
            TransactionRevertedError: The contract refuses it, for example another contract's signature.
            LedgerError: As `anchor`, its sending and its chain.
        """
        with self._lock:
            _, site = self._site.find_or_create(self._sender)
            found = self._bring(signed, site)
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
            chain_id, site = self._site.find_or_create(self._sender)
            domain = anchor_domain(chain_id, site.address)
            signature = sign_digest(domain.digest(RECOVERY_KEY_TYPE, self.log_address, named), self._signer)
            self._call(site, "nameRecoveryKey", checksum(self.log_address), named, *split(signature))
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
            chain_id, site = self._site.find_or_create(self._sender)
            domain = anchor_domain(chain_id, site.address)
            signature = sign_digest(domain.digest(SUCCESSOR_TYPE, log, named), self._signer)
            self._call(site, "nameSuccessor", log, named, bytes.fromhex(signature[2:]))
            self._saved()

    def newest(self) -> Anchor | None:
        """Return this log's newest anchor; None if there is none, or no contract yet.

        Raises:
            LedgerError: As `EvmAnchorReader.newest` and `ChainHead.check`.
        """
        self._head.check()
        reader = self._reader_now()
        return None if reader is None else reader.newest()

    def history(self) -> list[Anchor]:
        """Return this log's anchors, oldest first, read again from the chain's events.

        Raises:
            LedgerError: As `EvmAnchorReader.history` and `ChainHead.check`.
        """
        self._head.check()
        reader = self._reader_now()
        return [] if reader is None else reader.history()

    def cost(self, anchor: Anchor) -> AnchorCost | None:
        """Return what an anchor cost, None where it wasn't read here or the node doesn't tell."""
        return None if self._reader is None else self._reader[1].cost(anchor)

    def status(self) -> ChainStatus:
        """Return how the chain is now; what keeps it from anchoring is the reason, never an error."""
        try:
            self._head.check()
            chain_id, site = self._site.find()
            balance_wei = self._sender.balance_wei()
            gas = ANCHOR_GAS if site is not None else ANCHOR_GAS + CREATION_GAS
            needed_wei = self._sender.cost_wei(gas)
            funded = balance_wei >= needed_wei or self._sender.simulated_chain() is not None
        except (ChainUnreachableError, ChainRefusedError) as error:
            return ChainStatus(False, None, None, self.log_address, None, False, str(error))
        except LedgerError as error:
            return ChainStatus(True, None, None, self.log_address, None, False, str(error))
        unfunded = AnchoringAddressUnfundedError(self.payer_address, chain_id, balance_wei, needed_wei)
        return ChainStatus(
            reachable=True,
            chain_id=chain_id,
            contract=None if site is None else site.address,
            log_address=self.log_address,
            balance_wei=balance_wei,
            funded=funded,
            reason=self._head.note if funded else str(unfunded),
        )

    def _bring(self, signed: SignedAnchor, site: Deployment) -> Anchor:
        reader = self._reader_at(site)
        if signed.log_address != self.log_address:
            settings = replace(self._settings, from_block=site.block)
            reader = EvmAnchorReader(self._rpc, site.address, signed.log_address, settings)
        log, *rest = signed.arguments()
        try:
            receipt = self._call(site, "anchor", checksum(str(log)), *rest)
        except TransactionRevertedError:
            # Whoever saw the signature may have brought it first: then it is there all the same.
            if reader.newest_checkpoint() != (signed.size, signed.root):
                raise
            return self._counted(reader, signed.size)
        return reader.find(signed.size, receipt["transactionHash"].to_0x_hex())

    def _counted(self, reader: EvmAnchorReader, size: int) -> Anchor:
        """Wait until the anchor of the newest checkpoint counts, which is there already."""
        deadline = time.monotonic() + self._settings.confirm_timeout_s
        while True:
            newest = reader.newest()
            if newest is not None and newest.size == size:
                return newest
            if time.monotonic() > deadline:
                waiting = reader.find(size).transaction
                raise TransactionNotConfirmedError(waiting, self._settings.confirm_timeout_s)
            time.sleep(LOOK_AGAIN_S)

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
