// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOrganizationRegistry} from "../../contracts/IOrganizationRegistry.sol";
import {OrganizationRegistry} from "../../contracts/OrganizationRegistry.sol";
import {Registrations} from "../../contracts/Registrations.sol";
import {TypedData} from "../../contracts/TypedData.sol";
import {Testing} from "./Testing.sol";

/// @notice An organization, an admin who tries everything, and time; what came of it is remembered.
contract RegistryHandler is Testing {
    OrganizationRegistry public immutable REGISTRY = new OrganizationRegistry(address(this));
    uint256 public constant KEYS = 8;
    uint256 public startedAt;
    uint256 public recovered;
    uint256 public broken;
    bytes20 public id;
    uint256 private _now = 1_800_000_000;

    constructor() {
        vm.warp(_now);
        Registrations.Registration memory registration;
        (id, registration) = _registration(vm.addr(1));
        REGISTRY.mirror(id, vm.addr(1), 5, registration);
    }

    modifier adminNeverAdds() {
        uint256 before = REGISTRY.keysOf(id).length;
        bool live = hasLiveKey();
        _;
        if (live && REGISTRY.keysOf(id).length > before) broken++;
    }

    function wait(uint256 seconds_) external {
        _now += between(seconds_, 1, 4 days);
        vm.warp(_now);
    }

    function adminTakes(uint256 key, uint64 until) external adminNeverAdds {
        try REGISTRY.takeKey(id, _key(key), until, IOrganizationRegistry.Reason.Lost) {} catch {}
    }

    function adminEnds(uint256 key, uint256 after_) external adminNeverAdds {
        try REGISTRY.endKey(id, _key(key), uint64(_now - 1 days + between(after_, 0, 3 days))) {} catch {}
    }

    function adminSuspends(bool on) external adminNeverAdds {
        if (on) {
            try REGISTRY.suspend(id, IOrganizationRegistry.Reason.Stolen) {} catch {}
        } else {
            try REGISTRY.reinstate(id) {} catch {}
        }
    }

    function adminMirrorsAgain(uint256 key) external adminNeverAdds {
        (bytes20 other, Registrations.Registration memory registration) = _registration(_key(key));
        try REGISTRY.mirror(id, _key(key), 5, registration) {
            broken++;
        } catch {}
        try REGISTRY.mirror(other, _key((key % KEYS) + 1), 5, registration) {
            broken++;
        } catch {}
    }

    function adminForges(uint256 key) external adminNeverAdds {
        IOrganizationRegistry.Grant memory grant =
            IOrganizationRegistry.Grant(_key(key), IOrganizationRegistry.Purpose.Statements, 5, 0);
        IOrganizationRegistry.Authorization memory authorization =
            IOrganizationRegistry.Authorization(address(this), REGISTRY.nonceOf(id), type(uint64).max, "");
        try REGISTRY.addKey(id, grant, authorization) {
            broken++;
        } catch {}
        authorization.signer = vm.addr(1);
        authorization.signature = signed(777, keccak256("anything"));
        try REGISTRY.addKey(id, grant, authorization) {
            broken++;
        } catch {}
    }

    function adminProposes(uint256 key) external adminNeverAdds {
        bool live = hasLiveKey();
        try REGISTRY.startRecovery(id, _key(key), 5) {
            startedAt = _now;
            if (live) broken++;
        } catch {}
    }

    function anybodyFinishes() external adminNeverAdds {
        try REGISTRY.finishRecovery(id) {
            recovered++;
            if (_now < startedAt + 7 days) broken++;
        } catch {}
    }

    function organizationAdds(uint256 by, uint256 key, uint256 end) external {
        IOrganizationRegistry.Grant memory grant = IOrganizationRegistry.Grant(
            _key(key), IOrganizationRegistry.Purpose(key % 3), 5, uint64(_now + between(end, 0, 30 days))
        );
        uint256 nonce = REGISTRY.nonceOf(id);
        bytes32 said = keccak256(
            abi.encode(
                keccak256(
                    "AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,uint256 nonce,uint64 deadline)"
                ),
                id,
                grant.key,
                grant.purpose,
                grant.validFrom,
                grant.expiresAt,
                nonce,
                type(uint64).max
            )
        );
        bool allowed = isLive(_key(by));
        IOrganizationRegistry.Authorization memory authorization = IOrganizationRegistry.Authorization(
            _key(by), nonce, type(uint64).max, signed(1 + (by % KEYS), _digest(said))
        );
        try REGISTRY.addKey(id, grant, authorization) {
            if (!allowed || REGISTRY.nonceOf(id) != nonce + 1) broken++;
        } catch {}
        try REGISTRY.addKey(id, grant, authorization) {
            broken++;
        } catch {}
    }

    function isLive(address key) public view returns (bool live) {
        try REGISTRY.validityOf(id, key) returns (
            IOrganizationRegistry.Purpose purpose, uint64, uint64 until, uint64 end, IOrganizationRegistry.Reason
        ) {
            return purpose != IOrganizationRegistry.Purpose.Readings && until == 0 && (end == 0 || _now <= end);
        } catch {
            return false;
        }
    }

    function hasLiveKey() public view returns (bool live) {
        address[] memory keys = REGISTRY.keysOf(id);
        for (uint256 i = 0; i < keys.length; i++) {
            if (isLive(keys[i])) return true;
        }
    }

    function _key(uint256 number) private pure returns (address key) {
        return vm.addr(1 + (number % KEYS));
    }

    function _digest(bytes32 said) private view returns (bytes32 digest) {
        bytes32 domain =
            TypedData.separator(keccak256("Organization Registry"), keccak256("1"), block.chainid, address(REGISTRY));
        return TypedData.digest(domain, said);
    }

    function _registration(address key) private pure returns (bytes20 made, Registrations.Registration memory proof) {
        proof.partDigests = new bytes32[](1);
        proof.partDigests[0] = sha256(
            abi.encodePacked(
                '["00000000000000000000000000000000","/key",{"address":"0x',
                _hex(abi.encodePacked(key)),
                '","alg":"eip712-secp256k1"}]'
            )
        );
        bytes32 body = sha256(abi.encodePacked('["', _hex(abi.encodePacked(proof.partDigests[0])), '"]'));
        proof.envelope = abi.encodePacked('{"body_digest":"', _hex(abi.encodePacked(body)), '"}');
        made = bytes20(sha256(proof.envelope));
    }

    function _hex(bytes memory value) private pure returns (bytes memory text) {
        bytes16 digits = "0123456789abcdef";
        for (uint256 i = 0; i < value.length; i++) {
            text = abi.encodePacked(text, digits[uint8(value[i]) / 16], digits[uint8(value[i]) % 16]);
        }
    }
}

