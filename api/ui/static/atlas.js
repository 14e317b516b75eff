/** The atlas: asks this ledger's tables, draws, and puts every number into a table as well. */
"use strict";

const root = document.getElementById("atlas");
const { words, names, places, tables } = JSON.parse(root.dataset.setting);
const $ = (id) => document.getElementById(id);
const called = (name) => names[name] ?? name;
// Okabe and Ito's colours can be told apart by everybody; the scale is even in lightness.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999", "#f0e442"];
const SCALE = ["#fde725", "#7ad151", "#22a884", "#2a788e", "#414487", "#440154"];
const MONEY = ["output", "value_added", "final_demand"];
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const charts = {};
const state = {};

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 4 });
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 });
// A chance of 1e-300 would be written with 300 zeros.
const small = (value) => (value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(1) : number.format(value));
const written = (value) => (value === null || value === undefined ? "" : typeof value === "number" ? small(value) : value);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, key) => facts[key]);

async function ask(path, query) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== "" && value !== null && value !== undefined) search.append(key, value);
  }
  const answer = await fetch(`/v1/mrio/${path}${path.includes("?") ? "&" : "?"}${search}`, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? body.title);
  return body;
}

function draw(id, option) {
  charts[id] ??= echarts.init($(id), dark ? "dark" : null, { renderer: "canvas" });
  const shared = {
    aria: { enabled: true },
    backgroundColor: "transparent",
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  };
  charts[id].setOption({ ...shared, ...option }, true);
}

/** A table that sorts by a click or key on its heading. */
function fillTable(id, headings, rows) {
  const table = $(id);
  const order = { column: -1, down: true };
  const show = () => {
    const body = document.createElement("tbody");
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, at) => {
        const cell = at === 0 ? document.createElement("th") : line.insertCell();
        if (at === 0) {
          cell.scope = "row";
          line.append(cell);
        } else if (typeof value === "string") cell.className = "text";
        cell.textContent = written(value);
      });
    }
    table.tBodies[0]?.remove();
    table.append(body);
  };
  const head = table.tHead ?? table.createTHead();
  head.replaceChildren();
  const line = head.insertRow();
  headings.forEach((heading, at) => {
    const cell = document.createElement("th");
    const button = document.createElement("button");
    cell.scope = "col";
    button.type = "button";
    button.className = "sort";
    button.textContent = heading;
    button.addEventListener("click", () => {
      order.down = order.column === at ? !order.down : true;
      order.column = at;
      rows.sort((one, other) => compare(one[at], other[at]) * (order.down ? -1 : 1));
      for (const other of line.cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      show();
    });
    cell.append(button);
    line.append(cell);
  });
  show();
  table.rowsShown = { headings, rows };
}

function compare(one, other) {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one === "number" || typeof other === "number") return typeof one === "number" ? 1 : -1;
  return String(one ?? "").localeCompare(String(other ?? ""), document.documentElement.lang);
}

const chosen = (form) => Object.fromEntries(new FormData($(form)));
const unitOf = (indicator) => {
  const { unit, table } = state.said;
  const mass = unit.split(" per ")[0];
  if (indicator === "emissions") return mass;
  return indicator === "output" ? table.money : unit;
};

function offer(select, options, value) {
  select.replaceChildren(...options.map(([key, text]) => new Option(text, key, false, key === value)));
}

function setPickers() {
  const form = $("pickers");
  const all = [...new Set(tables.map((one) => one.name))];
  const name = form.elements.table.value || all[0];
  offer(form.elements.table, all.map((one) => [one, one]), name);
  const years = tables.filter((one) => one.name === name);
  const year = form.elements.year.value;
  offer(form.elements.year, years.map((one) => [one.digest, String(one.year)]), year);
  const table = years.find((one) => one.digest === form.elements.year.value) ?? years[0];
  const rows = table.extensions.flatMap((one) => one.rows.map(([row]) => [JSON.stringify([one.name, row]), `${one.name}: ${row}`]));
  offer(form.elements.stressor, rows, form.elements.stressor.value);
  state.table = table;
}

async function labels() {
  const form = $("pickers");
  const { labels: found } = await ask(`tables/${state.table.digest}`, {});
  const all = [["", words.all]];
  offer(form.elements.province, [...all, ...found.regions.map((one) => [one, called(one)])], form.elements.province.value);
  offer(form.elements.sector, found.sectors.map((one) => [one, called(one)]), form.elements.sector.value);
  state.regions = found.regions;
}

