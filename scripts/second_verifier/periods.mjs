/** When something happened: civil dates in a zone, in their order, and none of them still to come. */
import { need } from "./refusal.mjs";

const DAY = 86_400_000;

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds; a zone that isn't known counts as UTC. */
function ahead(moment, timeZone) {
  try {
    const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(moment);
    const text = parts.find((one) => one.type === "timeZoneName").value;
    const [, sign, hours, minutes = "0", seconds = "0"] = /GMT([+-])(\d\d):?(\d\d)?:?(\d\d)?/.exec(text) ?? [0, "+", "0"];
    return (sign === "-" ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  } catch {
    return 0;
  }
}

/** Check that a period has an order and had begun to end when it was logged; a day is left for clocks that go wrong. */
export function checkPeriod(occurred, at) {
  need(occurred.from <= occurred.to, "date-order", "It ends before it begins.");
  const civil = Date.parse(`${occurred.to}T00:00:00Z`);
  const begins = civil - ahead(civil - ahead(civil, occurred.zone), occurred.zone);
  need(begins <= Date.parse(at) + DAY, "future-date", `It ends on ${occurred.to}, and was logged at ${at}.`);
}
