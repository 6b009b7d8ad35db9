/* The page of one drive. */
function drivePage(d) {
  d.range = [Math.min(0, d.bounds.t[0] || 0), Math.ceil(d.head.end_s)];
  masthead("Drive", d.name, [d.start_utc, `${figures(d.head.duration_s)} s`, d.head.distance_m === null ? null : `${figures(d.head.distance_m / 1000)} km`, `posed ${d.version}`]);
  driveTiles(d);
  const plots = (id, title, lead) => { const s = section(id, title, lead); const g = element("div", { className: "grid" }); s.append(g); return g; };
  trackFigure(plots("track", "Track"), d);
  timelineFigure(plots("timeline", "Sources and faults", "Drag sideways to move all plots over time; shift and the wheel to zoom them; the cross hair is the same moment everywhere."), d);
  const bounds = plots("errors", d.errors ? "Errors and their bounds" : "Bounds of the errors",
    d.errors ? "Estimated less true. A bound that is honest holds the error 95 times in 100; one that is far wider than its error is too careful."
      : "This drive has no truth, so there are no errors to show, only the bounds that the filter claims.");
  errorFigures(bounds, d);
  levelFigures(bounds, d);
  calibrationFigures(plots("calibration", "Latency and calibration", "What the filter finds out while driving, with one sigma about it."), d);
  innovationFigures(plots("innovations", "Innovations", "Measured less expected, before the update."), d);
  if (d.twin) twinSection(d.twin);
  sourceTable(d);
  footer();
}

function masthead(what, name, facts) {
  document.title = `${name} – posed report`;
  document.getElementById("masthead").append(element("div", { className: "eyebrow" }, `posed report · ${what}`),
    element("h1", {}, name), element("div", { className: "lead" }, facts.filter(Boolean).join(" · ")));
}

function driveTiles(d) {
  const h = d.head, e = d.evaluation, tiles = element("div", { className: "tiles" });
  if (e) {
    tiles.append(
      tile("Horizontal error, RMS", figures(e.horizontal_rmse_m), "m", `95 % below ${figures(e.horizontal_p95_m)} m, largest ${figures(e.horizontal_max_m)} m`),
      tile("Up, RMS", figures(e.vertical_rmse_m), "m"),
      tile("Heading, RMS", figures(e.heading_rmse_deg), "°", `less a constant ${figures(e.heading_offset_deg, 2)}° of the reference’s mount`),
      tile("Velocity, RMS", figures(Math.hypot(e.velocity_east_rmse_mps, e.velocity_north_rmse_mps)), "m/s", `east ${figures(e.velocity_east_rmse_mps, 2)}, north ${figures(e.velocity_north_rmse_mps, 2)} m/s`),
      tile("Truth inside the 95 % region", percent(e.coverage95), null, "95 % is honest"),
      tile("Horizontal NEES, mean", figures(e.nees_mean), null, "2 is honest; less: too careful"),
      tile("Inside the alert limits", percent(e.available_fraction), null, `share of the time with every level below them: usable; with a pose at all: ${percent(e.availability)}`));
  } else {
    tiles.append(tile("Truth", "none", null, "nothing to judge the errors by"));
  }
  tiles.append(
    tile("Nominal or degraded", percent(h.working_share), null, "share of the drive’s time"),
    tile("Faults raised", String(d.faults.length), null, d.injected.length ? `${d.injected.length} injected` : "none injected"),
    tile("Sources", String(d.sources.length), null, d.sources.map((s) => s.name).join(", ")),
    tile("Frames in, poses out", `${count(h.frames)}`, null, `${count(h.poses)} poses`));
  document.getElementById("main").append(tiles);
}

