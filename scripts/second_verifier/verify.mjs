/**
 * A second verifier of carbon passports, which shares no code with the ledger: bytes in, verdicts out.
 *
 *   node scripts/second_verifier/verify.mjs BUNDLE... [--log-key KEY] [--rpc URL] [--receiver ID]
 *     [--witness KEY]... [--witnesses-needed N]
 *
 * BUNDLE is a file as `passport demo` leaves it, or as the ledger answers GET /v1/passports/ID/bundle. KEY is the log's
 * key as one line, `name+id+key`, from a source that you trust: without it the log is the bundle's own word. URL is a
 * node of the chain that holds the anchor; a witness's key is one line too. ID is yours if you received
 * the goods: then all that your receipt says you were shown must be there. Needed are Node.js and the npm packages of
 * package.json (viem, zod, @noble/curves); nothing else is asked, and nothing is written.
 *
 * Printed is one JSON object a bundle: `ok`, and verdicts with the step, its name, good, bad or unknown, and a fixed
 * reason. Steps, names and reasons are those of the ledger's own verifier (`passport verify`). After a bad verdict the
 * later steps are not reached, and the exit code is 1; so it is where something was signed that can't be read here.
 *
 * What it checks: 1. form; 2. parts against their digests, hidden ones too, references without a gap or an extra;
 * 3. signatures of wallets and passkeys; 4. keys, delegates, second keys, revocations, roles; 5. log inclusion;
 * 6. the checkpoint's signature, and witnesses; 7. the anchor, on a chain where one is given; 9. the log's state: what
 * it holds of every organization, lot and shipment. What it doesn't: the lines that wallets showed (3), the carbon
 * itself (8), and totals in the state (9): those need the models of every kind. It says `not-computed-here`.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { addressOf, askChain, checkAnchor } from "./anchor.mjs";
import { canonical, digest, read } from "./canonical.mjs";
import { checkDisclosures } from "./disclosure.mjs";
import { checkForm } from "./forms.mjs";
import { checkFactors, checkReferences, mentions, parties, references } from "./graph.mjs";
import { checkSpeakers, organizationId, termsOf } from "./keys.mjs";
import { KINDS } from "./kinds.mjs";
import { checkInclusion, leafHash } from "./merkle.mjs";
import { checkNote, checkWitnesses, logKey, parseLogKey, parseWitnessKey } from "./note.mjs";
import { readBody } from "./parts.mjs";
import { Refusal, need } from "./refusal.mjs";
import { rolesHold } from "./roles.mjs";
import { distrustedAmong } from "./second_keys.mjs";
import { checkSignature } from "./signatures.mjs";
import { checkState } from "./state.mjs";

/** By step the names of its verdicts: the first can be bad, those after it refuse nothing. */
const NAMES = [
  ["form"],
  ["parts and references", "disclosures"],
  ["signatures and summaries", "summaries"],
  ["keys and roles", "roles", "revoked keys"],
  ["log inclusion"],
  ["checkpoint", "witnesses"],
  ["anchor"],
  ["conservation along the graph"],
  ["nothing else left out", "keys since then", "each lot handed on once"],
];
const GOOD = ["good", "ok"];
const UNREADABLE = [TypeError, RangeError, SyntaxError];

/**
 * Verify one bundle.
 *
 * @param {Buffer} raw its bytes
 * @param {{logKey?: string, askChain?: (anchor: object) => Promise<object | null>, receiver?: string,
 *   witnesses?: string[], witnessesNeeded?: number}} outside what the reader brings: the log's key from a trusted source,
 *   a chain, its own id where it received the goods, witnesses' keys and how many of them must have cosigned
 * @returns {Promise<{passport: string | null, ok: boolean, verdicts: object[]}>}
 */
export async function verify(raw, outside = {}) {
  const found = {
    passport: null,
    trusted: outside.logKey === undefined ? undefined : parseLogKey(outside.logKey),
    witnesses: (outside.witnesses ?? []).map(parseWitnessKey),
  };
  const steps = [form, contents, signatures, speakers, inclusion, checkpoint, anchor, conservation, checkState];
  const verdicts = [];
  let stopped = false;
  for (const [at, step] of steps.entries()) {
    const say = (which, value, reason, detail = "") => {
      verdicts.push({ step: at + 1, name: NAMES[at][which], value, reason, detail });
    };
    if (stopped) {
      say(0, "unknown", "not-reached");
      continue;
    }
    try {
      const findings = (await step(found, raw, outside)) ?? [GOOD];
      findings.forEach(([value, reason], which) => say(which, value, reason));
    } catch (error) {
      const refused = error instanceof Refusal;
      // What was signed in a form that no model allows isn't read here: no word on it, and none on what follows.
      if (!refused && !UNREADABLE.some((kind) => error instanceof kind)) throw error;
      say(0, refused ? "bad" : "unknown", refused ? error.reason : "not-read-here", error.message);
      stopped = true;
    }
  }
  return { passport: found.passport, ok: !stopped, verdicts };
}

