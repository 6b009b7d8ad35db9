/* The page of a campaign. */
function campaignPage(d) {
  masthead("Campaign", d.name, [`${count(d.runs)} runs`, d.faulted_runs ? `${count(d.faulted_runs)} of them with faults` : "all fault-free", `${figures(d.hours)} h driven`, `posed ${d.version}`]);
  campaignTiles(d);
  aimTable(d);
  const plots = (id, title, lead) => { const s = section(id, title, lead); const g = element("div", { className: "grid" }); s.append(g); return g; };
  const bounds = plots("bounds", "Errors against bounds", "A point above the diagonal is covered by its bound; one below is a place where the filter was too sure.");
  stanfordFigures(bounds, d);
  const honesty = plots("honesty", "Is the covariance honest?", `Of ${d.total.of}. Whiskers are 95 % intervals from the number of drives, not of samples: errors within one drive are not independent.`);
  reliabilityFigure(honesty, d);
  nisFigure(honesty, d);
  groupFigure(honesty, d, { title: "Coverage of the 95 % region", name: "coverage", field: "coverage", axis: "share of truth inside, 1", band: () => d.coverage_band, bandText: `where it should be: ${d.coverage_band[0]} to ${d.coverage_band[1]}`, honest: 0.95,
    caption: `By scenario and set of sensors, in ${d.total.of}.` });
  groupFigure(honesty, d, { title: "Horizontal NEES", name: "nees", field: "nees", axis: "mean NEES, 1", band: (g) => (g.nees_band_low === null ? null : [g.nees_band_low, g.nees_band_high]), bandText: "an honest one’s, 95 times in 100", honest: 2,
    caption: "2 is honest for two dimensions; more: too sure; less: too careful. The band of each row is that of its own number of drives." });
  const accuracy = plots("accuracy", "Accuracy", `Of ${d.total.of}, against the alert limits of the class of road.`);
  accuracyFigure(accuracy, d);
  mapTable(d);
  const faults = plots("detection", "Faults", "Injected faults that were noticed, and whether the source that was flagged first is the one that had the fault.");
  detectionFigure(faults, d);
  detectTimesFigure(faults, d);
  timeToDetectFigure(faults, d);
  alarmFigure(faults, d);
  failingTable(d);
  footer();
}

const interval = (low, high, show) => (low === null || low === undefined || high === null ? null : `95 % interval ${show(low)} to ${show(high)}`);

function campaignTiles(d) {
  const a = d.false_alarms, t = d.total, tiles = element("div", { className: "tiles" }), short = (v) => figures(v);
  tiles.append(tile("Runs", count(d.runs), null, `${figures(d.hours)} h driven`),
    tile("Coverage of the 95 % region", percent(t.coverage), null, interval(t.coverage_low, t.coverage_high, percent)),
    tile("Horizontal NEES, mean", figures(t.nees), null, t.nees_band_low === null || t.nees_band_low === undefined ? "2 is honest" : `honest: ${short(t.nees_band_low)} to ${short(t.nees_band_high)}`),
    tile("Horizontal error, 95 %", figures(t.horizontal_p95_m), "m", interval(t.horizontal_p95_m_low, t.horizontal_p95_m_high, short)),
    tile("Inside the alert limits", percent(t.available_fraction), null, `share of the time with every level below them: usable; with a pose at all: ${percent(t.availability)}`),
    tile("False alarms", figures(a.per_hour), "per h", a.count === null ? "no fault-free runs" : `${count(a.count)} in ${figures(a.hours)} fault-free hours` + (a.high === null ? "" : `; ${figures(a.low, 2)} to ${figures(a.high, 2)}`)),
    tile("Faults detected", percent(t.detected), null, t.injected ? `of ${count(t.injected)}; ${interval(t.detected_low, t.detected_high, percent)}` : "none injected"),
    tile("Right source named", percent(t.named), null, t.injected ? "of those detected" : null),
    tile("Failing runs", count(d.failing_count)));
  document.getElementById("main").append(tiles);
}

