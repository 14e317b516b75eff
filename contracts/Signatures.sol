// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The answer of a contract wallet: ERC-1271
interface IContractWallet {
    /// @notice Say whether a signature over a digest is this wallet's.
    /// @return answer 0x1626ba7e if it is.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4 answer);
}

/// @title Who signed a digest: a key, or a contract wallet
/// @notice A signature has exactly one form (v 27 or 28, low s), so that nobody can turn a signature into a second one.
library Signatures {
    /// @notice A signature of a key has 65 bytes: r, s and v.
    error SignatureLengthUnusable(uint256 length);

    /// @notice The last byte of a signature is 27 or 28.
    error SignatureMarkUnusable(uint8 v);

    /// @notice The number s of a signature is in the lower half of the group: the upper half says the same twice.
    error SignatureMalleable(bytes32 s);

    /// @notice The signature is another key's, or was made over something else.
    error SignatureNotOf(address signer, address recovered);

    /// @notice The contract wallet doesn't stand by the signature.
    error SignatureRefusedByWallet(address wallet);

    // Half of the order of the group, SEC 2, version 2, section 2.4.1.
    uint256 private constant _HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    // What the code of a key begins with that lets a contract act for it, EIP-7702.
    bytes3 private constant _DELEGATED_KEY = 0xef0100;
    uint256 private constant _DELEGATED_KEY_LENGTH = 23;

    /// @notice Check that a key or a contract wallet signed a digest.
    function check(address signer, bytes32 digest, bytes calldata signature) internal view {
        if (isWallet(signer)) {
            _checkWallet(signer, digest, signature);
            return;
        }
        if (signature.length != 65) revert SignatureLengthUnusable(signature.length);
        checkKey(signer, digest, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
    }

    /// @notice Check that a key signed a digest.
    function checkKey(address signer, bytes32 digest, uint8 v, bytes32 r, bytes32 s) internal pure {
        if (v != 27 && v != 28) revert SignatureMarkUnusable(v);
        if (uint256(s) > _HALF_ORDER) revert SignatureMalleable(s);
        address recovered = ecrecover(digest, v, r, s);
        // Numbers that are no signature recover the zero address, which is nobody's.
        if (recovered == address(0) || recovered != signer) revert SignatureNotOf(signer, recovered);
    }

    /// @notice Read whether an address is a contract; a key that lets a contract act for it stays a key.
    function isWallet(address account) internal view returns (bool wallet) {
        bytes memory code = account.code;
        return code.length != 0 && !(code.length == _DELEGATED_KEY_LENGTH && bytes3(code) == _DELEGATED_KEY);
    }

    function _checkWallet(address wallet, bytes32 digest, bytes calldata signature) private view {
        bytes memory question = abi.encodeCall(IContractWallet.isValidSignature, (digest, signature));
        // A wallet that reverts or answers in another form has refused; a plain call would revert without saying who.
        // solhint-disable-next-line avoid-low-level-calls
        (bool answered, bytes memory answer) = wallet.staticcall(question);
        bytes32 yes = bytes32(IContractWallet.isValidSignature.selector);
        if (!answered || answer.length != 32 || bytes32(answer) != yes) revert SignatureRefusedByWallet(wallet);
    }
}
