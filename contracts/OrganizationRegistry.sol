// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";

/// @title A mirror of who may sign for whom
contract OrganizationRegistry is IOrganizationRegistry {
    struct Key {
        bool added;
        uint64 validFrom;
        uint64 validUntil;
        uint64 expiresAt;
    }

    struct Organization {
        bool registered;
        uint256 roles;
        address[] order;
        mapping(address key => Key) keys;
    }

    address private _owner;
    address private _offeredOwner;
    mapping(bytes20 id => Organization) private _organizations;

    modifier onlyOwner() {
        _requireOwner();
        _;
    }

    /// @param initialOwner The mirror account of the log's operator.
    constructor(address initialOwner) {
        if (initialOwner == address(0)) revert OwnerUnusable(initialOwner);
        _owner = initialOwner;
        emit OwnershipTransferred(address(0), initialOwner);
    }

    /// @inheritdoc IOrganizationRegistry
    function registerOrganization(bytes20 id, address key, uint64 validFrom, uint256 roles) external onlyOwner {
        if (id == 0) revert OrganizationUnusable(id);
        Organization storage organization = _organizations[id];
        if (organization.registered) revert OrganizationAlreadyRegistered(id);
        organization.registered = true;
        organization.roles = roles;
        emit OrganizationRegistered(id, roles);
        _addKey(id, key, validFrom);
    }

    /// @inheritdoc IOrganizationRegistry
    function addKey(bytes20 id, address key, uint64 validFrom) external onlyOwner {
        _requireRegistered(id);
        _addKey(id, key, validFrom);
    }

    /// @inheritdoc IOrganizationRegistry
    function rotateKey(bytes20 id, address key, uint64 expiresAt) external onlyOwner {
        Key storage found = _requireKey(id, key);
        if (expiresAt == 0) revert ExpiryUnusable(id, key, expiresAt);
        if (found.expiresAt != 0) revert KeyAlreadyRotated(id, key, found.expiresAt);
        found.expiresAt = expiresAt;
        emit KeyRotated(id, key, expiresAt);
    }

    /// @inheritdoc IOrganizationRegistry
    function revokeKey(bytes20 id, address key, uint64 validUntil) external onlyOwner {
        Key storage found = _requireKey(id, key);
        if (found.validUntil != 0) revert KeyAlreadyRevoked(id, key, found.validUntil);
        if (validUntil <= found.validFrom) revert RevokedBeforeValid(id, key, found.validFrom, validUntil);
        found.validUntil = validUntil;
        emit KeyRevoked(id, key, validUntil);
    }

    /// @inheritdoc IOrganizationRegistry
    function setRoles(bytes20 id, uint256 roles) external onlyOwner {
        _requireRegistered(id);
        _organizations[id].roles = roles;
        emit RolesSet(id, roles);
    }

    /// @inheritdoc IOrganizationRegistry
    function offerOwnership(address newOwner) external onlyOwner {
        if (newOwner == address(0)) revert OwnerUnusable(newOwner);
        _offeredOwner = newOwner;
        emit OwnershipOffered(_owner, newOwner);
    }

    /// @inheritdoc IOrganizationRegistry
    function acceptOwnership() external {
        if (msg.sender != _offeredOwner) revert NotTheOfferedOwner(msg.sender, _offeredOwner);
        address previousOwner = _owner;
        _owner = msg.sender;
        _offeredOwner = address(0);
        emit OwnershipTransferred(previousOwner, msg.sender);
    }

    /// @inheritdoc IOrganizationRegistry
    function isRegistered(bytes20 id) external view returns (bool registered) {
        return _organizations[id].registered;
    }

    /// @inheritdoc IOrganizationRegistry
    function rolesOf(bytes20 id) external view returns (uint256 roles) {
        return _organizations[id].roles;
    }

    /// @inheritdoc IOrganizationRegistry
    function keysOf(bytes20 id) external view returns (address[] memory keys) {
        return _organizations[id].order;
    }

    /// @inheritdoc IOrganizationRegistry
    function validityOf(bytes20 id, address key)
        external
        view
        returns (uint64 validFrom, uint64 validUntil, uint64 expiresAt)
    {
        Key storage found = _organizations[id].keys[key];
        if (!found.added) revert KeyUnknown(id, key);
        return (found.validFrom, found.validUntil, found.expiresAt);
    }

    /// @inheritdoc IOrganizationRegistry
    function isValidAt(bytes20 id, address key, uint64 position, uint64 second) external view returns (bool valid) {
        Key storage found = _organizations[id].keys[key];
        if (!found.added || position < found.validFrom) return false;
        if (found.validUntil != 0 && position >= found.validUntil) return false;
        return found.expiresAt == 0 || second <= found.expiresAt;
    }

    /// @inheritdoc IOrganizationRegistry
    function owner() external view returns (address current) {
        return _owner;
    }

    /// @inheritdoc IOrganizationRegistry
    function offeredOwner() external view returns (address offered) {
        return _offeredOwner;
    }

    function _addKey(bytes20 id, address key, uint64 validFrom) private {
        if (key == address(0)) revert KeyUnusable(id, key);
        Organization storage organization = _organizations[id];
        if (organization.keys[key].added) revert KeyAlreadyAdded(id, key);
        organization.keys[key] = Key({added: true, validFrom: validFrom, validUntil: 0, expiresAt: 0});
        organization.order.push(key);
        emit KeyAdded(id, key, validFrom);
    }

    function _requireKey(bytes20 id, address key) private view returns (Key storage found) {
        _requireRegistered(id);
        found = _organizations[id].keys[key];
        if (!found.added) revert KeyUnknown(id, key);
    }

    function _requireOwner() private view {
        if (msg.sender != _owner) revert NotTheOwner(msg.sender, _owner);
    }

    function _requireRegistered(bytes20 id) private view {
        if (!_organizations[id].registered) revert OrganizationUnknown(id);
    }
}