function aimTable(d) {
  const words = { yes: "yes", no: "NO" };
  const s = section("aims", "Aims", `Accuracy and honesty are of ${d.total.of}. A figure meets its aim by itself, not by its interval.`);
  s.append(element("figure", {}, table([{ name: "what", text: true, wrap: true }, { name: "aim", text: true, wrap: true }, { name: "measured", text: true, wrap: true }, { name: "met", text: true }],
    d.aims.map((a) => [a.what, a.aim, a.measured, words[a.met] || "–"]))));
}

function plainFigure(parent, title, text) {
  parent.append(element("figure", {}, element("h3", {}, title), element("p", { className: "plain" }, text)));
}

function stanfordFigures(parent, d) {
  for (const x of d.stanford)
    stanfordFigure(parent, x, { title: `Stanford diagram, ${x.of}`, name: `stanford: ${x.of}`, level: "horizontal protection level, m", limit: x.limit_m });
  for (const x of d.error_bound)
    stanfordFigure(parent, x, { title: `Error and 95 % bound, ${x.of}`, name: `error and bound: ${x.of}`, level: "95 % bound of the covariance, m" });
  if (!d.stanford.length)
    plainFigure(parent, "Stanford diagram", "There is no protection level in these runs yet, so this diagram is empty. What the covariance promises is above.");
  if (!d.error_bound.length) plainFigure(parent, "Error and 95 % bound", "No run has truth to hold the bound against.");
}

/* cells: [[error, level, samples]] on a logarithmic grid of tenths of decades. */
function stanfordFigure(parent, { cells }, { title, name, level, limit }) {
  const least = 1e-2;
  const all = cells.flatMap((c) => [c[0], c[1]]).concat(limit ? [limit] : []);
  const range = { min: 10 ** Math.floor(Math.log10(Math.max(least, Math.min(...all)))), max: 10 ** Math.ceil(Math.log10(Math.max(...all))) };
  const edge = range.min * 1.12, places = new Map();
  for (const [error, bound, n] of cells) { /* what is smaller than the axis goes stands at its edge */
    const x = Math.max(edge, error), y = Math.max(edge, bound), over = error > bound, place = `${x} ${y} ${over}`;
    if (!places.has(place)) places.set(place, { x, y, n: 0, over });
    places.get(place).n += n;
  }
  const marks = [...places.values()], most = Math.log10(Math.max(...marks.map((m) => m.n)));
  const sum = (keep) => cells.filter(keep).reduce((n, c) => n + c[2], 0), whole = sum(() => true), below = sum((c) => c[0] > c[1]) / whole;
  const hazardous = limit ? sum((c) => c[0] > limit && c[1] < limit) / whole : 0;
  const dashed = (from, to, c, label) => ({ ...lineSeries(label, [from, to], colour[c], { sampling: undefined }), lineStyle: { color: colour[c], type: "dashed", width: 1.3 }, tooltip: { show: false } });
  figure(parent, { title, name, height: 430, keys: [["rect", "blue", "covered"], ["diamond", "red", "not covered: error larger than its bound"], ["dash", "soft", "error = bound"], ...(limit ? [["dash", "orange", "alert limit"]] : [])],
    caption: `Horizontal error against what was claimed at the time; the fuller the mark, the more samples, ${count(whole)} in all. ${percent(below, 2)} lie below the diagonal` +
      (limit ? `: misleading. ${percent(hazardous, 2)} lie right of the alert limit with a level below it: hazardous, unless an alert was up. Above the limit posed calls itself unavailable. The limit is that of both directions together; the counts of the table judge each direction.`
        : "; 5 % or less is honest."),
    option: () => ({ ...base(), grid: { outerBoundsMode: "none", left: 74, right: 24, top: 12, bottom: 46 },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `error ${p.value[0] === edge ? "up to " : ""}${figures(p.value[0])} m, bound ${figures(p.value[1])} m: ${count(p.value[2])} samples`) }),
      xAxis: { ...xAxis("horizontal error, m", range), type: "log" }, yAxis: { ...yAxis(level, 54, range), type: "log" },
      series: [[false, "rect", "blue"], [true, "diamond", "red"]].map(([over, symbol, c]) => ({ type: "scatter", symbol, symbolSize: over ? 8 : 7,
        data: marks.filter((m) => m.over === over).map((m) => ({ value: [m.x, m.y, m.n], itemStyle: { color: colour[c], opacity: 0.15 + (0.8 * Math.log10(m.n)) / Math.max(1, most) } })) }))
        .concat([dashed([range.min, range.min], [range.max, range.max], "soft", "error = bound")],
          limit ? [dashed([range.min, limit], [range.max, limit], "orange", "alert limit"), dashed([limit, range.min], [limit, range.max], "orange", "alert limit")] : []) }) });
}

