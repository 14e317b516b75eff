/** Check the golden passkey signatures that standard input has, and print why each is refused, by name. */
import { readFileSync } from "node:fs";

import { checkAssertion, checkTerms } from "../../scripts/second_verifier/passkeys.mjs";

const { digest, address, passkey, value, refused, elsewhere } = JSON.parse(readFileSync(0, "utf8"));

function reason(check) {
  try {
    check();
    return "good";
  } catch (error) {
    return error.reason ?? String(error);
  }
}

const signs = (one) => checkAssertion(`0x${digest}`, address, one);
const fits = (one) => checkTerms(address, passkey, one);
const found = { value: reason(() => [signs(value), fits(value)]) };
for (const [name, [one]] of Object.entries(refused)) found[name] = reason(() => signs(one));
for (const [name, [one]] of Object.entries(elsewhere)) found[name] = reason(() => fits(one));
console.log(JSON.stringify(found));
