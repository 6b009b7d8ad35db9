/* The page of a campaign. */
function campaignPage(d) {
  masthead("Campaign", d.name, [`${count(d.runs)} runs`, `${figures(d.hours)} h driven`, `posed ${d.version}`]);
  campaignTiles(d);
  const plots = (id, title, lead) => { const s = section(id, title, lead); const g = element("div", { className: "grid" }); s.append(g); return g; };
  const bounds = plots("bounds", "Errors against bounds", "A point above the diagonal is covered by its bound; one below is a place where the filter was too sure.");
  stanfordFigure(bounds, d.stanford, { title: "Stanford diagram", name: "stanford", level: "protection level, m", limit: d.alert_m,
    none: "There is no protection level in these runs yet, so this diagram is empty. What the covariance promises stands beside it." });
  stanfordFigure(bounds, d.error_bound, { title: "Error and 95 % bound", name: "error and bound", level: "95 % bound of the covariance, m", limit: d.alert_m,
    none: "No run has truth to hold the bound against." });
  const honesty = plots("honesty", "Is the covariance honest?", "Bars and whiskers are 95 % intervals from the number of runs, not of samples: errors within one drive are not independent.");
  reliabilityFigure(honesty, d);
  accuracyFigure(honesty, d);
  groupFigure(honesty, d, { title: "Coverage of the 95 % region", name: "coverage", field: "coverage", axis: "share of truth inside, 1", band: d.coverage_band, honest: 0.95,
    caption: "By scenario and set of sensors, in fault-free runs. Inside the band is as it should be." });
  groupFigure(honesty, d, { title: "Horizontal NEES", name: "nees", field: "nees", axis: "mean NEES, 1", band: d.nees_band, honest: 2,
    caption: "2 is honest for two dimensions; more: too sure; less: too careful." });
  const faults = plots("detection", "Faults", "Injected faults that were noticed, and whether the source that was flagged is the one that had the fault.");
  detectionFigure(faults, d);
  timeToDetectFigure(faults, d);
  alarmFigure(faults, d);
  failingTable(d);
  footer();
}

function campaignTiles(d) {
  const a = d.false_alarms, tiles = element("div", { className: "tiles" });
  tiles.append(tile("Runs", count(d.runs), null, `${figures(d.hours)} h driven`),
    tile("Coverage of the 95 % region", percent(d.total.coverage), null, d.total.coverage_low === null ? null : `95 % interval ${percent(d.total.coverage_low)} to ${percent(d.total.coverage_high)}`),
    tile("Horizontal NEES, mean", figures(d.total.nees), null, "2 is honest"),
    tile("Horizontal error, 95 %", figures(d.total.horizontal_p95_m), "m"),
    tile("Availability", percent(d.total.availability)),
    tile("False alarms", figures(a.per_hour), "per h", `${count(a.count)} in ${figures(a.hours)} fault-free hours` + (a.low === null ? "" : `; ${figures(a.low, 2)} to ${figures(a.high, 2)}`)),
    tile("Faults detected", percent(d.total.detected), null, `right source named: ${percent(d.total.named)}`),
    tile("Failing runs", count(d.failing_count)));
  document.getElementById("main").append(tiles);
}

function plainFigure(parent, title, text) {
  parent.append(element("figure", {}, element("h3", {}, title), element("p", { className: "plain" }, text)));
}

/* cells: [[error, level, samples]] on a logarithmic grid. */
function stanfordFigure(parent, cells, { title, name, level, limit, none }) {
  if (!cells || !cells.length) { plainFigure(parent, title, none); return; }
  const most = Math.log10(Math.max(...cells.map((c) => c[2])));
  const ends = [0, 1].map((k) => (k ? Math.max : Math.min)(...cells.map((c) => Math.max(1e-3, Math.min(c[0], c[1]))), ...cells.map((c) => Math.max(c[0], c[1]))));
  const range = { min: 10 ** Math.floor(Math.log10(ends[0])), max: 10 ** Math.ceil(Math.log10(ends[1])) };
  const below = cells.filter((c) => c[0] > c[1]).reduce((sum, c) => sum + c[2], 0) / cells.reduce((sum, c) => sum + c[2], 0);
  figure(parent, { title, name, height: 430, keys: [["rect", "blue", "covered"], ["diamond", "red", "not covered: error larger than its bound"], ["dash", "soft", "error = bound"], ...(limit ? [["line", "orange", "alert limit"]] : [])],
    caption: `Horizontal error against what was claimed at the time; the fuller the mark, the more samples. ${percent(below, 2)} lie below the diagonal` +
      (name === "stanford" ? "; inside the alert limit that is misleading, beyond it hazardous." : "; 5 % or less is honest."),
    option: () => ({ ...base(), grid: { outerBoundsMode: "none", left: 74, right: 24, top: 12, bottom: 46 },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `error ${figures(p.value[0])} m, bound ${figures(p.value[1])} m: ${count(p.value[2])} samples`) }),
      xAxis: { ...xAxis("horizontal error, m", range), type: "log" }, yAxis: { ...yAxis(level, 54, range), type: "log" },
      series: [[false, "rect", "blue"], [true, "diamond", "red"]].map(([over, symbol, c]) => ({ type: "scatter", symbol, symbolSize: over ? 8 : 7,
        data: cells.filter((x) => (x[0] > x[1]) === over).map((x) => ({ value: x, itemStyle: { color: colour[c], opacity: 0.15 + (0.8 * Math.log10(x[2])) / Math.max(1, most) } })) }))
        .concat([{ ...lineSeries("error = bound", [[range.min, range.min], [range.max, range.max]], colour.soft, { sampling: undefined }), lineStyle: { color: colour.soft, type: "dashed", width: 1.3 }, tooltip: { show: false } }],
          limit ? [{ ...lineSeries("alert limit", [[range.min, limit], [range.max, limit]], colour.orange, { sampling: undefined }), tooltip: { show: false } }] : []) }) });
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

