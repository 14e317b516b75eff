import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, describe, it } from "node:test";

import { network } from "hardhat";

import { Log, entryAt } from "./merkle.js";
import { addressOf, keyOf, signer, vrs } from "./signing.js";

const { viem } = await network.create();
const chainId = await (await viem.getPublicClient()).getChainId();
const published = JSON.parse(readFileSync(new URL("../vectors/log/published.json", import.meta.url)));
const hex = (text) => `0x${text}`;
const flipped = (hash) => hash.slice(0, -1) + (hash.endsWith("0") ? "1" : "0");
const key = keyOf(1);

describe("Proofs on the chain", () => {
  let anchors;
  const refuses = (call, error, values) =>
    viem.assertions.revertWithCustomErrorWithArgs(call, anchors, error, values);
  const included = (log, size, index, proof = log.inclusion(index, size), entry = log.entries[index]) =>
    anchors.read.checkInclusion([BigInt(size), log.root(size), BigInt(index), entry, proof]);
  const grown = (log, first, second, proof = log.consistency(first, second)) =>
    anchors.read.checkConsistency([BigInt(first), log.root(first), BigInt(second), log.root(second), proof]);

  beforeEach(async () => {
    anchors = await viem.deployContract("PassportAnchor");
  });

  it("hold for the published tree of Certificate Transparency", async () => {
    const roots = published.roots.map(hex);
    for (const { index, size, proof } of published.inclusion) {
      const entry = hex(published.leaves[index]);
      await anchors.read.checkInclusion([BigInt(size), roots[size - 1], BigInt(index), entry, proof.map(hex)]);
    }
    for (const { old, new: now, proof } of published.consistency) {
      await anchors.read.checkConsistency([BigInt(old), roots[old - 1], BigInt(now), roots[now - 1], proof.map(hex)]);
    }
    assert.ok(published.inclusion.length + published.consistency.length >= 4);
  });

  it("hold for every entry and every beginning of small logs", async () => {
    const log = new Log(17);
    for (let size = 1; size <= 17; size++) {
      for (let index = 0; index < size; index++) await included(log, size, index);
      for (let first = 1; first <= size; first++) await grown(log, first, size);
    }
  });

  it("fail when any hash in them is another, at any place", async () => {
    const log = new Log(13);
    for (const index of [0, 7, 11, 12]) {
      const proof = log.inclusion(index);
      for (const [at, hash] of proof.entries()) {
        await assert.rejects(included(log, 13, index, proof.with(at, flipped(hash))), /RootNotProven/);
      }
    }
    for (const first of [1, 4, 6, 8, 12]) {
      const proof = log.consistency(first);
      for (const [at, hash] of proof.entries()) {
        await assert.rejects(grown(log, first, 13, proof.with(at, flipped(hash))), /RootNotProven/);
      }
    }
  });

  it("say which root they lead to instead", async () => {
    const log = new Log(2);
    await refuses(included(log, 2, 0, log.inclusion(0), log.entries[1]), "RootNotProven", [
      log.root(),
      new Log(2, [log.entries[1], log.entries[1]]).root(),
    ]);
  });

  it("are neither longer nor shorter than their tree", async () => {
    const log = new Log(13);
    const [proof, extra] = [log.inclusion(5), log.root(3)];
    await refuses(included(log, 13, 5, [...proof, extra]), "ProofTooLong", [4n, 5n]);
    await refuses(included(log, 13, 5, proof.slice(1)), "ProofTooShort", [3n]);
    await refuses(included(log, 13, 5, []), "ProofTooShort", [0n]);
    await refuses(included(log, 1, 0, [extra]), "ProofTooLong", [0n, 1n]);
    const consistent = log.consistency(6);
    await refuses(grown(log, 6, 13, [...consistent, extra]), "ProofTooLong", [
      BigInt(consistent.length),
      BigInt(consistent.length + 1),
    ]);
    await refuses(grown(log, 6, 13, consistent.slice(0, -1)), "ProofTooShort", [BigInt(consistent.length - 1)]);
    await refuses(grown(log, 6, 13, []), "ProofTooShort", [0n]);
    await refuses(grown(log, 13, 13, [extra]), "ProofTooLong", [0n, 1n]);
  });

  it("refuse places that the log hasn't reached, and logs that shrink", async () => {
    const log = new Log(8);
    await refuses(
      anchors.read.checkInclusion([8n, log.root(), 8n, log.entries[7], log.inclusion(7)]),
      "IndexOutsideLog",
      [8n, 8n],
    );
    await refuses(grown(log, 8, 5, []), "SizesNotGrowing", [8n, 5n]);
    await refuses(
      anchors.read.checkConsistency([0n, log.root(1), 5n, log.root(5), []]),
      "SizesNotGrowing",
      [0n, 5n],
    );
  });

  it("don't hold for two histories of one size", async () => {
    const [one, other] = [new Log(8), new Log(8, [...new Log(7).entries, entryAt(99)])];
    await refuses(
      anchors.read.checkConsistency([8n, one.root(), 8n, other.root(), []]),
      "RootNotProven",
      [one.root(), other.root()],
    );
    for (const proof of [one.consistency(6), other.consistency(6)]) {
      await assert.rejects(
        anchors.read.checkConsistency([6n, flipped(one.root(6)), 8n, other.root(), proof]),
        /RootNotProven/,
      );
    }
  });

  it("don't take a node of the tree for an entry", async () => {
    const log = new Log(4);
    const forged = log.nodeBytes(0);
    for (const size of [2n, 4n]) {
      for (const proof of [[], log.inclusion(0), log.inclusion(0).slice(1)]) {
        await assert.rejects(
          anchors.read.checkInclusion([size, log.root(), 0n, forged, proof]),
          /RootNotProven|ProofTooShort|ProofTooLong/,
        );
      }
    }
  });

  it("tell a log whose last entry is there twice from the log itself", async () => {
    const log = new Log(3);
    const doubled = new Log(4, [...log.entries, log.entries[2]]);
    assert.notEqual(log.root(), doubled.root());
    await assert.rejects(
      anchors.read.checkInclusion([4n, log.root(), 3n, log.entries[2], doubled.inclusion(3)]),
      /RootNotProven/,
    );
    await assert.rejects(
      anchors.read.checkInclusion([3n, log.root(), 2n, log.entries[2], doubled.inclusion(3)]),
      /ProofTooLong/,
    );
  });

  describe("against a log's newest checkpoint", () => {
    const log = new Log(8);

    beforeEach(async () => {
      const sign = signer("Passport Anchor", chainId, anchors.address);
      const message = { log: addressOf(key), size: 8n, root: log.root() };
      const signature = vrs(await sign(key, "Anchor(address log,uint64 size,bytes32 root)", message));
      await anchors.write.anchor([addressOf(key), 8n, log.root(), ...signature]);
    });

    it("show that an entry stands in the log", async () => {
      await anchors.read.checkIncluded([addressOf(key), 5n, log.entries[5], log.inclusion(5)]);
      await assert.rejects(
        anchors.read.checkIncluded([addressOf(key), 5n, log.entries[4], log.inclusion(5)]),
        /RootNotProven/,
      );
      await refuses(
        anchors.read.checkIncluded([addressOf(keyOf(2)), 0n, log.entries[0], []]),
        "IndexOutsideLog",
        [0n, 0n],
      );
    });

    it("show that an older checkpoint is its beginning", async () => {
      await anchors.read.checkContinued([addressOf(key), 5n, log.root(5), log.consistency(5)]);
      const forged = new Log(5, [...new Log(4).entries, entryAt(99)]);
      await assert.rejects(
        anchors.read.checkContinued([addressOf(key), 5n, forged.root(), log.consistency(5)]),
        /RootNotProven/,
      );
      await refuses(
        anchors.read.checkContinued([addressOf(keyOf(2)), 5n, log.root(5), []]),
        "SizesNotGrowing",
        [5n, 0n],
      );
    });
  });
});