function errorFigures(parent, d) {
  const b = d.bounds, e = d.errors;
  const reach = (field) => roundUp(1.15 * Math.max(quantile([b[field]], 0.97), quantile([e && e[field]], 0.995)));
  const panel = (field, name, both) => ({ name, height: 112, min: both ? -reach(field) : 0, max: reach(field), series: () => [
    ...(b[field] ? bandSeries(b.t, b[field], colour.sky, { both }) : []),
    ...(e && e[field] ? [lineSeries("error", pairs(e.t, e[field]), colour.blue)] : [])] });
  const keys = [["band", "sky", "95 % bound of the covariance"]];
  if (e) keys.unshift(["line", "blue", "error"]);
  const add = (title, name, caption, panels) => panelFigure(parent, { title, name, caption, panels, keys, range: d.range });
  add("Position", "errors: position", "Along: in the direction of motion. Cross: to the left. The horizontal bound is the long half axis of the 95 % ellipse; the others are 1.96 sigma. A rare peak may leave the axis; the largest error is in the head.",
    [panel("horizontal", "horizontal, m", false), panel("along", "along, m", true), panel("cross", "cross, m", true), panel("up", "up, m", true)]);
  add("Heading and velocity", "errors: heading and velocity", "Bounds of 1.96 sigma." + (e && d.evaluation ? ` The heading’s error is shown less its constant part of ${figures(d.evaluation.heading_offset_deg, 2)}°, which is how the reference is mounted.` : ""),
    [panel("heading", "heading, °", true), panel("ve", "velocity east, m/s", true), panel("vn", "velocity north, m/s", true), panel("vu", "velocity up, m/s", true)]);
}

/* What the error stays below, at the risk that is set: beside the error itself, and the limit from which on it is an alert. Levels of
 * 100 m, limits of half a metre and errors of a tenth of one stand on one axis: it is logarithmic, from a twentieth of the limit on. */
function levelFigures(parent, d) {
  const l = d.levels, e = d.errors;
  if (!l) return;
  const panel = (field, name) => {
    const floor = 10 ** Math.floor(Math.log10(d.alert[field] / 20)), most = Math.max(quantile([l[field]], 1), quantile([e && e[field]], 1), d.alert[field]);
    const size = ([t, v]) => (v === null ? [t, null] : [t, Math.max(floor, Math.abs(v)), 0, Math.abs(v)]);
    return { name, height: 112, min: floor, max: 10 ** Math.ceil(Math.log10(1.15 * most)), axis: { type: "log" }, series: () => [
      ...(e ? [lineSeries("error", pairs(e.t, e[field]).map(size), colour.blue)] : []),
      limitSeries("protection level", l.t, l[field], colour.red),
      limitSeries("alert limit", [l.t[0], l.t[l.t.length - 1]], [d.alert[field], d.alert[field]], colour.orange)] };
  };
  panelFigure(parent, { title: "Protection levels", name: "errors: protection levels", range: d.range,
    keys: [...(e ? [["line", "blue", "error, its size"]] : []), ["dash", "red", "protection level"], ["dash", "orange", "alert limit"]],
    caption: "An error above its level is misleading. A level above the alert limit is an alert: the pose says that it must not be relied on. On logarithmic axes; an error below them stands at their foot.",
    panels: [panel("along", "along, m"), panel("cross", "cross, m"), panel("up", "up, m"), panel("heading", "heading, °")] });
}

/* value +- sigma as a band about the value */
function sigmaSeries(t, value, sigma, c, name) {
  const at = (sign) => t.map((v, i) => [v, value[i] === null || sigma[i] === null ? null : value[i] + sign * sigma[i]]);
  const edge = (sign) => lineSeries(name + (sign > 0 ? " + 1 sigma" : " − 1 sigma"), at(sign), c, { lineStyle: { width: 0.8, color: c, opacity: 0.7, type: "dashed" } });
  return [edge(1), edge(-1), lineSeries(name, pairs(t, value), c, { lineStyle: { width: 2, color: c } })];
}

function calibrationFigures(parent, d) {
  const s = d.status, known = (list) => list && list.some((v) => v !== null);
  const late = d.sources.map((source, i) => ({ source, i })).filter(({ i }) => known(s.latency[i]));
  const keys = (name) => [["line", "blue", name], ["dash", "blue", "one sigma"]];
  if (late.length) {
    panelFigure(parent, { title: "Latency of each source", name: "latency", range: d.range, keys: keys("latency"),
      caption: "How much older a measurement is than its stamp says. It shows only while the speed changes; until then sigma stays wide.",
      panels: late.map(({ source, i }) => ({ name: "latency, s", label: source.name, height: 96, series: () => sigmaSeries(s.t, s.latency[i], s.latency_sigma[i], colour.blue, "latency") })) });
  }
  const parts = [["wheel_scale", "wheel scale, 1"], ["mount_pitch", "mount pitch, °"], ["mount_yaw", "mount yaw, °"]].filter(([field]) => known(s[field]));
  if (parts.length) {
    panelFigure(parent, { title: "Calibration", name: "calibration", range: d.range, keys: keys("estimate"),
      caption: "Wheel scale: measured over true speed. Mount: what to add to the IMU’s configured pitch and yaw. A value that has converged stays inside the sigma of earlier times.",
      panels: parts.map(([field, name]) => ({ name, height: 96, series: () => sigmaSeries(s.t, s[field], s[field + "_sigma"], colour.blue, "estimate") })) });
  }
  if (!late.length && !parts.length) parent.append(element("p", { className: "plain" }, "No latency and no calibration was estimated in this drive: no source in it needs one."));
}

