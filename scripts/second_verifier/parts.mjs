/** Salted parts: that a body is what was signed, part by part, and which paths a kind has. */
import { digest } from "./canonical.mjs";
import { need } from "./refusal.mjs";
import { KINDS } from "./kinds.mjs";

const COMMON = ["/occurred", "/ref", "/note?"];
const UNKNOWN_PATH = /^\/[a-z_]+(\/([a-z_]+|0|[1-9][0-9]{0,2})){0,7}$/;
const PATH = /^\/([a-z_]+)(?:\/(0|[1-9][0-9]{0,2})(?:\/([a-z_]+))?)?$/;

/** By kind, the parts that the line shown for signing is made of, besides `/occurred` and `/ref`. */
export const SIGNED_FOR = {
  "registration/1": ["/name"],
  "production/1": ["/outputs/*/product"],
  "dispatch/1": ["/liability", "/goods"],
  "attestation/1": ["/roles", "/opinion", "/withdraws"],
  "countersignature/1": ["/statement"],
  "opening/1": ["/lots/*/balance", "/lots/*/product"],
  "period_close/1": ["/closing"],
};
/** Required parts that nothing is booked by: hidden, the rest of the statement still speaks. */
const DESCRIBING = new Set(
  "/ref /name /goods /outputs/*/product /lots/*/product /lots/*/evidence /lines/*/source /sites/*".split(" "),
);
const ITEMS = { lines: ["amount", "source"], outputs: ["balance", "product"], lots: ["balance", "product", "evidence"] };
/** Of these kinds each body has one of the parts; with none of them shown it says nothing. */
const ONE_OF = { "acceptance/1": ["/answer", "/standing"], "attestation/1": ["/roles", "/opinion", "/withdraws"] };
const MAX_UNKNOWN_PARTS = 2000;

/** A path with `*` for its number, as the kinds list it. */
export const patternOf = (path) => path.replace(/\/[0-9]+/g, "/*");
const pathsOf = (kind) => [...COMMON, ...KINDS[kind]];

/**
 * Check a statement's parts, and the digests of those that are hidden, against its envelope.
 *
 * @returns {{body: object, whole: boolean, lineHidden: boolean}} values by field, lists by number; `whole` where a
 *   booked part is hidden, so that the body says nothing; `lineHidden` where the line shown for signing can't be made
 */
export function readBody(envelope, parts, hidden = []) {
  const shown = parts.map((part) => digest([part.salt, part.path, part.value]));
  hidden.forEach((one, at) => {
    const inOrder = !shown.includes(one) && (at === 0 || hidden[at - 1] < one);
    need(inOrder, "hidden-order", `The hidden part ${one} is out of order, twice there, or shown too.`);
  });
  const computed = digest([...shown, ...hidden].sort());
  need(computed === envelope.body_digest, "body-digest", "The parts are not those that were signed.");
  const { kind } = envelope;
  if (hidden.length > 0 && kind in KINDS) return partly(kind, parts, hidden.length);
  checkEachOnce(parts);
  const body = kind in KINDS ? knownBody(kind, parts) : unknownBody(parts, hidden.length);
  return { body, whole: false, lineHidden: false };
}

function checkEachOnce(parts) {
  const paths = new Set(parts.map((part) => part.path));
  const salts = new Set(parts.map((part) => part.salt));
  need(paths.size === parts.length, "repeated-path", "A part is given twice.");
  need(salts.size === parts.length, "repeated-salt", "A salt is used twice.");
}

/** Cut a known path in steps: the field, where it is a list the number, and the field below that. */
function stepOf(kind, path) {
  const [, field, number, name] = PATH.exec(path) ?? [];
  const pattern = `/${field}${number === undefined ? "" : "/*"}${name === undefined ? "" : `/${name}`}`;
  const known = pathsOf(kind).some((one) => one.replace("?", "") === pattern);
  need(path.length <= 80 && field !== undefined && known, "unknown-path", `${path} is no part of ${kind}.`);
  return [field, number === undefined ? undefined : Number(number), name];
}