function groupFigure(parent, d, { title, name, field, axis, band, honest, caption }) {
  const groups = d.groups.filter((g) => g[field] !== null);
  if (!groups.length) { plainFigure(parent, title, "No fault-free run has truth to judge by."); return; }
  const names = groups.map((g) => `${g.scenario}, ${g.sensors}`);
  const rows = groups.map((g) => ({ value: g[field], low: g[field + "_low"], high: g[field + "_high"] }));
  figure(parent, { title, name, height: rowsFigureHeight(names), keys: [["circle", "blue", "measured, with its interval"], ["band", "green", "band"], ["dash", "soft", "honest"]], caption,
    option: () => {
      const series = intervalSeries(title, rows, colour.blue, "circle");
      series[1].markArea = { silent: true, itemStyle: { color: colour.green, opacity: 0.13 }, data: band ? [[{ xAxis: band[0] }, { xAxis: band[1] }]] : [] };
      series[1].markLine = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour.soft, type: "dashed" }, data: [{ xAxis: honest }] };
      const reach = extent([rows.map((r) => r.value), rows.map((r) => r.low), rows.map((r) => r.high), band || [], [honest]]);
      const margin = 0.05 * (reach[1] - reach[0]);
      return rowsOption(names, axis, series, { min: +(reach[0] - margin).toPrecision(3), max: +(reach[1] + margin).toPrecision(3) });
    } });
}

function reliabilityFigure(parent, d) {
  const r = d.reliability;
  if (!r.length) { plainFigure(parent, "Reliability", "No fault-free run has truth to judge by."); return; }
  figure(parent, { title: "Reliability: promised and observed", name: "reliability", height: 360, keys: [["circle", "blue", "observed, with its interval"], ["dash", "soft", "honest"]],
    caption: "How often the region that promises a share of the truth held it. Below the line the filter is too sure, above it too careful.",
    option: () => ({ ...base(), grid: { outerBoundsMode: "none", left: 74, right: 24, top: 12, bottom: 46 }, tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `promised ${percent(p.value[0])}, observed ${percent(p.value[1])}`) }),
      xAxis: xAxis("promised share, 1", { min: 0, max: 1, scale: false }), yAxis: yAxis("observed share, 1", 54, { min: 0, max: 1, scale: false }),
      series: [{ ...lineSeries("honest", [[0, 0], [1, 1]], colour.soft, { sampling: undefined }), lineStyle: { color: colour.soft, type: "dashed" }, tooltip: { show: false } },
        { type: "custom", silent: true, data: r.map((x) => [x.promised, x.low, x.high]), encode: { x: 0, y: [1, 2] }, renderItem: (params, api) => {
          const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0), api.value(2)]);
          return { type: "path", shape: { pathData: `M${a[0]} ${a[1]}V${b[1]}M${a[0] - 4} ${a[1]}h8M${b[0] - 4} ${b[1]}h8` }, style: { stroke: colour.blue, fill: "none", lineWidth: 1.4 } };
        } },
        { ...lineSeries("observed", r.map((x) => [x.promised, x.observed]), colour.blue, { sampling: undefined, showSymbol: true, symbol: "circle", symbolSize: 7 }) }] }) });
}

