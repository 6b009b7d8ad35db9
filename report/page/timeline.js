/* What came of each source and which faults were up, as bars over time. */
const barWords = ["frames came, none was fused", "fused", "some were refused"];

function barsSeries(bars, c) {
  return { type: "custom", data: bars.map((b) => ({ value: [b.from, b.to, b.row], name: b.text, itemStyle: { color: c(b) } })), encode: { x: [0, 1], y: 2 },
    clip: true, progressive: 0,
    renderItem: (params, api) => {
      const from = api.coord([api.value(0), api.value(2)]), to = api.coord([api.value(1), api.value(2)]);
      const thick = Math.min(16, api.size([0, 1])[1] * 0.62);
      const area = params.coordSys;
      const x = Math.max(from[0], area.x), end = Math.min(Math.max(to[0], from[0] + 1.5), area.x + area.width);
      if (end < x) return null;
      const bar = bars[params.dataIndex];
      return { type: "rect", shape: { x, y: from[1] - thick * (bar.thin ? 0.25 : 0.5), width: end - x, height: thick * (bar.thin ? 0.5 : 1) },
        style: { fill: api.visual("color"), ...(bar.hollow ? { fill: "transparent", stroke: api.visual("color"), lineWidth: 1.4, lineDash: [4, 3] } : {}) } };
    } };
}

function barsOption(d, parts) {
  const o = { ...base(), grid: [], xAxis: [], yAxis: [], series: [],
    tooltip: tooltip({ trigger: "item", valueFormatter: undefined,
      formatter: (p) => element("span", {}, `${p.name}: ${figures(p.value[0], 5)} to ${figures(p.value[1], 5)} s`) }),
    axisPointer: { show: true, triggerTooltip: false, link: [{ xAxisIndex: "all" }], lineStyle: { color: colour.soft }, label: { show: false } },
    dataZoom: [{ type: "inside", xAxisIndex: parts.map((_, i) => i), filterMode: "none", zoomOnMouseWheel: "shift" }] };
  let top = panelTop;
  const left = Math.min(330, 28 + 6.8 * Math.max(...parts.flatMap((p) => p.rows.map((r) => r.length)), 8));
  parts.forEach((p, i) => {
    const last = i === parts.length - 1;
    o.grid.push({ outerBoundsMode: "none", left, right: 18, top, height: p.height });
    o.xAxis.push(xAxis(last ? "time since the drive’s start, s" : "", { gridIndex: i, min: d.range[0], max: d.range[1], axisLabel: { show: last },
      axisPointer: { show: true } }));
    o.yAxis.push({ ...valueAxis("", { gridIndex: i }), type: "category", data: p.rows, inverse: true, axisPointer: { show: false },
      axisLabel: { ...axisText(), width: left - 16, overflow: "truncate" }, splitLine: { show: true, lineStyle: { color: colour.grid } }, axisTick: { show: false } });
    o.series.push({ ...barsSeries(p.bars, (b) => colour[b.colour]), xAxisIndex: i, yAxisIndex: i });
    top += p.height + panelGap;
  });
  return o;
}

const rowsHeight = (rows) => Math.max(1, rows.length) * 26;

function timelineParts(d) {
  const parts = [];
  const modeRows = ["mode"];
  parts.push({ rows: modeRows, height: rowsHeight(modeRows), bars: d.modes.map(([mode, from, to]) =>
    ({ row: 0, from, to, text: modeNames[mode], colour: { 1: "grey", 2: "blue", 3: "orange", 4: "pink", 5: "red" }[mode] })) });
  const names = d.sources.map((s) => s.name);
  parts.push({ rows: names, height: rowsHeight(names), bars: d.availability.flatMap((spans, row) => spans.map(([from, to, state]) =>
    ({ row, from, to, text: `${names[row]}, ${barWords[state]}`, colour: ["grey", "green", "yellow"][state], thin: state === 0 }))) });
  if (d.faults.length || d.injected.length) parts.push(faultPart(d));
  return parts;
}

function faultPart(d) {
  const rows = [], bars = [];
  const rowOf = (name) => { if (!rows.includes(name)) rows.push(name); return rows.indexOf(name); };
  for (const f of d.injected) {
    bars.push({ row: rowOf(`injected: ${f.code}, ${f.source}`), from: f.from, to: f.to === null ? d.range[1] : f.to, text: `injected: ${f.code}, ${f.source}`, colour: "ink", hollow: true });
  }
  for (const f of d.faults) {
    bars.push({ row: rowOf(`${f.source} ${f.code}`), from: f.from, to: f.to === null ? d.range[1] : f.to, text: `${f.source} ${f.code} (${f.severity}): ${f.text}`,
      colour: { info: "sky", warning: "orange", error: "red" }[f.severity] || "red" });
  }
  return { rows, bars, height: rowsHeight(rows) };
}

function timelineFigure(parent, d) {
  const parts = timelineParts(d);
  const none = d.faults.length + d.injected.length === 0;
  const keys = [["box", "green", "fused"], ["box", "yellow", "some were refused"], ["line", "grey", "frames came, none was fused"]];
  if (d.injected.length) keys.push(["dash", "ink", "injected fault"]);
  if (d.faults.length) keys.push(["box", "sky", "fault: info"], ["box", "orange", "warning"], ["box", "red", "error"]);
  figure(parent, { title: "Sources and faults", name: "timeline", wide: true, group: "time", keys,
    height: panelTop + panelFoot + parts.reduce((sum, p) => sum + p.height + panelGap, -panelGap),
    caption: "A row for the filter’s mode, for each source, and for each fault of each source. A gap in a source’s bar is a time without frames." +
      (none ? " No fault was raised in this drive." : " A fault’s bar begins where it was raised, not where its cause began: compare it with the dashed bars where faults were injected."),
    option: () => barsOption(d, parts) });
}
