/** Second signatures: an organization's own rule that two of its keys agree, and what a key in use signs again. */
import { gross } from "./delegates.mjs";
import { inUse } from "./keys.mjs";
import { need } from "./refusal.mjs";

const ALWAYS = 1n << 64n;

/** The key of an organization whose word on what was signed at a log position is not trusted since. */
export function distrusted(organization, address, position) {
  const doubted = (key) => key.address === address && key.untrustedFrom !== undefined;
  return organization.keys.find((key) => doubted(key) && key.untrustedFrom <= position && position < key.until);
}

/** Keep what accounting policies say about second signatures. */
export function adopt(organization, policy) {
  const { second_signature_above_mg: above } = policy;
  const several = organization.keys.filter(inUse).length > 1;
  need(above === undefined || several, "second-key", `${organization.id} has one key in use.`);
  organization.secondAbove = above === undefined ? undefined : BigInt(above);
}

/** Keep a second key's word: on what is to come, or on what a key signed that is not trusted since. */
export function countersign(organization, { body, signature, position }, logged) {
  const again = (holds) => need(holds, "countersigned-already", `${body.statement} needs no other signature.`);
  if (logged === undefined) {
    again(!organization.consents.has(body.statement));
    organization.consents.set(body.statement, signature.key);
    return;
  }
  again(logged.issuer === organization.id && distrusted(organization, logged.signature.key, logged.position));
  again(!isSignedAgain(organization, body.statement));
  organization.again.set(body.statement, { key: signature.key, position });
}

/** Whether a key that is trusted signed a statement again. */
export function isSignedAgain(organization, digest) {
  const found = organization.again.get(digest);
  return found !== undefined && !distrusted(organization, found.key, found.position);
}

/** Check that what needs a second key has one; return that key, to be checked as any other. */
export function checkSecond(organization, { digest, form, body, signature }) {
  if (organization.secondAbove === undefined || asked(form, body) <= organization.secondAbove) return undefined;
  const second = organization.consents.get(digest);
  need(second, "second-signature-missing", `${digest} needs a second key of ${organization.id}.`);
  need(second !== signature.key, "same-key-twice", `Key ${second} signed ${digest} twice.`);
  return second;
}

function asked(form, body) {
  if (form === "dispatch/1") return gross(body);
  if (form === "accounting_policy/1") return ALWAYS;
  return form === "key/1" && body.key.action !== "revoke" ? ALWAYS : -1n;
}

/** Which statements keys signed that are not trusted since, and that nobody signed again or corrected. */
export function distrustedAmong(statements, organizations) {
  const all = [...statements.values()];
  return all.filter((one) => {
    const organization = organizations.get(one.issuer);
    const key = organization && distrusted(organization, one.signature.key, one.position);
    if (!key || isSignedAgain(organization, one.digest)) return false;
    const subject = one.form === "correction/1" ? one.body.corrects : one.digest;
    const lifts = (other) => other.form === "correction/1" && other.issuer === one.issuer;
    const trusted = (other) => !distrusted(organization, other.signature.key, other.position);
    const after = all.filter((other) => lifts(other) && other.body.corrects === subject);
    return !after.some((other) => other.position > key.distrustedAt && trusted(other));
  });
}
