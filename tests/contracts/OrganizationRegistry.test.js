import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { network } from "hardhat";
import { zeroAddress } from "viem";

import { registrationOf } from "./registrations.js";
import { addressOf, keyOf, malleated, signer, vrs } from "./signing.js";

const { viem } = await network.create();
const [admin, newAdmin, stranger, accreditor] = await viem.getWalletClients();
const client = await viem.getPublicClient();
const clock = await viem.getTestClient();
const chainId = await client.getChainId();
const [first, second, third, fourth, thief] = [11, 12, 13, 14, 15].map(keyOf);
const { id: PACKHOUSE, proof: PROOF } = registrationOf(first.address);
const { id: PORT, proof: PORT_PROOF } = registrationOf(fourth.address);
const NOBODY = `0x${"00".repeat(20)}`;
const FAR = 2n ** 63n;
const WEEK = 7n * 24n * 3600n;
const [STATEMENTS, CONTROL, READINGS] = [0, 1, 2];
const [UNSPECIFIED, LOST, STOLEN] = [0, 1, 2];
const REGISTER = "Register(bytes20 organization,address key,uint64 validFrom,uint64 deadline)";
const TYPES = {
  addKey:
    "AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,uint256 nonce,uint64 deadline)",
  rotateKey:
    "RotateKey(bytes20 organization,address oldKey,address newKey,uint64 validFrom,uint64 graceEndsAt,uint256 nonce,uint64 deadline)",
  revokeKey:
    "RevokeKey(bytes20 organization,address key,uint64 validUntil,uint8 reason,uint256 nonce,uint64 deadline)",
  objectToRecovery: "Object(bytes20 organization,address key,uint256 nonce,uint64 deadline)",
};

