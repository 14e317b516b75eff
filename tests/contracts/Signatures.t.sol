// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Signatures} from "../../contracts/Signatures.sol";
import {TypedData} from "../../contracts/TypedData.sol";
import {Testing} from "./Testing.sol";

/// @notice The libraries as a contract, so that refusals are calls that revert.
contract Checked {
    function check(address signer, bytes32 digest, bytes calldata signature) external view {
        Signatures.check(signer, digest, signature);
    }

    function isWallet(address account) external view returns (bool wallet) {
        return Signatures.isWallet(account);
    }
}

/// @notice A contract wallet of one key.
contract Wallet {
    address private immutable _OWNER;

    constructor(address owner) {
        _OWNER = owner;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4 answer) {
        (bytes32 r, bytes32 s) = abi.decode(signature[0:64], (bytes32, bytes32));
        bool own = ecrecover(digest, uint8(signature[64]), r, s) == _OWNER;
        return own ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}

/// @notice Wallets that say yes in a form that isn't ERC-1271's.
contract Mumbling {
    bytes private _answer;

    constructor(bytes memory answer) {
        _answer = answer;
    }

    fallback(bytes calldata) external returns (bytes memory answer) {
        return _answer;
    }
}

contract SignaturesTest is Testing {
    Checked private _checked = new Checked();
    bytes32 private constant _DIGEST = keccak256("a digest");

    function testFuzzAKeysSignatureIsItsOwnAndNobodyElses(uint256 key, uint256 other, bytes32 digest) public view {
        key = between(key, 1, ORDER - 1);
        other = between(other, 1, ORDER - 1);
        vm.assume(key != other);
        bytes memory signature = signed(key, digest);
        _checked.check(vm.addr(key), digest, signature);
        _refuses(vm.addr(other), digest, signature, Signatures.SignatureNotOf.selector);
        _refuses(vm.addr(key), keccak256(abi.encode(digest)), signature, Signatures.SignatureNotOf.selector);
    }

    function testFuzzASignatureHasOneFormOnly(uint256 key, bytes32 digest, uint8 mark, bytes calldata rest) public view {
        key = between(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        address signer = vm.addr(key);
        bytes memory other = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _refuses(signer, digest, other, Signatures.SignatureMalleable.selector);
        if (mark != 27 && mark != 28) {
            bytes memory marked = abi.encodePacked(r, s, mark);
            _refuses(signer, digest, marked, Signatures.SignatureMarkUnusable.selector);
        }
        if (rest.length != 0) {
            bytes memory longer = abi.encodePacked(r, s, v, rest);
            _refuses(signer, digest, longer, Signatures.SignatureLengthUnusable.selector);
        }
    }

    function testHalfTheOrderIsTheLastLowNumber() public view {
        bytes32 half = bytes32(ORDER / 2);
        bytes memory low = abi.encodePacked(bytes32(uint256(1)), half, uint8(27));
        _refuses(address(1), _DIGEST, low, Signatures.SignatureNotOf.selector);
        bytes memory high = abi.encodePacked(bytes32(uint256(1)), bytes32(uint256(half) + 1), uint8(27));
        _refuses(address(1), _DIGEST, high, Signatures.SignatureMalleable.selector);
    }

    function testNoSignatureIsTheZeroAddress() public {
        bytes memory nothing = abi.encodePacked(bytes32(0), bytes32(0), uint8(27));
        vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureNotOf.selector, address(0), address(0)));
        _checked.check(address(0), _DIGEST, nothing);
    }

    function testFuzzAContractWalletStandsByItsOwnersSignature(uint256 key, uint256 other, bytes32 digest) public {
        key = between(key, 1, ORDER - 1);
        other = between(other, 1, ORDER - 1);
        vm.assume(key != other);
        address wallet = address(new Wallet(vm.addr(key)));
        _checked.check(wallet, digest, signed(key, digest));
        _refuses(wallet, digest, signed(other, digest), Signatures.SignatureRefusedByWallet.selector);
    }

    function testAWalletThatRevertsOrMumblesHasRefused() public {
        bytes memory signature = signed(7, _DIGEST);
        address owned = address(new Wallet(vm.addr(7)));
        _refuses(owned, _DIGEST, hex"1234", Signatures.SignatureRefusedByWallet.selector);
        bytes32 yes = bytes32(bytes4(0x1626ba7e));
        bytes[4] memory answers =
            [bytes(""), abi.encodePacked(bytes4(0x1626ba7e)), abi.encode(uint256(1)), abi.encodePacked(yes, yes)];
        for (uint256 i = 0; i < answers.length; i++) {
            address wallet = address(new Mumbling(answers[i]));
            vm.expectRevert(abi.encodeWithSelector(Signatures.SignatureRefusedByWallet.selector, wallet));
            _checked.check(wallet, _DIGEST, signature);
        }
        _checked.check(address(new Mumbling(abi.encode(yes))), _DIGEST, signature);
    }

    function testAKeyThatLetsAContractActForItStaysAKey() public {
        address key = vm.addr(7);
        require(!_checked.isWallet(key), "an address without code is a key");
        vm.etch(key, abi.encodePacked(hex"ef0100", address(new Wallet(vm.addr(8)))));
        require(!_checked.isWallet(key), "a delegated key is a key");
        _checked.check(key, _DIGEST, signed(7, _DIGEST));
        _refuses(key, _DIGEST, signed(8, _DIGEST), Signatures.SignatureNotOf.selector);
        vm.etch(key, abi.encodePacked(hex"000100", address(this)));
        require(_checked.isWallet(key), "other code of this length is a contract's");
        vm.etch(key, hex"00");
        require(_checked.isWallet(key), "other code is a contract's");
    }

    function testThePublishedExampleOfTypedDataIsHashedAndRecovered() public pure {
        bytes32 person = keccak256("Person(string name,address wallet)");
        address cow = 0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826;
        address bob = 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB;
        bytes32 message = keccak256(
            abi.encode(
                keccak256("Mail(Person from,Person to,string contents)Person(string name,address wallet)"),
                keccak256(abi.encode(person, keccak256("Cow"), cow)),
                keccak256(abi.encode(person, keccak256("Bob"), bob)),
                keccak256("Hello, Bob!")
            )
        );
        isSame(message, 0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e);
        bytes32 domain = TypedData.separator(
            keccak256("Ether Mail"), keccak256("1"), 1, 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC
        );
        isSame(domain, 0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f);
        bytes32 digest = TypedData.digest(domain, message);
        isSame(digest, 0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2);
        Signatures.checkKey(
            cow,
            digest,
            28,
            0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d,
            0x07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562
        );
    }

    function _refuses(address signer, bytes32 digest, bytes memory signature, bytes4 refusal) private view {
        try _checked.check(signer, digest, signature) {
            revert("the signature was taken");
        } catch (bytes memory reason) {
            require(bytes4(reason) == refusal, "refused for another reason");
        }
    }
}