function knownBody(kind, parts) {
  const steps = parts.map(({ path }) => stepOf(kind, path));
  const paths = new Set(parts.map((part) => part.path));
  for (const path of pathsOf(kind).filter((one) => !one.endsWith("?") && !one.includes("*"))) {
    need(paths.has(path), "missing-path", `The part ${path} is missing.`);
  }
  const body = laidOut(steps, parts);
  for (const [field, value] of Object.entries(body)) {
    const isNumbered = pathsOf(kind).some((path) => path.startsWith(`/${field}/*`));
    const isDense = !isNumbered || Array.from(value).every((item) => item !== undefined);
    need(isDense, "path-number", `The parts under /${field} aren't numbered without a hole.`);
  }
  return body;
}

function laidOut(steps, parts) {
  const body = {};
  steps.forEach(([field, number, name], at) => {
    const { value } = parts[at];
    if (number === undefined) body[field] = value;
    else {
      body[field] ??= [];
      if (name === undefined) body[field][number] = value;
      else body[field][number] = { ...body[field][number], [name]: value };
    }
  });
  return body;
}

/** Read a body of which some parts are hidden: more missing than there are digests is a part claimed absent. */
function partly(kind, parts, count) {
  const steps = parts.map(({ path }) => stepOf(kind, path));
  const paths = new Set(parts.map((part) => part.path));
  const missing = required(kind, steps).filter((path) => !paths.has(path));
  need(missing.length <= count, "missing-path", `${kind} needs the part ${missing.at(-1)}.`);
  need(!missing.includes("/occurred"), "hidden-time", `${kind} hides when it occurred.`);
  checkEachOnce(parts);
  const further = count - missing.length;
  const untold = further > 0 && ONE_OF[kind] !== undefined && !ONE_OF[kind].some((path) => paths.has(path));
  const whole = untold || missing.some((path) => !DESCRIBING.has(patternOf(path)));
  const line = ["/ref", ...(SIGNED_FOR[kind] ?? [])];
  const optional = (path) => path.includes("*") || OPTIONAL.has(path);
  const lineHidden =
    whole || missing.some((path) => line.includes(patternOf(path))) || (further > 0 && line.some(optional));
  return { body: whole ? {} : laidOut(steps, parts), whole, lineHidden };
}

const OPTIONAL = new Set(
  Object.values(KINDS).flatMap((paths) => paths.filter((path) => path.endsWith("?")).map((path) => path.slice(0, -1))),
);

/** Every path that a body of this kind has at least, given those that are shown. */
function required(kind, steps) {
  const must = pathsOf(kind).filter((path) => !path.endsWith("?"));
  const lengths = new Map(must.filter((path) => path.includes("*")).map((path) => [path.split("/")[1], 1]));
  for (const [field, number] of steps) {
    if (number !== undefined) lengths.set(field, Math.max(lengths.get(field) ?? 0, number + 1));
  }
  const items = [...lengths].flatMap(([field, length]) =>
    Array.from({ length }, (_, number) => `/${field}/${number}`).flatMap((item) =>
      (ITEMS[field] ?? [""]).map((name) => (name === "" ? item : `${item}/${name}`)),
    ),
  );
  return [...must.filter((path) => !path.includes("*")), ...items];
}

function unknownBody(parts, hidden) {
  const paths = new Set(parts.map((part) => part.path));
  need(parts.length <= MAX_UNKNOWN_PARTS, "unknown-kind-too-large", `A body of an unknown kind has ${parts.length} parts.`);
  const missing = ["/occurred", "/ref"].filter((path) => !paths.has(path));
  need(missing.length <= hidden, "missing-path", `The part ${missing.at(-1)} is missing.`);
  need(!missing.includes("/occurred"), "hidden-time", "It hides when it occurred.");
  for (const path of paths) {
    need(path.length <= 80 && UNKNOWN_PATH.test(path), "unknown-path", `${path} is no part.`);
    const steps = path.split("/");
    for (let length = 2; length < steps.length; length += 1) {
      need(!paths.has(steps.slice(0, length).join("/")), "nested-part", `${path} lies inside another part.`);
    }
  }
  return { unknown: parts.map((part) => part.value) };
}
