// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The newest checkpoint of every log
/// @notice A checkpoint is the size of an append-only log and the root of its RFC 9162 Merkle tree. Each log is
/// named by the address that anchors it, so nobody can write for another log. A log can only grow. Nobody owns
/// this contract, and nobody can pause, change or replace it.
interface IPassportAnchor {
    /// @notice A log has a new newest checkpoint.
    /// @param log The log, named by its anchoring address.
    /// @param size How many statements the log holds.
    /// @param root The root over all of them, RFC 9162 with SHA-256.
    event CheckpointAnchored(address indexed log, uint64 size, bytes32 root);

    /// @notice A log has named the key that may appoint its successor.
    event RecoveryKeyNamed(address indexed log, address indexed recoveryKey);

    /// @notice A log goes on under another address; the old one anchors no more.
    event SuccessorNamed(address indexed log, address indexed successor);

    /// @notice A checkpoint needs at least one statement and a root.
    error EmptyCheckpoint(uint64 size, bytes32 root);

    /// @notice A log only grows: the size offered must be larger than the newest.
    error CheckpointNotNewer(uint64 newestSize, uint64 offeredSize);

    /// @notice One checkpoint may add at most `maximumGrowth` statements, so that a slip can't use up the sizes.
    error CheckpointTooFarAhead(uint64 newestSize, uint64 offeredSize, uint64 maximumGrowth);

    /// @notice This log goes on under another address.
    error LogHasSuccessor(address log, address successor);

    /// @notice A recovery key is named once.
    error RecoveryKeyAlreadyNamed(address log, address recoveryKey);

    /// @notice A recovery key is another address than the log's own, and not zero.
    error RecoveryKeyUnusable(address log, address recoveryKey);

    /// @notice Only the recovery key that the log has named may appoint its successor.
    error NotTheRecoveryKey(address log, address caller);

    /// @notice A successor is another address, not zero, and not itself succeeded.
    error SuccessorUnusable(address log, address successor);

    /// @notice Write a checkpoint of the caller's log.
    /// @dev Reverts with EmptyCheckpoint, LogHasSuccessor, CheckpointNotNewer or CheckpointTooFarAhead.
    /// @param size How many statements the log holds; more than at the newest checkpoint, by at most 2^32.
    /// @param root The root over all of them; not zero.
    function anchor(uint64 size, bytes32 root) external;

    /// @notice Name, once and for all, the key that may appoint a successor of the caller's log.
    /// @dev Reverts with LogHasSuccessor, RecoveryKeyUnusable or RecoveryKeyAlreadyNamed.
    /// @param recoveryKey An address kept apart from the anchoring key.
    function nameRecoveryKey(address recoveryKey) external;

    /// @notice Let a log go on under another address, for example because its anchoring key is lost or stolen.
    /// @dev Checkpoints are not carried over: that the successor's tree continues the old one is shown by a
    /// consistency proof. Reverts with NotTheRecoveryKey, LogHasSuccessor or SuccessorUnusable.
    /// @param log The log to be continued; the caller is its recovery key.
    /// @param successor The address that anchors from now on.
    function nameSuccessor(address log, address successor) external;

    /// @notice Read a log's newest checkpoint.
    /// @param log The log, named by its anchoring address.
    /// @return size How many statements the log held; 0 if it was never anchored.
    /// @return root The root over all of them; 0 if it was never anchored.
    /// @return anchoredInBlock The block that holds the event; 0 if it was never anchored.
    function newest(address log) external view returns (uint64 size, bytes32 root, uint64 anchoredInBlock);

    /// @notice Read the key that may appoint a log's successor; zero if none was named.
    function recoveryKeyOf(address log) external view returns (address recoveryKey);

    /// @notice Read under which address a log goes on; zero if it anchors itself.
    function successorOf(address log) external view returns (address successor);
}
