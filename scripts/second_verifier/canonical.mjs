/**
 * One byte form (RFC 8785), narrowed: keys are ASCII, numbers are whole counts up to 2^53 - 1, texts are in
 * NFC and hold nothing that can't be seen.
 */
import { createHash } from "node:crypto";

import { need } from "./refusal.mjs";

const MAX_DEPTH = 16;
const MAX_BYTES = 64 * 1024 * 1024;
// What nobody sees, or what turns the reading direction: the ledger's frozen lists (ledger/texts.py).
const SUSPECT = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069" +
    "\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200d\\u2060-\\u2065\\u206a-\\u206f" +
    "\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}" +
    "\\u{e0000}-\\u{e0fff}\\ud800-\\udfff]",
  "u",
);

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** Write a value in its one form. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** Name a value by what it says: SHA-256 of its one form, lower-case hex. */
export const digest = (value) => sha256(Buffer.from(canonical(value))).toString("hex");

/** Read bytes that must be in their one form already. */
export function read(raw) {
  need(raw.length <= MAX_BYTES, "bundle-too-large", `The bundle has ${raw.length} bytes.`);
  let text;
  let value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    need(false, "invalid-utf8", "The bundle isn't UTF-8.");
  }
  try {
    checkDepth(text);
    value = JSON.parse(text);
  } catch (error) {
    if (error.reason) throw error;
    need(false, "json-syntax", `The bundle can't be read: ${error.message}.`);
  }
  checkValue(value);
  // A key given twice, another order, spaces or another way to write a character: all show here.
  need(canonical(value) === text, "not-canonical", "The bundle isn't in its one form (RFC 8785).");
  return value;
}

function checkDepth(text) {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      need(depth <= MAX_DEPTH, "json-too-deep", `The bundle nests deeper than ${MAX_DEPTH} levels.`);
    } else if (character === "}" || character === "]") depth -= 1;
  }
}

function checkValue(value) {
  if (typeof value === "string") {
    need(!SUSPECT.test(value) && value.normalize("NFC") === value, "text-form", "A text isn't plain NFC.");
  } else if (typeof value === "number") {
    need(Number.isInteger(value), "fractional-number", `${value} is no whole number.`);
    need(Number.isSafeInteger(value) && !Object.is(value, -0), "number-form", `${value} is no whole count.`);
  } else if (Array.isArray(value)) value.forEach(checkValue);
  else if (value !== null && typeof value === "object") {
    for (const [key, below] of Object.entries(value)) {
      need(/^[ -~]*$/.test(key), "non-ascii-key", "A key isn't plain ASCII.");
      checkValue(below);
    }
  }
}
