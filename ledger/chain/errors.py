"""Every way in which the chain says no, or doesn't answer."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import LedgerError


@dataclass(eq=False)
class ChainUnreachableError(LedgerError):
    """The chain can't be reached now; what waits for it is tried again later."""

    place: str
    reason: str
    sentence = "The chain at {place} doesn't answer ({reason}); check the RPC address, or wait and try again."


@dataclass(eq=False)
class ChainRefusedError(LedgerError):
    """The chain's node answered a request with an error of its own."""

    place: str
    reason: str
    sentence = "The chain's node at {place} refused the request: {reason}"


@dataclass(eq=False)
class WrongChainError(LedgerError):
    """The RPC address leads to another chain than the one that was meant."""

    place: str
    expected: int
    found: int
    sentence = (
        "The chain at {place} has the id {found}, expected was {expected}; "
        "point the RPC address at the chain that holds the anchors."
    )


@dataclass(eq=False)
class ChainAddressError(LedgerError):
    """A text that should be an address on the chain isn't one."""

    address: str
    sentence = "{address!r} is not an address on a chain: 0x and 40 hex digits are."


@dataclass(eq=False)
class ContractMissingError(LedgerError):
    """There is no contract at the address on this chain."""

    contract: str
    chain_id: int
    sentence = "Chain {chain_id} has no contract at {contract}; check the address and the chain."


@dataclass(eq=False)
class TransactionRevertedError(LedgerError):
    """The contract refused a transaction for a reason of its own."""

    contract: str
    reason: str
    sentence = "{contract} refused the transaction: {reason}."


@dataclass(eq=False)
class TransactionNotConfirmedError(LedgerError):
    """A transaction was sent, but the chain hasn't confirmed it in time."""

    transaction: str
    waited_s: float
    sentence = (
        "Transaction {transaction} was not confirmed within {waited_s} s; "
        "it may still be: anchoring the same checkpoint again is safe."
    )


@dataclass(eq=False)
class NonceTakenError(LedgerError):
    """Another transaction of the paying account took the place of the one that was sent."""

    address: str
    nonce: int
    transaction: str
    sentence = (
        "Transaction {transaction} can't happen any more: another one of {address} has its number {nonce}. "
        "Nothing else should pay with this key; the anchor will be made again."
    )


@dataclass(eq=False)
class GasPriceTooHighError(LedgerError):
    """Gas costs more now than the operator is willing to pay."""

    chain_id: int
    wei_each: int
    maximum_wei: int
    sentence = (
        "Gas on chain {chain_id} costs {wei_each} wei now, the settings allow {maximum_wei}: "
        "wait until it is cheaper, or raise max_fee_gwei."
    )


@dataclass(eq=False)
class NodeBehindError(LedgerError):
    """A node's newest block is older than one that was seen before, or that another node has."""

    place: str
    newest: int
    known: int
    sentence = (
        "The node at {place} says that block {newest} is the newest, but block {known} was seen: "
        "it is behind or was started anew. Wait, or ask another node."
    )


@dataclass(eq=False)
class StandingStillError(LedgerError):
    """A node's newest block is from long ago."""

    place: str
    newest: int
    age_s: int
    sentence = (
        "The newest block at {place}, {newest}, is {age_s} s old by this machine's clock: the node is "
        "cut off, the chain stands still, or the clock is wrong."
    )


@dataclass(eq=False)
class NodesDisagreeError(LedgerError):
    """Two nodes of one chain show different blocks at one height."""

    place: str
    other: str
    block: int
    sentence = (
        "The nodes at {place} and {other} show different blocks at {block}: one of them is on a fork. "
        "Nothing is anchored or read until they agree."
    )


@dataclass(eq=False)
class BlockMismatchError(LedgerError):
    """A node shows a transaction in a block that it doesn't have itself."""

    place: str
    transaction: str
    block: int
    sentence = (
        "The node at {place} shows transaction {transaction} in a block {block} other than its own: "
        "the chain is being reorganized, or the node is wrong. Wait, or ask another node."
    )