function form(found, raw) {
  found.bundle = read(raw);
  const { note, factors } = checkForm(found.bundle);
  Object.assign(found, { head: note, factors, passport: found.bundle.passport });
}

function contents(found, _raw, { receiver }) {
  const placed = found.bundle.statements.map(({ position, entry, parts, hidden = [], proof }) => {
    const { envelope, signature, at } = entry;
    const { kind } = envelope;
    const key = digest(envelope);
    const issuer = kind === "registration/1" ? organizationId(key) : envelope.issuer;
    const { body, whole, lineHidden } = readBody(envelope, parts, hidden);
    // What hides something that is booked has the form of no kind: nothing is read from it.
    const shown = { form: whole ? "hidden" : kind, body, parts, hidden, lineHidden };
    return { digest: key, kind, issuer, ...shown, envelope, signature, at, entry, position, proof };
  });
  found.statements = new Map(placed.map((one) => [one.digest, one]));
  need(found.statements.size === placed.length, "repeated-statement", "A statement stands there twice.");
  found.goods = checkReferences(found.statements, found.passport);
  checkFactors(found.statements, found.factors);
  const strangers = placed.filter((one) => !(one.kind in KINDS));
  found.unknown = strangers.length > 0;
  const there = (one) => found.statements.has(one) || found.factors.has(one);
  const named = strangers.flatMap((one) => mentions(one).filter((other) => other !== one.envelope.log));
  const open = named.some((one) => !there(one));
  const hides = placed.some((one) => one.form === "hidden" && found.goods.has(one.digest));
  const first = open ? ["unknown", "kind-not-known"] : hides ? ["unknown", "parts-hidden"] : GOOD;
  const disclosures = checkDisclosures(found, receiver);
  return disclosures === undefined ? [first] : [first, disclosures];
}

async function signatures(found) {
  for (const one of found.statements.values()) await checkSignature(one);
  const opening = [...found.statements.values()].find((one) => one.kind === "log_open/1");
  need(opening.form === "log_open/1", "not-a-log-opening", "The log's opening hides what it fixes.");
  found.terms = termsOf(opening);
  found.ownAddress = addressOf(found.terms.keys.secp256k1);
  const own = opening.envelope.log === found.terms.logId && opening.signature.key === found.ownAddress;
  need(own && opening.issuer === "", "not-a-log-opening", "The log's opening isn't signed by the log's own key.");
  for (const one of found.statements.values()) {
    need(one.envelope.log === found.terms.logId, "foreign-log", `${one.digest} was signed for another log.`);
  }
  if (found.unknown) return [GOOD, ["unknown", "kind-not-known"]];
  const hidden = [...found.statements.values()].some((one) => one.lineHidden);
  return [GOOD, ["unknown", hidden ? "parts-hidden" : "not-computed-here"]];
}

async function speakers(found) {
  const { statements, goods, terms } = found;
  for (const one of statements.values()) one.parties = parties(one);
  const { organizations, newer, scopeHidden } = await checkSpeakers(statements, terms);
  found.organizations = organizations;
  const first = newer ? ["unknown", "kind-not-known"] : scopeHidden ? ["unknown", "delegate-scope-hidden"] : GOOD;
  const roles = rolesHold(statements, goods, organizations) ? GOOD : ["unknown", "role-not-accredited"];
  const doubted = distrustedAmong(statements, organizations).length > 0;
  return doubted ? [first, roles, ["unknown", "key-not-trusted"]] : [first, roles];
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

function checkpoint({ head, terms, trusted, witnesses }, _raw, { witnessesNeeded }) {
  const own = logKey(terms.origin, Buffer.from(terms.keys.ed25519, "hex"));
  const foreign = trusted !== undefined && trusted.text !== own.text;
  need(!foreign, "foreign-log-key", `The bundle's log has the key ${own.text}.`);
  checkNote(head, own);
  const first = trusted === undefined ? ["unknown", "log-key-not-given"] : GOOD;
  if (witnesses.length === 0) return [first];
  return [first, checkWitnesses(head, witnesses, witnessesNeeded ?? witnesses.length)];
}

async function anchor({ bundle, head, ownAddress, statements }, _raw, outside) {
  const last = [...statements.values()].at(-1).position;
  const ask = () => (bundle.anchor !== null && outside.askChain ? outside.askChain(bundle.anchor) : undefined);
  return [await checkAnchor(bundle.anchor, head, ownAddress, ask, last)];
}

const conservation = () => [["unknown", "not-computed-here"]];

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "log-key": { type: "string" },
      rpc: { type: "string" },
      receiver: { type: "string" },
      witness: { type: "string", multiple: true },
      "witnesses-needed": { type: "string" },
    },
  });
  const outside = {
    logKey: values["log-key"],
    askChain: values.rpc && ((one) => askChain(values.rpc, one)),
    receiver: values.receiver,
    witnesses: values.witness,
    witnessesNeeded: values["witnesses-needed"] && Number(values["witnesses-needed"]),
  };
  for (const path of positionals) {
    const report = await verify(readFileSync(path), outside);
    console.log(JSON.stringify({ file: path, ...report }));
    if (!report.ok) process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