/* A mark at `value` with whiskers, lying along x in row `row`. */
function intervalSeries(name, rows, c, symbol, shift = 0) {
  return [
    { type: "custom", name, silent: true, data: rows.map((r, i) => [r.low, i, r.high]), encode: { x: [0, 2], y: 1 }, renderItem: (params, api) => {
      const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(1)]), y = a[1] + shift;
      if (!Number.isFinite(a[0]) || !Number.isFinite(b[0])) return null;
      return { type: "path", shape: { pathData: `M${a[0]} ${y}H${b[0]}M${a[0]} ${y - 4}V${y + 4}M${b[0]} ${y - 4}V${y + 4}` }, style: { stroke: c, fill: "none", lineWidth: 1.4 } };
    } },
    { type: "scatter", name, data: rows.map((r, i) => [r.value, i]), symbol, symbolSize: 8, symbolOffset: [0, shift], itemStyle: { color: c } },
  ];
}

function rowsOption(names, axis, series, more) {
  const left = Math.min(300, 28 + 6.9 * Math.max(...names.map((n) => n.length), 6));
  const common = axisCommon();
  return { ...base(), grid: { outerBoundsMode: "none", left, right: 24, top: 8, bottom: 44 }, series,
    tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `${names[p.value[1]]}, ${p.seriesName}: ${figures(p.value[0])}`) }),
    xAxis: xAxis(axis, more), yAxis: { type: "category", data: names, inverse: true, ...common, axisTick: { show: false },
      axisLabel: { ...common.axisLabel, width: left - 16, overflow: "truncate", interval: 0, hideOverlap: false }, splitLine: { show: true, lineStyle: { color: colour.grid } } } };
}

const rowsFigureHeight = (names) => 60 + Math.max(2, names.length) * 24;

/* Bars behind the rows, from low to high. */
const bandRows = (bands, c) => ({ type: "custom", name: "band", silent: true, z: 1, data: bands.map((b, i) => [b ? b[0] : NaN, i, b ? b[1] : NaN]), encode: { x: [0, 2], y: 1 }, renderItem: (params, api) => {
  const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(1)]), h = api.size([0, 1])[1];
  if (!Number.isFinite(a[0]) || !Number.isFinite(b[0])) return null;
  return { type: "rect", shape: { x: a[0], y: a[1] - h / 2, width: b[0] - a[0], height: h }, style: { fill: c, opacity: 0.16 } };
} });

const markAt = (value) => ({ silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour.soft, type: "dashed" }, data: [{ xAxis: value }] });

/* So that no mark stands on the edge. */
function roomy(lists) {
  const reach = extent(lists), margin = 0.05 * (reach[1] - reach[0]) || 0.1;
  return { min: +(reach[0] - margin).toPrecision(3), max: +(reach[1] + margin).toPrecision(3), axisLabel: { showMinLabel: false, showMaxLabel: false } };
}

function groupFigure(parent, d, { title, name, field, axis, band, bandText, honest, caption }) {
  const groups = d.groups.filter((g) => g[field] !== null);
  if (!groups.length) { plainFigure(parent, title, "No run has truth to judge by."); return; }
  const names = groups.map((g) => `${g.scenario}, ${g.sensors}`), bands = groups.map(band);
  const rows = groups.map((g) => ({ value: g[field], low: g[field + "_low"], high: g[field + "_high"] }));
  figure(parent, { title, name, height: rowsFigureHeight(names), keys: [["circle", "blue", "measured, with its interval"], ["band", "green", bandText], ["dash", "soft", "honest"]], caption,
    option: () => {
      const series = intervalSeries(title, rows, colour.blue, "circle");
      series[1].markLine = markAt(honest);
      return rowsOption(names, axis, [bandRows(bands, colour.green), ...series], roomy([rows.map((r) => r.value), rows.map((r) => r.low), rows.map((r) => r.high), bands.flat(), [honest]]));
    } });
}

