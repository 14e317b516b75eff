import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";

import { network } from "hardhat";
import { zeroAddress, zeroHash } from "viem";

import { addressOf, keyOf, malleated, signer, vrs } from "./signing.js";

const { viem } = await network.create();
const [carrier, otherCarrier] = await viem.getWalletClients();
const client = await viem.getPublicClient();
const chainId = await client.getChainId();
const [log, otherLog, recovery, successor, stranger] = [1, 2, 3, 4, 5].map(keyOf);
const rootOf = (size) => `0x${createHash("sha256").update(`${size}`).digest("hex")}`;
const GROWTH = 2n ** 32n;
const ANCHOR = "Anchor(address log,uint64 size,bytes32 root)";
const RECOVERY_KEY = "RecoveryKey(address log,address recoveryKey)";
const SUCCESSOR = "Successor(address log,address successor)";

describe("PassportAnchor", () => {
  let anchors, sign;
  const by = (wallet) => ({ account: wallet.account });
  const refuses = (call, error, values) =>
    viem.assertions.revertWithCustomErrorWithArgs(call, anchors, error, values);
  const says = (call, event, values) => viem.assertions.emitWithArgs(call, anchors, event, values);
  const newest = async (of = log) => (await anchors.read.newest([addressOf(of)])).slice(0, 2);
  const signed = async (size, root = rootOf(size), key = log, elsewhere = {}) =>
    vrs(await sign(key, ANCHOR, { log: addressOf(key), size, root }, elsewhere));
  const bring = async (size, root, signature, of = log, wallet = carrier) =>
    anchors.write.anchor([addressOf(of), size, root, ...(await signature)], by(wallet));
  const anchor = (size, root = rootOf(size), key = log) => bring(size, root, signed(size, root, key), key);
  const nameKey = async (key, from = log, to = from) =>
    anchors.write.nameRecoveryKey([
      addressOf(from),
      key,
      ...vrs(await sign(to, RECOVERY_KEY, { log: addressOf(from), recoveryKey: key })),
    ]);
  const nameSuccessor = async (to, key = recovery, from = log) =>
    anchors.write.nameSuccessor([
      addressOf(from),
      to,
      await sign(key, SUCCESSOR, { log: addressOf(from), successor: to }),
    ]);

  beforeEach(async () => {
    anchors = await viem.deployContract("PassportAnchor");
    sign = signer("Passport Anchor", chainId, anchors.address);
  });

  describe("anchor", () => {
    it("keeps the newest checkpoint of a log and says so in an event", async () => {
      const sent = anchor(1000n);
      await says(sent, "CheckpointAnchored", [addressOf(log), 1000n, rootOf(1000n)]);
      const receipt = await client.getTransactionReceipt({ hash: await sent });
      assert.deepEqual(await anchors.read.newest([addressOf(log)]), [1000n, rootOf(1000n), receipt.blockNumber]);
    });

    it("replaces it by a larger one only, so that a log can't be rolled back", async () => {
      const old = await signed(1000n);
      await anchor(1000n);
      await anchor(1001n);
      assert.deepEqual(await newest(), [1001n, rootOf(1001n)]);
      await refuses(bring(1000n, rootOf(1000n), old), "CheckpointNotNewer", [1001n, 1000n]);
      await refuses(anchor(999n), "CheckpointNotNewer", [1001n, 999n]);
      assert.deepEqual(await newest(), [1001n, rootOf(1001n)]);
    });

    it("names both roots when a log's key has signed two for one size", async () => {
      await anchor(1000n);
      await refuses(anchor(1000n, rootOf(7n)), "CheckpointConflict", [1000n, rootOf(1000n), rootOf(7n)]);
    });

    it("takes a signed checkpoint from whoever brings it first, and only once", async () => {
      const signature = await signed(1000n);
      await bring(1000n, rootOf(1000n), signature, log, otherCarrier);
      await refuses(bring(1000n, rootOf(1000n), signature), "CheckpointNotNewer", [1000n, 1000n]);
      assert.deepEqual(await newest(), [1000n, rootOf(1000n)]);
    });

    it("keeps logs apart: nobody writes for another log, nor with its signature", async () => {
      await anchor(1000n);
      await anchor(5n, rootOf(5n), otherLog);
      assert.deepEqual(await newest(log), [1000n, rootOf(1000n)]);
      assert.deepEqual(await newest(otherLog), [5n, rootOf(5n)]);
      const of = (error) => error.message.includes("SignatureNotOf");
      await assert.rejects(bring(2000n, rootOf(2000n), signed(2000n, rootOf(2000n), stranger)), of);
      await assert.rejects(bring(2000n, rootOf(2000n), signed(2000n), otherLog), of);
      await assert.rejects(bring(2001n, rootOf(2000n), signed(2000n)), of);
      await assert.rejects(bring(2000n, rootOf(2001n), signed(2000n)), of);
    });

    it("takes no signature that was made for another contract, chain or domain", async () => {
      for (const elsewhere of [
        { verifyingContract: stranger.address },
        { chainId: 1 },
        { name: "Organization Registry" },
        { version: "2" },
      ]) {
        const signature = signed(1000n, rootOf(1000n), log, elsewhere);
        await assert.rejects(bring(1000n, rootOf(1000n), signature), /SignatureNotOf/);
      }
      assert.deepEqual(await newest(), [0n, zeroHash]);
    });

    it("knows one form of a signature only", async () => {
      const [v, r, s] = await signed(1000n);
      const other = malleated([v, r, s]);
      await refuses(bring(1000n, rootOf(1000n), other), "SignatureMalleable", [other[2]]);
      await refuses(bring(1000n, rootOf(1000n), [v - 27, r, s]), "SignatureMarkUnusable", [v - 27]);
      await refuses(bring(1000n, rootOf(1000n), [29, r, s]), "SignatureMarkUnusable", [29]);
    });

    it("is nobody's where a signature recovers nobody", async () => {
      const nothing = [27, zeroHash, zeroHash];
      await refuses(
        anchors.write.anchor([zeroAddress, 1n, rootOf(1n), ...nothing]),
        "SignatureNotOf",
        [zeroAddress, zeroAddress],
      );
    });

    it("answers with nothing for a log that never anchored", async () => {
      assert.deepEqual(await anchors.read.newest([addressOf(stranger)]), [0n, zeroHash, 0n]);
    });

    it("refuses a checkpoint without statements or without a root", async () => {
      await refuses(anchor(0n, rootOf(1n)), "EmptyCheckpoint", [0n, rootOf(1n)]);
      await refuses(anchor(1n, zeroHash), "EmptyCheckpoint", [1n, zeroHash]);
    });

    it("grows by at most 2^32 statements at once, the first time too", async () => {
      await refuses(anchor(GROWTH + 1n), "CheckpointTooFarAhead", [0n, GROWTH + 1n, GROWTH]);
      await anchor(GROWTH);
      await refuses(anchor(2n * GROWTH + 1n), "CheckpointTooFarAhead", [GROWTH, 2n * GROWTH + 1n, GROWTH]);
      await anchor(2n * GROWTH);
    });
  });

  describe("nameRecoveryKey", () => {
    it("names the key once and says so in an event", async () => {
      assert.equal(await anchors.read.recoveryKeyOf([addressOf(log)]), zeroAddress);
      await says(nameKey(addressOf(recovery)), "RecoveryKeyNamed", [addressOf(log), addressOf(recovery)]);
      assert.equal(await anchors.read.recoveryKeyOf([addressOf(log)]), addressOf(recovery));
      await refuses(nameKey(addressOf(stranger)), "RecoveryKeyAlreadyNamed", [addressOf(log), addressOf(recovery)]);
    });

    it("is signed by the log's own key", async () => {
      await assert.rejects(nameKey(addressOf(stranger), log, stranger), /SignatureNotOf/);
    });

    it("refuses the zero address and the log's own", async () => {
      await refuses(nameKey(zeroAddress), "RecoveryKeyUnusable", [addressOf(log), zeroAddress]);
      await refuses(nameKey(addressOf(log)), "RecoveryKeyUnusable", [addressOf(log), addressOf(log)]);
    });

    it("is over once the log has a successor", async () => {
      await nameKey(addressOf(recovery));
      await nameSuccessor(addressOf(successor));
      await refuses(nameKey(addressOf(stranger)), "LogHasSuccessor", [addressOf(log), addressOf(successor)]);
    });
  });

  describe("nameSuccessor", () => {
    beforeEach(async () => {
      await anchor(1000n);
      await nameKey(addressOf(recovery));
    });

    it("lets the log go on under another address, and the old one anchors no more", async () => {
      assert.equal(await anchors.read.successorOf([addressOf(log)]), zeroAddress);
      await says(nameSuccessor(addressOf(successor)), "SuccessorNamed", [addressOf(log), addressOf(successor)]);
      assert.equal(await anchors.read.successorOf([addressOf(log)]), addressOf(successor));
      await refuses(anchor(1001n), "LogHasSuccessor", [addressOf(log), addressOf(successor)]);
      assert.deepEqual(await newest(), [1000n, rootOf(1000n)]);
      await anchor(1001n, rootOf(1001n), successor);
    });

    it("belongs to the recovery key alone", async () => {
      await assert.rejects(nameSuccessor(addressOf(successor), stranger), /SignatureNotOf/);
      await assert.rejects(nameSuccessor(addressOf(successor), log), /SignatureNotOf/);
      await refuses(nameSuccessor(addressOf(successor), recovery, otherLog), "RecoveryKeyNotNamed", [
        addressOf(otherLog),
      ]);
    });

    it("takes a signature of 65 bytes only", async () => {
      const values = [addressOf(log), addressOf(successor)];
      await refuses(anchors.write.nameSuccessor([...values, "0x1234"]), "SignatureLengthUnusable", [2n]);
      const whole = await sign(recovery, SUCCESSOR, { log: values[0], successor: values[1] });
      await refuses(anchors.write.nameSuccessor([...values, `${whole}00`]), "SignatureLengthUnusable", [66n]);
    });

    it("happens once", async () => {
      await nameSuccessor(addressOf(successor));
      await refuses(nameSuccessor(addressOf(stranger)), "LogHasSuccessor", [addressOf(log), addressOf(successor)]);
    });

    it("refuses the zero address, the log itself, and a log that has a successor itself", async () => {
      await refuses(nameSuccessor(zeroAddress), "SuccessorUnusable", [addressOf(log), zeroAddress]);
      await refuses(nameSuccessor(addressOf(log)), "SuccessorUnusable", [addressOf(log), addressOf(log)]);
      await nameKey(addressOf(recovery), otherLog);
      await nameSuccessor(addressOf(log), recovery, otherLog);
      await refuses(nameSuccessor(addressOf(otherLog)), "SuccessorUnusable", [addressOf(log), addressOf(otherLog)]);
    });
  });

  it("has no word for pausing, owning or upgrading", () => {
    const functions = anchors.abi.filter((entry) => entry.type === "function").map((entry) => entry.name);
    assert.deepEqual(functions.sort(), [
      "anchor",
      "checkConsistency",
      "checkContinued",
      "checkIncluded",
      "checkInclusion",
      "nameRecoveryKey",
      "nameSuccessor",
      "newest",
      "recoveryKeyOf",
      "successorOf",
    ]);
  });
});
