// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOrganizationRegistry} from "./IOrganizationRegistry.sol";
import {KeyRules} from "./KeyRules.sol";
import {Registrations} from "./Registrations.sol";
import {Signatures} from "./Signatures.sol";

/// @title A mirror of who may sign for whom
contract OrganizationRegistry is KeyRules {
    uint64 private constant _RECOVERY_WAIT = 7 days;
    bytes32 private constant _REGISTER_TYPE_HASH =
        keccak256("Register(bytes20 organization,address key,uint64 validFrom,uint64 deadline)");
    bytes32 private constant _ADD_KEY_TYPE_HASH = keccak256(
        "AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant _ROTATE_KEY_TYPE_HASH = keccak256(
        "RotateKey(bytes20 organization,address oldKey,address newKey,uint64 validFrom,uint64 graceEndsAt,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant _REVOKE_KEY_TYPE_HASH = keccak256(
        "RevokeKey(bytes20 organization,address key,uint64 validUntil,uint8 reason,uint256 nonce,uint64 deadline)"
    );
    bytes32 private constant _OBJECT_TYPE_HASH =
        keccak256("Object(bytes20 organization,address key,uint256 nonce,uint64 deadline)");

    address private _admin;
    address private _offeredAdmin;
    mapping(address account => bool) private _accreditors;

    modifier onlyAdmin() {
        _requireAdmin();
        _;
    }

    /// @param initialAdmin The account of the log's operator; it is an accreditor too, to mirror the log's roles.
    constructor(address initialAdmin) {
        if (initialAdmin == address(0)) revert AdminUnusable(initialAdmin);
        _admin = initialAdmin;
        emit AdminChanged(address(0), initialAdmin);
        _accreditors[initialAdmin] = true;
        emit AccreditorSet(initialAdmin, true);
    }

    /// @inheritdoc IOrganizationRegistry
    function register(
        bytes20 id,
        address key,
        uint64 validFrom,
        Registrations.Registration calldata registration,
        uint64 deadline,
        bytes calldata signature
    ) external {
        _requireInTime(deadline);
        bytes32 said = keccak256(abi.encode(_REGISTER_TYPE_HASH, id, key, validFrom, deadline));
        Signatures.check(key, _digest(said), signature);
        _register(id, key, validFrom, registration, true);
    }

    /// @inheritdoc IOrganizationRegistry
    function mirror(
        bytes20 id,
        address key,
        uint64 validFrom,
        Registrations.Registration calldata registration
    ) external onlyAdmin {
        _register(id, key, validFrom, registration, false);
    }

    /// @inheritdoc IOrganizationRegistry
    function addKey(bytes20 id, Grant calldata grant, Authorization calldata authorization) external {
        _requireNotSuspended(id);
        bytes32 said = keccak256(
            abi.encode(
                _ADD_KEY_TYPE_HASH,
                id,
                grant.key,
                grant.purpose,
                grant.validFrom,
                grant.expiresAt,
                authorization.nonce,
                authorization.deadline
            )
        );
        _authorize(id, authorization, said);
        _addKey(id, grant);
    }

    /// @inheritdoc IOrganizationRegistry
    function rotateKey(
        bytes20 id,
        address oldKey,
        address newKey,
        uint64 validFrom,
        uint64 graceEndsAt,
        Authorization calldata authorization
    ) external {
        _requireNotSuspended(id);
        bytes32 said = keccak256(
            abi.encode(
                _ROTATE_KEY_TYPE_HASH,
                id,
                oldKey,
                newKey,
                validFrom,
                graceEndsAt,
                authorization.nonce,
                authorization.deadline
            )
        );
        _authorize(id, authorization, said);
        Key storage old = _requireKey(id, oldKey);
        Grant memory grant = Grant(newKey, old.purpose, validFrom, old.expiresAt);
        _endKey(id, oldKey, old, graceEndsAt);
        _addKey(id, grant);
    }

    /// @inheritdoc IOrganizationRegistry
    function revokeKey(
        bytes20 id,
        address key,
        uint64 validUntil,
        Reason reason,
        Authorization calldata authorization
    ) external {
        _requireRegistered(id);
        bytes32 said = keccak256(
            abi.encode(
                _REVOKE_KEY_TYPE_HASH, id, key, validUntil, reason, authorization.nonce, authorization.deadline
            )
        );
        _authorize(id, authorization, said);
        Key storage found = _requireKey(id, key);
        _revokeKey(id, key, found, validUntil, reason);
        // What the organization itself revokes speaks no more, not even against the admin.
        found.endedByAdmin = false;
    }

    /// @inheritdoc IOrganizationRegistry
    function objectToRecovery(bytes20 id, Authorization calldata authorization) external {
        Organization storage organization = _requireRecovery(id);
        address proposed = organization.recovery.key;
        Key storage objector = organization.keys[authorization.signer];
        if (!objector.endedByAdmin || objector.purpose == Purpose.Readings) {
            revert SignerMayNotObject(id, authorization.signer);
        }
        bytes32 said =
            keccak256(abi.encode(_OBJECT_TYPE_HASH, id, proposed, authorization.nonce, authorization.deadline));
        _requireSigned(id, authorization, said);
        delete organization.recovery;
        emit RecoveryStopped(id, proposed, authorization.signer);
    }

    /// @inheritdoc IOrganizationRegistry
    function endKey(bytes20 id, address key, uint64 expiresAt) external onlyAdmin {
        Key storage found = _requireKey(id, key);
        bool wasLive = _isLive(found);
        _endKey(id, key, found, expiresAt);
        if (wasLive) found.endedByAdmin = true;
    }

    /// @inheritdoc IOrganizationRegistry
    function takeKey(bytes20 id, address key, uint64 validUntil, Reason reason) external onlyAdmin {
        Key storage found = _requireKey(id, key);
        bool wasLive = _isLive(found);
        _revokeKey(id, key, found, validUntil, reason);
        if (wasLive) found.endedByAdmin = true;
    }

    /// @inheritdoc IOrganizationRegistry
    function suspend(bytes20 id, Reason reason) external onlyAdmin {
        _requireNotSuspended(id);
        _organizations[id].suspended = true;
        emit OrganizationSuspended(id, reason);
    }

    /// @inheritdoc IOrganizationRegistry
    function reinstate(bytes20 id) external onlyAdmin {
        _requireRegistered(id);
        if (!_organizations[id].suspended) revert OrganizationNotSuspended(id);
        _organizations[id].suspended = false;
        emit OrganizationReinstated(id);
    }

    /// @inheritdoc IOrganizationRegistry
    function startRecovery(bytes20 id, address key, uint64 validFrom) external onlyAdmin {
        _requireRegistered(id);
        _requireNoLiveKey(id);
        Organization storage organization = _organizations[id];
        if (organization.recovery.key != address(0)) revert RecoveryUnderWay(id, organization.recovery.key);
        _requireAddable(id, key, Purpose.Statements);
        uint64 endsAt = uint64(block.timestamp) + _RECOVERY_WAIT;
        organization.recovery = Recovery(key, validFrom, endsAt);
        emit RecoveryStarted(id, key, validFrom, endsAt);
    }

    /// @inheritdoc IOrganizationRegistry
    function stopRecovery(bytes20 id) external onlyAdmin {
        Organization storage organization = _requireRecovery(id);
        address proposed = organization.recovery.key;
        delete organization.recovery;
        emit RecoveryStopped(id, proposed, msg.sender);
    }

    /// @inheritdoc IOrganizationRegistry
    function finishRecovery(bytes20 id) external {
        Organization storage organization = _requireRecovery(id);
        Recovery memory recovery = organization.recovery;
        if (block.timestamp < recovery.endsAt) revert RecoveryTooEarly(id, recovery.endsAt, block.timestamp);
        delete organization.recovery;
        _addKey(id, Grant(recovery.key, Purpose.Statements, recovery.validFrom, 0));
        emit RecoveryFinished(id, recovery.key);
    }

    /// @inheritdoc IOrganizationRegistry
    function accredit(bytes20 id, uint256 roles) external {
        if (!_accreditors[msg.sender]) revert NotAnAccreditor(msg.sender);
        _requireRegistered(id);
        _organizations[id].roles = roles;
        emit OrganizationAccredited(id, msg.sender, roles);
    }

    /// @inheritdoc IOrganizationRegistry
    function setAccreditor(address accreditor, bool trusted) external onlyAdmin {
        _accreditors[accreditor] = trusted;
        emit AccreditorSet(accreditor, trusted);
    }

    /// @inheritdoc IOrganizationRegistry
    function offerAdmin(address newAdmin) external onlyAdmin {
        if (newAdmin == address(0)) revert AdminUnusable(newAdmin);
        _offeredAdmin = newAdmin;
        emit AdminOffered(_admin, newAdmin);
    }

    /// @inheritdoc IOrganizationRegistry
    function acceptAdmin() external {
        if (msg.sender != _offeredAdmin) revert NotTheOfferedAdmin(msg.sender, _offeredAdmin);
        address previousAdmin = _admin;
        _admin = msg.sender;
        _offeredAdmin = address(0);
        emit AdminChanged(previousAdmin, msg.sender);
    }

    /// @inheritdoc IOrganizationRegistry
    function isRegistered(bytes20 id) external view returns (bool registered) {
        return _organizations[id].registered;
    }

    /// @inheritdoc IOrganizationRegistry
    function isSuspended(bytes20 id) external view returns (bool suspended) {
        return _organizations[id].suspended;
    }

    /// @inheritdoc IOrganizationRegistry
    function rolesOf(bytes20 id) external view returns (uint256 roles) {
        return _organizations[id].roles;
    }

    /// @inheritdoc IOrganizationRegistry
    function nonceOf(bytes20 id) external view returns (uint256 nonce) {
        return _organizations[id].nonce;
    }

    /// @inheritdoc IOrganizationRegistry
    function keysOf(bytes20 id) external view returns (address[] memory keys) {
        return _organizations[id].order;
    }

    /// @inheritdoc IOrganizationRegistry
    function validityOf(bytes20 id, address key)
        external
        view
        returns (Purpose purpose, uint64 validFrom, uint64 validUntil, uint64 expiresAt, Reason reason)
    {
        Key storage found = _organizations[id].keys[key];
        if (!found.added) revert KeyUnknown(id, key);
        return (found.purpose, found.validFrom, found.validUntil, found.expiresAt, found.reason);
    }

    /// @inheritdoc IOrganizationRegistry
    function isValidAt(bytes20 id, address key, Purpose purpose, uint64 position, uint64 second)
        external
        view
        returns (bool valid)
    {
        Organization storage organization = _organizations[id];
        Key storage found = organization.keys[key];
        if (organization.suspended || !found.added || position < found.validFrom) return false;
        if (found.purpose != Purpose.Statements && found.purpose != purpose) return false;
        if (found.validUntil != 0 && position >= found.validUntil) return false;
        return found.expiresAt == 0 || second <= found.expiresAt;
    }

    /// @inheritdoc IOrganizationRegistry
    function recoveryOf(bytes20 id) external view returns (address key, uint64 validFrom, uint64 endsAt) {
        Recovery storage found = _organizations[id].recovery;
        return (found.key, found.validFrom, found.endsAt);
    }

    /// @inheritdoc IOrganizationRegistry
    function isAccreditor(address account) external view returns (bool trusted) {
        return _accreditors[account];
    }

    /// @inheritdoc IOrganizationRegistry
    function admin() external view returns (address current) {
        return _admin;
    }

    /// @inheritdoc IOrganizationRegistry
    function offeredAdmin() external view returns (address offered) {
        return _offeredAdmin;
    }

    function _requireAdmin() private view {
        if (msg.sender != _admin) revert NotTheAdmin(msg.sender, _admin);
    }
}
