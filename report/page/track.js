/* The way from above: metres east and north of its first point, one metre as long one way as the other. */
function trackFigure(parent, d) {
  const entries = [];
  for (const m of [2, 3, 4, 5, 1]) {
    if (d.track.mode.includes(m)) entries.push(["line", { 1: "grey", 2: "blue", 3: "orange", 4: "pink", 5: "red" }[m], "estimate, " + modeNames[m]]);
  }
  if (d.truth) entries.push(["dash", "truth", "truth"]);
  d.fixes.forEach((f, i) => entries.push([["cross", "diamond", "triangle"][i % 3], ["green", "red", "yellow"][i % 3], `fixes of ${d.sources[f.source].name}`]));
  if (d.landmarks.id.length) entries.push(["triangle", "grey", "landmarks"]);
  d.ellipse_times = ellipseTimes(d);
  const c = figure(parent, {
    title: "From above", name: "track", wide: true, height: 560, keys: () => [...entries, ["ring", "sky", d.ellipse_times > 1 ? `95 % ellipses, ${d.ellipse_times} times as large as they are` : "95 % ellipses"]],
    caption: `Metres east and north of ${d.origin.latitude_deg.toFixed(6)}°, ${d.origin.longitude_deg.toFixed(6)}°, both to the same scale. ` +
      "The true place should lie inside an ellipse 95 times in 100: one is drawn every " + figures(d.ellipse_every_s, 2) + " s. " +
      "Turn the wheel to come closer; the ring follows the pointer in the plots over time.",
    option: (width, height) => trackOption(d, width, height),
    ready: (chart) => atTime.push((t) => markTime(chart, d, t)),
  });
  if (d.ellipse_times > 1) {
    const larger = d.ellipse_times, b = element("button", { type: "button" }, "Ellipses in true size");
    b.addEventListener("click", () => {
      d.ellipse_times = d.ellipse_times === 1 ? larger : 1;
      b.textContent = d.ellipse_times === 1 ? `Ellipses ${larger} times as large` : "Ellipses in true size";
      redrawn.forEach((f) => f());
      redraw(c);
    });
    c.holder.before(b);
  }
  c.resized = (chart) => chart.setOption(trackAxes(d, chart.getWidth(), chart.getHeight()));
}

/* A good filter's ellipses are too small to be seen on a whole drive: they are drawn larger then, which the key says. */
function ellipseTimes(d) {
  const sizes = d.ellipses.map((x) => x[2]).sort((a, b) => a - b), e = extent([d.track.e]), n = extent([d.track.n]);
  const wanted = Math.max(e[1] - e[0], 1.8 * (n[1] - n[0])) / 120, at = (share) => sizes[Math.floor(share * sizes.length)];
  return [1, 2, 5, 10, 20, 50, 100, 200].findLast((x) => x === 1 || (at(0.5) * x <= wanted && at(0.9) * x <= 4 * wanted));
}

const trackGrid = { outerBoundsMode: "none", left: 74, right: 24, top: 14, bottom: 46 };

function extent(lists) {
  let low = Infinity, high = -Infinity;
  for (const list of lists) for (const v of list) if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); }
  return low <= high ? [low, high] : [-1, 1];
}

function trackAxes(d, width, height) {
  const w = Math.max(50, width - trackGrid.left - trackGrid.right), h = Math.max(50, height - trackGrid.top - trackGrid.bottom);
  const e = extent([d.track.e, d.truth ? d.truth.e : []]), n = extent([d.track.n, d.truth ? d.truth.n : []]);
  const scale = 1.08 * Math.max((e[1] - e[0]) / w, (n[1] - n[0]) / h, 10 / w);
  const round = (v) => Math.round(v * 10) / 10;
  const side = (low, high, size) => ({ min: round((low + high - scale * size) / 2), max: round((low + high + scale * size) / 2) });
  const label = { axisLabel: { ...axisText(), formatter: tick, showMinLabel: false, showMaxLabel: false, hideOverlap: true } };
  return { xAxis: { ...side(e[0], e[1], w), ...label }, yAxis: { ...side(n[0], n[1], h), ...label } };
}

