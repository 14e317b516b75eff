// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Proofs over an append-only log: RFC 9162 with SHA-256
/// @notice An inclusion proof shows that an entry is at a place of a log, a consistency proof that a log only grew.
library MerkleProofs {
    /// @notice The log has no entry at this place yet.
    error IndexOutsideLog(uint64 index, uint64 size);

    /// @notice The first log is empty, or larger than the second.
    error SizesNotGrowing(uint64 firstSize, uint64 secondSize);

    /// @notice The proof goes on where the root is reached already.
    error ProofTooLong(uint256 used, uint256 given);

    /// @notice The proof ends before the root.
    error ProofTooShort(uint256 given);

    /// @notice The proof leads to another root.
    error RootNotProven(bytes32 stated, bytes32 computed);

    /// @notice Hash an entry: SHA-256(0x00 ‖ entry), RFC 9162 section 2.1.1.
    function leafHash(bytes calldata entry) internal pure returns (bytes32 hash) {
        return sha256(abi.encodePacked(bytes1(0x00), entry));
    }

    /// @notice Check an inclusion proof, RFC 9162 section 2.1.3.2.
    /// @param size How many entries the log holds.
    /// @param root The root over all of them.
    /// @param index The place of the entry, from 0.
    /// @param leaf The hash of the entry.
    /// @param proof The hashes from the leaf's neighbour to the root's.
    function checkInclusion(uint64 size, bytes32 root, uint64 index, bytes32 leaf, bytes32[] calldata proof)
        internal
        view
    {
        if (index >= size) revert IndexOutsideLog(index, size);
        uint256 place = index;
        uint256 last = size - 1;
        bytes32 computed = leaf;
        for (uint256 i = 0; i < proof.length; i++) {
            if (last == 0) revert ProofTooLong(i, proof.length);
            bytes32 neighbour = proof[i];
            if (place & 1 == 1) {
                computed = _node(neighbour, computed);
            } else if (place == last) {
                computed = _node(neighbour, computed);
                (place, last) = _skip(place, last);
            } else {
                computed = _node(computed, neighbour);
            }
            place >>= 1;
            last >>= 1;
        }
        if (last != 0) revert ProofTooShort(proof.length);
        if (computed != root) revert RootNotProven(root, computed);
    }

    /// @notice Check a consistency proof, RFC 9162 section 2.1.4.2.
    /// @param firstSize How many entries the log held first.
    /// @param firstRoot The root over them.
    /// @param secondSize How many entries the log held later; as many need an empty proof and the same root.
    /// @param secondRoot The root over those.
    /// @param proof The hashes that both roots are made of.
    function checkConsistency(
        uint64 firstSize,
        bytes32 firstRoot,
        uint64 secondSize,
        bytes32 secondRoot,
        bytes32[] calldata proof
    ) internal view {
        if (firstSize == 0 || firstSize > secondSize) revert SizesNotGrowing(firstSize, secondSize);
        if (firstSize == secondSize) {
            if (proof.length != 0) revert ProofTooLong(0, proof.length);
            if (firstRoot != secondRoot) revert RootNotProven(firstRoot, secondRoot);
            return;
        }
        (bytes32 first, bytes32 second) = _rootsOf(firstSize, firstRoot, secondSize, proof);
        if (first != firstRoot) revert RootNotProven(firstRoot, first);
        if (second != secondRoot) revert RootNotProven(secondRoot, second);
    }

    function _rootsOf(uint64 firstSize, bytes32 firstRoot, uint64 secondSize, bytes32[] calldata proof)
        private
        view
        returns (bytes32 first, bytes32 second)
    {
        uint256 place = firstSize - 1;
        uint256 last = secondSize - 1;
        while (place & 1 == 1) {
            place >>= 1;
            last >>= 1;
        }
        // A first log of 2^n entries is a node of the second's tree: the proof leaves it out.
        uint256 next = place == 0 ? 0 : 1;
        if (proof.length == 0) revert ProofTooShort(0);
        first = next == 0 ? firstRoot : proof[0];
        second = first;
        for (; next < proof.length; next++) {
            if (last == 0) revert ProofTooLong(next, proof.length);
            if (place & 1 == 1 || place == last) {
                first = _node(proof[next], first);
                second = _node(proof[next], second);
                (place, last) = _skip(place, last);
            } else {
                second = _node(second, proof[next]);
            }
            place >>= 1;
            last >>= 1;
        }
        if (last != 0) revert ProofTooShort(proof.length);
    }

    // A last node without a right neighbour goes up unchanged until it has a left one.
    function _skip(uint256 place, uint256 last) private pure returns (uint256 up, uint256 upLast) {
        while (place & 1 == 0 && place != 0) {
            place >>= 1;
            last >>= 1;
        }
        return (place, last);
    }

    // SHA-256(0x01 ‖ left ‖ right), written past the memory in use: `sha256(abi.encodePacked(…))` costs three times as
    // much, and a proof hashes once a level.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            mstore(add(free, 0x01), left)
            mstore(add(free, 0x21), right)
            // The contract at address 2 hashes; it fails only where the gas runs out.
            if iszero(staticcall(gas(), 0x02, free, 0x41, 0x00, 0x20)) { revert(0x00, 0x00) }
            hash := mload(0x00)
        }
    }
}