const decisions = [["fused", "circle", "blue"], ["down-weighted", "diamond", "orange"], ["rejected", "cross", "red"], ["ignored", "triangle", "grey"]];

/* A point beyond the axis stands at its edge: it matters more than those that fit. */
function decisionSeries(m, values, low, high) {
  const kept = (v) => (v === null ? null : Math.min(high, Math.max(low, v)));
  return decisions.map(([name, symbol, c], k) => ({ name, symbol, c, points: m.t.map((t, i) => [t, kept(values[i]), i, values[i]]).filter((p) => m.decision[p[2]] === k && p[1] !== null) }))
    .filter((s) => s.points.length)
    .map((s) => ({ type: "scatter", name: s.name, data: s.points, symbol: s.symbol === "cross" ? crossPath : s.symbol, symbolSize: s.name === "fused" ? 3.2 : 6,
      itemStyle: { color: colour[s.c], opacity: s.name === "fused" ? 0.6 : 0.9 }, emphasis: { disabled: true }, z: s.name === "fused" ? 3 : 4 }));
}

function innovationFigures(parent, d) {
  for (const m of d.innovations) {
    const source = d.sources[m.source].name;
    const panels = m.axes.map((axis, k) => {
      const limit = m.s[k].map((v) => (v === null ? null : 1.96 * v)), edge = roundUp(1.1 * Math.max(quantile([limit], 0.9), quantile([m.y[k]], 0.98)));
      return { name: `${axis}, ${m.units[k]}`, height: 92, min: -edge, max: edge,
        series: () => [...bandSeries(m.t, limit, colour.sky, { name: "95 % limit" }), ...decisionSeries(m, m.y[k], -edge, edge)] };
    });
    panels.push({ name: "NIS, 1", height: 92, min: 1e-3, max: 10 ** Math.ceil(Math.log10(Math.max(quantile([m.nis], 1), quantile([m.limit], 1), 10))), axis: { type: "log" },
      series: () => [limitSeries("gate", m.t, m.limit, colour.red), ...decisionSeries(m, m.nis, 1e-3, Infinity)] });
    const kinds = decisions.filter((_, k) => m.decision.includes(k)).map(([name, shape, c]) => [shape, c, name]);
    panelFigure(parent, { title: `${source}: ${m.quantity}`, name: `innovations: ${source}: ${m.quantity}`, range: d.range, panels,
      keys: [...kinds, ["band", "sky", "±1.96 sigma"], ["dash", "red", "gate"]],
      caption: `${count(m.total)} measurements` + (m.t.length < m.total ? `, of which ${count(m.t.length)} are drawn, evenly chosen` : "") +
        `. Healthy: white about zero, 95 in 100 inside the band, NIS about ${m.axes.length} on average` + (m.nis_mean === null ? "." : ` (here ${figures(m.nis_mean)}).`) +
        " Always one-sided: a bias. Far inside: the noise is set too large. NIS, on a logarithmic axis, is the whole held against its gate. A point beyond an axis stands at its edge." });
  }
  if (!d.innovations.length) parent.append(element("p", { className: "plain" }, "Nothing was compared with an expectation in this drive."));
}

