// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice RFC 9162's recursive definitions (2.1.1, 2.1.3.1, 2.1.4.1), apart from the contracts' own code.
library Trees {
    function leaves(uint256 size) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) made[i] = sha256(abi.encodePacked(bytes1(0x00), entryAt(i)));
    }

    function entryAt(uint256 index) internal pure returns (bytes memory entry) {
        return abi.encodePacked("entry ", index);
    }

    function node(bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    function root(bytes32[] memory from, uint256 start, uint256 end) internal pure returns (bytes32 hash) {
        if (end - start == 1) return from[start];
        uint256 split = start + splitOf(end - start);
        return node(root(from, start, split), root(from, split, end));
    }

    function inclusion(bytes32[] memory from, uint256 index, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32[] memory path)
    {
        if (end - start == 1) return new bytes32[](0);
        uint256 split = start + splitOf(end - start);
        return index < split
            ? longer(inclusion(from, index, start, split), root(from, split, end))
            : longer(inclusion(from, index, split, end), root(from, start, split));
    }

    function consistency(bytes32[] memory from, uint256 first, uint256 start, uint256 end, bool whole)
        internal
        pure
        returns (bytes32[] memory path)
    {
        if (first == end) {
            path = new bytes32[](0);
            return whole ? path : longer(path, root(from, start, end));
        }
        uint256 split = start + splitOf(end - start);
        return first <= split
            ? longer(consistency(from, first, start, split, whole), root(from, split, end))
            : longer(consistency(from, first, split, end, false), root(from, start, split));
    }

    function splitOf(uint256 size) internal pure returns (uint256 split) {
        split = 1;
        while (split * 2 < size) split *= 2;
    }

    function longer(bytes32[] memory path, bytes32 hash) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; i++) made[i] = path[i];
        made[path.length] = hash;
    }

    function shorter(bytes32[] memory path) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](path.length - 1);
        for (uint256 i = 0; i < made.length; i++) made[i] = path[i];
    }
}
