// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPassportAnchor} from "./IPassportAnchor.sol";
import {MerkleProofs} from "./MerkleProofs.sol";
import {Signatures} from "./Signatures.sol";
import {TypedData} from "./TypedData.sol";

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
    bytes32 private constant _NAME_HASH = keccak256("Passport Anchor");
    bytes32 private constant _VERSION_HASH = keccak256("1");
    bytes32 private constant _ANCHOR_TYPE_HASH = keccak256("Anchor(address log,uint64 size,bytes32 root)");
    bytes32 private constant _RECOVERY_KEY_TYPE_HASH = keccak256("RecoveryKey(address log,address recoveryKey)");
    bytes32 private constant _SUCCESSOR_TYPE_HASH = keccak256("Successor(address log,address successor)");

    mapping(address log => Log) private _logs;

    /// @inheritdoc IPassportAnchor
    function anchor(address log, uint64 size, bytes32 root, uint8 v, bytes32 r, bytes32 s) external {
        if (size == 0 || root == 0) revert EmptyCheckpoint(size, root);
        Signatures.checkKey(log, _digest(keccak256(abi.encode(_ANCHOR_TYPE_HASH, log, size, root))), v, r, s);
        Log storage kept = _logs[log];
        uint64 newestSize = kept.size;
        if (kept.succeeded) revert LogHasSuccessor(log, kept.successor);
        if (size == newestSize && root != kept.root) revert CheckpointConflict(size, kept.root, root);
        if (size <= newestSize) revert CheckpointNotNewer(newestSize, size);
        if (size - newestSize > _MAXIMUM_GROWTH) revert CheckpointTooFarAhead(newestSize, size, _MAXIMUM_GROWTH);
        kept.size = size;
        kept.anchoredInBlock = uint64(block.number);
        kept.root = root;
        emit CheckpointAnchored(log, size, root);
    }

    /// @inheritdoc IPassportAnchor
    function nameRecoveryKey(address log, address recoveryKey, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 named = keccak256(abi.encode(_RECOVERY_KEY_TYPE_HASH, log, recoveryKey));
        Signatures.checkKey(log, _digest(named), v, r, s);
        Log storage kept = _logs[log];
        if (kept.succeeded) revert LogHasSuccessor(log, kept.successor);
        if (recoveryKey == address(0) || recoveryKey == log) revert RecoveryKeyUnusable(log, recoveryKey);
        if (kept.recoveryKey != address(0)) revert RecoveryKeyAlreadyNamed(log, kept.recoveryKey);
        kept.recoveryKey = recoveryKey;
        emit RecoveryKeyNamed(log, recoveryKey);
    }

    /// @inheritdoc IPassportAnchor
    function nameSuccessor(address log, address successor, bytes calldata signature) external {
        Log storage old = _logs[log];
        address recoveryKey = old.recoveryKey;
        if (recoveryKey == address(0)) revert RecoveryKeyNotNamed(log);
        bytes32 named = keccak256(abi.encode(_SUCCESSOR_TYPE_HASH, log, successor));
        Signatures.check(recoveryKey, _digest(named), signature);
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

    /// @inheritdoc IPassportAnchor
    function checkIncluded(address log, uint64 index, bytes calldata entry, bytes32[] calldata proof) external view {
        Log storage found = _logs[log];
        MerkleProofs.checkInclusion(found.size, found.root, index, MerkleProofs.leafHash(entry), proof);
    }

    /// @inheritdoc IPassportAnchor
    function checkInclusion(
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes calldata entry,
        bytes32[] calldata proof
    ) external view {
        MerkleProofs.checkInclusion(size, root, index, MerkleProofs.leafHash(entry), proof);
    }

    /// @inheritdoc IPassportAnchor
    function checkContinued(address log, uint64 size, bytes32 root, bytes32[] calldata proof) external view {
        Log storage found = _logs[log];
        MerkleProofs.checkConsistency(size, root, found.size, found.root, proof);
    }

    /// @inheritdoc IPassportAnchor
    function checkConsistency(
        uint64 firstSize,
        bytes32 firstRoot,
        uint64 secondSize,
        bytes32 secondRoot,
        bytes32[] calldata proof
    ) external view {
        MerkleProofs.checkConsistency(firstSize, firstRoot, secondSize, secondRoot, proof);
    }

    // Made anew each time: on a chain that split, the two halves have different ids.
    function _digest(bytes32 structHash) private view returns (bytes32 hash) {
        bytes32 domain = TypedData.separator(_NAME_HASH, _VERSION_HASH, block.chainid, address(this));
        return TypedData.digest(domain, structHash);
    }
}
