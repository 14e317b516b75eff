import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, describe, it } from "node:test";

import { network } from "hardhat";
import { getAddress, zeroAddress, zeroHash } from "viem";

const { viem } = await network.create();
const [log, otherLog, recovery, successor, stranger] = await viem.getWalletClients();
const client = await viem.getPublicClient();
const address = (wallet) => getAddress(wallet.account.address);
const rootOf = (size) => `0x${createHash("sha256").update(`${size}`).digest("hex")}`;
const GROWTH = 2n ** 32n;

describe("PassportAnchor", () => {
  let anchors;
  const as = (wallet) => ({ account: wallet.account });
  const anchor = (size, root = rootOf(size), wallet = log) => anchors.write.anchor([size, root], as(wallet));
  const refuses = (call, error, values) =>
    viem.assertions.revertWithCustomErrorWithArgs(call, anchors, error, values);

  beforeEach(async () => {
    anchors = await viem.deployContract("PassportAnchor");
  });

  describe("anchor", () => {
    it("keeps the newest checkpoint of a log and says so in an event", async () => {
      const sent = anchor(1000n);
      await viem.assertions.emitWithArgs(sent, anchors, "CheckpointAnchored", [address(log), 1000n, rootOf(1000n)]);
      const receipt = await client.getTransactionReceipt({ hash: await sent });
      assert.deepEqual(await anchors.read.newest([address(log)]), [1000n, rootOf(1000n), receipt.blockNumber]);
    });

    it("replaces it by a larger one only", async () => {
      await anchor(1000n);
      await anchor(1001n);
      assert.equal((await anchors.read.newest([address(log)]))[0], 1001n);
      await refuses(anchor(1001n, rootOf(7n)), "CheckpointNotNewer", [1001n, 1001n]);
      await refuses(anchor(1000n), "CheckpointNotNewer", [1001n, 1000n]);
      assert.deepEqual((await anchors.read.newest([address(log)])).slice(0, 2), [1001n, rootOf(1001n)]);
    });

    it("keeps logs apart: nobody writes for another log", async () => {
      await anchor(1000n);
      await anchor(5n, rootOf(5n), otherLog);
      assert.equal((await anchors.read.newest([address(log)]))[0], 1000n);
      assert.equal((await anchors.read.newest([address(otherLog)]))[0], 5n);
    });

    it("answers with nothing for a log that never anchored", async () => {
      assert.deepEqual(await anchors.read.newest([address(stranger)]), [0n, zeroHash, 0n]);
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

    it("costs at most 45 gas a statement at 1,000 a batch, once a log has begun", async () => {
      const used = [];
      for (let batch = 1n; batch <= 5n; batch++) {
        const hash = await anchor(batch * 1000n);
        used.push((await client.getTransactionReceipt({ hash })).gasUsed);
      }
      const [first, ...steady] = used;
      console.log(`first anchor ${first} gas, then ${steady.join(", ")} gas`);
      assert.ok(steady.every((gas) => gas <= 45_000n), `${steady}`);
      assert.ok(first <= 90_000n, `${first}`);
    });
  });

  describe("nameRecoveryKey", () => {
    const name = (key, wallet = log) => anchors.write.nameRecoveryKey([key], as(wallet));

    it("names the key once and says so in an event", async () => {
      assert.equal(await anchors.read.recoveryKeyOf([address(log)]), zeroAddress);
      await viem.assertions.emitWithArgs(name(address(recovery)), anchors, "RecoveryKeyNamed", [
        address(log),
        address(recovery),
      ]);
      assert.equal(await anchors.read.recoveryKeyOf([address(log)]), address(recovery));
      await refuses(name(address(stranger)), "RecoveryKeyAlreadyNamed", [address(log), address(recovery)]);
    });

    it("refuses the zero address and the log's own", async () => {
      await refuses(name(zeroAddress), "RecoveryKeyUnusable", [address(log), zeroAddress]);
      await refuses(name(address(log)), "RecoveryKeyUnusable", [address(log), address(log)]);
    });

    it("is over once the log has a successor", async () => {
      await name(address(recovery));
      await anchors.write.nameSuccessor([address(log), address(successor)], as(recovery));
      await refuses(name(address(stranger)), "LogHasSuccessor", [address(log), address(successor)]);
    });
  });

  describe("nameSuccessor", () => {
    const name = (to, wallet = recovery, from = address(log)) =>
      anchors.write.nameSuccessor([from, to], as(wallet));

    beforeEach(async () => {
      await anchor(1000n);
      await anchors.write.nameRecoveryKey([address(recovery)], as(log));
    });

    it("lets the log go on under another address, and the old one anchors no more", async () => {
      assert.equal(await anchors.read.successorOf([address(log)]), zeroAddress);
      await viem.assertions.emitWithArgs(name(address(successor)), anchors, "SuccessorNamed", [
        address(log),
        address(successor),
      ]);
      assert.equal(await anchors.read.successorOf([address(log)]), address(successor));
      await refuses(anchor(1001n), "LogHasSuccessor", [address(log), address(successor)]);
      assert.equal((await anchors.read.newest([address(log)]))[0], 1000n);
      await anchor(1001n, rootOf(1001n), successor);
    });

    it("belongs to the recovery key alone", async () => {
      await refuses(name(address(successor), stranger), "NotTheRecoveryKey", [address(log), address(stranger)]);
      await refuses(name(address(successor), log), "NotTheRecoveryKey", [address(log), address(log)]);
      await refuses(name(address(successor), recovery, address(otherLog)), "NotTheRecoveryKey", [
        address(otherLog),
        address(recovery),
      ]);
    });

    it("happens once", async () => {
      await name(address(successor));
      await refuses(name(address(stranger)), "LogHasSuccessor", [address(log), address(successor)]);
    });

    it("refuses the zero address, the log itself, and a log that has a successor itself", async () => {
      await refuses(name(zeroAddress), "SuccessorUnusable", [address(log), zeroAddress]);
      await refuses(name(address(log)), "SuccessorUnusable", [address(log), address(log)]);
      await anchors.write.nameRecoveryKey([address(recovery)], as(otherLog));
      await name(address(log), recovery, address(otherLog));
      await refuses(name(address(otherLog)), "SuccessorUnusable", [address(log), address(otherLog)]);
    });
  });

  it("has no word for pausing, owning or upgrading", () => {
    const functions = anchors.abi.filter((entry) => entry.type === "function").map((entry) => entry.name);
    assert.deepEqual(functions.sort(), [
      "anchor",
      "nameRecoveryKey",
      "nameSuccessor",
      "newest",
      "recoveryKeyOf",
      "successorOf",
    ]);
  });
});
