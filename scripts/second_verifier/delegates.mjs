/** Delegates: keys that speak in some kinds only, at some sites, for some time, up to a number and a sum. */
import { need } from "./refusal.mjs";

const lines = (body) => body.lines ?? body.change?.add_lines ?? [];
const sites = ({ site, leg, places }) =>
  [site, leg?.from, leg?.to, places?.from].filter((place) => place !== undefined).map((place) => place.name);

/** Gross emissions in milligrams: of what is handed on, else of the lines stated. */
export function gross(body) {
  const emissions = /^(fossil|aircraft|land_fossil|luc|land_biogenic_co2|biogenic_non_co2)\.(?!markup)/;
  const vectors = body.liability === undefined ? lines(body).map((line) => line.amount?.components ?? {}) : [body.liability];
  const amounts = vectors.flatMap((vector) => Object.entries(vector));
  return amounts.filter(([name]) => emissions.test(name)).reduce((sum, [, mg]) => sum + BigInt(mg), 0n);
}

/**
 * Check that a delegate states what it may, and count it; what is hidden can't be checked.
 *
 * @returns {boolean} whether hidden parts leave open that it kept to its sites, activities and sum
 */
export function checkDelegate(key, { kind, at, body, hidden = [] }) {
  const scope = key.delegation;
  if (scope === undefined) return false;
  const scoped = (holds, detail) => need(holds, "delegate-scope", `Key ${key.address}: ${detail}`);
  scoped(scope.kinds.includes(kind) && body.standing === undefined, `${kind} is not delegated to it.`);
  need(scope.from <= at && at <= scope.until, "delegate-time", `Key ${key.address} was no delegate at ${at}.`);
  if (scope.sites !== undefined) {
    const named = sites(body);
    scoped(named.length > 0 || hidden.length > 0, "the statement names no site.");
    for (const site of named) scoped(scope.sites.includes(site), `${site} is not among its sites.`);
  }
  for (const { source } of scope.activities === undefined ? [] : lines(body)) {
    scoped(source === undefined || scope.activities.includes(source.activity), `${source?.activity} is not for it.`);
  }
  key.statements = (key.statements ?? 0n) + 1n;
  key.mg = (key.mg ?? 0n) + gross(body);
  const within = key.statements <= BigInt(scope.statements ?? key.statements) && key.mg <= BigInt(scope.co2e_mg ?? key.mg);
  need(within, "delegate-quota", `Key ${key.address} states more than it may in all.`);
  if (hidden.length === 0) return false;
  const hides = lines(body).length === 0 || lines(body).some((line) => line.source === undefined);
  const noSite = scope.sites !== undefined && sites(body).length === 0;
  return noSite || (hides && (scope.activities !== undefined || scope.co2e_mg !== undefined));
}