/* Variance of the twin's innovations over the drive's: 1 where the simulator is honest. */
function twinSection(twin) {
  const s = section("twin", "Simulated twin", `Innovations of the drive, and those of ${twin.name}. A simulator is honest where they are alike; where they differ, docs/SIMULATOR.md says why. In the table: drive / twin.`);
  const grid = element("div", { className: "grid" }), rows = twin.rows.filter((r) => r.real.sigma && r.twin.sigma);
  s.append(grid);
  if (rows.length) twinFigure(grid, rows);
  const pair = (r, f) => `${f(r.real)} / ${f(r.twin)}`, both = (name) => (r) => pair(r, (x) => figures(x[name], 2));
  const columns = [["count", (r) => pair(r, (x) => count(x.count))], ["sigma", both("sigma")], ["mean", both("mean")], ["correlation at 1 s", both("lag1s")],
    ["1/e is left after, s", both("memory_s")], ["kurtosis", both("kurtosis")], ["beyond 3 sigma", (r) => pair(r, (x) => percent(x.beyond, 2))], ["NIS, 1 expected", both("nis")]];
  s.append(element("figure", {}, table([{ name: "source", text: true }, { name: "innovation", text: true }, ...columns.map(([name]) => ({ name }))],
    twin.rows.map((r) => [r.source, `${r.quantity} ${r.axis}, ${r.unit}`, ...columns.map(([, f]) => f(r))]))));
}

function twinFigure(parent, rows) {
  const names = rows.map((r) => `${r.source} ${r.quantity} ${r.axis}`).reverse(), ratios = rows.map((r) => (r.twin.sigma / r.real.sigma) ** 2).reverse();
  figure(parent, { title: "Variance of the twin over that of the drive", name: "twin: variance", wide: true, height: 60 + 22 * rows.length, keys: [["circle", "blue", "twin / drive"], ["dash", "red", "alike"]],
    caption: "On a logarithmic axis. Right of the line the twin is noisier than the drive, left of it the simulator makes the sensor better than it was.",
    option: () => ({ ...base(), grid: { outerBoundsMode: "none", left: 270, right: 24, top: 8, bottom: 42 },
      tooltip: tooltip({ trigger: "item", formatter: (p) => element("div", {}, `${p.name}: ${figures(p.value[0])}`) }),
      xAxis: xAxis("variance, twin over drive, 1", { type: "log", min: 10 ** Math.floor(Math.log10(Math.min(...ratios, 0.5))), max: 10 ** Math.ceil(Math.log10(Math.max(...ratios, 2))) }),
      yAxis: { type: "category", data: names, axisLabel: axisText(), axisTick: { show: false }, axisLine: { show: false } },
      series: [{ type: "scatter", name: "twin / drive", symbolSize: 9, itemStyle: { color: colour.blue }, data: ratios.map((v, i) => ({ name: names[i], value: [v, i] })),
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour.red, type: "dashed" }, data: [{ xAxis: 1 }] } }] }) });
}

function sourceTable(d) {
  const s = section("sources", "Sources", "Frames as the filter counted them; the NIS ratio is the windowed mean over its degrees of freedom at the end of the drive: 1 is honest.");
  const columns = [{ name: "source", text: true }, { name: "frames" }, { name: "used" }, { name: "rejected" }, { name: "late" }, { name: "malformed" }, { name: "rate, Hz" },
    { name: "latency, s" }, { name: "NIS ratio" }, { name: "state at the end", text: true }];
  s.append(element("figure", {}, table(columns, d.sources.map((x) => [x.name, count(x.frames), count(x.used), count(x.rejected), count(x.late),
    count(x.malformed), figures(x.rate_hz), x.latency_s === null ? "–" : `${figures(x.latency_s)} ± ${figures(x.latency_sigma_s, 2)}`, figures(x.nis_ratio), x.state]))));
  if (d.faults.length) faultTable(d);
}

function faultTable(d) {
  const s = section("faults", "Faults", "In the order in which they rose.");
  const columns = [{ name: "from, s" }, { name: "to, s" }, { name: "source", text: true }, { name: "fault", text: true, code: true }, { name: "severity", text: true }, { name: "what it means", text: true, wrap: true }];
  s.append(element("figure", {}, table(columns, d.faults.map((f) => [figures(f.from, 5), f.to === null ? "still up" : figures(f.to, 5), f.source, f.code, f.severity, f.text]))));
}

function footer() {
  document.getElementById("footer").append("Made by posed report. Drawn with Apache ECharts (Apache License 2.0), which is part of this page; nothing is loaded from elsewhere.");
}
