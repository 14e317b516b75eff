import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { network } from "hardhat";
import { getAddress, zeroAddress } from "viem";

const { viem } = await network.create();
const [mirror, newMirror, stranger, firstKey, secondKey] = await viem.getWalletClients();
const address = (wallet) => getAddress(wallet.account.address);
const PACKHOUSE = `0x${"ab".repeat(20)}`;
const PORT = `0x${"cd".repeat(20)}`;
const NOBODY = `0x${"00".repeat(20)}`;

describe("OrganizationRegistry", () => {
  let registry;
  const as = (wallet) => ({ account: wallet.account });
  const write = (name, values, wallet = mirror) => registry.write[name](values, as(wallet));
  const refuses = (call, error, values) =>
    viem.assertions.revertWithCustomErrorWithArgs(call, registry, error, values);
  const says = (call, event, values) => viem.assertions.emitWithArgs(call, registry, event, values);
  const register = (id = PACKHOUSE, key = address(firstKey), wallet = mirror) =>
    write("registerOrganization", [id, key, 7n, 2n], wallet);

  beforeEach(async () => {
    registry = await viem.deployContract("OrganizationRegistry", [address(mirror)]);
  });

  it("is written by the mirror account only, whatever the call", async () => {
    const calls = {
      registerOrganization: [PACKHOUSE, address(firstKey), 7n, 2n],
      addKey: [PACKHOUSE, address(secondKey), 9n],
      rotateKey: [PACKHOUSE, address(firstKey), 9n],
      revokeKey: [PACKHOUSE, address(firstKey), 9n],
      setRoles: [PACKHOUSE, 1n],
      offerOwnership: [address(stranger)],
    };
    for (const [name, values] of Object.entries(calls)) {
      await refuses(write(name, values, stranger), "NotTheOwner", [address(stranger), address(mirror)]);
    }
  });

  it("needs an owner from the start", async () => {
    await assert.rejects(viem.deployContract("OrganizationRegistry", [zeroAddress]), /OwnerUnusable/);
  });

  describe("registerOrganization", () => {
    it("mirrors an organization with its first key and its roles", async () => {
      assert.equal(await registry.read.isRegistered([PACKHOUSE]), false);
      const sent = register();
      await says(sent, "OrganizationRegistered", [PACKHOUSE, 2n]);
      await says(sent, "KeyAdded", [PACKHOUSE, address(firstKey), 7n]);
      assert.equal(await registry.read.isRegistered([PACKHOUSE]), true);
      assert.equal(await registry.read.rolesOf([PACKHOUSE]), 2n);
      assert.deepEqual(await registry.read.keysOf([PACKHOUSE]), [address(firstKey)]);
      assert.deepEqual(await registry.read.validityOf([PACKHOUSE, address(firstKey)]), [7n, 0n, 0n]);
    });

    it("happens once, with a name and a key", async () => {
      await register();
      await refuses(register(), "OrganizationAlreadyRegistered", [PACKHOUSE]);
      await refuses(register(NOBODY), "OrganizationUnusable", [NOBODY]);
      await refuses(register(PORT, zeroAddress), "KeyUnusable", [PORT, zeroAddress]);
      assert.equal(await registry.read.isRegistered([PORT]), false);
    });
  });

  describe("addKey", () => {
    it("adds a key to an organization that is there", async () => {
      await refuses(write("addKey", [PACKHOUSE, address(secondKey), 9n]), "OrganizationUnknown", [PACKHOUSE]);
      await register();
      await says(write("addKey", [PACKHOUSE, address(secondKey), 9n]), "KeyAdded", [
        PACKHOUSE,
        address(secondKey),
        9n,
      ]);
      assert.deepEqual(await registry.read.keysOf([PACKHOUSE]), [address(firstKey), address(secondKey)]);
    });

    it("refuses the zero address and a key that is there already", async () => {
      await register();
      await refuses(write("addKey", [PACKHOUSE, zeroAddress, 9n]), "KeyUnusable", [PACKHOUSE, zeroAddress]);
      await refuses(write("addKey", [PACKHOUSE, address(firstKey), 9n]), "KeyAlreadyAdded", [
        PACKHOUSE,
        address(firstKey),
      ]);
    });
  });

  describe("rotateKey and revokeKey", () => {
    const rotate = (key, expiresAt, id = PACKHOUSE) => write("rotateKey", [id, address(key), expiresAt]);
    const revoke = (key, validUntil, id = PACKHOUSE) => write("revokeKey", [id, address(key), validUntil]);
    const isValid = (position, second, key = firstKey, id = PACKHOUSE) =>
      registry.read.isValidAt([id, address(key), position, second]);

    beforeEach(async () => {
      await register();
    });

    it("lets a rotated key sign until the last second of its grace", async () => {
      await says(rotate(firstKey, 1_000n), "KeyRotated", [PACKHOUSE, address(firstKey), 1_000n]);
      assert.deepEqual(await registry.read.validityOf([PACKHOUSE, address(firstKey)]), [7n, 0n, 1_000n]);
      assert.equal(await isValid(6n, 1_000n), false);
      assert.equal(await isValid(7n, 1_000n), true);
      assert.equal(await isValid(7n, 1_001n), false);
    });

    it("lets a revoked key sign only before a position", async () => {
      assert.equal(await isValid(9n, 5n), true);
      await says(revoke(firstKey, 9n), "KeyRevoked", [PACKHOUSE, address(firstKey), 9n]);
      assert.deepEqual(await registry.read.validityOf([PACKHOUSE, address(firstKey)]), [7n, 9n, 0n]);
      assert.equal(await isValid(8n, 5n), true);
      assert.equal(await isValid(9n, 5n), false);
    });

    it("knows no validity of unknown keys and organizations", async () => {
      assert.equal(await isValid(9n, 5n, secondKey), false);
      assert.equal(await isValid(9n, 5n, firstKey, PORT), false);
      const unknown = [PACKHOUSE, address(secondKey)];
      await refuses(registry.read.validityOf(unknown), "KeyUnknown", unknown);
      await refuses(rotate(secondKey, 9n), "KeyUnknown", unknown);
      await refuses(revoke(secondKey, 9n), "KeyUnknown", unknown);
      await refuses(rotate(firstKey, 9n, PORT), "OrganizationUnknown", [PORT]);
      await refuses(revoke(firstKey, 9n, PORT), "OrganizationUnknown", [PORT]);
    });

    it("ends a key once, at a time that makes sense", async () => {
      await refuses(rotate(firstKey, 0n), "ExpiryUnusable", [PACKHOUSE, address(firstKey), 0n]);
      await refuses(revoke(firstKey, 7n), "RevokedBeforeValid", [PACKHOUSE, address(firstKey), 7n, 7n]);
      await rotate(firstKey, 1_000n);
      await refuses(rotate(firstKey, 2_000n), "KeyAlreadyRotated", [PACKHOUSE, address(firstKey), 1_000n]);
      await revoke(firstKey, 9n);
      await refuses(revoke(firstKey, 8n), "KeyAlreadyRevoked", [PACKHOUSE, address(firstKey), 9n]);
    });
  });

  describe("setRoles", () => {
    it("replaces the roles of an organization that is there", async () => {
      await refuses(write("setRoles", [PACKHOUSE, 1n]), "OrganizationUnknown", [PACKHOUSE]);
      await register();
      await says(write("setRoles", [PACKHOUSE, 5n]), "RolesSet", [PACKHOUSE, 5n]);
      assert.equal(await registry.read.rolesOf([PACKHOUSE]), 5n);
    });
  });

  describe("offerOwnership and acceptOwnership", () => {
    it("hands the mirror over in two steps", async () => {
      await says(write("offerOwnership", [address(newMirror)]), "OwnershipOffered", [
        address(mirror),
        address(newMirror),
      ]);
      assert.equal(await registry.read.owner(), address(mirror));
      assert.equal(await registry.read.offeredOwner(), address(newMirror));
      await register();
      await says(write("acceptOwnership", [], newMirror), "OwnershipTransferred", [
        address(mirror),
        address(newMirror),
      ]);
      assert.equal(await registry.read.owner(), address(newMirror));
      assert.equal(await registry.read.offeredOwner(), zeroAddress);
      await refuses(register(PORT), "NotTheOwner", [address(mirror), address(newMirror)]);
    });

    it("refuses whoever it was not offered to, and the zero address", async () => {
      await refuses(write("acceptOwnership", [], stranger), "NotTheOfferedOwner", [address(stranger), zeroAddress]);
      await write("offerOwnership", [address(newMirror)]);
      await refuses(write("acceptOwnership", [], stranger), "NotTheOfferedOwner", [
        address(stranger),
        address(newMirror),
      ]);
      await refuses(write("offerOwnership", [zeroAddress]), "OwnerUnusable", [zeroAddress]);
    });
  });
});
