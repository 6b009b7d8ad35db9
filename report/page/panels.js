/* Panels: plots under each other over one time axis, in one figure. */
const panelGap = 16, panelTop = 8, panelFoot = 42, panelLeft = 74;

/* panels: [{name (with unit), height, series: [...], min, max, axis: more}] */
const panelsHeight = (panels) => panelTop + panelFoot + panels.reduce((sum, p) => sum + p.height + panelGap, -panelGap);

function panelsOption(panels, range) {
  const o = { ...base(), tooltip: tooltip({ trigger: "axis" }), toolbox: toolbox(), grid: [], xAxis: [], yAxis: [], series: [],
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: colour.soft }, label: { show: false } },
    dataZoom: [{ type: "inside", xAxisIndex: "all", filterMode: "none", zoomOnMouseWheel: "shift", moveOnMouseMove: true }] };
  let top = panelTop;
  panels.forEach((p, i) => {
    const last = i === panels.length - 1;
    o.grid.push({ left: panelLeft, right: 18, top, height: p.height });
    o.xAxis.push(xAxis(last ? "time since the drive’s start, s" : "", { gridIndex: i, min: range[0], max: range[1],
      axisLabel: { show: last }, axisTick: { show: last } }));
    o.yAxis.push({ ...yAxis(p.name, 54, { gridIndex: i, min: p.min, max: p.max, splitNumber: p.height < 110 ? 3 : 4 }), ...(p.axis || {}) });
    for (const s of p.series()) o.series.push({ ...s, xAxisIndex: i, yAxisIndex: i });
    top += p.height + panelGap;
  });
  o.dataZoom[0].xAxisIndex = panels.map((_, i) => i);
  return o;
}

function panelFigure(parent, options) {
  return figure(parent, { ...options, group: "time", height: panelsHeight(options.panels),
    option: () => panelsOption(options.panels, options.range) });
}

/* Between -bound and +bound, or up from 0: filled, with a thin edge. */
function bandSeries(t, bound, c, { both = true, name = "95 % bound", dash = false } = {}) {
  const edge = (sign, label) => lineSeries(label, t.map((v, i) => [v, bound[i] === null ? null : sign * bound[i]]), c, {
    lineStyle: { width: 0.9, color: c, opacity: 0.8, type: dash ? "dashed" : "solid" },
    areaStyle: { color: c, opacity: 0.13, origin: "auto" }, z: 1 });
  return both ? [edge(1, name), edge(-1, name)] : [edge(1, name)];
}

/* A limit that is no bound of an error: a dashed line without a filling. */
const limitSeries = (name, t, y, c) => lineSeries(name, pairs(t, y), c, { lineStyle: { width: 1.2, color: c, type: "dashed" } });