/* One series per mode, broken where the mode is another; a point belongs to both sides of a change. */
function modeLines(d) {
  const { e, n, mode } = d.track;
  return [1, 2, 3, 4, 5].filter((m) => mode.includes(m)).map((m) => ({
    type: "line", name: modeNames[m], showSymbol: false, lineStyle: { color: modeColour(m), width: 2.6 }, itemStyle: { color: modeColour(m) },
    emphasis: { disabled: true }, z: 4,
    data: e.map((v, i) => (mode[i] === m || (i > 0 && mode[i - 1] === m) ? [v, n[i]] : [null, null])),
  }));
}

function ellipseSeries(d) {
  return { type: "custom", name: "95 % ellipse", data: d.ellipses, z: 3, silent: true, clip: true, encode: { x: 0, y: 1 },
    renderItem: (params, api) => {
      const centre = [api.value(0), api.value(1)], a = d.ellipse_times * api.value(2), b = d.ellipse_times * api.value(3), turn = api.value(4);
      const points = [];
      for (let k = 0; k < 40; k++) {
        const w = (2 * Math.PI * k) / 40, x = a * Math.cos(w), y = b * Math.sin(w);
        points.push(api.coord([centre[0] + x * Math.cos(turn) - y * Math.sin(turn), centre[1] + x * Math.sin(turn) + y * Math.cos(turn)]));
      }
      return { type: "polygon", shape: { points }, style: { fill: colour.sky, fillOpacity: 0.14, stroke: colour.sky, lineWidth: 1 } };
    } };
}

const crossPath = "path://M-5,-4L-4,-5L0,-1L4,-5L5,-4L1,0L5,4L4,5L0,1L-4,5L-5,4L-1,0Z";

function fixSeries(d) {
  return d.fixes.map((f, i) => ({
    type: "scatter", name: `fix of ${d.sources[f.source].name}`, data: pairs(f.e, f.n), symbol: [crossPath, "diamond", "triangle"][i % 3],
    symbolSize: f.e.length > 400 ? 4.5 : 7, itemStyle: { color: [colour.green, colour.red, colour.yellow][i % 3], opacity: 0.75 }, z: 2, emphasis: { disabled: true },
  }));
}

function trackOption(d, width, height) {
  const axes = trackAxes(d, width, height);
  const series = [ellipseSeries(d), ...modeLines(d), ...fixSeries(d)];
  if (d.landmarks.id.length) {
    series.push({ type: "scatter", name: "landmark", symbol: "triangle", symbolSize: 7, z: 2, itemStyle: { color: colour.grey, opacity: 0.8 },
      data: d.landmarks.e.map((v, i) => [v, d.landmarks.n[i], d.landmarks.id[i]]) });
  }
  if (d.truth) {
    series.push({ ...lineSeries("truth", pairs(d.truth.e, d.truth.n), colour.truth, { sampling: undefined }), z: 5,
      lineStyle: { color: colour.truth, width: 1.2, type: [4, 3] } });
  }
  series.push({ type: "scatter", name: "pointer", id: "pointer", data: [], symbol: "circle", symbolSize: 16, z: 9, silent: true,
    itemStyle: { color: "transparent", borderColor: colour.ink, borderWidth: 2 } });
  return { ...base(), grid: trackGrid, series,
    tooltip: tooltip({ trigger: "item", valueFormatter: undefined,
      formatter: (p) => element("span", {}, `${p.seriesName}${p.value[2] ? " " + p.value[2] : ""}: ${figures(p.value[0], 5)} m east, ${figures(p.value[1], 5)} m north`) }),
    xAxis: xAxis("east, m", { ...axes.xAxis, scale: false }), yAxis: yAxis("north, m", 54, { ...axes.yAxis, scale: false, splitNumber: 6 }),
    dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none" }, { type: "inside", yAxisIndex: 0, filterMode: "none" }] };
}

function markTime(chart, d, time) {
  if (chart.isDisposed()) return;
  let i = -1;
  if (time !== null) {
    let low = 0, high = d.track.t.length;
    while (low < high) { const mid = (low + high) >> 1; if (d.track.t[mid] < time) low = mid + 1; else high = mid; }
    i = Math.min(low, d.track.t.length - 1);
  }
  chart.setOption({ series: [{ id: "pointer", data: i < 0 ? [] : [[d.track.e[i], d.track.n[i]]] }] });
}
