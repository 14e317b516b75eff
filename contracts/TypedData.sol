// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a wallet signs for a contract of the ledger: EIP-712
/// @notice A relayed call is signed for one contract on one chain, so it counts nowhere else. This domain is another
/// one than that of statements, which name a log and no chain.
library TypedData {
    bytes32 internal constant DOMAIN_TYPE_HASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// @notice Hash a domain.
    /// @param nameHash The Keccak-256 of the domain's name.
    /// @param versionHash The Keccak-256 of its version.
    /// @param chainId The chain that the call is meant for.
    /// @param verifyingContract The contract that the call is meant for.
    function separator(bytes32 nameHash, bytes32 versionHash, uint256 chainId, address verifyingContract)
        internal
        pure
        returns (bytes32 hash)
    {
        return keccak256(abi.encode(DOMAIN_TYPE_HASH, nameHash, versionHash, chainId, verifyingContract));
    }

    /// @notice Hash what is signed: a message in its domain.
    function digest(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32 hash) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }
}
