// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPassportAnchor} from "./IPassportAnchor.sol";

/// @title The newest checkpoint of every log
/// @dev An anchor touches two storage slots: one with size, block and the mark of a successor, one with the root.
contract PassportAnchor is IPassportAnchor {
    struct Log {
        uint64 size;
        uint64 anchoredInBlock;
        bool succeeded;
        bytes32 root;
        address recoveryKey;
        address successor;
    }

    uint64 private constant _MAXIMUM_GROWTH = 2 ** 32;

    mapping(address log => Log) private _logs;

    /// @inheritdoc IPassportAnchor
    function anchor(uint64 size, bytes32 root) external {
        Log storage log = _logs[msg.sender];
        uint64 newestSize = log.size;
        if (size == 0 || root == 0) revert EmptyCheckpoint(size, root);
        if (log.succeeded) revert LogHasSuccessor(msg.sender, log.successor);
        if (size <= newestSize) revert CheckpointNotNewer(newestSize, size);
        if (size - newestSize > _MAXIMUM_GROWTH) revert CheckpointTooFarAhead(newestSize, size, _MAXIMUM_GROWTH);
        log.size = size;
        log.anchoredInBlock = uint64(block.number);
        log.root = root;
        emit CheckpointAnchored(msg.sender, size, root);
    }

    /// @inheritdoc IPassportAnchor
    function nameRecoveryKey(address recoveryKey) external {
        Log storage log = _logs[msg.sender];
        if (log.succeeded) revert LogHasSuccessor(msg.sender, log.successor);
        if (recoveryKey == address(0) || recoveryKey == msg.sender) {
            revert RecoveryKeyUnusable(msg.sender, recoveryKey);
        }
        if (log.recoveryKey != address(0)) revert RecoveryKeyAlreadyNamed(msg.sender, log.recoveryKey);
        log.recoveryKey = recoveryKey;
        emit RecoveryKeyNamed(msg.sender, recoveryKey);
    }

    /// @inheritdoc IPassportAnchor
    function nameSuccessor(address log, address successor) external {
        Log storage old = _logs[log];
        if (msg.sender != old.recoveryKey) revert NotTheRecoveryKey(log, msg.sender);
        if (old.succeeded) revert LogHasSuccessor(log, old.successor);
        if (successor == address(0) || successor == log || _logs[successor].succeeded) {
            revert SuccessorUnusable(log, successor);
        }
        old.succeeded = true;
        old.successor = successor;
        emit SuccessorNamed(log, successor);
    }

    /// @inheritdoc IPassportAnchor
    function newest(address log) external view returns (uint64 size, bytes32 root, uint64 anchoredInBlock) {
        Log storage found = _logs[log];
        return (found.size, found.root, found.anchoredInBlock);
    }

    /// @inheritdoc IPassportAnchor
    function recoveryKeyOf(address log) external view returns (address recoveryKey) {
        return _logs[log].recoveryKey;
    }

    /// @inheritdoc IPassportAnchor
    function successorOf(address log) external view returns (address successor) {
        return _logs[log].successor;
    }
}