const asked = () => {
  const [extension, stressor] = JSON.parse(chosen("pickers").stressor);
  return { extension, stressor };
};

async function showBaseline() {
  const { main, second } = chosen("pickers");
  const found = await ask(`tables/${state.table.digest}/baseline`, { ...asked(), by: "region" });
  state.said = found;
  const { provenance, year, money } = found.table;
  $("synthetic").hidden = !provenance.synthetic;
  $("origin").textContent = [
    `${found.table.name} ${year}, ${money}, ${found.unit}`,
    provenance.source,
    provenance.licence,
    ...provenance.notes.filter((note) => note !== provenance.source),
    ...provenance.accepted.map((check) => fill(words.accepted, { check })),
  ].join(" · ");
  const title = (key) => words[`indicator.${key}`];
  const columns = [main, second, ...["emissions", ...MONEY].filter((key) => key !== main && key !== second)];
  const heading = (key) => title(key) ?? words[key];
  fillTable(
    "baseline",
    [words.province, ...columns.map((key) => `${heading(key)} (${unitOf(MONEY.includes(key) ? "output" : key)})`)],
    found.rows.map((row) => [called(row.region), ...columns.map((key) => row[key])]),
  );
  tiles(found.rows, main, second);
}

function tiles(rows, main, second) {
  const wide = Math.ceil(Math.sqrt(rows.length * 1.6));
  const known = rows.every((row) => row.region in places);
  const values = rows.map((row) => row[main]).filter((value) => value !== null);
  const points = rows.map((row, at) => ({
    value: [...(known ? places[row.region] : [at % wide, Math.floor(at / wide)]), row[main]],
    region: row.region,
    other: row[second],
  }));
  const most = Math.max(...points.map((one) => one.other ?? 0), 0) || 1;
  const lowest = Math.max(...points.map((one) => one.value[1])) + 1;
  const columns = Math.max(...points.map((one) => one.value[0])) + 1;
  const axis = (length, inverse) => ({ type: "category", show: false, data: [...Array(length).keys()], inverse });
  draw("tiles", {
    grid: { left: 8, right: 8, top: 8, bottom: 56 },
    xAxis: axis(columns, false),
    yAxis: axis(lowest, true),
    tooltip: {
      renderMode: "richText",
      formatter: ({ data }) =>
        `${called(data.region)}\n${words[`indicator.${main}`]}: ${written(data.value[2])} ${unitOf(main)}\n` +
        `${words[`indicator.${second}`]}: ${written(data.other)} ${unitOf(second)}`,
    },
    visualMap: {
      seriesIndex: 0,
      dimension: 2,
      min: Math.min(...values),
      max: Math.max(...values),
      calculable: false,
      orient: "horizontal",
      left: "center",
      bottom: 4,
      inRange: { color: SCALE },
      text: [written(Math.max(...values)), written(Math.min(...values))],
    },
    series: [
      {
        type: "heatmap",
        data: points,
        label: { show: true, formatter: ({ data }) => called(data.region).replace(" ", "\n"), fontSize: 11 },
        itemStyle: { borderColor: dark ? "#18201d" : "#ffffff", borderWidth: 3, borderRadius: 6 },
      },
      {
        // The second indicator: the larger the ring, the higher it is.
        type: "scatter",
        silent: true,
        data: points.map((one) => ({ value: [one.value[0], one.value[1]], other: one.other })),
        symbol: "circle",
        symbolOffset: [0, 14],
        symbolSize: (_, { data }) => (data.other > 0 ? 3 + 13 * Math.sqrt(data.other / most) : 0),
        itemStyle: { color: "#ffffff", borderColor: "#000000", borderWidth: 1 },
      },
    ],
  });
  charts.tiles.off("click");
  charts.tiles.on("click", ({ data }) => {
    $("pickers").elements.province.value = data.region;
    refresh();
  });
}

