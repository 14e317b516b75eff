/** Salted parts: that a body is what was signed, part by part, and which paths a kind has. */
import { digest } from "./canonical.mjs";
import { need } from "./refusal.mjs";
import { KINDS } from "./kinds.mjs";

const COMMON = ["/occurred", "/ref", "/note?"];
const UNKNOWN_PATH = /^\/[a-z_]+(\/([a-z_]+|0|[1-9][0-9]{0,2})){0,7}$/;
const PATH = /^\/([a-z_]+)(?:\/(0|[1-9][0-9]{0,2})(?:\/([a-z_]+))?)?$/;

/** Check a statement's parts against its envelope, and return its body: values by field, lists by number. */
export function readBody(envelope, parts) {
  const digests = parts.map((part) => digest([part.salt, part.path, part.value])).sort();
  need(digest(digests) === envelope.body_digest, "body-digest", "The parts are not those that were signed.");
  const paths = new Set(parts.map((part) => part.path));
  const salts = new Set(parts.map((part) => part.salt));
  need(paths.size === parts.length, "repeated-path", "A part is given twice.");
  need(salts.size === parts.length, "repeated-salt", "A salt is used twice.");
  const known = KINDS[envelope.kind];
  return known ? knownBody(parts, paths, [...COMMON, ...known]) : unknownBody(parts, paths);
}

function knownBody(parts, paths, known) {
  const names = new Set(known.map((path) => path.replace("?", "")));
  for (const path of known.filter((one) => !one.endsWith("?") && !one.includes("*"))) {
    need(paths.has(path), "missing-path", `The part ${path} is missing.`);
  }
  const body = {};
  for (const { path, value } of parts) {
    const [, field, number, name] = PATH.exec(path) ?? [];
    const pattern = `/${field}${number === undefined ? "" : "/*"}${name === undefined ? "" : `/${name}`}`;
    need(path.length <= 80 && field !== undefined && names.has(pattern), "unknown-path", `${path} is no part.`);
    if (number === undefined) body[field] = value;
    else {
      body[field] ??= [];
      if (name === undefined) body[field][Number(number)] = value;
      else body[field][Number(number)] = { ...body[field][Number(number)], [name]: value };
    }
  }
  for (const [field, value] of Object.entries(body)) {
    const isNumbered = known.some((path) => path.startsWith(`/${field}/*`));
    const isDense = !isNumbered || Array.from(value).every((item) => item !== undefined);
    need(isDense, "path-number", `The parts under /${field} aren't numbered without a hole.`);
  }
  return body;
}

function unknownBody(parts, paths) {
  for (const path of paths) {
    need(path.length <= 80 && UNKNOWN_PATH.test(path), "unknown-path", `${path} is no part.`);
    const steps = path.split("/");
    for (let length = 2; length < steps.length; length += 1) {
      need(!paths.has(steps.slice(0, length).join("/")), "nested-part", `${path} lies inside another part.`);
    }
  }
  for (const path of ["/occurred", "/ref"]) need(paths.has(path), "missing-path", `The part ${path} is missing.`);
  return { unknown: parts.map((part) => part.value) };
}