function nisFigure(parent, d) {
  if (!d.nis.length) { plainFigure(parent, "NIS by kind of source", "No source was fused."); return; }
  const names = d.nis.map((x) => x.kind), rows = d.nis.map((x) => ({ value: x.nis, low: x.nis_low, high: x.nis_high }));
  figure(parent, { title: "NIS by kind of source", name: "nis", height: 360, keys: [["circle", "blue", "mean, with its interval"], ["dash", "soft", "honest"]],
    caption: "Innovations squared over what was expected of them, per degree of freedom. More than 1: the source is worse than its settings say; less: better.",
    option: () => {
      const series = intervalSeries("NIS", rows, colour.blue, "circle");
      series[1].markLine = markAt(1);
      return rowsOption(names, "mean NIS over degrees of freedom, 1", series, roomy([rows.map((r) => r.value), rows.map((r) => r.low), rows.map((r) => r.high), [1]]));
    } });
}

/* In shares outside, on logarithmic axes: else 95 and 99.9 % would lie on one another. */
function reliabilityFigure(parent, d) {
  const r = d.reliability, floor = 1e-4, out = (share) => Math.max(floor, 1 - share);
  if (!r.length) { plainFigure(parent, "Reliability", "No run has truth to judge by."); return; }
  const points = r.map((x) => ({ x, value: [1 - x.promised, out(x.observed)], span: x.low === null ? null : [1 - x.promised, out(x.high), out(x.low)] }));
  figure(parent, { title: "Reliability: promised and observed", name: "reliability", height: 360, keys: [["circle", "blue", "observed, with its interval"], ["dash", "soft", "honest"]],
    caption: "How often the truth lay outside the regions that promise 50, 95 and 99.9 % of it. Above the line the filter is too sure, below it too careful. What is below 0.0001 stands at the lower edge.",
    option: () => ({ ...base(), grid: { outerBoundsMode: "none", left: 74, right: 24, top: 12, bottom: 46 },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `region of ${percent(points[p.dataIndex].x.promised)}: ${percent(points[p.dataIndex].x.observed, 4)} inside`) }),
      xAxis: { ...xAxis("promised share outside, 1", { min: floor, max: 1 }), type: "log" }, yAxis: { ...yAxis("observed share outside, 1", 58, { min: floor, max: 1 }), type: "log" },
      series: [{ ...lineSeries("honest", [[floor, floor], [1, 1]], colour.soft, { sampling: undefined }), lineStyle: { color: colour.soft, type: "dashed" }, tooltip: { show: false } },
        { type: "custom", silent: true, data: points.map((p) => p.span || [NaN, NaN, NaN]), encode: { x: 0, y: [1, 2] }, renderItem: (params, api) => {
          const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0), api.value(2)]);
          if (!Number.isFinite(a[1]) || !Number.isFinite(b[1])) return null;
          return { type: "path", shape: { pathData: `M${a[0]} ${a[1]}V${b[1]}M${a[0] - 4} ${a[1]}h8M${b[0] - 4} ${b[1]}h8` }, style: { stroke: colour.blue, fill: "none", lineWidth: 1.4 } };
        } },
        { type: "scatter", name: "observed", data: points.map((p) => p.value), symbol: "circle", symbolSize: 9, itemStyle: { color: colour.blue } }] }) });
}

