// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProofs} from "../../contracts/MerkleProofs.sol";
import {PassportAnchor} from "../../contracts/PassportAnchor.sol";
import {Testing} from "./Testing.sol";
import {Trees} from "./Trees.sol";

contract ProofsTest is Testing {
    PassportAnchor private _anchors = new PassportAnchor();

    function testFuzzEveryEntryOfALogIsProven(uint256 size, uint256 index) public view {
        size = between(size, 1, 70);
        index = between(index, 0, size - 1);
        bytes32[] memory leaves = Trees.leaves(size);
        bytes32[] memory proof = Trees.inclusion(leaves, index, 0, size);
        _check(size, Trees.root(leaves, 0, size), index, proof);
    }

    function testFuzzNoOtherHashProvesAnEntry(uint256 size, uint256 index, uint256 place, uint256 bit) public view {
        size = between(size, 2, 70);
        index = between(index, 0, size - 1);
        bytes32[] memory leaves = Trees.leaves(size);
        bytes32[] memory proof = Trees.inclusion(leaves, index, 0, size);
        place = between(place, 0, proof.length - 1);
        proof[place] ^= bytes32(uint256(1) << (bit % 256));
        _checkFails(size, Trees.root(leaves, 0, size), index, proof);
    }

    function testFuzzNoProofIsLongerOrShorter(uint256 size, uint256 index, bytes32 extra) public {
        size = between(size, 2, 70);
        index = between(index, 0, size - 1);
        bytes32[] memory leaves = Trees.leaves(size);
        bytes32 root = Trees.root(leaves, 0, size);
        bytes32[] memory proof = Trees.inclusion(leaves, index, 0, size);
        vm.expectRevert(
            abi.encodeWithSelector(MerkleProofs.ProofTooLong.selector, proof.length, proof.length + 1)
        );
        _check(size, root, index, Trees.longer(proof, extra));
        vm.expectRevert(abi.encodeWithSelector(MerkleProofs.ProofTooShort.selector, proof.length - 1));
        _check(size, root, index, Trees.shorter(proof));
    }

    function testFuzzAnEntryStandsAtItsOwnPlaceOnly(uint256 size, uint256 index, uint256 other) public view {
        size = between(size, 2, 70);
        index = between(index, 0, size - 1);
        other = between(other, 0, size - 1);
        vm.assume(index != other);
        bytes32[] memory leaves = Trees.leaves(size);
        bytes32[] memory proof = Trees.inclusion(leaves, index, 0, size);
        try _anchors.checkInclusion(
            uint64(size), Trees.root(leaves, 0, size), uint64(other), Trees.entryAt(index), proof
        ) {
            revert("an entry was proven at a foreign place");
        } catch {}
    }

    function testFuzzANodeIsNoEntry(uint256 size, uint256 index, uint256 claimed) public view {
        size = between(size, 2, 70);
        index = between(index, 0, size - 2);
        claimed = between(claimed, 1, size);
        bytes32[] memory leaves = Trees.leaves(size);
        bytes memory forged = abi.encodePacked(leaves[index], leaves[index + 1]);
        bytes32[] memory proof = Trees.inclusion(leaves, index, 0, size);
        bytes32 root = Trees.root(leaves, 0, size);
        uint64 place = uint64(index % claimed);
        for (uint256 dropped = 0; dropped < 2 && proof.length > 0; dropped++) {
            try _anchors.checkInclusion(uint64(claimed), root, place, forged, proof) {
                revert("a node was proven as an entry");
            } catch {}
            proof = Trees.shorter(proof);
        }
    }

    function testFuzzEveryBeginningOfALogIsProven(uint256 first, uint256 second) public view {
        second = between(second, 1, 70);
        first = between(first, 1, second);
        bytes32[] memory leaves = Trees.leaves(second);
        bytes32[] memory proof = Trees.consistency(leaves, first, 0, second, true);
        bytes32 firstRoot = Trees.root(leaves, 0, first);
        _anchors.checkConsistency(uint64(first), firstRoot, uint64(second), Trees.root(leaves, 0, second), proof);
    }

    function testFuzzNoOtherBeginningIsProven(uint256 first, uint256 second, uint256 changed) public view {
        second = between(second, 2, 70);
        first = between(first, 1, second - 1);
        changed = between(changed, 0, first - 1);
        bytes32[] memory leaves = Trees.leaves(second);
        bytes32[] memory proof = Trees.consistency(leaves, first, 0, second, true);
        bytes32 secondRoot = Trees.root(leaves, 0, second);
        leaves[changed] = keccak256("rewritten");
        bytes32 forged = Trees.root(leaves, 0, first);
        try _anchors.checkConsistency(uint64(first), forged, uint64(second), secondRoot, proof) {
            revert("a rewritten beginning was proven");
        } catch {}
        bytes32[] memory own = Trees.consistency(leaves, first, 0, second, true);
        try _anchors.checkConsistency(uint64(first), forged, uint64(second), secondRoot, own) {
            revert("a rewritten beginning was proven by its own proof");
        } catch {}
    }

    function testFuzzNoConsistencyProofIsLongerOrShorter(uint256 first, uint256 second, bytes32 extra) public {
        second = between(second, 2, 70);
        first = between(first, 1, second - 1);
        bytes32[] memory leaves = Trees.leaves(second);
        bytes32[] memory proof = Trees.consistency(leaves, first, 0, second, true);
        bytes32 firstRoot = Trees.root(leaves, 0, first);
        bytes32 secondRoot = Trees.root(leaves, 0, second);
        vm.expectRevert(
            abi.encodeWithSelector(MerkleProofs.ProofTooLong.selector, proof.length, proof.length + 1)
        );
        _anchors.checkConsistency(
            uint64(first), firstRoot, uint64(second), secondRoot, Trees.longer(proof, extra)
        );
        vm.expectRevert(abi.encodeWithSelector(MerkleProofs.ProofTooShort.selector, proof.length - 1));
        _anchors.checkConsistency(uint64(first), firstRoot, uint64(second), secondRoot, Trees.shorter(proof));
    }

    function _check(uint256 size, bytes32 root, uint256 index, bytes32[] memory proof) private view {
        _anchors.checkInclusion(uint64(size), root, uint64(index), Trees.entryAt(index), proof);
    }

    function _checkFails(uint256 size, bytes32 root, uint256 index, bytes32[] memory proof) private view {
        try _anchors.checkInclusion(uint64(size), root, uint64(index), Trees.entryAt(index), proof) {
            revert("a forged proof was taken");
        } catch (bytes memory reason) {
            require(bytes4(reason) == MerkleProofs.RootNotProven.selector, "refused for another reason");
        }
    }
}