async function showBackbone() {
  const { province } = chosen("pickers");
  const cuts = chosen("cuts");
  const query = { ...asked(), ...cuts, limit: 300 };
  if (province) {
    query.region = province;
    query.scope = "within";
    // Of one province's links a smaller share would leave none: the picker shows what is asked.
    const { share } = $("cuts").elements;
    if (Number(share.value) < 0.05) share.value = "0.05";
    query.share = share.value;
  }
  const found = await ask(`tables/${state.table.digest}/backbone`, query);
  $("kept").textContent = fill(words.kept, {
    kept: number.format(found.kept),
    links: number.format(found.links),
    value: percent.format(found.value_share),
    carbon: percent.format(found.carbon_share),
  });
  const end = (region, sector) => (province ? called(sector) : `${called(region)} · ${called(sector)}`);
  const rows = found.edges.map((one) => [
    end(one.from_region, one.from_sector),
    end(one.to_region, one.to_sector),
    one.value,
    one.carbon,
    one.p,
  ]);
  state.edges = rows;
  showEdges(found);
  showNodes(rows);
  graph(rows.slice(0, 120), cuts.weight === "carbon" ? 3 : 2, (text) => text.split(" · ")[0]);
}

function showEdges(found) {
  const wanted = $("edge-filter").value.trim().toLowerCase();
  const kept = state.edges.filter((row) => !wanted || `${row[0]} ${row[1]}`.toLowerCase().includes(wanted));
  state.edgeUnits = found ?? state.edgeUnits;
  const { unit, carbon_unit: mass } = { unit: state.said?.table.money, carbon_unit: state.said?.unit.split(" per ")[0] };
  fillTable("edges", [words.from, words.to, `${words["weight.value"]} (${unit})`, `${words["weight.carbon"]} (${mass})`, "p"], kept.map((row) => [...row]));
}

function graph(rows, weight, group) {
  const sums = new Map();
  for (const row of rows) for (const end of [row[0], row[1]]) sums.set(end, (sums.get(end) ?? 0) + row[weight]);
  const groups = [...new Set([...sums.keys()].map(group))];
  const largest = Math.max(...sums.values(), 0) || 1;
  const widest = Math.max(...rows.map((row) => row[weight]), 0) || 1;
  draw("graph", {
    tooltip: { renderMode: "richText", formatter: ({ dataType, data }) => (dataType === "edge" ? `${data.source} → ${data.target}\n${written(data.value)}` : data.name) },
    series: [
      {
        type: "graph",
        layout: "force",
        roam: true,
        draggable: true,
        categories: groups.map((name) => ({ name })),
        data: [...sums].map(([name, sum]) => ({
          name,
          value: sum,
          category: groups.indexOf(group(name)),
          symbolSize: 8 + 30 * Math.sqrt(sum / largest),
          label: { show: sum > largest / 12 },
        })),
        links: rows.map((row) => ({ source: row[0], target: row[1], value: row[weight], lineStyle: { width: 0.5 + 5 * (row[weight] / widest) } })),
        edgeSymbol: ["none", "arrow"],
        edgeSymbolSize: 6,
        lineStyle: { color: "source", curveness: 0.15, opacity: 0.55 },
        label: { position: "right", fontSize: 11 },
        force: { repulsion: 140, edgeLength: [30, 110], gravity: 0.12 },
        emphasis: { focus: "adjacency" },
      },
    ],
  });
}

async function showFlows() {
  const { level } = chosen("levels");
  const found = await ask(`tables/${state.table.digest}/flows`, { ...asked(), level });
  const mass = state.said.unit.split(" per ")[0];
  const between = found.flows.filter((one) => one.source !== one.target);
  const top = [...between].sort((one, other) => other.carbon - one.carbon).slice(0, 40);
  fillTable(
    "flows",
    [words.from, words.to, `${words["weight.value"]} (${state.said.table.money})`, `${words["weight.carbon"]} (${mass})`],
    found.flows.slice(0, 500).map((one) => [called(one.source), called(one.target), one.value, one.carbon]),
  );
  // A Sankey diagram takes no circles: who sells stands left, who buys stands right.
  const left = (name) => `${called(name)} →`;
  const right = (name) => `→ ${called(name)}`;
  const ends = [...new Set([...top.map((one) => left(one.source)), ...top.map((one) => right(one.target))])];
  draw("sankey", {
    tooltip: { renderMode: "richText", formatter: ({ dataType, data, value }) => (dataType === "edge" ? `${data.source} ${data.target}: ${written(value)} ${mass}` : `${data.name}: ${written(value)} ${mass}`) },
    series: [
      {
        type: "sankey",
        left: 8,
        right: 110,
        data: ends.map((name) => ({ name })),
        links: top.map((one) => ({ source: left(one.source), target: right(one.target), value: one.carbon })),
        lineStyle: { color: "source", opacity: 0.4 },
        label: { fontSize: 11 },
        emphasis: { focus: "adjacency" },
      },
    ],
  });
}

