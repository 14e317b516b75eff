// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What the test runner can do to the chain, as far as these tests need it.
interface Vm {
    function addr(uint256 privateKey) external pure returns (address account);

    function assume(bool condition) external pure;

    function chainId(uint256 id) external;

    function etch(address target, bytes calldata code) external;

    function expectRevert(bytes calldata revertData) external;

    function prank(address sender) external;

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function warp(uint256 timestamp) external;
}

/// @notice What every test in Solidity begins with.
abstract contract Testing {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function isSame(bytes32 left, bytes32 right) internal pure {
        require(left == right, "the two hashes differ");
    }

    function isSame(uint256 left, uint256 right) internal pure {
        require(left == right, "the two numbers differ");
    }

    function between(uint256 random, uint256 lowest, uint256 highest) internal pure returns (uint256 number) {
        return lowest + random % (highest - lowest + 1);
    }

    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory signature) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
