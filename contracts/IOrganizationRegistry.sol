// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Registrations} from "./Registrations.sol";

/// @title A mirror of who may sign for whom
/// @notice The log alone decides which key speaks for which organization, and from which entry to which. This
/// contract repeats it, so that other contracts and other people can compare; where the two differ, the log is right.
/// Organizations write for themselves: whoever relays their signed calls pays, so that a farmer needs no ether. The
/// admin, the log's operator, mirrors what takes rights away, and may never give a key to an organization that has a
/// live one. Nobody can change or replace this contract.
/// @dev An organization's id is the first 20 bytes of the digest of its registration, which names its first key.
/// Positions are indexes of log entries. Bit n of the roles is role number n of the ledger's list. Signatures are
/// EIP-712 in the domain (name "Organization Registry", version "1", this chain, this contract). Besides the errors
/// named here, calls revert with those of the libraries Registrations and Signatures.
interface IOrganizationRegistry {
    /// @notice What a key may do.
    enum Purpose {
        /// It signs statements, and authorizes keys.
        Statements,
        /// It authorizes keys only: the purpose of contract wallets, whose signature nobody can check offline.
        Control,
        /// A delegate, up to a date: it signs meter readings, as a port's gateway does, and nothing else.
        Readings
    }

    /// @notice Why a key was revoked.
    enum Reason {
        Unspecified,
        Lost,
        Stolen,
        Superseded,
        Closed
    }

    /// @notice A key to be added.
    /// @param key Its address.
    /// @param purpose What it may do.
    /// @param validFrom The first log position at which it signs.
    /// @param expiresAt The last second, since 1970, at which it signs; 0 for no end, which a delegate has to have.
    struct Grant {
        address key;
        Purpose purpose;
        uint64 validFrom;
        uint64 expiresAt;
    }

    /// @notice A call that an organization has signed.
    /// @param signer A live key of the organization, or its contract wallet.
    /// @param nonce How many signed calls of the organization there were before.
    /// @param deadline The last second, since 1970, at which the call counts.
    /// @param signature Of a key: r, s and v; of a contract wallet: whatever it takes.
    struct Authorization {
        address signer;
        uint256 nonce;
        uint64 deadline;
        bytes signature;
    }

    /// @notice An organization was registered, by its own signature or by the admin's mirror.
    event OrganizationRegistered(bytes20 indexed id, address indexed key, bool bySelf);

    /// @notice A key was added to an organization.
    event KeyAdded(bytes20 indexed id, address indexed key, Purpose purpose, uint64 validFrom, uint64 expiresAt);

    /// @notice A key was rotated out; it signs until the end of its grace.
    event KeyRotated(bytes20 indexed id, address indexed key, uint64 expiresAt, address by);

    /// @notice A key was revoked; it signs only before a log position.
    event KeyRevoked(bytes20 indexed id, address indexed key, uint64 validUntil, Reason reason, address by);

    /// @notice An accreditor has stated the roles of an organization.
    event OrganizationAccredited(bytes20 indexed id, address indexed accreditor, uint256 roles);

    /// @notice An account was made an accreditor, or is one no more.
    event AccreditorSet(address indexed accreditor, bool trusted);

    /// @notice An organization's keys count no more, until it is reinstated.
    event OrganizationSuspended(bytes20 indexed id, Reason reason);

    /// @notice A suspension was lifted.
    event OrganizationReinstated(bytes20 indexed id);

    /// @notice The admin proposes a key for an organization without a live one.
    event RecoveryStarted(bytes20 indexed id, address indexed key, uint64 validFrom, uint64 endsAt);

    /// @notice A recovery was ended by the organization or the admin; nothing was added.
    event RecoveryStopped(bytes20 indexed id, address indexed key, address by);

    /// @notice The key of a recovery was added, seven days after it was proposed.
    event RecoveryFinished(bytes20 indexed id, address indexed key);

    /// @notice The admin has offered its place to another account, which has to accept it.
    event AdminOffered(address indexed admin, address indexed newAdmin);

    /// @notice The registry has a new admin.
    event AdminChanged(address indexed previousAdmin, address indexed admin);

    /// @notice Only the admin may do this.
    error NotTheAdmin(address caller, address admin);

    /// @notice Only the account that the admin's place was offered to may accept it.
    error NotTheOfferedAdmin(address caller, address offeredAdmin);

    /// @notice The zero address can't be admin.
    error AdminUnusable(address admin);

    /// @notice Only an accreditor states roles.
    error NotAnAccreditor(address caller);

    /// @notice An organization is registered once.
    error OrganizationAlreadyRegistered(bytes20 id);

    /// @notice This organization was never registered here.
    error OrganizationUnknown(bytes20 id);

    /// @notice This organization is suspended.
    error OrganizationIsSuspended(bytes20 id);

    /// @notice This organization is not suspended.
    error OrganizationNotSuspended(bytes20 id);

    /// @notice The zero address is no key.
    error KeyUnusable(bytes20 id, address key);