async function showTrend() {
  const { main, province } = chosen("pickers");
  const by = province ? "region" : "all";
  const found = await ask("trend", { ...asked(), name: state.table.name, by });
  const rows = found.rows.filter((row) => !province || row.region === province);
  const heading = `${words[`indicator.${main}`]} (${unitOf(main)})`;
  fillTable("years", [words.year, heading, words["indicator.emissions"]], rows.map((row) => [String(row.year), row[main], row.emissions]));
  draw("trend", {
    grid: { left: 70, right: 20, top: 40, bottom: 40 },
    xAxis: { type: "category", data: rows.map((row) => String(row.year)) },
    yAxis: { type: "value", name: heading, nameTextStyle: { align: "left" }, axisLabel: { formatter: written } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: written },
    series: [{ type: "line", symbolSize: 9, data: rows.map((row) => row[main]), name: province ? called(province) : words.all }],
  });
}

async function showBenchmark() {
  const { main, sector, province } = chosen("pickers");
  const bench = chosen("bench");
  const measure = ["per_output", "per_value_added", "carried"].includes(main) ? main : "per_output";
  const query = { ...asked(), sector, measure, percentile: bench.percentile, floor: Number(bench.floor) / 100 };
  const found = await ask(`tables/${state.table.digest}/benchmark`, query);
  const own = bench.own === "" ? null : Number(bench.own);
  const better = own === null ? null : found.peers.filter((peer) => peer.intensity <= own).length / found.peers.length;
  const facts = { best: number.format(found.best_practice), average: number.format(found.average), unit: found.unit, sector: called(sector) };
  const company = better === null ? "" : ` ${fill(words.place, { own: number.format(own), share: percent.format(better) })}`;
  $("place").textContent = fill(words.best, facts) + company;
  const everybody = [...found.peers, ...found.below_floor];
  fillTable(
    "peers",
    [words.province, words.rank, `${words[`indicator.${measure}`]} (${found.unit})`, words.output_share],
    everybody.map((peer) => [called(peer.region), peer.rank ?? words.too_small, peer.intensity, peer.output_share]),
  );
  const line = (value, name) => ({ yAxis: value, name, label: { formatter: name, position: "insideEndTop" } });
  const marks = [line(found.best_practice, words.best_short), line(found.average, words.average_short)];
  if (own !== null) marks.push({ ...line(own, words.own_short), lineStyle: { color: COLOURS[1], width: 2 } });
  draw("peers-plot", {
    grid: { left: 70, right: 20, top: 20, bottom: 70 },
    xAxis: { type: "category", data: found.peers.map((peer) => called(peer.region)), axisLabel: { rotate: 60 } },
    yAxis: { type: "value", axisLabel: { formatter: written } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: written },
    series: [
      {
        type: "bar",
        data: found.peers.map((peer) => ({ value: peer.intensity, itemStyle: { color: peer.region === province ? COLOURS[1] : COLOURS[0] } })),
        markLine: { symbol: "none", data: marks },
      },
    ],
  });
}

async function run(...steps) {
  root.setAttribute("aria-busy", "true");
  $("status").textContent = words.asking;
  try {
    for (const step of steps) await step();
    $("status").textContent = words.done;
  } catch (error) {
    $("status").textContent = `${words.failed} ${error.message}`;
  }
  root.removeAttribute("aria-busy");
}

const refresh = () => run(showBaseline, showBackbone, showFlows, showTrend, showBenchmark);
const restart = () => {
  setPickers();
  return run(labels, showBaseline, showBackbone, showFlows, showTrend, showBenchmark);
};

for (const name of ["table", "year"]) $("pickers").elements[name].addEventListener("change", restart);
for (const name of ["stressor", "main", "second", "province"]) $("pickers").elements[name].addEventListener("change", refresh);
$("pickers").elements.sector.addEventListener("change", () => run(showBenchmark));
$("cuts").addEventListener("change", () => run(showBackbone));
$("levels").addEventListener("change", () => run(showFlows));
$("bench").addEventListener("change", () => run(showBenchmark));
