/** Passkeys: an ES256 signature over what a phone and its browser report, with the statement's digest as challenge. */
import { createHash, createPublicKey, ECDH, verify } from "node:crypto";
import { hexToBytes, keccak256 } from "viem";

import { need } from "./refusal.mjs";

export const PASSKEY = "webauthn-es256";
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SIZES = [[33, 33], [37, 512], [2, 1024], [64, 64]];
const PRESENT = 1;
const VERIFIED = 4;
const BACKUP_ELIGIBLE = 8;
const BACKED_UP = 16;
const ATTESTED = 64;
const EXTENDED = 128;

const form = (holds, detail) => need(holds, "passkey-form", detail);

/** Read a signature's value: public key, authenticator data, client data, r ‖ s. */
export function readAssertion(value) {
  const texts = value.split(".");
  form(texts.length === SIZES.length, `It has ${texts.length} parts.`);
  const [publicKey, report, client, signature] = texts.map((text, at) => {
    const raw = Buffer.from(text, "base64url");
    form(raw.toString("base64url") === text, `Part ${at} isn't in its one form.`);
    form(raw.length >= SIZES[at][0] && raw.length <= SIZES[at][1], `Part ${at} has ${raw.length} bytes.`);
    return raw;
  });
  return { publicKey, report, client, signature };
}

function point(publicKey) {
  try {
    return ECDH.convertKey(publicKey, "prime256v1", undefined, undefined, "uncompressed").subarray(1);
  } catch {
    return form(false, "The public key is no point of P-256.");
  }
}

const addressOf = (both) => `0x${keccak256(both).slice(26)}`;

function clientData(raw) {
  let found;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw));
  } catch {
    need(false, "client-data", "The client data is no JSON in UTF-8.");
  }
  const isObject = found !== null && typeof found === "object" && !Array.isArray(found);
  need(isObject, "client-data", "The client data is no object.");
  return found;
}

function checkReport(report, address) {
  const flags = report[32];
  const agrees = !(flags & ATTESTED) && Boolean(flags & EXTENDED) === report.length > 37;
  need(agrees, "authenticator-data", "The authenticator data contradicts itself.");
  const backup = !(flags & BACKED_UP) || flags & BACKUP_ELIGIBLE;
  need(backup, "authenticator-data", "What can't be backed up is.");
  need(flags & PRESENT, "user-presence", `Nobody was there when ${address} signed.`);
}

/** Check that the passkey of an address signed a challenge, a digest as 0x and 64 hex digits. */
export function checkAssertion(challenge, address, value) {
  const { publicKey, report, client, signature } = readAssertion(value);
  const both = point(publicKey);
  need(addressOf(both) === address, "passkey-address", `The public key is that of ${addressOf(both)}.`);
  const told = clientData(client);
  const signing = told.type === "webauthn.get" && (told.crossOrigin ?? false) === false && !("topOrigin" in told);
  need(signing, "passkey-ceremony", "It was no signing on a page of its own.");
  const expected = Buffer.from(hexToBytes(challenge)).toString("base64url");
  need(told.challenge === expected, "passkey-challenge", `It signed ${told.challenge}, not ${expected}.`);
  checkReport(report, address);
  const [r, s] = [0, 32].map((at) => BigInt(`0x${signature.toString("hex", at, at + 32)}`));
  need(r > 0n && r < ORDER && s > 0n && s < ORDER, "passkey-signature", "r or s is out of range.");
  need(s <= ORDER / 2n, "passkey-high-s", "There is a second form of the signature.");
  const [x, y] = [both.subarray(0, 32), both.subarray(32)].map((half) => Buffer.from(half).toString("base64url"));
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  const signed = Buffer.concat([report, createHash("sha256").update(client).digest()]);
  const good = verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
  need(good, "passkey-signature", `${address} didn't sign what it reports.`);
}

/** Check that a passkey signed where and how its registration says. */
export function checkTerms(address, passkey, value) {
  const { report, client } = readAssertion(value);
  const site = createHash("sha256").update(passkey.rp_id).digest();
  need(site.equals(report.subarray(0, 32)), "relying-party", `${address} is for ${passkey.rp_id}.`);
  const { origin } = clientData(client);
  need(passkey.origins.includes(origin), "passkey-origin", `${address} signed on ${origin}.`);
  const asked = passkey.user_verification !== "required" || report[32] & VERIFIED;
  need(asked, "user-verification", `${address} signed without fingerprint, face or code.`);
}

/** Check what is stated of a passkey: its address, and pages that are its site's and safe. */
export function checkPasskey(address, passkey) {
  const computed = addressOf(point(Buffer.from(passkey.public_key, "hex")));
  need(computed === address, "passkey-address", `The public key is that of ${computed}.`);
  for (const origin of passkey.origins) {
    const { protocol, hostname } = new URL(origin);
    const safe = protocol === "https:" || (protocol === "http:" && hostname === "localhost");
    const own = hostname === passkey.rp_id || hostname.endsWith(`.${passkey.rp_id}`);
    need(safe && own, "passkey-terms", `${origin} is no safe page of ${passkey.rp_id}.`);
  }
}
