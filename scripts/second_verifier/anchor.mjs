/** The anchor: that it is of this log, joins the checkpoint, and that a chain says the same. */
import { createHash } from "node:crypto";

import { secp256k1 } from "@noble/curves/secp256k1";
import {
  BaseError,
  createPublicClient,
  http,
  HttpRequestError,
  parseAbiItem,
  parseEventLogs,
  TimeoutError,
  TransactionReceiptNotFoundError,
} from "viem";
import { publicKeyToAddress } from "viem/accounts";

import { checkConsistency } from "./merkle.mjs";
import { need, Refusal } from "./refusal.mjs";

const ANCHORED = parseAbiItem("event CheckpointAnchored(address indexed log, uint64 size, bytes32 root)");
/** SHA-256 of the code that the anchoring contract has on a chain, in each of its versions: others may claim anything. */
export const KNOWN_CODE = new Set([
  "1d2d0328da91c7be74c6dc95c3cda46422477ecc30d062802cbbf51f4d57d118",
  "77d1d9de37624cc8426c24c0c3daaf60acfa6fc92076a916e6d8c0e8a17a45fc",
]);

/** The address of a compressed secp256k1 public key. */
export function addressOf(compressed) {
  const point = secp256k1.ProjectivePoint.fromHex(compressed);
  return publicKeyToAddress(`0x${point.toHex(false)}`).toLowerCase();
}

/**
 * Check the stated anchor; `ask` gives what the chain holds: undefined where nobody asks it, null or the reason `away`
 * where it didn't tell.
 */
export async function checkAnchor(anchor, head, ownAddress, ask, lastPosition) {
  if (anchor === null) return ["unknown", "not-anchored"];
  need(anchor.log_address === ownAddress, "foreign-anchor", `The anchor is of log ${anchor.log_address}.`);
  joined(anchor, head, anchor.consistency);
  const found = await ask();
  if (found === undefined) return ["unknown", "chain-not-asked"];
  if (found === null || found.away) return ["unknown", found?.away ?? "chain-unreachable"];
  for (const field of ["chain_id", "contract", "log_address"]) {
    const same = String(found[field]).toLowerCase() === String(anchor[field]).toLowerCase();
    need(same, "foreign-anchor", `The chain's ${field} is ${found[field]}.`);
  }
  if (found.size === anchor.size) need(found.root === anchor.root, "anchor-root", "The chain holds another root.");
  else if (found.size === head.size) joined(found, head, []);
  else need(false, "anchor-size", `The chain holds an anchor of ${found.size} entries.`);
  return found.size <= lastPosition ? ["unknown", "partly-anchored"] : ["good", "ok"];
}

function joined(anchor, head, proof) {
  const root = Buffer.from(anchor.root, "hex");
  const path = proof.map((one) => Buffer.from(one, "hex"));
  if (anchor.size === head.size) need(root.equals(head.root), "anchor-root", "Anchor and checkpoint differ.");
  if (anchor.size <= head.size) checkConsistency(anchor.size, head.size, path, root, head.root);
  else checkConsistency(head.size, anchor.size, path, head.root, root);
}

/**
 * Read the stated anchor from a chain: chain, contract and event are looked at, the stated transaction first.
 *
 * @returns {Promise<object>} what the chain holds, or `{away}` with the reason why it didn't tell
 */
export async function askChain(url, anchor) {
  const client = createPublicClient({ transport: http(url, { timeout: 5000, retryCount: 1 }) });
  try {
    const chainId = await client.getChainId();
    if (chainId !== anchor.chain_id) return { away: "wrong-chain" };
    await checkContract(client, anchor);
    const found = (await inReceipt(client, anchor)) ?? (await inAllEvents(client, anchor));
    need(found, "anchor-not-found", `The contract holds no anchor of ${anchor.size} entries of this log.`);
    const { log, size, root } = found.args;
    const contract = found.address.toLowerCase();
    return { chain_id: chainId, contract, log_address: log.toLowerCase(), size: Number(size), root: root.slice(2) };
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof BaseError)) throw error;
    const silent = error.walk((one) => one instanceof HttpRequestError || one instanceof TimeoutError);
    return { away: silent ? "chain-unreachable" : "chain-refused" };
  }
}

async function checkContract(client, { contract }) {
  const code = await client.getCode({ address: contract });
  need(code !== undefined, "contract-missing", `There is no contract at ${contract}.`);
  const known = KNOWN_CODE.has(createHash("sha256").update(Buffer.from(code.slice(2), "hex")).digest("hex"));
  need(known, "foreign-contract", `The contract at ${contract} is another one.`);
}

const isStated = (anchor) => (event) =>
  event.address.toLowerCase() === anchor.contract &&
  event.args.log.toLowerCase() === anchor.log_address &&
  event.args.size === BigInt(anchor.size);

async function inReceipt(client, anchor) {
  try {
    const { logs } = await client.getTransactionReceipt({ hash: anchor.transaction });
    return parseEventLogs({ abi: [ANCHORED], logs }).find(isStated(anchor));
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

async function inAllEvents(client, anchor) {
  const asked = { address: anchor.contract, event: ANCHORED, args: { log: anchor.log_address } };
  const events = await client.getLogs({ ...asked, fromBlock: 0n, toBlock: "latest" });
  return events.find(isStated(anchor));
}
