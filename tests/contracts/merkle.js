// RFC 9162 by its recursive definitions (2.1.1, 2.1.3.1, 2.1.4.1), apart from the ledger's own code.
import { createHash } from "node:crypto";

const sha256 = (...bytes) => createHash("sha256").update(Buffer.concat(bytes)).digest();
const hex = (bytes) => `0x${Buffer.from(bytes).toString("hex")}`;
const splitOf = (size) => 2 ** (Math.ceil(Math.log2(size)) - 1);

/** The entry at a place of the tests' log. */
export const entryAt = (index) => hex(Buffer.from(`entry ${index}`));

/** A log of made-up entries, or of the given ones (hex). */
export class Log {
  constructor(size, entries = Array.from({ length: size }, (_, index) => entryAt(index))) {
    this.entries = entries;
    this.leaves = entries.map((entry) => sha256(Buffer.of(0), Buffer.from(entry.slice(2), "hex")));
  }

  #root(leaves) {
    if (leaves.length === 1) return leaves[0];
    const split = splitOf(leaves.length);
    return this.node(this.#root(leaves.slice(0, split)), this.#root(leaves.slice(split)));
  }

  #path(index, leaves) {
    if (leaves.length === 1) return [];
    const split = splitOf(leaves.length);
    return index < split
      ? [...this.#path(index, leaves.slice(0, split)), this.#root(leaves.slice(split))]
      : [...this.#path(index - split, leaves.slice(split)), this.#root(leaves.slice(0, split))];
  }

  #subproof(first, leaves, whole) {
    if (first === leaves.length) return whole ? [] : [this.#root(leaves)];
    const split = splitOf(leaves.length);
    return first <= split
      ? [...this.#subproof(first, leaves.slice(0, split), whole), this.#root(leaves.slice(split))]
      : [...this.#subproof(first - split, leaves.slice(split), false), this.#root(leaves.slice(0, split))];
  }

  node(left, right) {
    return sha256(Buffer.of(1), left, right);
  }

  /** The root over the first entries. */
  root(size = this.leaves.length) {
    return hex(this.#root(this.leaves.slice(0, size)));
  }

  /** The proof that an entry is among the first ones. */
  inclusion(index, size = this.leaves.length) {
    return this.#path(index, this.leaves.slice(0, size)).map(hex);
  }

  /** The proof that the first entries are the beginning of more. */
  consistency(first, second = this.leaves.length) {
    return this.#subproof(first, this.leaves.slice(0, second), true).map(hex);
  }

  /** A node over two entries that stand beside each other, as a log's entry would be written. */
  nodeBytes(index) {
    return hex(Buffer.concat([this.leaves[index], this.leaves[index + 1]]));
  }
}
