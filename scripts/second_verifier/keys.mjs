/** Which key spoke for whom at which entry: registrations, rotations and revocations, replayed from the bundle. */
import { digest } from "./canonical.mjs";
import { checkDelegate } from "./delegates.mjs";
import { checkPasskey, checkTerms, PASSKEY } from "./passkeys.mjs";
import { isIdentity } from "./graph.mjs";
import { checkPeriod } from "./periods.mjs";
import { need } from "./refusal.mjs";
import { attest } from "./roles.mjs";
import { adopt, checkSecond, countersign } from "./second_keys.mjs";
import { checkPossession } from "./signatures.mjs";

const DAY = 86_400_000;
const DEFAULT_GRACE_DAYS = 7;

/** An organization's id from the digest of its registration: base32 of the first 20 bytes. */
export function organizationId(registration) {
  const bits = [...Buffer.from(registration.slice(0, 40), "hex")].map((byte) => byte.toString(2).padStart(8, "0"));
  const letters = bits.join("").match(/.{5}/g).map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)]);
  return `org_${letters.join("")}`;
}

/**
 * Replay who may speak for whom, in log order, and check every statement's key at its place and time.
 *
 * @returns {Promise<{organizations: Map<string, object>, newer: boolean, scopeHidden: boolean}>} what is known of each
 *   in the end, whether a newer kind changed keys, and whether hidden parts leave a delegate's scope open
 */
export async function checkSpeakers(statements, terms) {
  const organizations = new Map();
  const newer = new Set();
  const before = new Map();
  let scopeHidden = false;
  for (const one of statements.values()) {
    if (one.kind === "log_open/1") continue;
    if (isIdentity(one) && one.form !== "hidden" && one.body.opinion === undefined) checkPeriod(one.body.occurred, one.at);
    if (one.form === "registration/1") {
      register(one, organizations);
      before.set(one.digest, one);
      continue;
    }
    try {
      const organization = organizations.get(one.issuer);
      need(organization, "unknown-organization", `${one.issuer} is not registered.`);
      const key = checkKey(organization, one.signature.key, one);
      checkSignedAs(key, one.signature);
      scopeHidden = checkDelegate(key, one) || scopeHidden;
      const second = checkSecond(organization, one);
      if (second) checkKey(organization, second, one);
      if (one.form === "key/1") await changeKey(organization, one, organizations, terms);
      if (one.form === "countersignature/1") countersign(organization, one, before.get(one.body.statement));
      if (one.form === "accounting_policy/1") adopt(organization, one.body.policy);
    } catch (error) {
      // A newer version of a key statement may have given or taken the key.
      if (!error.reason || !newer.has(one.issuer)) throw error;
    }
    if (one.form === "attestation/1") attest(organizations, one, statements, before, terms);
    if (one.kind.startsWith("key/") && one.kind !== "key/1") newer.add(one.issuer);
    for (const party of one.parties) {
      need(party === one.issuer || organizations.has(party), "unknown-organization", `${party} is not registered.`);
    }
    before.set(one.digest, one);
  }
  return { organizations, newer: newer.size > 0, scopeHidden };
}

function register(one, organizations) {
  const { address, alg, passkey } = one.body.key;
  need(one.signature.key === address, "registration-key", "A registration is signed by its own key.");
  checkFree(address, organizations);
  need((alg === PASSKEY) === (passkey !== undefined), "key-change", "A passkey, and nothing else, states passkey.");
  if (passkey !== undefined) checkPasskey(address, passkey);
  const key = { address, from: one.position - 1, state: "active", passkey };
  checkSignedAs(key, one.signature);
  organizations.set(one.issuer, { id: one.issuer, keys: [key], roles: [], consents: new Map(), again: new Map() });
}

function checkFree(address, organizations) {
  const taken = [...organizations.values()].some((one) => one.keys.some((key) => key.address === address));
  need(!taken, "key-taken", `Key ${address} belongs to somebody already.`);
}

function checkKey(organization, address, { position, at }) {
  const key = organization.keys.find((one) => one.address === address && one.from < position);
  need(key, "unknown-key", `Key ${address} never belonged to ${organization.id}.`);
  need(key.state !== "revoked" || position <= key.until, "revoked-key", `Key ${address} was revoked.`);
  const over = key.state === "rotated" && Date.parse(at) > key.end;
  need(!over, "rotated-key", `Key ${address} was rotated out.`);
  return key;
}

function checkSignedAs(key, { alg, value }) {
  need((alg === PASSKEY) === (key.passkey !== undefined), "key-algorithm", `Key ${key.address} doesn't sign by ${alg}.`);
  if (key.passkey !== undefined) checkTerms(key.address, key.passkey, value);
}

export const inUse = (key) => key.state === "active" && key.delegation === undefined;

/** Revoke a key, or say from which earlier log size on a revoked one isn't trusted. */
function revoke(organization, { address, untrusted_from: size }, position) {
  const key = organization.keys.find((found) => found.address === address);
  const from = size === undefined ? undefined : Number(size);
  const earlier = from !== undefined && (key?.untrustedFrom === undefined || from < key.untrustedFrom);
  need(key && (key.state !== "revoked" || earlier), "key-change", "A revocation names a key that isn't revoked yet.");
  if (key.state !== "revoked") {
    const left = key.delegation !== undefined || organization.keys.some((other) => other !== key && inUse(other));
    need(left, "last-key", "No key would be left.");
    Object.assign(key, { state: "revoked", until: position });
  }
  const spoke = from === undefined || (from > key.from && from <= key.until);
  need(spoke, "key-change", `The key didn't speak at entry ${from}.`);
  if (from !== undefined) Object.assign(key, { untrustedFrom: from, distrustedAt: position });
}

async function changeKey(organization, one, organizations, terms) {
  const change = one.body.key;
  const signer = organization.keys.find((key) => key.address === one.signature.key);
  need(signer.state === "active", "rotated-key", "A key that was rotated out changes no keys.");
  if (change.action === "revoke") {
    revoke(organization, change, one.position);
    return;
  }
  const delegation = change.action === "delegate" ? change.delegation : undefined;
  need((change.action === "delegate") === (change.delegation !== undefined), "key-change", "A delegate has a scope.");
  checkFree(change.address, organizations);
  need(change.proof, "key-change", `Key ${change.address} has no proof.`);
  await checkPossession(terms.logId, organization.id, change.address, change.proof, change.passkey);
  if (change.action === "rotate") {
    const old = organization.keys.find((key) => key.address === change.replaces && inUse(key));
    need(old, "key-change", "A rotation replaces a key in use.");
    const grace = change.grace_days === undefined ? DEFAULT_GRACE_DAYS : Number(change.grace_days);
    Object.assign(old, { state: "rotated", until: one.position, end: Date.parse(one.at) + grace * DAY });
  }
  const { address, passkey } = change;
  organization.keys.push({ address, from: one.position, state: "active", delegation, passkey });
}

/** What a log's first entry fixes for ever. */
export function termsOf(opening) {
  const { origin, keys, accreditors } = opening.body;
  return { origin, keys, accreditors: accreditors ?? [], logId: digest({ accreditors: [], ...opening.body }) };
}
