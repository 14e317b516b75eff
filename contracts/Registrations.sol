// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Whose an organization's id is
/// @notice The log names an organization by the first 20 bytes of the SHA-256 of its registration, and the registration
/// commits to the organization's first key. So the id itself says which key may register it here: nobody can take an id
/// before its organization does, the admin neither.
/// @dev The registration's envelope is canonical JSON (RFC 8785), which begins with the digest of the body. The body's
/// digest is over the sorted digests of its salted parts, and the part "/key" holds the key's address.
library Registrations {
    /// @notice What of a registration in the log shows whose id it makes.
    /// @param envelope The bytes of its envelope.
    /// @param partDigests The digests of all parts of its body, sorted.
    /// @param salt The salt of the part "/key".
    struct Registration {
        bytes envelope;
        bytes32[] partDigests;
        bytes16 salt;
    }

    /// @notice The envelope makes another id.
    error RegistrationOfAnother(bytes20 id, bytes20 made);

    /// @notice The parts are not those of the body that the envelope names.
    error RegistrationBodyDiffers(bytes20 id, bytes32 bodyDigest);

    /// @notice No part of the registration names this key.
    error KeyNotInRegistration(bytes20 id, address key);

    bytes16 private constant _DIGITS = "0123456789abcdef";

    /// @notice Check that an id was made by a registration that names a key.
    function check(bytes20 id, address key, Registration calldata registration) internal pure {
        bytes20 made = bytes20(sha256(registration.envelope));
        if (made != id) revert RegistrationOfAnother(id, made);
        bytes32 part = sha256(
            abi.encodePacked(
                "[\"",
                _hex(bytes.concat(registration.salt)),
                "\",\"/key\",{\"address\":\"0x",
                _hex(abi.encodePacked(key)),
                "\",\"alg\":\"eip712-secp256k1\"}]"
            )
        );
        bytes32[] calldata digests = registration.partDigests;
        bytes memory list = "[";
        bool named = false;
        for (uint256 i = 0; i < digests.length; i++) {
            if (digests[i] == part) named = true;
            list = abi.encodePacked(list, i == 0 ? "\"" : ",\"", _hex(bytes.concat(digests[i])), "\"");
        }
        if (!named) revert KeyNotInRegistration(id, key);
        bytes32 bodyDigest = sha256(abi.encodePacked(list, "]"));
        bytes memory start = abi.encodePacked("{\"body_digest\":\"", _hex(bytes.concat(bodyDigest)), "\"");
        bytes calldata envelope = registration.envelope;
        if (envelope.length < start.length || keccak256(envelope[0:start.length]) != keccak256(start)) {
            revert RegistrationBodyDiffers(id, bodyDigest);
        }
    }

    function _hex(bytes memory value) private pure returns (bytes memory text) {
        text = new bytes(2 * value.length);
        for (uint256 i = 0; i < value.length; i++) {
            text[2 * i] = _DIGITS[uint8(value[i]) >> 4];
            text[2 * i + 1] = _DIGITS[uint8(value[i]) & 0x0f];
        }
    }
}
