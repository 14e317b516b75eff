/**
 * A second verifier of carbon passports, which shares no code with the ledger: bytes in, verdicts out.
 *
 *   node scripts/second_verifier/verify.mjs BUNDLE... [--log-key KEY] [--rpc URL]
 *
 * It prints one JSON object a bundle: the verdict of each step, and exits 1 where one is bad. Steps and their
 * numbers are the ledger's own. The carbon itself (step 8) and the lines that wallets showed are not computed
 * here, and it says so.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { addressOf, askChain, checkAnchor } from "./anchor.mjs";
import { canonical, digest, read } from "./canonical.mjs";
import { checkForm } from "./forms.mjs";
import { checkFactors, checkReferences, parties, references } from "./graph.mjs";
import { checkSpeakers, organizationId, termsOf } from "./keys.mjs";
import { KINDS } from "./kinds.mjs";
import { checkInclusion, leafHash } from "./merkle.mjs";
import { checkNote, logKey, parseLogKey } from "./note.mjs";
import { readBody } from "./parts.mjs";
import { Refusal, need } from "./refusal.mjs";
import { checkSignature } from "./signatures.mjs";
import { checkState } from "./state.mjs";

const NAMES = [
  "form",
  "parts and references",
  "signatures and summaries",
  "keys and roles",
  "log inclusion",
  "checkpoint",
  "anchor",
  "conservation along the graph",
  "nothing else left out",
];

/**
 * Verify one bundle.
 *
 * @param {Buffer} raw its bytes
 * @param {{logKey?: string, askChain?: (anchor: object) => Promise<object | null>}} outside what the reader
 *   brings: the log's key from a trusted source, and a chain
 * @returns {Promise<{passport: string | null, ok: boolean, verdicts: object[]}>}
 */
export async function verify(raw, outside = {}) {
  const found = { passport: null };
  const steps = [form, contents, signatures, speakers, inclusion, checkpoint, anchor, conservation, checkState];
  const verdicts = [];
  let stopped = false;
  for (const [at, step] of steps.entries()) {
    const verdict = { step: at + 1, name: NAMES[at] };
    if (stopped) verdicts.push({ ...verdict, value: "unknown", reason: "not-reached", detail: "" });
    else {
      try {
        const [value, reason] = (await step(found, raw, outside)) ?? ["good", "ok"];
        verdicts.push({ ...verdict, value, reason, detail: "" });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        verdicts.push({ ...verdict, value: "bad", reason: error.reason, detail: error.message });
        stopped = true;
      }
    }
  }
  return { passport: found.passport, ok: !stopped, verdicts };
}

function form(found, raw) {
  found.bundle = read(raw);
  const { note, factors } = checkForm(found.bundle);
  Object.assign(found, { head: note, factors, passport: found.bundle.passport });
}

function contents(found) {
  const placed = found.bundle.statements.map(({ position, entry, parts, proof }) => {
    const { envelope } = entry;
    const key = digest(envelope);
    const issuer = envelope.kind === "registration/1" ? organizationId(key) : envelope.issuer;
    const body = readBody(envelope, parts);
    return { digest: key, kind: envelope.kind, issuer, body, envelope, signature: entry.signature, at: entry.at, entry, position, proof };
  });
  found.statements = new Map(placed.map((one) => [one.digest, one]));
  need(found.statements.size === placed.length, "repeated-statement", "A statement stands there twice.");
  found.goods = checkReferences(found.statements, found.passport);
  checkFactors(found.statements, found.factors);
  const unknown = placed.some((one) => !(one.kind in KINDS));
  return unknown ? ["unknown", "kind-not-known"] : undefined;
}

async function signatures(found) {
  for (const one of found.statements.values()) await checkSignature(one);
  const opening = [...found.statements.values()].find((one) => one.kind === "log_open/1");
  found.terms = termsOf(opening);
  found.ownAddress = addressOf(found.terms.keys.secp256k1);
  const own = opening.envelope.log === found.terms.logId && opening.signature.key === found.ownAddress;
  need(own && opening.issuer === "", "not-a-log-opening", "The log's opening isn't signed by the log's own key.");
  for (const one of found.statements.values()) {
    need(one.envelope.log === found.terms.logId, "foreign-log", `${one.digest} was signed for another log.`);
  }
}

async function speakers(found) {
  for (const one of found.statements.values()) one.parties = parties(one);
  return (await checkSpeakers(found.statements, found.terms)) ? undefined : ["unknown", "kind-not-known"];
}

function inclusion({ statements, head }) {
  const positions = new Map([...statements.values()].map((one) => [one.digest, one.position]));
  let before = "";
  for (const one of statements.values()) {
    need(one.kind !== "log_open/1" || one.position === 0, "log-start", "A log begins with its opening.");
    need(one.at >= before, "log-time-order", `Entry ${one.position} was logged before an earlier one.`);
    need(Date.parse(one.at) <= Date.now() + 86_400_000, "future-entry", `Entry ${one.position} is of the future.`);
    before = one.at;
    const entry = Buffer.from(canonical(one.entry));
    need(entry.length <= 4096, "entry-too-large", `Entry ${one.position} has ${entry.length} bytes.`);
    const proof = one.proof.map((hash) => Buffer.from(hash, "hex"));
    checkInclusion(leafHash(entry), one.position, head.size, proof, head.root);
    for (const named of one.kind in KINDS ? references(one) : []) {
      need(positions.get(named) <= one.position, "late-reference", `${one.digest} refers to what came after it.`);
    }
  }
}

function checkpoint({ head, terms }, _raw, { logKey: trusted }) {
  const own = logKey(terms.origin, Buffer.from(terms.keys.ed25519, "hex"));
  const foreign = trusted !== undefined && parseLogKey(trusted).text !== own.text;
  need(!foreign, "foreign-log-key", `The bundle's log has the key ${own.text}.`);
  checkNote(head, own);
  return trusted === undefined ? ["unknown", "log-key-not-given"] : undefined;
}

async function anchor({ bundle, head, ownAddress, statements }, _raw, outside) {
  const last = [...statements.values()].at(-1).position;
  const asked = bundle.anchor !== null && outside.askChain ? await outside.askChain(bundle.anchor) : undefined;
  return checkAnchor(bundle.anchor, head, ownAddress, asked, last);
}

const conservation = () => ["unknown", "not-computed-here"];

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "log-key": { type: "string" }, rpc: { type: "string" } },
  });
  const outside = {
    logKey: values["log-key"],
    askChain: values.rpc && ((one) => askChain(values.rpc, one)),
  };
  for (const path of positionals) {
    const report = await verify(readFileSync(path), outside);
    console.log(JSON.stringify({ file: path, ...report }));
    if (!report.ok) process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