function accuracyFigure(parent, d) {
  if (!d.accuracy.length) { plainFigure(parent, "Accuracy by class of road", "No run has truth to judge by."); return; }
  const names = d.accuracy.map((a) => `${a.road}: ${a.direction}`), halves = d.accuracy.map((a, i) => [a.p50_m, i]);
  const rows = d.accuracy.map((a) => ({ value: a.p95_m, low: a.low, high: a.high }));
  figure(parent, { title: "Accuracy by class of road", name: "accuracy", height: rowsFigureHeight(names), wide: true, keys: [["rect", "sky", "half of the errors are below"], ["circle", "blue", "95 % are below, with its interval"], ["diamond", "red", "alert limit"]],
    caption: "Where the circle is left of the diamond, 95 errors in 100 are inside the alert limit of that class of road.",
    option: () => rowsOption(names, "error, m", [{ type: "scatter", name: "half of errors", symbol: "rect", symbolSize: 8, itemStyle: { color: colour.sky }, data: halves }, ...intervalSeries("95 % of errors", rows, colour.blue, "circle"),
      { type: "scatter", name: "alert limit", symbol: "diamond", symbolSize: 11, itemStyle: { color: colour.red }, data: d.accuracy.map((a, i) => [a.limit_m, i]) }], { min: 0 }) });
}

function mapTable(d) {
  if (!d.map.length) return;
  const of = (part, whole) => (whole ? `${count(part)} of ${count(whole)}` : "–");
  const s = section("map", "On a map", "Errors at 95 % after the first 10 s; poses that are sure of a lane, and how many of them of a wrong one; detections used as an element of the map, and how many of them were another; drives that met an element that is elsewhere, and the share of them in which one was named.");
  s.append(element("figure", {}, table([{ name: "drives", text: true, wrap: true }, { name: "runs" }, { name: "across, m" }, { name: "along, m" }, { name: "heading, deg" }, { name: "in 95 %" }, { name: "sure" }, { name: "wrong lane" }, { name: "right lane after, s" }, { name: "wrong pairings" }, { name: "wrong returns" }, { name: "met" }, { name: "named" }],
    d.map.map((m) => [m.fault || `${m.scenario}, ${m.sensors}`, count(m.runs), figures(m.cross_m), figures(m.along_m), figures(m.heading_deg), percent(m.coverage), percent(m.sure), of(m.wrong_poses, m.sure_poses), figures(m.right_s), of(m.pairings_wrong, m.pairings), of(m.returns_wrong, m.returns), count(m.met), percent(m.named)]))));
}

function detectionFigure(parent, d) {
  if (!d.faults.length) { plainFigure(parent, "Detection", "No faults were injected in this campaign."); return; }
  const names = d.faults.map((f) => f.fault), part = (field) => d.faults.map((f) => ({ value: f[field], low: f[field + "_low"], high: f[field + "_high"] }));
  figure(parent, { title: "Detected, and the right source named", name: "detection", wide: true, height: rowsFigureHeight(names), keys: [["circle", "blue", "detected"], ["diamond", "orange", "right source named"]],
    caption: "Share of the runs with each fault, with 95 % intervals (Wilson). A fault that does no harm need not be detected.",
    option: () => rowsOption(names, "share of runs, 1", [...intervalSeries("detected", part("detected"), colour.blue, "circle", -4), ...intervalSeries("right source named", part("named"), colour.orange, "diamond", 4)], { min: 0, max: 1 }) });
}

/* Times from 0.01 s on stand on a logarithmic axis: jumps are found in a tenth of a second, drifts in tens. */
const leastTime = 0.01, onAxis = (t) => (t === null ? null : Math.max(leastTime, t));

const timeRange = (times) => ({ min: leastTime, max: 10 ** Math.ceil(Math.log10(Math.max(1, ...times.filter((t) => t !== null)))) });

function detectTimesFigure(parent, d) {
  const known = d.faults.filter((f) => f.times.length);
  if (!known.length) { plainFigure(parent, "Time to detect", "No injected fault was detected."); return; }
  const names = known.map((f) => f.fault), part = (field) => known.map((f) => ({ value: onAxis(f[field]), low: onAxis(f[field + "_low"]), high: onAxis(f[field + "_high"]) }));
  figure(parent, { title: "Time to detect, by fault", name: "times", wide: true, height: rowsFigureHeight(names), keys: [["circle", "blue", "half of those detected"], ["diamond", "orange", "95 % of those detected"]],
    caption: "From the fault’s start to the first flag, of the runs in which there was one, with 95 % intervals; one without whiskers was detected too seldom to have any.",
    option: () => {
      const o = rowsOption(names, "time since the fault began, s", [...intervalSeries("half", part("detect_p50_s"), colour.blue, "circle", -4), ...intervalSeries("95 %", part("detect_p95_s"), colour.orange, "diamond", 4)],
        timeRange(known.flatMap((f) => [f.detect_p95_s, f.detect_p95_s_high])));
      o.xAxis.type = "log";
      return o;
    } });
}

