// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The newest checkpoint of every log
/// @notice A checkpoint is the size of an append-only log and the root of its RFC 9162 Merkle tree. Each log is
/// named by the address of its anchoring key. Anybody may bring a checkpoint here, but only with that key's
/// signature, so nobody can write for another log, and who pays is of no matter. A log can only grow. Nobody owns
/// this contract, and nobody can pause, change or replace it.
/// @dev Signatures are EIP-712 in the domain (name "Passport Anchor", version "1", this chain, this contract). Besides
/// the errors named here, calls revert with those of the libraries Signatures and MerkleProofs.
interface IPassportAnchor {
    /// @notice A log has a new newest checkpoint.
    /// @param log The log, named by its anchoring key's address.
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

    /// @notice The log's key has signed two roots for one size: the log has two histories.
    error CheckpointConflict(uint64 size, bytes32 anchoredRoot, bytes32 offeredRoot);

    /// @notice One checkpoint may add at most `maximumGrowth` statements, so that a slip can't use up the sizes.
    error CheckpointTooFarAhead(uint64 newestSize, uint64 offeredSize, uint64 maximumGrowth);

    /// @notice This log goes on under another address.
    error LogHasSuccessor(address log, address successor);

    /// @notice A recovery key is named once.
    error RecoveryKeyAlreadyNamed(address log, address recoveryKey);

    /// @notice A recovery key is another address than the log's own, and not zero.
    error RecoveryKeyUnusable(address log, address recoveryKey);

    /// @notice This log has named no recovery key, so nobody can appoint its successor.
    error RecoveryKeyNotNamed(address log);

    /// @notice A successor is another address, not zero, and not itself succeeded.
    error SuccessorUnusable(address log, address successor);

    /// @notice Bring a checkpoint that a log's key has signed: Anchor(address log,uint64 size,bytes32 root).
    /// @dev The growing size is the nonce: a checkpoint is anchored once, whoever brings it. Reverts with
    /// EmptyCheckpoint, SignatureMarkUnusable, SignatureMalleable, SignatureNotOf, LogHasSuccessor, CheckpointConflict,
    /// CheckpointNotNewer or CheckpointTooFarAhead.
    /// @param log The log, named by the address of the key that signed.
    /// @param size How many statements the log holds; more than at the newest checkpoint, by at most 2^32.
    /// @param root The root over all of them; not zero.
    /// @param v 27 or 28.
    /// @param r The first half of the signature.
    /// @param s The second half, in the lower half of the group.
    function anchor(address log, uint64 size, bytes32 root, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Name, once and for all, the key or wallet that may appoint a successor; signed by the log's key:
    /// RecoveryKey(address log,address recoveryKey).
    /// @dev Reverts with SignatureMarkUnusable, SignatureMalleable, SignatureNotOf, LogHasSuccessor,
    /// RecoveryKeyUnusable or RecoveryKeyAlreadyNamed.
    /// @param recoveryKey An address kept apart from the anchoring key; a contract wallet (ERC-1271) may be one.
    function nameRecoveryKey(address log, address recoveryKey, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Let a log go on under another address, for example because its anchoring key is lost or stolen;
    /// signed by the recovery key: Successor(address log,address successor).
    /// @dev Checkpoints are not carried over: that the successor's tree continues the old one is shown by a
    /// consistency proof. Reverts with RecoveryKeyNotNamed, SignatureLengthUnusable, SignatureMarkUnusable,
    /// SignatureMalleable, SignatureNotOf, SignatureRefusedByWallet, LogHasSuccessor or SuccessorUnusable.
    /// @param log The log to be continued.
    /// @param successor The address of the key that anchors from now on.
    /// @param signature The recovery key's: r, s and v, or whatever a contract wallet takes.
    function nameSuccessor(address log, address successor, bytes calldata signature) external;

    /// @notice Read a log's newest checkpoint.
    /// @param log The log, named by its anchoring key's address.
    /// @return size How many statements the log held; 0 if it was never anchored.
    /// @return root The root over all of them; 0 if it was never anchored.
    /// @return anchoredInBlock The block that holds the event; 0 if it was never anchored.
    function newest(address log) external view returns (uint64 size, bytes32 root, uint64 anchoredInBlock);

    /// @notice Read the key that may appoint a log's successor; zero if none was named.
    function recoveryKeyOf(address log) external view returns (address recoveryKey);

    /// @notice Read under which address a log goes on; zero if it anchors itself.
    function successorOf(address log) external view returns (address successor);

    /// @notice Check that an entry stands in a log, by an inclusion proof to the log's newest checkpoint.
    /// @dev Takes the entry and not its hash, so that a node of the tree can't be passed off as an entry. Reverts with
    /// IndexOutsideLog, ProofTooLong, ProofTooShort or RootNotProven.
    /// @param log The log, named by its anchoring key's address.
    /// @param index The place of the entry, from 0.
    /// @param entry The bytes of the entry.
    /// @param proof The hashes from the leaf's neighbour to the root's.
    function checkIncluded(address log, uint64 index, bytes calldata entry, bytes32[] calldata proof) external view;

    /// @notice Check that an entry stands in a log of a given size and root; as checkIncluded.
    function checkInclusion(
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes calldata entry,
        bytes32[] calldata proof
    ) external view;

    /// @notice Check that an older checkpoint is the beginning of a log, by a consistency proof to its newest one.
    /// @dev Reverts with SizesNotGrowing, ProofTooLong, ProofTooShort or RootNotProven.
    /// @param log The log, named by its anchoring key's address.
    /// @param size How many statements the older checkpoint holds.
    /// @param root The root over them.
    /// @param proof The hashes that both roots are made of.
    function checkContinued(address log, uint64 size, bytes32 root, bytes32[] calldata proof) external view;

    /// @notice Check that one checkpoint is the beginning of another; as checkContinued.
    function checkConsistency(
        uint64 firstSize,
        bytes32 firstRoot,
        uint64 secondSize,
        bytes32 secondRoot,
        bytes32[] calldata proof
    ) external view;
}
