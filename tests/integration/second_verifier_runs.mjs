/** Verify each bundle that standard input names, one JSON object a line, and print a report a line. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { verify } from "../../scripts/second_verifier/verify.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const { file, log_key: logKey, chain } = JSON.parse(line);
  const askChain = chain ? async () => (chain.away ? null : chain) : undefined;
  console.log(JSON.stringify(await verify(readFileSync(file), { logKey: logKey ?? undefined, askChain })));
}
