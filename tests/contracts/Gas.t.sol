// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PassportAnchor} from "../../contracts/PassportAnchor.sol";
import {TypedData} from "../../contracts/TypedData.sol";
import {Testing} from "./Testing.sol";
import {Trees} from "./Trees.sol";

contract GasTest is Testing {
    PassportAnchor private _anchors = new PassportAnchor();
    uint256 private constant _LOG_KEY = 0xA11CE;

    function testAProofInALogOfAMillionCostsAtMost20000Gas() public {
        uint256 index = 0xB38F0;
        bytes memory entry = new bytes(700);
        bytes32[] memory proof = new bytes32[](20);
        bytes32 root = sha256(abi.encodePacked(bytes1(0x00), entry));
        for (uint256 level = 0; level < 20; level++) {
            proof[level] = keccak256(abi.encode(level));
            root = (index >> level) & 1 == 1 ? Trees.node(proof[level], root) : Trees.node(root, proof[level]);
        }
        address log = vm.addr(_LOG_KEY);
        bytes32 said = keccak256(abi.encode(keccak256("Anchor(address log,uint64 size,bytes32 root)"), log, 2 ** 20, root));
        bytes32 domain =
            TypedData.separator(keccak256("Passport Anchor"), keccak256("1"), block.chainid, address(_anchors));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_LOG_KEY, TypedData.digest(domain, said));
        _anchors.anchor(log, 2 ** 20, root, v, r, s);
        uint256 before = gasleft();
        _anchors.checkIncluded(log, uint64(index), entry, proof);
        uint256 used = before - gasleft();
        require(used <= 20_000, "an inclusion proof costs more than 20,000 gas");
        require(used >= 10_000, "the measurement measures nothing");
    }
}
