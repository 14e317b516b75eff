/** One company beside its sector: asks with what its form says, draws its years and the path. */
"use strict";

async function showCompany() {
  const { region, sector } = { region: chosen("pickers").province || state.regions[0], sector: chosen("pickers").sector };
  const { organization, years, revenue, rate_percent: rate, source } = chosen("company");
  const list = (text) => text.split(/[,;\s]+/).filter(Boolean);
  const byMoney = list(revenue).length > 0;
  const search = new URLSearchParams({ organization, region, sector, ...asked() });
  for (const year of list(years)) search.append("year", year);
  for (const amount of list(revenue)) search.append("revenue", amount);
  search.append("currency", state.said.table.currency);
  if (!byMoney) for (const [key, value] of [["measure", "per_kg"], ["against", "years"]]) search.append(key, value);
  if (rate) for (const [key, value] of [["rate_percent", rate], ["base_year", String(Math.min(...list(years).map(Number)))], ["source", source]]) search.append(key, value);
  const found = await ask(`tables/${state.table.digest}/company?${search}`, {});
  const at = found.standing;
  const facts = at && { ...at, sector: called(sector), region: called(region), share: percent.format(at.as_good_or_better) };
  for (const key of ["own", "average", "best_practice"]) if (facts) facts[key] = number.format(facts[key]);
  $("standing").textContent = [facts ? fill(words["company.standing"], facts) : words["company.alone"], ...Object.keys(found.flags).map((flag) => words[`company.flag.${flag}`])].join(" ");
  const unit = byMoney ? `kg CO2e / ${state.said.table.currency}` : "kg CO2e / kg";
  const allowed = new Map(found.path.map((step) => [step.year, step.allowed]));
  const rows = found.years.map((one) => [String(one.year), Number(one.kg_co2e), Number(byMoney ? one.kg_per_money : one.kg_per_kg), allowed.get(one.year)]);
  $("way-shown").hidden = false;
  fillTable("own-years", [words.year, "kg CO2e", unit, words["company.allowed"]], rows);
  draw("way", {
    grid: { left: 70, right: 20, top: 40, bottom: 40 },
    legend: {},
    xAxis: { type: "category", data: rows.map((row) => row[0]) },
    yAxis: { type: "value", name: unit, nameTextStyle: { align: "left" }, axisLabel: { formatter: written } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: written },
    series: [
      { type: "line", symbolSize: 9, name: words.own_short, data: rows.map((row) => row[2]) },
      { type: "line", symbol: "none", lineStyle: { type: "dashed" }, name: words["company.allowed"], data: rows.map((row) => row[3] ?? null) },
    ],
  });
}

$("company").addEventListener("submit", (event) => {
  event.preventDefault();
  run(showCompany);
});
const before = new URLSearchParams(location.search).get("organization");
if (before) $("company").elements.organization.value = before;
