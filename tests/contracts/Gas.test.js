// What the calls cost, compared with tests/contracts/gas.json; PASSPORT_GAS=write keeps new figures.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { network } from "hardhat";

import { Log } from "./merkle.js";
import { registrationOf } from "./registrations.js";
import { addressOf, keyOf, signer, vrs } from "./signing.js";

const SNAPSHOT = new URL("gas.json", import.meta.url);
const BATCH = 1000n;
const FAR = 2n ** 63n;
const { viem } = await network.create();
const [admin] = await viem.getWalletClients();
const client = await viem.getPublicClient();
const chainId = await client.getChainId();
const [log, recovery, first, second] = [1, 2, 11, 12].map(keyOf);
const ADD_KEY =
  "AddKey(bytes20 organization,address key,uint8 purpose,uint64 validFrom,uint64 expiresAt,uint256 nonce,uint64 deadline)";

describe("What calls cost", () => {
  const measured = {};
  const cost = async (name, sent) => {
    const receipt = await client.waitForTransactionReceipt({ hash: await sent });
    measured[name] = Number(receipt.gasUsed);
  };
  const create = async (name, values = []) => {
    const { contract, deploymentTransaction } = await viem.sendDeploymentTransaction(name, values);
    await cost(`create ${name}`, deploymentTransaction.hash);
    return contract;
  };

  it("an anchor at most 42 gas a statement at 1,000 a batch, relayed, once a log has begun", async () => {
    const anchors = await create("PassportAnchor");
    const sign = signer("Passport Anchor", chainId, anchors.address);
    const from = addressOf(log);
    const used = [];
    for (let batch = 1n; batch <= 5n; batch++) {
      const [size, root] = [batch * BATCH, new Log(Number(batch)).root()];
      const message = { log: from, size, root };
      const signature = vrs(await sign(log, "Anchor(address log,uint64 size,bytes32 root)", message));
      await cost(`anchor ${batch}`, anchors.write.anchor([from, size, root, ...signature]));
      used.push(measured[`anchor ${batch}`]);
    }
    const [begun, ...steady] = used;
    console.log(`first anchor ${begun} gas, then ${steady.join(", ")} gas`);
    assert.ok(steady.every((gas) => gas <= 42 * Number(BATCH)), `${steady}`);
    const named = { log: from, recoveryKey: addressOf(recovery) };
    const naming = vrs(await sign(log, "RecoveryKey(address log,address recoveryKey)", named));
    await cost("nameRecoveryKey", anchors.write.nameRecoveryKey([from, addressOf(recovery), ...naming]));
    const following = { log: from, successor: addressOf(second) };
    const appointed = await sign(recovery, "Successor(address log,address successor)", following);
    await cost("nameSuccessor", anchors.write.nameSuccessor([from, addressOf(second), appointed]));
  });

  it("an organization's calls what a relay can afford", async () => {
    const registry = await create("OrganizationRegistry", [addressOf(admin)]);
    const sign = signer("Organization Registry", chainId, registry.address);
    const { id, proof } = registrationOf(first.address);
    const message = { organization: id, key: addressOf(first), validFrom: 7n, deadline: FAR };
    const type = "Register(bytes20 organization,address key,uint64 validFrom,uint64 deadline)";
    const signature = await sign(first, type, message);
    await cost("register", registry.write.register([id, addressOf(first), 7n, proof, FAR, signature]));
    const grant = { key: addressOf(second), purpose: 0, validFrom: 9n, expiresAt: 0n };
    const added = await sign(first, ADD_KEY, { organization: id, ...grant, nonce: 0n, deadline: FAR });
    const by = { signer: addressOf(first), nonce: 0n, deadline: FAR, signature: added };
    await cost("addKey", registry.write.addKey([id, grant, by]));
    await cost("accredit", registry.write.accredit([id, 2n]));
    await cost("takeKey", registry.write.takeKey([id, addressOf(second), 20n, 1]));
    assert.ok(measured.register < 400_000, `${measured.register}`);
  });

  it("what the snapshot says", () => {
    if (process.env.PASSPORT_GAS === "write") writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 1)}\n`);
    const kept = JSON.parse(readFileSync(SNAPSHOT));
    const changed = Object.entries(measured)
      .filter(([name, gas]) => kept[name] !== gas)
      .map(([name, gas]) => `${name} costs ${gas} gas, the snapshot says ${kept[name]}`);
    assert.deepEqual(changed, [], `${changed.join("; ")}. If that is meant, run this test once with PASSPORT_GAS=write`);
    assert.deepEqual(Object.keys(kept), Object.keys(measured));
  });
});
