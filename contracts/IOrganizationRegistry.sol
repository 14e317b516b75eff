// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A mirror of who may sign for whom
/// @notice The log alone decides which key speaks for which organization, and from which entry to which. This
/// contract repeats the log's answer, so that other contracts and other people can compare it; where the two
/// differ, the log is right. Only the owner, the log's mirror account, writes.
/// @dev An organization's id is the first 20 bytes of the digest of its registration. Positions are indexes of
/// log entries. Bit n of the roles is role number n of the ledger's list. A rotated key ends by the clock of the log,
/// a revoked one by position.
interface IOrganizationRegistry {
    /// @notice An organization was mirrored.
    event OrganizationRegistered(bytes20 indexed id, uint256 roles);

    /// @notice A key may sign for an organization from a log position on.
    event KeyAdded(bytes20 indexed id, address indexed key, uint64 validFrom);

    /// @notice A key was rotated out; it signs until the end of its grace.
    event KeyRotated(bytes20 indexed id, address indexed key, uint64 expiresAt);

    /// @notice A key was revoked; it signs only before a log position.
    event KeyRevoked(bytes20 indexed id, address indexed key, uint64 validUntil);

    /// @notice The roles of an organization are now these.
    event RolesSet(bytes20 indexed id, uint256 roles);

    /// @notice The owner has offered the mirror to another account, which has to accept it.
    event OwnershipOffered(address indexed owner, address indexed newOwner);

    /// @notice The mirror has a new owner.
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);

    /// @notice Only the owner writes.
    error NotTheOwner(address caller, address owner);

    /// @notice Only the account that the mirror was offered to may accept it.
    error NotTheOfferedOwner(address caller, address offeredOwner);

    /// @notice The zero address can't own the mirror.
    error OwnerUnusable(address owner);

    /// @notice The zero id names no organization.
    error OrganizationUnusable(bytes20 id);

    /// @notice An organization is registered once.
    error OrganizationAlreadyRegistered(bytes20 id);

    /// @notice This organization was never registered here.
    error OrganizationUnknown(bytes20 id);

    /// @notice The zero address is no key.
    error KeyUnusable(bytes20 id, address key);

    /// @notice A key is added to an organization once.
    error KeyAlreadyAdded(bytes20 id, address key);

    /// @notice This key was never added to this organization.
    error KeyUnknown(bytes20 id, address key);

    /// @notice The end of a grace is a moment, in seconds since 1970.
    error ExpiryUnusable(bytes20 id, address key, uint64 expiresAt);

    /// @notice A key is rotated out once.
    error KeyAlreadyRotated(bytes20 id, address key, uint64 expiresAt);

    /// @notice A key's validity ends after it begins.
    error RevokedBeforeValid(bytes20 id, address key, uint64 validFrom, uint64 validUntil);

    /// @notice A key is revoked once.
    error KeyAlreadyRevoked(bytes20 id, address key, uint64 validUntil);

    /// @notice Mirror an organization with its first key.
    /// @dev Reverts with NotTheOwner, OrganizationUnusable, OrganizationAlreadyRegistered or KeyUnusable.
    /// @param id The organization.
    /// @param key The address of its first signing key.
    /// @param validFrom The log position of its registration.
    /// @param roles The accredited roles, one bit each.
    function registerOrganization(bytes20 id, address key, uint64 validFrom, uint256 roles) external;

    /// @notice Mirror a further key of an organization.
    /// @dev Reverts with NotTheOwner, OrganizationUnknown, KeyUnusable or KeyAlreadyAdded.
    function addKey(bytes20 id, address key, uint64 validFrom) external;

    /// @notice Mirror that a key was rotated out.
    /// @dev Reverts with NotTheOwner, OrganizationUnknown, KeyUnknown, ExpiryUnusable or KeyAlreadyRotated.
    /// @param expiresAt The last second, since 1970, at which the key signs.
    function rotateKey(bytes20 id, address key, uint64 expiresAt) external;

    /// @notice Mirror that a key was revoked.
    /// @dev Reverts with NotTheOwner, OrganizationUnknown, KeyUnknown, RevokedBeforeValid or KeyAlreadyRevoked.
    /// @param validUntil The first log position at which the key no longer signs.
    function revokeKey(bytes20 id, address key, uint64 validUntil) external;

    /// @notice Mirror the accredited roles of an organization.
    /// @dev Reverts with NotTheOwner or OrganizationUnknown.
    function setRoles(bytes20 id, uint256 roles) external;

    /// @notice Offer the mirror to another account; nothing changes until that account accepts.
    /// @dev Reverts with NotTheOwner or OwnerUnusable. A new offer replaces an open one.
    function offerOwnership(address newOwner) external;

    /// @notice Take over the mirror that was offered to the caller.
    /// @dev Reverts with NotTheOfferedOwner.
    function acceptOwnership() external;

    /// @notice Read whether an organization is mirrored here.
    function isRegistered(bytes20 id) external view returns (bool registered);

    /// @notice Read the accredited roles of an organization, one bit each; 0 if it is unknown.
    function rolesOf(bytes20 id) external view returns (uint256 roles);

    /// @notice Read the keys of an organization in the order in which they were added, retired ones included.
    function keysOf(bytes20 id) external view returns (address[] memory keys);

    /// @notice Read when a key signs for an organization.
    /// @dev Reverts with KeyUnknown.
    /// @return validFrom The first log position at which it signs.
    /// @return validUntil The first log position at which it no longer signs; 0 if it was not revoked.
    /// @return expiresAt The last second, since 1970, at which it signs; 0 if it was not rotated out.
    function validityOf(bytes20 id, address key)
        external
        view
        returns (uint64 validFrom, uint64 validUntil, uint64 expiresAt);

    /// @notice Read whether a key signs for an organization at a log position and second; false for unknown ones.
    function isValidAt(bytes20 id, address key, uint64 position, uint64 second) external view returns (bool valid);

    /// @notice Read who writes the mirror.
    function owner() external view returns (address current);

    /// @notice Read to whom the mirror is offered; zero if to nobody.
    function offeredOwner() external view returns (address offered);
}