    /// @notice A key is added to an organization once.
    error KeyAlreadyAdded(bytes20 id, address key);

    /// @notice An organization has had as many keys as it may.
    error TooManyKeys(bytes20 id, uint256 limit);

    /// @notice This key was never added to this organization.
    error KeyUnknown(bytes20 id, address key);

    /// @notice A contract wallet authorizes keys only; it signs no statements.
    error WalletForControlOnly(bytes20 id, address wallet);

    /// @notice A delegate has an end, in the future.
    error DelegateWithoutEnd(bytes20 id, address key, uint64 expiresAt);

    /// @notice The end of a grace is a moment, in seconds since 1970, and not later than the key's own end.
    error ExpiryUnusable(bytes20 id, address key, uint64 expiresAt);

    /// @notice A key is rotated out once.
    error KeyAlreadyRotated(bytes20 id, address key, uint64 expiresAt);

    /// @notice A key's validity ends after it begins.
    error RevokedBeforeValid(bytes20 id, address key, uint64 validFrom, uint64 validUntil);

    /// @notice A key is revoked once.
    error KeyAlreadyRevoked(bytes20 id, address key, uint64 validUntil);

    /// @notice Whoever authorizes is a live key or wallet of the organization, and no delegate.
    error SignerMayNotAuthorize(bytes20 id, address signer);

    /// @notice A signed call counts once: this one is used up, or comes too early.
    error NonceNotNext(bytes20 id, uint256 next, uint256 given);

    /// @notice The signed call counts no more.
    error DeadlinePassed(uint64 deadline, uint256 time);

    /// @notice An organization with a live key looks after its keys itself.
    error OrganizationHasLiveKey(bytes20 id, address key);

    /// @notice A recovery is under way already.
    error RecoveryUnderWay(bytes20 id, address key);

    /// @notice No recovery is under way.
    error NoRecoveryUnderWay(bytes20 id);

    /// @notice A recovery waits seven days, so that the organization can object.
    error RecoveryTooEarly(bytes20 id, uint64 endsAt, uint256 time);

    /// @notice Only a key that the admin revoked may object to a recovery.
    error SignerMayNotObject(bytes20 id, address signer);

    /// @notice Register an organization by its own signature, brought here by anybody:
    /// Register(bytes20 organization,address key,uint64 validFrom,uint64 deadline).
    /// @dev Reverts with DeadlinePassed, OrganizationAlreadyRegistered, RegistrationOfAnother, RegistrationBodyDiffers,
    /// KeyNotInRegistration or an error of Signatures.
    /// @param id The organization.
    /// @param key The key that its registration names.
    /// @param validFrom The log position from which the key signs.
    /// @param registration What of the registration shows that the id is this key's.
    /// @param deadline The last second, since 1970, at which the call counts.
    /// @param signature The key's.
    function register(
        bytes20 id,
        address key,
        uint64 validFrom,
        Registrations.Registration calldata registration,
        uint64 deadline,
        bytes calldata signature
    ) external;

    /// @notice Mirror an organization of the log with the key that its registration names; the admin's.
    /// @dev Reverts with NotTheAdmin and as register.
    function mirror(
        bytes20 id,
        address key,
        uint64 validFrom,
        Registrations.Registration calldata registration
    ) external;

    /// @notice Add a key, a contract wallet or a delegate; signed by the organization:
    /// AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,uint256 nonce,
    /// uint64 deadline), without the line's break.
    /// @dev Reverts with OrganizationUnknown, OrganizationIsSuspended, SignerMayNotAuthorize, NonceNotNext,
    /// DeadlinePassed, an error of Signatures, KeyUnusable, KeyAlreadyAdded, TooManyKeys, WalletForControlOnly or
    /// DelegateWithoutEnd.
    function addKey(bytes20 id, Grant calldata grant, Authorization calldata authorization) external;

    /// @notice Put a new key in an old one's place, which signs on until the end of its grace; signed by the
    /// organization: RotateKey(bytes20 organization,address oldKey,address newKey,uint64 validFrom,
    /// uint64 graceEndsAt,uint256 nonce,uint64 deadline), without the line's break.
    /// @dev The new key has the old one's purpose. Reverts as addKey, and with KeyUnknown, ExpiryUnusable,
    /// KeyAlreadyRotated or KeyAlreadyRevoked.
    function rotateKey(
        bytes20 id,
        address oldKey,
        address newKey,
        uint64 validFrom,
        uint64 graceEndsAt,
        Authorization calldata authorization
    ) external;

    /// @notice Revoke a key; signed by the organization:
    /// RevokeKey(bytes20 organization,address key,uint64 validUntil,uint8 reason,uint256 nonce,uint64 deadline).
    /// @dev A suspended organization may too. Reverts with OrganizationUnknown, SignerMayNotAuthorize, NonceNotNext,
    /// DeadlinePassed, an error of Signatures, KeyUnknown, RevokedBeforeValid or KeyAlreadyRevoked.
    /// @param validUntil The first log position at which the key no longer signs: the log's size when it took effect.
    function revokeKey(
        bytes20 id,
        address key,
        uint64 validUntil,
        Reason reason,
        Authorization calldata authorization
    ) external;

