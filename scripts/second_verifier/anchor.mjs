/** The anchor: that it is of this log, joins the checkpoint, and that a chain says the same. */
import { publicKeyToAddress } from "viem/accounts";
import { secp256k1 } from "@noble/curves/secp256k1";
import { createPublicClient, http, parseAbiItem } from "viem";

import { checkConsistency } from "./merkle.mjs";
import { need } from "./refusal.mjs";

const ANCHORED = parseAbiItem("event CheckpointAnchored(address indexed log, uint64 indexed size, bytes32 root)");

/** The address of a compressed secp256k1 public key. */
export function addressOf(compressed) {
  const point = secp256k1.ProjectivePoint.fromHex(compressed);
  return publicKeyToAddress(`0x${point.toHex(false)}`).toLowerCase();
}

/** Check the stated anchor; `found` is what the chain holds, undefined where nobody asked it. */
export function checkAnchor(anchor, head, ownAddress, found, lastPosition) {
  if (anchor === null) return ["unknown", "not-anchored"];
  need(anchor.log_address === ownAddress, "foreign-anchor", `The anchor is of log ${anchor.log_address}.`);
  joined(anchor, head, anchor.consistency);
  if (found === undefined) return ["unknown", "chain-not-asked"];
  if (found === null) return ["unknown", "chain-unreachable"];
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

/** Read the stated anchor's event from a chain; null where the chain doesn't answer or has no such event. */
export async function askChain(url, anchor) {
  const client = createPublicClient({ transport: http(url, { timeout: 5000, retryCount: 1 }) });
  try {
    const chainId = await client.getChainId();
    const receipt = await client.getTransactionReceipt({ hash: anchor.transaction });
    const logs = await client.getLogs({
      address: anchor.contract,
      event: ANCHORED,
      args: { log: anchor.log_address },
      fromBlock: receipt.blockNumber,
      toBlock: receipt.blockNumber,
    });
    const event = logs.find((one) => one.transactionHash === anchor.transaction);
    if (event === undefined) return null;
    const { log, size, root } = event.args;
    return {
      chain_id: chainId,
      contract: event.address.toLowerCase(),
      log_address: log.toLowerCase(),
      size: Number(size),
      root: root.slice(2),
    };
  } catch {
    return null;
  }
}
