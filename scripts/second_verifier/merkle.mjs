/** Proofs of RFC 9162: an entry is in the log, and a log only grew. Hashes are buffers of 32 bytes. */
import { need } from "./refusal.mjs";
import { sha256 } from "./canonical.mjs";

export const leafHash = (entry) => sha256(Buffer.concat([Buffer.of(0), entry]));
const nodeHash = (left, right) => sha256(Buffer.concat([Buffer.of(1), left, right]));

/** Check an inclusion proof (RFC 9162 section 2.1.3.2). */
export function checkInclusion(leaf, index, size, proof, root) {
  need(index < size, "leaf-index", `Entry ${index} is not in a log of ${size} entries.`);
  let at = BigInt(index);
  let last = BigInt(size) - 1n;
  let found = leaf;
  for (const sibling of proof) {
    need(last !== 0n, "proof-length", `The proof of entry ${index} is too long.`);
    if (at & 1n || at === last) {
      found = nodeHash(sibling, found);
      while (at !== 0n && !(at & 1n)) {
        at >>= 1n;
        last >>= 1n;
      }
    } else found = nodeHash(found, sibling);
    at >>= 1n;
    last >>= 1n;
  }
  need(last === 0n, "proof-length", `The proof of entry ${index} is too short.`);
  need(found.equals(root), "inclusion-proof", `Entry ${index} is not under the root ${root.toString("hex")}.`);
}

/** Check a consistency proof (RFC 9162 section 2.1.4.2). */
export function checkConsistency(oldSize, newSize, proof, oldRoot, newRoot) {
  need(oldSize > 0 && oldSize <= newSize, "anchor-size", `A log of ${oldSize} entries can't become one of ${newSize}.`);
  if (oldSize === newSize) {
    need(proof.length === 0, "proof-length", "Nothing is to be proved between equal sizes.");
    need(oldRoot.equals(newRoot), "anchor-root", "Two roots of one size differ.");
    return;
  }
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : [...proof];
  need(path.length > 0, "proof-length", "The consistency proof is empty.");
  let at = BigInt(oldSize) - 1n;
  let last = BigInt(newSize) - 1n;
  while (at & 1n) {
    at >>= 1n;
    last >>= 1n;
  }
  let older = path[0];
  let newer = path[0];
  for (const sibling of path.slice(1)) {
    need(last !== 0n, "proof-length", "The consistency proof is too long.");
    if (at & 1n || at === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (at !== 0n && !(at & 1n)) {
        at >>= 1n;
        last >>= 1n;
      }
    } else newer = nodeHash(newer, sibling);
    at >>= 1n;
    last >>= 1n;
  }
  need(last === 0n, "proof-length", "The consistency proof is too short.");
  need(older.equals(oldRoot) && newer.equals(newRoot), "consistency-proof", "The log didn't only grow.");
}

const isPowerOfTwo = (size) => (BigInt(size) & (BigInt(size) - 1n)) === 0n;
