/** Verify each bundle that standard input names, one JSON object a line, and print a report a line. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { askChain } from "../../scripts/second_verifier/anchor.mjs";
import { verify } from "../../scripts/second_verifier/verify.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const { file, log_key: logKey, chain, rpc, receiver, witnesses, needed } = JSON.parse(line);
  const pretended = chain ? async () => (chain.away ? null : chain) : undefined;
  const asked = rpc ? (anchor) => askChain(rpc, anchor) : pretended;
  const brought = { logKey: logKey ?? undefined, askChain: asked, receiver, witnesses, witnessesNeeded: needed };
  console.log(JSON.stringify(await verify(readFileSync(file), brought)));
}