function accuracyFigure(parent, d) {
  if (!d.accuracy.length) { plainFigure(parent, "Accuracy by class of road", "No fault-free run has truth to judge by."); return; }
  const names = d.accuracy.map((a) => `${a.road}: ${a.direction}`);
  const rows = d.accuracy.map((a) => ({ value: a.p95_m, low: a.low, high: a.high }));
  figure(parent, { title: "Accuracy by class of road", name: "accuracy", height: rowsFigureHeight(names), keys: [["circle", "blue", "95 % of errors are below, with its interval"], ["diamond", "red", "alert limit"]],
    caption: "Where the circle is left of the diamond, 95 errors in 100 are inside the alert limit of that class of road.",
    option: () => rowsOption(names, "error, m", [...intervalSeries("95 % of errors", rows, colour.blue, "circle"),
      { type: "scatter", name: "alert limit", symbol: "diamond", symbolSize: 11, itemStyle: { color: colour.red }, data: d.accuracy.map((a, i) => [a.limit_m, i]) }], { min: 0 }) });
}

function detectionFigure(parent, d) {
  if (!d.faults.length) { plainFigure(parent, "Detection", "No faults were injected in this campaign."); return; }
  const names = d.faults.map((f) => f.fault), part = (field) => d.faults.map((f) => ({ value: f[field], low: f[field + "_low"], high: f[field + "_high"] }));
  figure(parent, { title: "Detected, and the right source named", name: "detection", wide: true, height: rowsFigureHeight(names), keys: [["circle", "blue", "detected"], ["diamond", "orange", "right source named"]],
    caption: "Share of the runs with each fault, with 95 % intervals (Wilson). A fault that does no harm need not be detected.",
    option: () => rowsOption(names, "share of runs, 1", [...intervalSeries("detected", part("detected"), colour.blue, "circle", -4), ...intervalSeries("right source named", part("named"), colour.orange, "diamond", 4)], { min: 0, max: 1 }) });
}

function timeToDetectFigure(parent, d) {
  const known = d.faults.filter((f) => f.times_s.length);
  if (!known.length) { plainFigure(parent, "Time to detect", "No injected fault was detected."); return; }
  const steps = (f) => [[0, 0], ...f.times_s.map((t, i) => [t, (i + 1) / f.runs])];
  figure(parent, { title: "Time to detect", name: "time to detect", wide: true, height: 380,
    caption: "Share of all runs with that fault in which it was flagged within the time. A curve that stays low was often missed; point at one for its name.",
    option: () => ({ ...base(), color: sourceColours(), grid: { outerBoundsMode: "none", left: 74, right: 230, top: 12, bottom: 46 },
      legend: { type: "scroll", orient: "vertical", right: 0, top: 10, bottom: 10, width: 210, textStyle: { ...axisText(), width: 170, overflow: "truncate" }, pageTextStyle: axisText() },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("span", {}, `${p.seriesName}: ${percent(p.value[1])} within ${figures(p.value[0])} s`) }),
      xAxis: xAxis("time since the fault began, s", { min: 0, scale: false }), yAxis: yAxis("share detected, 1", 54, { min: 0, max: 1, scale: false }),
      series: known.map((f, i) => ({ type: "line", name: f.fault, step: "end", data: steps(f), showSymbol: false, lineStyle: { width: 1.6, type: ["solid", "dashed", "dotted"][Math.floor(i / 8) % 3] } })) }) });
}

function alarmFigure(parent, d) {
  const by = d.false_alarms.by;
  if (!by.length) { plainFigure(parent, "False alarms", `None in ${figures(d.false_alarms.hours)} fault-free hours` + (d.false_alarms.high === null ? "." : `: with 95 % confidence fewer than ${figures(d.false_alarms.high, 2)} per hour.`)); return; }
  const names = by.map((x) => x.name);
  figure(parent, { title: "False alarms", name: "false alarms", wide: true, height: rowsFigureHeight(names), keys: [["circle", "red", "faults raised where none was injected, with 95 % interval"]],
    caption: `In ${figures(d.false_alarms.hours)} fault-free hours. At most 0.1 per hour over all faults is the aim.`,
    option: () => rowsOption(names, "false alarms per hour, 1/h", intervalSeries("per hour", by.map((x) => ({ value: x.per_hour, low: x.low, high: x.high })), colour.red, "circle"), { min: 0 }) });
}

function failingTable(d) {
  const s = section("failing", "Failing runs", d.failing.length < d.failing_count ? `The first ${d.failing.length} of ${count(d.failing_count)}.` : "Each with the command that runs it again.");
  if (!d.failing.length) { s.append(element("p", { className: "plain" }, "No run failed.")); return; }
  s.append(element("figure", {}, table([{ name: "run" }, { name: "scenario", text: true }, { name: "fault", text: true }, { name: "what failed", text: true, wrap: true }, { name: "again", text: true, wrap: true, code: true }],
    d.failing.map((r) => [String(r.run), r.scenario, r.fault || "none", r.why, r.command]))));
}
