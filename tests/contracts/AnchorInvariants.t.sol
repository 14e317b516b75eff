// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PassportAnchor} from "../../contracts/PassportAnchor.sol";
import {TypedData} from "../../contracts/TypedData.sol";
import {Testing} from "./Testing.sol";

/// @notice Everything that logs, recovery keys and strangers can try, with a model of what must come of it.
contract AnchorHandler is Testing {
    struct Model {
        uint64 size;
        bytes32 root;
        address recoveryKey;
        address successor;
        uint256 anchors;
    }

    PassportAnchor public immutable ANCHORS = new PassportAnchor();
    uint256 public constant LOGS = 3;
    mapping(address log => Model) public models;

    function logAt(uint256 number) public pure returns (address log) {
        return vm.addr(1 + (number % LOGS));
    }

    function grow(uint256 which, uint256 by, bytes32 root) external {
        address log = logAt(which);
        Model storage model = models[log];
        uint256 size = model.size + between(by, 0, 2 ** 32 + 1);
        bool allowed = root != 0 && size > model.size && size - model.size <= 2 ** 32 && model.successor == address(0);
        require(_anchor(log, 1 + (which % LOGS), uint64(size), root) == allowed, "another answer than the model's");
        if (!allowed) return;
        model.size = uint64(size);
        model.root = root;
        model.anchors++;
    }

    function rollBack(uint256 which, uint64 size, bytes32 root) external {
        address log = logAt(which);
        size = uint64(between(size, 0, models[log].size));
        require(!_anchor(log, 1 + (which % LOGS), size, root), "a log was rolled back");
    }

    function forge(uint256 which, uint256 by, bytes32 root) external {
        address log = logAt(which);
        uint64 size = models[log].size + uint64(between(by, 1, 1000));
        require(!_anchor(log, 1 + (((which % LOGS) + 1) % LOGS), size, root), "another log's key wrote");
    }

    function nameRecoveryKey(uint256 which, uint256 key, bool byItself) external {
        address log = logAt(which);
        Model storage model = models[log];
        address recoveryKey = vm.addr(100 + (key % 3));
        bytes32 said =
            keccak256(abi.encode(keccak256("RecoveryKey(address log,address recoveryKey)"), log, recoveryKey));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(byItself ? 1 + (which % LOGS) : 999, _digest(said));
        bool allowed = byItself && model.recoveryKey == address(0) && model.successor == address(0);
        bool done;
        try ANCHORS.nameRecoveryKey(log, recoveryKey, v, r, s) {
            done = true;
        } catch {}
        require(done == allowed, "a recovery key was named otherwise");
        if (done) model.recoveryKey = recoveryKey;
    }

    function nameSuccessor(uint256 which, uint256 to, uint256 key) external {
        address log = logAt(which);
        Model storage model = models[log];
        address successor = to % 4 == 3 ? vm.addr(50 + (to % 7)) : logAt(to);
        uint256 signer = 100 + (key % 3);
        bytes32 said = keccak256(abi.encode(keccak256("Successor(address log,address successor)"), log, successor));
        bool allowed = model.recoveryKey == vm.addr(signer) && model.successor == address(0) && successor != log
            && models[successor].successor == address(0);
        bool done;
        try ANCHORS.nameSuccessor(log, successor, signed(signer, _digest(said))) {
            done = true;
        } catch {}
        require(done == allowed, "a successor was named otherwise");
        if (done) model.successor = successor;
    }

    function _anchor(address log, uint256 key, uint64 size, bytes32 root) private returns (bool done) {
        bytes32 said = keccak256(abi.encode(keccak256("Anchor(address log,uint64 size,bytes32 root)"), log, size, root));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(said));
        try ANCHORS.anchor(log, size, root, v, r, s) {
            done = true;
        } catch {}
    }

    function _digest(bytes32 said) private view returns (bytes32 digest) {
        bytes32 domain =
            TypedData.separator(keccak256("Passport Anchor"), keccak256("1"), block.chainid, address(ANCHORS));
        return TypedData.digest(domain, said);
    }
}

contract AnchorInvariantsTest is Testing {
    AnchorHandler private _handler;

    function setUp() public {
        _handler = new AnchorHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = AnchorHandler.grow.selector;
        selectors[1] = AnchorHandler.rollBack.selector;
        selectors[2] = AnchorHandler.forge.selector;
        selectors[3] = AnchorHandler.nameRecoveryKey.selector;
        selectors[4] = AnchorHandler.nameSuccessor.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function invariantTheContractHoldsWhatTheModelHolds() external view {
        for (uint256 i = 0; i < _handler.LOGS(); i++) {
            address log = _handler.logAt(i);
            (uint64 size, bytes32 root,) = _handler.ANCHORS().newest(log);
            (uint64 expected, bytes32 expectedRoot, address recoveryKey, address successor,) = _handler.models(log);
            require(size == expected && root == expectedRoot, "the newest checkpoint is another");
            require(_handler.ANCHORS().recoveryKeyOf(log) == recoveryKey, "the recovery key is another");
            require(_handler.ANCHORS().successorOf(log) == successor, "the successor is another");
        }
    }

    function invariantSuccessionHasAnEnd() external view {
        for (uint256 i = 0; i < _handler.LOGS(); i++) {
            address log = _handler.logAt(i);
            uint256 steps = 0;
            while (log != address(0)) {
                log = _handler.ANCHORS().successorOf(log);
                require(++steps <= _handler.LOGS() + 1, "logs succeed each other in a circle");
            }
        }
    }
}
