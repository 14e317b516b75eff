// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";
import {Registrations} from "./Registrations.sol";
import {Signatures} from "./Signatures.sol";
import {TypedData} from "./TypedData.sol";

/// @title The keys of organizations: what may be added and ended, and who may ask for it
abstract contract KeyRules is IOrganizationRegistry {
    struct Key {
        bool added;
        bool rotated;
        // Whether the admin ended it while it was live: then it may object to a recovery.
        bool endedByAdmin;
        Purpose purpose;
        Reason reason;
        uint64 validFrom;
        uint64 validUntil;
        uint64 expiresAt;
    }

    struct Recovery {
        address key;
        uint64 validFrom;
        uint64 endsAt;
    }

    struct Organization {
        bool registered;
        bool suspended;
        uint256 roles;
        uint256 nonce;
        address[] order;
        Recovery recovery;
        mapping(address key => Key) keys;
    }

    uint256 private constant _MAXIMUM_KEYS = 256;
    bytes32 private constant _NAME_HASH = keccak256("Organization Registry");
    bytes32 private constant _VERSION_HASH = keccak256("1");

    mapping(bytes20 id => Organization) internal _organizations;

    function _register(
        bytes20 id,
        address key,
        uint64 validFrom,
        Registrations.Registration calldata registration,
        bool bySelf
    ) internal {
        Organization storage organization = _organizations[id];
        if (organization.registered) revert OrganizationAlreadyRegistered(id);
        Registrations.check(id, key, registration);
        organization.registered = true;
        emit OrganizationRegistered(id, key, bySelf);
        _addKey(id, Grant(key, Purpose.Statements, validFrom, 0));
    }

    function _addKey(bytes20 id, Grant memory grant) internal {
        _requireAddable(id, grant.key, grant.purpose);
        if (grant.purpose == Purpose.Readings && grant.expiresAt < block.timestamp) {
            revert DelegateWithoutEnd(id, grant.key, grant.expiresAt);
        }
        Organization storage organization = _organizations[id];
        Key storage key = organization.keys[grant.key];
        key.added = true;
        key.purpose = grant.purpose;
        key.validFrom = grant.validFrom;
        key.expiresAt = grant.expiresAt;
        organization.order.push(grant.key);
        emit KeyAdded(id, grant.key, grant.purpose, grant.validFrom, grant.expiresAt);
    }

    function _endKey(bytes20 id, address key, Key storage found, uint64 expiresAt) internal {
        if (found.validUntil != 0) revert KeyAlreadyRevoked(id, key, found.validUntil);
        if (found.rotated) revert KeyAlreadyRotated(id, key, found.expiresAt);
        if (expiresAt == 0 || (found.expiresAt != 0 && expiresAt > found.expiresAt)) {
            revert ExpiryUnusable(id, key, expiresAt);
        }
        found.rotated = true;
        found.expiresAt = expiresAt;
        emit KeyRotated(id, key, expiresAt, msg.sender);
    }

    function _revokeKey(bytes20 id, address key, Key storage found, uint64 validUntil, Reason reason) internal {
        if (found.validUntil != 0) revert KeyAlreadyRevoked(id, key, found.validUntil);
        if (validUntil <= found.validFrom) revert RevokedBeforeValid(id, key, found.validFrom, validUntil);
        found.validUntil = validUntil;
        found.reason = reason;
        emit KeyRevoked(id, key, validUntil, reason, msg.sender);
    }

    function _authorize(bytes20 id, Authorization calldata authorization, bytes32 said) internal {
        Key storage signer = _organizations[id].keys[authorization.signer];
        if (!_isLive(signer)) revert SignerMayNotAuthorize(id, authorization.signer);
        _requireSigned(id, authorization, said);
    }

    function _requireSigned(bytes20 id, Authorization calldata authorization, bytes32 said) internal {
        _requireInTime(authorization.deadline);
        Organization storage organization = _organizations[id];
        uint256 next = organization.nonce;
        if (authorization.nonce != next) revert NonceNotNext(id, next, authorization.nonce);
        organization.nonce = next + 1;
        Signatures.check(authorization.signer, _digest(said), authorization.signature);
    }

    // A delegate lives too, but looks after nobody's keys.
    function _isLive(Key storage key) internal view returns (bool live) {
        if (!key.added || key.validUntil != 0 || key.purpose == Purpose.Readings) return false;
        return key.expiresAt == 0 || block.timestamp <= key.expiresAt;
    }

    function _requireNoLiveKey(bytes20 id) internal view {
        Organization storage organization = _organizations[id];
        address[] storage order = organization.order;
        for (uint256 i = 0; i < order.length; i++) {
            if (_isLive(organization.keys[order[i]])) revert OrganizationHasLiveKey(id, order[i]);
        }
    }

    function _requireAddable(bytes20 id, address key, Purpose purpose) internal view {
        if (key == address(0)) revert KeyUnusable(id, key);
        Organization storage organization = _organizations[id];
        if (organization.keys[key].added) revert KeyAlreadyAdded(id, key);
        if (organization.order.length >= _MAXIMUM_KEYS) revert TooManyKeys(id, _MAXIMUM_KEYS);
        if (purpose != Purpose.Control && Signatures.isWallet(key)) revert WalletForControlOnly(id, key);
    }

    function _requireKey(bytes20 id, address key) internal view returns (Key storage found) {
        _requireRegistered(id);
        found = _organizations[id].keys[key];
        if (!found.added) revert KeyUnknown(id, key);
    }

    function _requireRecovery(bytes20 id) internal view returns (Organization storage organization) {
        _requireRegistered(id);
        organization = _organizations[id];
        if (organization.recovery.key == address(0)) revert NoRecoveryUnderWay(id);
    }

    function _requireInTime(uint64 deadline) internal view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
    }

    function _requireRegistered(bytes20 id) internal view {
        if (!_organizations[id].registered) revert OrganizationUnknown(id);
    }

    function _requireNotSuspended(bytes20 id) internal view {
        _requireRegistered(id);
        if (_organizations[id].suspended) revert OrganizationIsSuspended(id);
    }

    function _digest(bytes32 structHash) internal view returns (bytes32 hash) {
        bytes32 domain = TypedData.separator(_NAME_HASH, _VERSION_HASH, block.chainid, address(this));
        return TypedData.digest(domain, structHash);
    }
}