describe("OrganizationRegistry", () => {
  let registry, sign, now;
  const as = (wallet) => ({ account: wallet.account });
  const write = (name, values, wallet = admin) => registry.write[name](values, as(wallet));
  const refuses = (call, error, values) =>
    viem.assertions.revertWithCustomErrorWithArgs(call, registry, error, values);
  const says = (call, event, values) => viem.assertions.emitWithArgs(call, registry, event, values);
  const mirror = (id = PACKHOUSE, key = first, proof = PROOF, wallet = admin) =>
    write("mirror", [id, addressOf(key), 7n, proof], wallet);
  const register = async ({ id = PACKHOUSE, key = first, by = key, proof = PROOF, deadline = FAR } = {}) => {
    const message = { organization: id, key: addressOf(key), validFrom: 7n, deadline };
    const signature = await sign(by, REGISTER, message);
    return write("register", [id, addressOf(key), 7n, proof, deadline, signature], stranger);
  };
  const isValid = (key, position = 9n, { purpose = STATEMENTS, second = 5n, id = PACKHOUSE } = {}) =>
    registry.read.isValidAt([id, addressOf(key), purpose, position, second]);
  const validity = async (key) => await registry.read.validityOf([PACKHOUSE, addressOf(key)]);

  /** Sign a call of the organization and let a stranger bring it. */
  const authorized = async (name, by, message, values, { id = PACKHOUSE, ...changed } = {}) => {
    const nonce = changed.nonce ?? (await registry.read.nonceOf([id]));
    const deadline = changed.deadline ?? FAR;
    const full = { organization: id, ...message, nonce, deadline };
    const signature = changed.signature ?? (await sign(by, TYPES[name], full, changed.elsewhere));
    const authorization = { signer: addressOf(changed.signer ?? by), nonce, deadline, signature };
    return write(name, [changed.to ?? id, ...values, authorization], stranger);
  };
  const addKey = (by, key, { purpose = STATEMENTS, validFrom = 9n, expiresAt = 0n, ...changed } = {}) => {
    const grant = { key: addressOf(key), purpose, validFrom, expiresAt };
    return authorized("addKey", by, grant, [changed.grant ?? grant], changed);
  };
  const rotateKey = (by, old, fresh, graceEndsAt, changed) => {
    const message = { oldKey: addressOf(old), newKey: addressOf(fresh), validFrom: 9n, graceEndsAt };
    return authorized("rotateKey", by, message, Object.values(message), changed);
  };
  const revokeKey = (by, key, validUntil, reason = STOLEN, changed = {}) => {
    const message = { key: addressOf(key), validUntil, reason };
    return authorized("revokeKey", by, message, Object.values(message), changed);
  };
  const object = (by, proposed, changed) =>
    authorized("objectToRecovery", by, { key: addressOf(proposed) }, [], changed);
  const take = (key, validUntil = 20n, reason = LOST, wallet = admin) =>
    write("takeKey", [PACKHOUSE, addressOf(key), validUntil, reason], wallet);
  const recover = (key = second, id = PACKHOUSE) => write("startRecovery", [id, addressOf(key), 30n]);

  beforeEach(async () => {
    registry = await viem.deployContract("OrganizationRegistry", [addressOf(admin)]);
    sign = signer("Organization Registry", chainId, registry.address);
    now = (await client.getBlock()).timestamp;
  });

  it("is administered by one account only, whatever the call", async () => {
    const calls = {
      mirror: [PACKHOUSE, addressOf(first), 7n, PROOF],
      endKey: [PACKHOUSE, addressOf(first), 9n],
      takeKey: [PACKHOUSE, addressOf(first), 9n, LOST],
      suspend: [PACKHOUSE, LOST],
      reinstate: [PACKHOUSE],
      startRecovery: [PACKHOUSE, addressOf(second), 9n],
      stopRecovery: [PACKHOUSE],
      setAccreditor: [addressOf(stranger), true],
      offerAdmin: [addressOf(stranger)],
    };
    for (const [name, values] of Object.entries(calls)) {
      await refuses(write(name, values, stranger), "NotTheAdmin", [addressOf(stranger), addressOf(admin)]);
    }
  });

  it("needs an admin from the start", async () => {
    await assert.rejects(viem.deployContract("OrganizationRegistry", [zeroAddress]), /AdminUnusable/);
  });

  it("has no word for replacing it", () => {
    const names = registry.abi.filter((entry) => entry.type === "function").map((entry) => entry.name);
    assert.deepEqual(names.filter((name) => /upgrade|initialize|implementation|pause|owner/i.test(name)), []);
  });

  describe("register", () => {
    it("takes an organization's own signature from whoever brings it", async () => {
      assert.equal(await registry.read.isRegistered([PACKHOUSE]), false);
      const sent = register();
      await says(sent, "OrganizationRegistered", [PACKHOUSE, addressOf(first), true]);
      await says(sent, "KeyAdded", [PACKHOUSE, addressOf(first), STATEMENTS, 7n, 0n]);
      assert.equal(await registry.read.isRegistered([PACKHOUSE]), true);
      assert.equal(await registry.read.rolesOf([PACKHOUSE]), 0n);
      assert.deepEqual(await registry.read.keysOf([PACKHOUSE]), [addressOf(first)]);
      assert.deepEqual(await validity(first), [STATEMENTS, 7n, 0n, 0n, UNSPECIFIED]);
      assert.equal(await client.getBalance({ address: first.address }), 0n);
    });

    it("counts once and until its deadline, even in the same second", async () => {
      await register();
      await refuses(register(), "OrganizationAlreadyRegistered", [PACKHOUSE]);
      await clock.setNextBlockTimestamp({ timestamp: now + 100n });
      await refuses(register({ deadline: now + 99n }), "DeadlinePassed", [now + 99n, now + 100n]);
      await clock.setNextBlockTimestamp({ timestamp: now + 200n });
      await register({ id: PORT, key: fourth, proof: PORT_PROOF, deadline: now + 200n });
    });

    it("gives an id to nobody but the key that made it", async () => {
      await refuses(register({ key: thief }), "KeyNotInRegistration", [PACKHOUSE, addressOf(thief)]);
      await refuses(mirror(PACKHOUSE, thief), "KeyNotInRegistration", [PACKHOUSE, addressOf(thief)]);
      await assert.rejects(register({ by: thief }), /SignatureNotOf/);
      await refuses(mirror(PORT, first), "RegistrationOfAnother", [PORT, PACKHOUSE]);
      const own = registrationOf(thief.address).proof;
      const mixed = { ...PROOF, partDigests: own.partDigests };
      await assert.rejects(mirror(PACKHOUSE, thief, mixed), /RegistrationBodyDiffers/);
      const swapped = { ...PROOF, partDigests: PROOF.partDigests.toReversed() };
      await assert.rejects(mirror(PACKHOUSE, first, swapped), /RegistrationBodyDiffers/);
      await assert.rejects(mirror(PACKHOUSE, first, { ...PROOF, partDigests: [] }), /KeyNotInRegistration/);
      await assert.rejects(mirror(PACKHOUSE, first, { ...PROOF, salt: `0x${"77".repeat(16)}` }), /KeyNotInRegistration/);
      for (const other of [{ alg: "webauthn-es256" }, { path: "/name" }]) {
        const { id, proof } = registrationOf(first.address, other);
        await refuses(mirror(id, first, proof), "KeyNotInRegistration", [id, addressOf(first)]);
      }
    });

    it("wants the whole body's digest at the envelope's beginning", async () => {
      const short = "0x7b7d";
      const { createHash } = await import("node:crypto");
      const id = `0x${createHash("sha256").update("{}").digest("hex").slice(0, 40)}`;
      await assert.rejects(mirror(id, first, { ...PROOF, envelope: short }), /RegistrationBodyDiffers/);
      const after = `0x20${PROOF.envelope.slice(2)}`;
      const moved = createHash("sha256").update(Buffer.from(after.slice(2), "hex")).digest("hex").slice(0, 40);
      await assert.rejects(mirror(`0x${moved}`, first, { ...PROOF, envelope: after }), /RegistrationBodyDiffers/);
    });

    it("takes no signature for another registry or chain, nor a second form of one", async () => {
      for (const elsewhere of [{ chainId: 1 }, { verifyingContract: stranger.account.address }]) {
        const message = { organization: PACKHOUSE, key: first.address, validFrom: 7n, deadline: FAR };
        const signature = await sign(first, REGISTER, message, elsewhere);
        const values = [PACKHOUSE, first.address, 7n, PROOF, FAR, signature];
        await assert.rejects(write("register", values, stranger), /SignatureNotOf/);
      }
      const message = { organization: PACKHOUSE, key: first.address, validFrom: 7n, deadline: FAR };
      const [v, r, s] = malleated(vrs(await sign(first, REGISTER, message)));
      const signature = `${r}${s.slice(2)}${v.toString(16)}`;
      const values = [PACKHOUSE, first.address, 7n, PROOF, FAR, signature];
      await refuses(write("register", values, stranger), "SignatureMalleable", [s]);
      const marked = `${r}${s.slice(2)}01`;
      await refuses(write("register", values.with(5, marked)), "SignatureMarkUnusable", [1]);
      await refuses(write("register", values.with(5, "0x")), "SignatureLengthUnusable", [0n]);
    });
  });

  describe("mirror", () => {
    it("repeats an organization of the log with the key that it named", async () => {
      const sent = mirror();
      await says(sent, "OrganizationRegistered", [PACKHOUSE, addressOf(first), false]);
      await refuses(mirror(), "OrganizationAlreadyRegistered", [PACKHOUSE]);
      await refuses(register(), "OrganizationAlreadyRegistered", [PACKHOUSE]);
    });
  });

  describe("addKey", () => {
    beforeEach(async () => {
      await mirror();
    });

    it("adds a key that a live key has signed for", async () => {
      const sent = addKey(first, second, { expiresAt: 99n });
      await says(sent, "KeyAdded", [PACKHOUSE, addressOf(second), STATEMENTS, 9n, 99n]);
      assert.deepEqual(await registry.read.keysOf([PACKHOUSE]), [addressOf(first), addressOf(second)]);
      assert.equal(await registry.read.nonceOf([PACKHOUSE]), 1n);
      assert.deepEqual(await validity(second), [STATEMENTS, 9n, 0n, 99n, UNSPECIFIED]);
    });

    it("counts once, in its order, and until its deadline", async () => {
      await addKey(first, second);
      await refuses(addKey(first, third, { nonce: 0n }), "NonceNotNext", [PACKHOUSE, 1n, 0n]);
      await refuses(addKey(first, third, { nonce: 2n }), "NonceNotNext", [PACKHOUSE, 1n, 2n]);
      await clock.setNextBlockTimestamp({ timestamp: now + 100n });
      await refuses(addKey(first, third, { deadline: now + 99n }), "DeadlinePassed", [now + 99n, now + 100n]);
    });

    it("says what was signed, for the organization that signed it, on this registry", async () => {
      const grant = { key: addressOf(second), purpose: STATEMENTS, validFrom: 9n, expiresAt: 0n };
      for (const changed of [{ key: addressOf(thief) }, { purpose: CONTROL }, { validFrom: 1n }, { expiresAt: 5n }]) {
        await assert.rejects(addKey(first, second, { grant: { ...grant, ...changed } }), /SignatureNotOf/);
      }
      await mirror(PORT, fourth, PORT_PROOF);
      await assert.rejects(addKey(first, second, { to: PORT }), /SignerMayNotAuthorize/);
      await assert.rejects(addKey(first, second, { elsewhere: { chainId: 1 } }), /SignatureNotOf/);
      await assert.rejects(addKey(thief, second, { signer: first }), /SignatureNotOf/);
      assert.equal(await registry.read.nonceOf([PACKHOUSE]), 0n);
    });

    it("is signed by a live key, not by strangers, delegates, revoked or expired keys", async () => {
      const notAllowed = (key) => refuses(addKey(key, third), "SignerMayNotAuthorize", [PACKHOUSE, addressOf(key)]);
      await notAllowed(thief);
      await addKey(first, second, { purpose: READINGS, expiresAt: FAR });
      await notAllowed(second);
      await take(first);
      await notAllowed(first);
      await refuses(addKey(first, second, { id: PORT }), "OrganizationUnknown", [PORT]);
    });

    it("ends with the last second of a grace", async () => {
      await clock.setNextBlockTimestamp({ timestamp: now + 50n });
      await write("endKey", [PACKHOUSE, addressOf(first), now + 100n]);
      await clock.setNextBlockTimestamp({ timestamp: now + 100n });
      await addKey(first, second);
      await clock.setNextBlockTimestamp({ timestamp: now + 101n });
      await refuses(addKey(first, third), "SignerMayNotAuthorize", [PACKHOUSE, addressOf(first)]);
    });

    it("refuses the zero address, a key that is there, and a delegate without an end to come", async () => {
      await refuses(addKey(first, { address: zeroAddress }), "KeyUnusable", [PACKHOUSE, zeroAddress]);
      await refuses(addKey(first, first), "KeyAlreadyAdded", [PACKHOUSE, addressOf(first)]);
      const delegate = (expiresAt) => addKey(first, second, { purpose: READINGS, expiresAt });
      await refuses(delegate(0n), "DelegateWithoutEnd", [PACKHOUSE, addressOf(second), 0n]);
      await clock.setNextBlockTimestamp({ timestamp: now + 100n });
      await refuses(delegate(now + 99n), "DelegateWithoutEnd", [PACKHOUSE, addressOf(second), now + 99n]);
      await clock.setNextBlockTimestamp({ timestamp: now + 200n });
      await delegate(now + 200n);
    });

    it("takes 256 keys of an organization, the retired ones counted", async () => {
      for (let number = 1; number < 256; number++) await addKey(first, keyOf(1000 + number));
      assert.equal((await registry.read.keysOf([PACKHOUSE])).length, 256);
      await refuses(addKey(first, second), "TooManyKeys", [PACKHOUSE, 256n]);
    });

    it("makes contracts authorize keys only", async () => {
      const wallet = { address: registry.address };
      await refuses(addKey(first, wallet), "WalletForControlOnly", [PACKHOUSE, addressOf(wallet)]);
      await addKey(first, wallet, { purpose: CONTROL });
      await refuses(addKey(first, second, { signer: wallet }), "SignatureRefusedByWallet", [addressOf(wallet)]);
      assert.equal(await isValid(wallet, 9n), false);
      assert.equal(await isValid(wallet, 9n, { purpose: CONTROL }), true);
    });

    it("lets a delegate sign meter readings up to a date, and nothing else", async () => {
      await addKey(first, second, { purpose: READINGS, expiresAt: FAR });
      const readings = (second_, position = 9n) =>
        isValid(second, position, { purpose: READINGS, second: second_ });
      assert.equal(await readings(FAR), true);
      assert.equal(await readings(FAR + 1n), false);
      assert.equal(await readings(FAR, 8n), false);
      assert.equal(await isValid(second), false);
      assert.equal(await isValid(first, 9n, { purpose: READINGS }), true);
      assert.equal(await isValid(first, 9n, { purpose: CONTROL }), true);
    });
  });

  describe("rotateKey", () => {
    beforeEach(async () => {
      await mirror();
    });

    it("puts a key in another's place, which signs on until the end of its grace", async () => {
      const sent = rotateKey(first, first, second, now + 1000n);
      await says(sent, "KeyRotated", [PACKHOUSE, addressOf(first), now + 1000n, addressOf(stranger)]);
      await says(sent, "KeyAdded", [PACKHOUSE, addressOf(second), STATEMENTS, 9n, 0n]);
      assert.deepEqual(await validity(first), [STATEMENTS, 7n, 0n, now + 1000n, UNSPECIFIED]);
      assert.equal(await isValid(first, 7n, { second: now + 1000n }), true);
      assert.equal(await isValid(first, 6n, { second: now + 1000n }), false);
      assert.equal(await isValid(first, 7n, { second: now + 1001n }), false);
    });

    it("keeps purpose and end of a delegate", async () => {
      await addKey(first, second, { purpose: READINGS, expiresAt: FAR });
      await refuses(rotateKey(first, second, third, FAR + 1n), "ExpiryUnusable", [
        PACKHOUSE,
        addressOf(second),
        FAR + 1n,
      ]);
      await rotateKey(first, second, third, FAR);
      assert.deepEqual(await validity(third), [READINGS, 9n, 0n, FAR, UNSPECIFIED]);
    });

    it("happens once to a key that is there and not revoked", async () => {
      await refuses(rotateKey(first, third, second, 9n), "KeyUnknown", [PACKHOUSE, addressOf(third)]);
      await refuses(rotateKey(first, first, second, 0n), "ExpiryUnusable", [PACKHOUSE, addressOf(first), 0n]);
      await rotateKey(first, first, second, now + 1000n);
      await refuses(rotateKey(second, first, third, now + 900n), "KeyAlreadyRotated", [
        PACKHOUSE,
        addressOf(first),
        now + 1000n,
      ]);
      await revokeKey(second, first, 20n);
      await refuses(rotateKey(second, first, third, now + 900n), "KeyAlreadyRevoked", [
        PACKHOUSE,
        addressOf(first),
        20n,
      ]);
      await assert.rejects(rotateKey(thief, second, third, 9n), /SignerMayNotAuthorize/);
      await assert.rejects(rotateKey(second, second, third, 9n, { elsewhere: { chainId: 1 } }), /SignatureNotOf/);
    });
  });

  describe("revokeKey", () => {
    beforeEach(async () => {
      await mirror();
    });

    it("ends a key at a log position, with a reason", async () => {
      await addKey(first, second);
      const sent = revokeKey(second, first, 9n);
      await says(sent, "KeyRevoked", [PACKHOUSE, addressOf(first), 9n, STOLEN, addressOf(stranger)]);
      assert.deepEqual(await validity(first), [STATEMENTS, 7n, 9n, 0n, STOLEN]);
      assert.equal(await isValid(first, 8n), true);
      assert.equal(await isValid(first, 9n), false);
    });

    it("happens once, after the key began, to a key that is there", async () => {
      await refuses(revokeKey(first, third, 9n), "KeyUnknown", [PACKHOUSE, addressOf(third)]);
      await refuses(revokeKey(first, first, 7n), "RevokedBeforeValid", [PACKHOUSE, addressOf(first), 7n, 7n]);
      await addKey(first, second);
      await revokeKey(second, first, 8n);
      await refuses(revokeKey(second, first, 9n), "KeyAlreadyRevoked", [PACKHOUSE, addressOf(first), 8n]);
      await refuses(revokeKey(second, first, 9n, LOST, { id: PORT }), "OrganizationUnknown", [PORT]);
    });

    it("says what was signed", async () => {
      const signed = await sign(first, TYPES.revokeKey, {
        organization: PACKHOUSE,
        key: addressOf(first),
        validUntil: 20n,
        reason: LOST,
        nonce: 0n,
        deadline: FAR,
      });
      await assert.rejects(revokeKey(first, first, 21n, LOST, { signature: signed }), /SignatureNotOf/);
      await assert.rejects(revokeKey(first, first, 20n, STOLEN, { signature: signed }), /SignatureNotOf/);
      await revokeKey(first, first, 20n, LOST, { signature: signed });
    });

    it("is open to a suspended organization, which may add nothing", async () => {
      await addKey(first, second);
      await write("suspend", [PACKHOUSE, STOLEN]);
      await refuses(addKey(first, third), "OrganizationIsSuspended", [PACKHOUSE]);
      await refuses(rotateKey(first, first, third, 9n), "OrganizationIsSuspended", [PACKHOUSE]);
      await revokeKey(first, second, 20n);
    });
  });

  describe("the admin", () => {
    beforeEach(async () => {
      await mirror();
    });

    it("mirrors what ends", async () => {
      await says(write("endKey", [PACKHOUSE, addressOf(first), 1000n]), "KeyRotated", [
        PACKHOUSE,
        addressOf(first),
        1000n,
        addressOf(admin),
      ]);
      await says(take(first), "KeyRevoked", [PACKHOUSE, addressOf(first), 20n, LOST, addressOf(admin)]);
      await refuses(take(second), "KeyUnknown", [PACKHOUSE, addressOf(second)]);
      await refuses(write("endKey", [PACKHOUSE, addressOf(second), 9n]), "KeyUnknown", [PACKHOUSE, addressOf(second)]);
      await refuses(write("endKey", [PORT, addressOf(second), 9n]), "OrganizationUnknown", [PORT]);
    });

    it("suspends and reinstates", async () => {
      assert.equal(await isValid(first), true);
      await says(write("suspend", [PACKHOUSE, STOLEN]), "OrganizationSuspended", [PACKHOUSE, STOLEN]);
      assert.equal(await registry.read.isSuspended([PACKHOUSE]), true);
      assert.equal(await isValid(first), false);
      await refuses(write("suspend", [PACKHOUSE, STOLEN]), "OrganizationIsSuspended", [PACKHOUSE]);
      await says(write("reinstate", [PACKHOUSE]), "OrganizationReinstated", [PACKHOUSE]);
      assert.equal(await isValid(first), true);
      await refuses(write("reinstate", [PACKHOUSE]), "OrganizationNotSuspended", [PACKHOUSE]);
      await refuses(write("suspend", [PORT, STOLEN]), "OrganizationUnknown", [PORT]);
      await refuses(write("reinstate", [PORT]), "OrganizationUnknown", [PORT]);
    });

    it("can't give a key to an organization that has a live one, rogue or not", async () => {
      await refuses(recover(), "OrganizationHasLiveKey", [PACKHOUSE, addressOf(first)]);
      await addKey(first, third);
      await take(first);
      await refuses(recover(), "OrganizationHasLiveKey", [PACKHOUSE, addressOf(third)]);
      const adding = registry.abi.filter((entry) => entry.type === "function" && /add|key/i.test(entry.name));
      assert.deepEqual(adding.map((entry) => entry.name).sort(), [
        "addKey",
        "endKey",
        "keysOf",
        "revokeKey",
        "rotateKey",
        "takeKey",
      ]);
      const own = { key: addressOf(second), purpose: STATEMENTS, validFrom: 9n, expiresAt: 0n };
      const by = { signer: addressOf(admin), nonce: 1n, deadline: FAR, signature: "0x" };
      await refuses(write("addKey", [PACKHOUSE, own, by]), "SignerMayNotAuthorize", [PACKHOUSE, addressOf(admin)]);
    });
  });

  describe("recovery", () => {
    beforeEach(async () => {
      await mirror();
      await take(first);
    });

    it("adds the proposed key after seven days, not a second before", async () => {
      const started = now + 1000n;
      await clock.setNextBlockTimestamp({ timestamp: started });
      await says(recover(), "RecoveryStarted", [PACKHOUSE, addressOf(second), 30n, started + WEEK]);
      assert.deepEqual(await registry.read.recoveryOf([PACKHOUSE]), [addressOf(second), 30n, started + WEEK]);
      await clock.setNextBlockTimestamp({ timestamp: started + WEEK - 1n });
      await refuses(write("finishRecovery", [PACKHOUSE], stranger), "RecoveryTooEarly", [
        PACKHOUSE,
        started + WEEK,
        started + WEEK - 1n,
      ]);
      await clock.setNextBlockTimestamp({ timestamp: started + WEEK });
      const sent = write("finishRecovery", [PACKHOUSE], stranger);
      await says(sent, "RecoveryFinished", [PACKHOUSE, addressOf(second)]);
      await says(sent, "KeyAdded", [PACKHOUSE, addressOf(second), STATEMENTS, 30n, 0n]);
      assert.deepEqual(await registry.read.recoveryOf([PACKHOUSE]), [zeroAddress, 0n, 0n]);
      await refuses(write("finishRecovery", [PACKHOUSE]), "NoRecoveryUnderWay", [PACKHOUSE]);
    });

    it("is stopped by a key that the admin took, so that a rogue admin needs seven silent days", async () => {
      await recover(thief);
      const sent = object(first, thief);
      await says(sent, "RecoveryStopped", [PACKHOUSE, addressOf(thief), addressOf(first)]);
      await refuses(write("finishRecovery", [PACKHOUSE]), "NoRecoveryUnderWay", [PACKHOUSE]);
      await refuses(object(first, thief), "NoRecoveryUnderWay", [PACKHOUSE]);
    });

    it("is stopped by a key whose grace the admin ended", async () => {
      const { id, proof } = registrationOf(fourth.address);
      await mirror(id, fourth, proof);
      await write("endKey", [id, addressOf(fourth), 1n]);
      await recover(thief, id);
      await object(fourth, thief, { id });
    });

    it("is not stopped by strangers, or for another key, or by an old objection", async () => {
      await recover(thief);
      await refuses(object(second, thief), "SignerMayNotObject", [PACKHOUSE, addressOf(second)]);
      const stale = await sign(first, TYPES.objectToRecovery, {
        organization: PACKHOUSE,
        key: addressOf(second),
        nonce: 0n,
        deadline: FAR,
      });
      await assert.rejects(object(first, thief, { signature: stale }), /SignatureNotOf/);
      await refuses(object(first, thief, { nonce: 1n }), "NonceNotNext", [PACKHOUSE, 0n, 1n]);
    });

    it("gives no say to what the organization itself revoked, nor to keys that had ended before", async () => {
      const { id, proof } = registrationOf(third.address);
      await mirror(id, third, proof);
      await revokeKey(third, third, 20n, STOLEN, { id });
      await recover(second, id);
      await refuses(object(third, second, { id }), "SignerMayNotObject", [id, addressOf(third)]);
    });

    it("gives no say to an old key that the admin takes after its end", async () => {
      const { id, proof } = registrationOf(third.address);
      await mirror(id, third, proof);
      await rotateKey(third, third, fourth, 1n, { id });
      await write("takeKey", [id, addressOf(third), 20n, STOLEN]);
      await write("takeKey", [id, addressOf(fourth), 20n, LOST]);
      await recover(second, id);
      await refuses(object(third, second, { id }), "SignerMayNotObject", [id, addressOf(third)]);
      await object(fourth, second, { id });
    });

    it("takes a key's say away when the organization revokes it too", async () => {
      const { id, proof } = registrationOf(third.address);
      await mirror(id, third, proof);
      await addKey(third, fourth, { id });
      await write("endKey", [id, addressOf(third), 1n]);
      await revokeKey(fourth, third, 20n, STOLEN, { id });
      await write("takeKey", [id, addressOf(fourth), 20n, LOST]);
      await recover(second, id);
      await refuses(object(third, second, { id }), "SignerMayNotObject", [id, addressOf(third)]);
    });

    it("is stopped by the admin too, and there is one at a time", async () => {
      await recover();
      await refuses(recover(third), "RecoveryUnderWay", [PACKHOUSE, addressOf(second)]);
      await says(write("stopRecovery", [PACKHOUSE]), "RecoveryStopped", [
        PACKHOUSE,
        addressOf(second),
        addressOf(admin),
      ]);
      await recover(third);
    });

    it("proposes what could be added", async () => {
      await refuses(recover({ address: zeroAddress }), "KeyUnusable", [PACKHOUSE, zeroAddress]);
      await refuses(recover(first), "KeyAlreadyAdded", [PACKHOUSE, addressOf(first)]);
      await refuses(recover(registry), "WalletForControlOnly", [PACKHOUSE, addressOf(registry)]);
      await refuses(recover(second, PORT), "OrganizationUnknown", [PORT]);
      await refuses(write("stopRecovery", [PORT]), "OrganizationUnknown", [PORT]);
      await refuses(write("finishRecovery", [PORT]), "OrganizationUnknown", [PORT]);
      await refuses(object(first, second, { id: PORT }), "OrganizationUnknown", [PORT]);
    });
  });

  describe("accredit", () => {
    it("is for accreditors, and takes the place of what was stated before", async () => {
      await mirror();
      assert.equal(await registry.read.isAccreditor([addressOf(admin)]), true);
      const roles = (bits, wallet) => write("accredit", [PACKHOUSE, bits], wallet);
      await refuses(roles(1n, accreditor), "NotAnAccreditor", [addressOf(accreditor)]);
      await says(write("setAccreditor", [addressOf(accreditor), true]), "AccreditorSet", [addressOf(accreditor), true]);
      await says(roles(5n, accreditor), "OrganizationAccredited", [PACKHOUSE, addressOf(accreditor), 5n]);
      assert.equal(await registry.read.rolesOf([PACKHOUSE]), 5n);
      await roles(0n, admin);
      assert.equal(await registry.read.rolesOf([PACKHOUSE]), 0n);
      await write("setAccreditor", [addressOf(accreditor), false]);
      assert.equal(await registry.read.isAccreditor([addressOf(accreditor)]), false);
      await refuses(roles(1n, accreditor), "NotAnAccreditor", [addressOf(accreditor)]);
      await refuses(write("accredit", [PORT, 1n]), "OrganizationUnknown", [PORT]);
    });
  });

  describe("offerAdmin and acceptAdmin", () => {
    it("hand the registry over in two steps", async () => {
      await says(write("offerAdmin", [addressOf(newAdmin)]), "AdminOffered", [addressOf(admin), addressOf(newAdmin)]);
      assert.equal(await registry.read.admin(), addressOf(admin));
      assert.equal(await registry.read.offeredAdmin(), addressOf(newAdmin));
      await mirror();
      await says(write("acceptAdmin", [], newAdmin), "AdminChanged", [addressOf(admin), addressOf(newAdmin)]);
      assert.equal(await registry.read.admin(), addressOf(newAdmin));
      assert.equal(await registry.read.offeredAdmin(), zeroAddress);
      await refuses(mirror(PORT, fourth, PORT_PROOF), "NotTheAdmin", [addressOf(admin), addressOf(newAdmin)]);
    });

    it("refuse whoever it was not offered to, and the zero address", async () => {
      await refuses(write("acceptAdmin", [], stranger), "NotTheOfferedAdmin", [addressOf(stranger), zeroAddress]);
      await write("offerAdmin", [addressOf(newAdmin)]);
      await refuses(write("acceptAdmin", [], stranger), "NotTheOfferedAdmin", [
        addressOf(stranger),
        addressOf(newAdmin),
      ]);
      await refuses(write("offerAdmin", [zeroAddress]), "AdminUnusable", [zeroAddress]);
    });
  });

  it("knows nothing of unknown keys and organizations", async () => {
    await mirror();
    assert.equal(await isValid(second), false);
    assert.equal(await isValid(first, 9n, { id: PORT }), false);
    const unknown = [PACKHOUSE, addressOf(second)];
    await refuses(registry.read.validityOf(unknown), "KeyUnknown", unknown);
    assert.deepEqual(await registry.read.keysOf([NOBODY]), []);
  });
});