contract RegistryInvariantsTest is Testing {
    RegistryHandler private _handler;

    function setUp() public {
        _handler = new RegistryHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = RegistryHandler.wait.selector;
        selectors[1] = RegistryHandler.adminTakes.selector;
        selectors[2] = RegistryHandler.adminEnds.selector;
        selectors[3] = RegistryHandler.adminSuspends.selector;
        selectors[4] = RegistryHandler.adminMirrorsAgain.selector;
        selectors[5] = RegistryHandler.adminForges.selector;
        selectors[6] = RegistryHandler.adminProposes.selector;
        selectors[7] = RegistryHandler.anybodyFinishes.selector;
        selectors[8] = RegistryHandler.organizationAdds.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function invariantARogueAdminAddsNoKeyWhereOneLives() external view {
        require(_handler.broken() == 0, "a key came without the organization");
    }

    function invariantEveryKeyThatSignsWasAdded() external view {
        address[] memory keys = _handler.REGISTRY().keysOf(_handler.id());
        for (uint256 i = 0; i < keys.length; i++) {
            for (uint256 j = 0; j < i; j++) require(keys[i] != keys[j], "a key was added twice");
        }
        require(keys.length <= _handler.KEYS(), "a key came from nowhere");
    }

    function invariantASuspendedOrganizationsKeysCountNot() external view {
        if (!_handler.REGISTRY().isSuspended(_handler.id())) return;
        address[] memory keys = _handler.REGISTRY().keysOf(_handler.id());
        for (uint256 i = 0; i < keys.length; i++) {
            require(
                !_handler.REGISTRY().isValidAt(
                    _handler.id(), keys[i], IOrganizationRegistry.Purpose.Statements, 10, uint64(block.timestamp)
                ),
                "a suspended key counts"
            );
        }
    }
}