    /// @notice Stop a recovery that the organization did not ask for; signed by a key that the admin revoked:
    /// Object(bytes20 organization,address key,uint256 nonce,uint64 deadline), the key being the one proposed.
    /// @dev Reverts with OrganizationUnknown, NoRecoveryUnderWay, SignerMayNotObject, NonceNotNext, DeadlinePassed or
    /// an error of Signatures.
    function objectToRecovery(bytes20 id, Authorization calldata authorization) external;

    /// @notice Mirror that a key was rotated out; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown, KeyUnknown, ExpiryUnusable, KeyAlreadyRotated or
    /// KeyAlreadyRevoked.
    /// @param expiresAt The last second, since 1970, at which the key signs.
    function endKey(bytes20 id, address key, uint64 expiresAt) external;

    /// @notice Mirror that a key was revoked; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown, KeyUnknown, RevokedBeforeValid or KeyAlreadyRevoked.
    function takeKey(bytes20 id, address key, uint64 validUntil, Reason reason) external;

    /// @notice Let no key of an organization count for now; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown or OrganizationIsSuspended.
    function suspend(bytes20 id, Reason reason) external;

    /// @notice Lift a suspension; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown or OrganizationNotSuspended.
    function reinstate(bytes20 id) external;

    /// @notice Propose a key for an organization that has no live one; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown, OrganizationHasLiveKey, RecoveryUnderWay, KeyUnusable,
    /// KeyAlreadyAdded or WalletForControlOnly.
    function startRecovery(bytes20 id, address key, uint64 validFrom) external;

    /// @notice Take a proposed key back; the admin's.
    /// @dev Reverts with NotTheAdmin, OrganizationUnknown or NoRecoveryUnderWay.
    function stopRecovery(bytes20 id) external;

    /// @notice Add the proposed key after seven days; anybody's.
    /// @dev Reverts with OrganizationUnknown, NoRecoveryUnderWay, RecoveryTooEarly or as addKey.
    function finishRecovery(bytes20 id) external;

    /// @notice State the roles of an organization; an accreditor's.
    /// @dev Reverts with NotAnAccreditor or OrganizationUnknown.
    /// @param roles The accredited roles, one bit each; 0 takes all back.
    function accredit(bytes20 id, uint256 roles) external;

    /// @notice Say whether an account is an accreditor; the admin's.
    /// @dev Reverts with NotTheAdmin.
    function setAccreditor(address accreditor, bool trusted) external;

    /// @notice Offer the admin's place to another account; nothing changes until that account accepts.
    /// @dev Reverts with NotTheAdmin or AdminUnusable. A new offer replaces an open one.
    function offerAdmin(address newAdmin) external;

    /// @notice Take over the admin's place that was offered to the caller.
    /// @dev Reverts with NotTheOfferedAdmin.
    function acceptAdmin() external;

    /// @notice Read whether an organization is registered here.
    function isRegistered(bytes20 id) external view returns (bool registered);

    /// @notice Read whether an organization is suspended.
    function isSuspended(bytes20 id) external view returns (bool suspended);

    /// @notice Read the accredited roles of an organization, one bit each; 0 if it is unknown.
    function rolesOf(bytes20 id) external view returns (uint256 roles);

    /// @notice Read the number that an organization's next signed call has to have.
    function nonceOf(bytes20 id) external view returns (uint256 nonce);

    /// @notice Read the keys of an organization in the order in which they were added, retired ones included.
    function keysOf(bytes20 id) external view returns (address[] memory keys);

    /// @notice Read what a key may do for an organization, and when.
    /// @dev Reverts with KeyUnknown.
    /// @return purpose What it may do.
    /// @return validFrom The first log position at which it signs.
    /// @return validUntil The first log position at which it no longer signs; 0 if it was not revoked.
    /// @return expiresAt The last second, since 1970, at which it signs; 0 if it has no end.
    /// @return reason Why it was revoked.
    function validityOf(bytes20 id, address key)
        external
        view
        returns (Purpose purpose, uint64 validFrom, uint64 validUntil, uint64 expiresAt, Reason reason);

    /// @notice Read whether a key may do something for an organization at a log position and second; false for
    /// unknown ones and for suspended organizations.
    function isValidAt(bytes20 id, address key, Purpose purpose, uint64 position, uint64 second)
        external
        view
        returns (bool valid);

    /// @notice Read the key that a recovery proposes, and when it may be added; zeros if none is under way.
    function recoveryOf(bytes20 id) external view returns (address key, uint64 validFrom, uint64 endsAt);

    /// @notice Read whether an account is an accreditor.
    function isAccreditor(address account) external view returns (bool trusted);

    /// @notice Read who the admin is.
    function admin() external view returns (address current);

    /// @notice Read to whom the admin's place is offered; zero if to nobody.
    function offeredAdmin() external view returns (address offered);
}
