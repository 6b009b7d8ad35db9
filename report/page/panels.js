/* Panels: plots under each other over one time axis, in one figure. Room for what stands beside the axes is set here and
 * not found by the library: else plots under each other would not begin at the same place. */
const panelGap = 16, panelTop = 8, panelFoot = 42, panelLeft = 80;

/* panels: [{name (with unit), height, series: [...], min, max, axis: more}] */
const panelsHeight = (panels) => panelTop + panelFoot + panels.reduce((sum, p) => sum + p.height + panelGap, -panelGap);

/* In two lines where one is longer than its axis. */
function folded(name, height) {
  const cut = name.lastIndexOf(" ", name.lastIndexOf(" ") - 1);
  return name.length * 5.8 > height && cut > 0 ? name.slice(0, cut) + "\n" + name.slice(cut + 1) : name;
}

/* The nearest point of a curve to this time, but no further than a tenth of the window; null: there is none. */
function nearest(points, time, reach) {
  let low = 0, high = points.length;
  while (low < high) { const mid = (low + high) >> 1; if (points[mid][0] < time) low = mid + 1; else high = mid; }
  const near = [points[low - 1], points[low]].filter((p) => p && p[1] !== null).sort((a, b) => Math.abs(a[0] - time) - Math.abs(b[0] - time))[0];
  return near && Math.abs(near[0] - time) <= reach ? near : null;
}

/* What each panel shows at this time; of the two sides of a band one. */
function readings(o, panels, time) {
  const box = element("div", {}, element("b", {}, `${figures(time, 5)} s`)), reach = (o.xAxis[0].max - o.xAxis[0].min) / 100;
  panels.forEach((p, i) => {
    const seen = new Set(), parts = [];
    for (const s of o.series) {
      if (s.xAxisIndex !== i || seen.has(s.name)) continue;
      const point = nearest(s.data, time, reach);
      if (point) { seen.add(s.name); parts.push(`${s.name} ${figures(point[3] ?? point[1], 4)}`); }
    }
    if (parts.length) box.append(element("div", {}, `${p.label ? p.label + " " : ""}${p.name}: ${parts.join("; ")}`));
  });
  return box;
}

function panelsOption(panels, range) {
  const o = { ...base(), tooltip: tooltip({ trigger: "axis", formatter: (points) => readings(o, panels, points[0].axisValue) }), title: [], grid: [], xAxis: [], yAxis: [], series: [],
    axisPointer: { link: [{ xAxisIndex: "all" }], lineStyle: { color: colour.soft }, label: { show: false } },
    dataZoom: [{ type: "inside", xAxisIndex: "all", filterMode: "none", zoomOnMouseWheel: "shift", moveOnMouseMove: true }] };
  let top = panelTop;
  panels.forEach((p, i) => {
    const last = i === panels.length - 1;
    o.grid.push({ outerBoundsMode: "none", left: panelLeft, right: 18, top, height: p.height });
    o.xAxis.push(xAxis(last ? "time since the drive’s start, s" : "", { gridIndex: i, min: range[0], max: range[1],
      axisLabel: { show: last }, axisTick: { show: last } }));
    if (p.label) o.title.push({ text: p.label, left: panelLeft + 2, top: top - 4, textStyle: { ...axisText(), fontWeight: 600, width: 420, overflow: "truncate" }, padding: 4 });
    o.yAxis.push({ ...yAxis(folded(p.name, p.height), 48, { nameTruncate: { maxWidth: p.height + 12, ellipsis: "…" }, gridIndex: i, min: p.min, max: p.max, splitNumber: p.height < 110 ? 3 : 4,
      interval: p.max && !(p.axis && p.axis.type) ? p.max / 2 : undefined, nameTextStyle: { ...axisText(), lineHeight: 13 } }), ...(p.axis || {}) });
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

/* What |value| stays below for this share of the time. */
function quantile(lists, share) {
  const all = lists.flatMap((list) => list || []).filter((v) => v !== null).map(Math.abs).sort((a, b) => a - b);
  return all.length ? all[Math.min(all.length - 1, Math.floor(share * all.length))] : 0;
}

/* A round number not below `value`. */
function roundUp(value) {
  if (!(value > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return +([1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((x) => x * ten >= value * 0.9999) * ten).toPrecision(3);
}

/* [t, y] with a break wherever nothing came for long: a line across would claim what nobody said. */
function broken(t, y) {
  const steps = t.slice(1).map((v, i) => v - t[i]).sort((a, b) => a - b), usual = steps.length ? steps[steps.length >> 1] : 1;
  const out = [];
  t.forEach((v, i) => {
    if (i > 0 && v - t[i - 1] > Math.max(2, 10 * usual)) out.push([t[i - 1] + usual, null]);
    out.push([v, y[i]]);
  });
  return out;
}

/* Between -bound and +bound, or up from 0: filled, with a thin edge. */
function bandSeries(t, bound, c, { both = true, name = "95 % bound", dash = false } = {}) {
  const edge = (sign, label) => lineSeries(label, broken(t, bound.map((v) => (v === null ? null : sign * v))), c, {
    lineStyle: { width: 0.9, color: c, opacity: 0.8, type: dash ? "dashed" : "solid" },
    areaStyle: { color: c, opacity: 0.13, origin: "auto" }, z: 1 });
  return both ? [edge(1, name), edge(-1, name)] : [edge(1, name)];
}

/* A limit that is no bound of an error: a dashed line without a filling. */
const limitSeries = (name, t, y, c) => lineSeries(name, broken(t, y), c, { lineStyle: { width: 1.2, color: c, type: "dashed" } });
