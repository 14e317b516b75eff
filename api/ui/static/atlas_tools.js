/** What belongs to every picture: nodes of links, saving, the keyboard; and the beginning of it all. */
"use strict";

function showNodes(rows) {
  const nodes = new Map();
  for (const [from, to, value, carbon] of rows) {
    for (const [end, at] of [[from, 2], [to, 4]]) {
      const node = nodes.get(end) ?? nodes.set(end, [end, 0, 0, 0, 0, 0]).get(end);
      node[1] += 1;
      node[at] += value;
      node[at + 1] += carbon;
    }
  }
  const mass = state.said?.unit.split(" per ")[0];
  const money = state.said?.table.money;
  fillTable(
    "nodes",
    [words.node, words.links, `${words.sells} (${money})`, `${words.sells} (${mass})`, `${words.buys} (${money})`, `${words.buys} (${mass})`],
    [...nodes.values()].sort((one, other) => other[3] + other[5] - one[3] - one[5]),
  );
}

function save(name, address) {
  const link = document.createElement("a");
  link.download = name;
  link.href = address;
  link.click();
}

function exportTools() {
  for (const tools of document.querySelectorAll(".tools")) {
    const { chart, table } = tools.dataset;
    const kinds = !chart ? { CSV: () => saveCsv(table) } : { PNG: () => save(`${chart}.png`, charts[chart].getDataURL({ pixelRatio: 2, backgroundColor: "#ffffff" })), SVG: () => saveSvg(chart), CSV: () => saveCsv(table) };
    for (const [kind, run] of Object.entries(kinds)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind;
      button.setAttribute("aria-label", `${words.save} ${kind}`);
      button.addEventListener("click", run);
      tools.append(button);
    }
  }
}

function saveSvg(id) {
  const { clientWidth: width, clientHeight: height } = $(id);
  const copy = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  copy.setOption({ ...charts[id].getOption(), animation: false });
  const blob = new Blob([copy.renderToSVGString()], { type: "image/svg+xml" });
  copy.dispose();
  const address = URL.createObjectURL(blob);
  save(`${id}.svg`, address);
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function saveCsv(id) {
  const { headings, rows } = $(id).rowsShown;
  const cell = (value) => {
    const text = String(value ?? "");
    // A spreadsheet would run what begins like a formula.
    const safe = typeof value === "string" && /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const notes = [[`${words.source}: ${$("origin").textContent}`], []];
  const lines = [headings, ...rows, ...notes].map((row) => row.map(cell).join(","));
  const address = URL.createObjectURL(new Blob([`\ufeff${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  save(`${id}.csv`, address);
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

// The keyboard's way around a graph: arrows move it, plus and minus zoom.
$("graph").addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [30, 0], ArrowRight: [-30, 0], ArrowUp: [0, 30], ArrowDown: [0, -30] };
  const zooms = { "+": 1.2, "=": 1.2, "-": 1 / 1.2 };
  if (event.key in moves) {
    const [dx, dy] = moves[event.key];
    charts.graph?.dispatchAction({ type: "graphRoam", seriesIndex: 0, dx, dy });
  } else if (event.key in zooms) {
    const { clientWidth, clientHeight } = $("graph");
    charts.graph?.dispatchAction({ type: "graphRoam", seriesIndex: 0, zoom: zooms[event.key], originX: clientWidth / 2, originY: clientHeight / 2 });
  } else return;
  event.preventDefault();
});
$("edge-filter").addEventListener("input", () => showEdges());
for (const form of ["pickers", "cuts", "levels", "bench"]) $(form).addEventListener("submit", (event) => event.preventDefault());
addEventListener("resize", () => Object.values(charts).forEach((chart) => chart.resize()));
exportTools();
restart();