function timeToDetectFigure(parent, d) {
  const known = d.faults.filter((f) => f.times.length);
  if (!known.length) return;
  const range = timeRange(known.map((f) => f.times.at(-1)[0]));
  const steps = (f) => [[leastTime, 0], ...f.times.map(([t, share]) => [onAxis(t), share]), [range.max, f.times.at(-1)[1]]];
  figure(parent, { title: "Detected within", name: "time to detect", wide: true, height: 420,
    caption: "Share of all runs with that fault in which it was flagged within the time. A curve that stays low was often missed; point at one, or at its name, to see it alone.",
    option: () => ({ ...base(), color: sourceColours(), grid: { outerBoundsMode: "none", left: 74, right: 250, top: 12, bottom: 46 },
      legend: { type: "scroll", orient: "vertical", right: 0, top: 10, bottom: 10, width: 225, textStyle: { ...axisText(), width: 190, overflow: "truncate" }, pageTextStyle: axisText(), pageIconColor: colour.soft, pageIconInactiveColor: colour.line },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `${p.seriesName}: ${percent(p.value[1])} within ${figures(p.value[0])} s`) }),
      xAxis: { ...xAxis("time since the fault began, s", range), type: "log" }, yAxis: yAxis("share detected, 1", 54, { min: 0, max: 1, scale: false }),
      series: known.map((f, i) => ({ type: "line", name: f.fault, step: "end", data: steps(f), showSymbol: false, emphasis: { focus: "series", lineStyle: { width: 2.5 } }, lineStyle: { width: 1.6, type: ["solid", "dashed", "dotted"][Math.floor(i / 8) % 3] } })) }) });
}

function alarmFigure(parent, d) {
  const by = d.false_alarms.by;
  if (d.false_alarms.count === null) { plainFigure(parent, "False alarms", "There are no fault-free runs: what a fault explains is no false alarm."); return; }
  if (!by.length) { plainFigure(parent, "False alarms", `None in ${figures(d.false_alarms.hours)} fault-free hours` + (d.false_alarms.high === null ? "." : `: with 95 % confidence fewer than ${figures(d.false_alarms.high, 2)} per hour.`)); return; }
  const names = by.map((x) => x.name);
  figure(parent, { title: "False alarms", name: "false alarms", wide: true, height: rowsFigureHeight(names), keys: [["circle", "red", "faults raised where none was injected, with 95 % interval"]],
    caption: `In ${figures(d.false_alarms.hours)} fault-free hours. At most 0.1 per hour in all is the aim.` + (d.false_alarms.dispersion > 2 ? ` They come in bursts (variance ${figures(d.false_alarms.dispersion)} times the mean, in ${count(d.false_alarms.runs)} runs), so the intervals are too narrow.` : ""),
    option: () => rowsOption(names, "false alarms per hour, 1/h", intervalSeries("per hour", by.map((x) => ({ value: x.per_hour, low: x.low, high: x.high })), colour.red, "circle"), { min: 0 }) });
}

function failingTable(d) {
  const s = section("failing", "Failing runs", d.failing.length < d.failing_count ? `The first ${d.failing.length} of ${count(d.failing_count)}.` : "Each with the command that runs it again.");
  if (!d.failing.length) { s.append(element("p", { className: "plain" }, "No run failed.")); return; }
  s.append(element("figure", {}, table([{ name: "run" }, { name: "scenario", text: true }, { name: "sensors", text: true }, { name: "fault", text: true }, { name: "what failed", text: true, wrap: true }, { name: "again", text: true, code: true }],
    d.failing.map((r) => [String(r.run), r.scenario, r.sensors, r.fault || "none", r.why, r.command]))));
}