@dataclass(eq=False)
class AnchoringAddressUnfundedError(LedgerError):
    """The address that anchors can't pay the transaction."""

    address: str
    chain_id: int
    balance_wei: int
    needed_wei: int
    sentence = (
        "{address} holds {balance_wei} wei on chain {chain_id} and needs {needed_wei} wei; "
        "send it that amount, then try again."
    )


@dataclass(eq=False)
class EmptyCheckpointError(LedgerError):
    """A checkpoint without statements or without a root was offered."""

    size: int
    root: str
    sentence = (
        "A checkpoint needs at least one statement and a root other than zero: size {size}, root {root}."
    )


@dataclass(eq=False)
class CheckpointRootLengthError(LedgerError):
    """A root isn't a SHA-256 hash."""

    length: int
    sentence = "A checkpoint's root has 32 bytes, not {length}."


@dataclass(eq=False)
class CheckpointNotNewerError(LedgerError):
    """A checkpoint was offered that is older than the newest one on the chain."""

    newest_size: int
    offered_size: int
    sentence = (
        "The chain already holds a checkpoint of {newest_size} statements, "
        "so one of {offered_size} can't follow: anchor the newest checkpoint."
    )


@dataclass(eq=False)
class CheckpointConflictError(LedgerError):
    """The chain holds another root for the same number of statements: the log has two histories."""

    size: int
    anchored_root: str
    offered_root: str
    sentence = (
        "At {size} statements the chain holds the root {anchored_root}, not {offered_root}: "
        "the log was changed. Stop posting and run the audit."
    )


@dataclass(eq=False)
class CheckpointTooFarAheadError(LedgerError):
    """A checkpoint would add more statements at once than the contract takes."""

    newest_size: int
    offered_size: int
    maximum_growth: int
    sentence = (
        "A checkpoint may add {maximum_growth} statements at most; "
        "from {newest_size} to {offered_size} is more: check the log's size."
    )


@dataclass(eq=False)
class LogHasSuccessorError(LedgerError):
    """The log goes on under another address, and this one anchors no more."""

    log_address: str
    successor: str
    sentence = "The log of {log_address} goes on under {successor}: anchor with that key."


@dataclass(eq=False)
class AnchorNotFoundError(LedgerError):
    """The chain holds no anchor of this checkpoint."""

    log_address: str
    contract: str
    size: int
    newest_size: int
    sentence = (
        "{contract} holds no anchor of {log_address} at {size} statements; its newest is at {newest_size}."
    )


@dataclass(eq=False)
class AnchorEventMissingError(LedgerError):
    """The contract holds a checkpoint whose event the node can't show."""

    contract: str
    size: int
    block: int
    sentence = (
        "{contract} holds a checkpoint of {size} statements from block {block}, "
        "but the node shows no event of it; ask a node that keeps old events."
    )


@dataclass(eq=False)
class ForeignContractError(LedgerError):
    """There is another contract at the address, which may claim anything in a log's name."""

    address: str
    name: str
    sentence = "The contract at {address} is not {name}, so what it claims was anchored proves nothing."


@dataclass(eq=False)
class DeploymentsDamagedError(LedgerError):
    """The file that remembers where the contracts are can't be read."""

    path: str
    sentence = (
        "{path} can't be read; restore it from the backup, "
        "or remove it and name the contract's address in the settings."
    )


@dataclass(eq=False)
class SentFileDamagedError(LedgerError):
    """The file that remembers what was sent and isn't confirmed can't be read."""

    path: str
    sentence = (
        "{path} can't be read. Look at the account's waiting transactions at the node, then remove the file: "
        "what waits is then replaced at a higher price."
    )


@dataclass(eq=False)
class OrganizationNotMirroredError(LedgerError):
    """The registry on the chain doesn't know this organization."""

    organization: str
    sentence = "The registry on the chain doesn't know {organization}; register it first."


@dataclass(eq=False)
class UnknownRoleError(LedgerError):
    """A role that the registry has no number for."""

    role: str
    known: str
    sentence = "The registry knows no role {role!r}; it knows {known}."
