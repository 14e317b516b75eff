/** Check published proofs and passkey signatures that standard input has, and print for each whether it holds. */
import { readFileSync } from "node:fs";

import { checkConsistency, checkInclusion, leafHash } from "../../scripts/second_verifier/merkle.mjs";
import { checkAssertion } from "../../scripts/second_verifier/passkeys.mjs";

const { tree, passkeys } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (hex) => Buffer.from(hex, "hex");
const root = (size) => bytes(tree.roots[size - 1]);

function reason(check) {
  try {
    check();
    return "good";
  } catch (error) {
    return error.reason ?? String(error);
  }
}

const proofs = { inclusion: [], consistency: [] };
for (const { index, size, proof } of tree.inclusion) {
  const leaf = leafHash(bytes(tree.leaves[index]));
  for (const path of [proof, [...proof, proof[0] ?? tree.roots[0]], proof.slice(1), ["00".repeat(32), ...proof.slice(1)]]) {
    proofs.inclusion.push(reason(() => checkInclusion(leaf, index, size, path.map(bytes), root(size))));
  }
}
for (const { old, new: now, proof } of tree.consistency) {
  for (const path of [proof, [...proof, tree.roots[0]]]) {
    proofs.consistency.push(reason(() => checkConsistency(old, now, path.map(bytes), root(old), root(now))));
  }
}
const signed = passkeys.map(([challenge, address, value]) => reason(() => checkAssertion(challenge, address, value)));
console.log(JSON.stringify({ ...proofs, signed }));
