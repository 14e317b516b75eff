/** C2SP checkpoints in signed notes, and the key of a log (Ed25519). */
import { createPublicKey, verify } from "node:crypto";

import { need } from "./refusal.mjs";
import { sha256 } from "./canonical.mjs";

const KEY = /^([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;
const LOG = 1;
const WITNESS = 4;
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");

function base64(text) {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

/** Read the lines of a note: checkpoint, empty line, signatures. */
export function parseNote(lines) {
  const text = lines.map((line) => `${line}\n`).join("");
  const end = text.lastIndexOf("\n\n");
  need(end >= 0 && end + 2 < text.length, "note-shape", "There is no empty line before the signatures.");
  const [origin, size, root, ...more] = text.slice(0, end).split("\n");
  need(more.length === 0 && root !== undefined, "note-shape", "A checkpoint has three lines.");
  need(/^[!-*,-~]{1,255}$/.test(origin), "checkpoint-origin", "The checkpoint's origin isn't in its form.");
  need(/^(0|[1-9][0-9]{0,17})$/.test(size), "checkpoint-size", "The checkpoint's size isn't in its form.");
  const hash = base64(root);
  need(hash !== null && hash.length === 32, "checkpoint-root", "The checkpoint's root isn't 32 bytes.");
  const signatures = text.slice(end + 2, -1).split("\n").map(signature);
  need(signatures.length <= 32, "note-too-large", `The note has ${signatures.length} signatures.`);
  const keys = new Set(signatures.map((one) => `${one.name} ${one.keyId}`));
  need(keys.size === signatures.length, "repeated-note-signature", "A key signed the note twice.");
  return { origin, size: Number(size), root: hash, body: text.slice(0, end + 1), signatures };
}

function signature(line) {
  const found = /^— ([^\s+]{1,255}) ([A-Za-z0-9+/=]+)$/u.exec(line);
  const bytes = found && base64(found[2]);
  need(bytes && bytes.length > 4, "note-signature-form", "A signature line of the note isn't in its form.");
  return { name: found[1], keyId: bytes.subarray(0, 4).toString("hex"), value: bytes.subarray(4) };
}

/** A log's key from its name and 32 bytes of Ed25519. */
export const logKey = (name, publicKey) => noteKey(name, LOG, publicKey);

function noteKey(name, type, publicKey) {
  const typed = Buffer.concat([Buffer.of(type), publicKey]);
  const keyId = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4).toString("hex");
  return { name, publicKey, keyId, text: `${name}+${keyId}+${typed.toString("base64")}` };
}

/** Read a trusted key as its owner printed it: name, id and key in one line. */
export const parseLogKey = (text) => parseKey(text, LOG);
export const parseWitnessKey = (text) => parseKey(text, WITNESS);

function parseKey(text, type) {
  const found = KEY.exec(text);
  const bytes = found && base64(found[3]);
  if (!bytes || bytes.length !== 33 || bytes[0] !== type) throw new TypeError(`${text} is no such key.`);
  const key = noteKey(found[1], type, bytes.subarray(1));
  if (key.keyId !== found[2]) throw new TypeError(`The key of ${key.name} doesn't fit its id.`);
  return key;
}

/** Check that a log's own key signed a note. */
export function checkNote(note, key) {
  need(note.origin === key.name, "foreign-checkpoint", `The checkpoint is of ${note.origin}, not of ${key.name}.`);
  const own = note.signatures.find((one) => one.name === key.name && one.keyId === key.keyId);
  need(own, "missing-log-signature", "The checkpoint isn't signed by the log's key.");
  const good = own.value.length === 64 && signedBy(key, note.body, own.value);
  need(good, "log-signature", "The checkpoint's signature is wrong: its text was changed.");
}

function signedBy(key, text, value) {
  const spki = createPublicKey({ key: Buffer.concat([ED25519_SPKI, key.publicKey]), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), spki, value);
}

/** Check which of the reader's witnesses cosigned a note (C2SP tlog-cosignature); a missing one is no sign of fraud. */
export function checkWitnesses(note, keys, asked) {
  const cosigned = keys.filter((key) => {
    const line = note.signatures.find((one) => one.name === key.name && one.keyId === key.keyId);
    if (line === undefined) return false;
    const time = line.value.length === 72 ? line.value.readBigUInt64BE() : -1n;
    need(time >= 0n && time < 1n << 63n, "cosignature-form", `The cosignature of ${key.name} isn't in its form.`);
    const good = signedBy(key, `cosignature/v1\ntime ${time}\n${note.body}`, line.value.subarray(8));
    need(good, "cosignature", `The cosignature of ${key.name} is wrong.`);
    return true;
  });
  return cosigned.length < asked ? ["unknown", "too-few-witnesses"] : ["good", "ok"];
}
