/* Every chart: made when it comes near the window or the page is idle, made anew when the theme changes. */
const charts = [];
const redrawn = []; /* what else follows the theme */

/* Saves the plot as a picture. */
function saver(title, holder) {
  const b = element("button", { type: "button", className: "save", title: "Save this plot as a picture" }, "PNG");
  b.addEventListener("click", () => {
    const c = charts.find((x) => x.holder === holder);
    draw(c);
    element("a", { download: title.replace(/[^\w.-]+/g, "_") + ".png", href: c.instance.getDataURL({ pixelRatio: 2, backgroundColor: colour.card }) }).click();
  });
  return b;
}

/* `option(width, height)` gives the ECharts option; `ready(chart)` hangs events on it. */
function figure(parent, { title, caption, height, option, ready, keys, wide, group, name }) {
  const holder = element("div", { className: "chart", style: `height:${height}px`, role: "img", "aria-label": title });
  const f = element("figure", { className: wide ? "wide" : "" },
    element("div", { className: "head" }, element("h3", {}, title), saver(title, holder)), keys ? key(keys) : null, holder, element("figcaption", {}, caption));
  parent.append(f);
  const c = { holder, option, ready, group, name: name || title, instance: null };
  holder.dataset.chart = c.name;
  charts.push(c);
  return c;
}

function draw(c) {
  if (c.instance) return;
  c.instance = echarts.init(c.holder, null, { renderer: "canvas" });
  c.instance.setOption(c.option(c.holder.clientWidth, c.holder.clientHeight));
  if (!performance.getEntriesByName("first-plot").length) performance.mark("first-plot");
  if (c.ready) c.ready(c.instance);
  if (c.group) follow(c);
}

function redraw(c) {
  if (!c.instance) return;
  const zoom = c.group ? window_ : null;
  c.instance.dispose();
  c.instance = null;
  draw(c);
  if (zoom) zoomTo(c, zoom);
}

/* ---- one time axis: what one chart is zoomed to and where its cross hair stands, all show ---- */

let window_ = null; /* [from, to], s; null: the whole */
const atTime = []; /* called with a time, or null, when the pointer moves */
let told = false;

function zoomTo(c, [from, to]) {
  c.instance.dispatchAction({ type: "dataZoom", dataZoomIndex: 0, startValue: from, endValue: to, fromOther: true });
}

function each(group, except, action) {
  for (const c of charts) if (c.instance && c.group === group && c !== except) action(c);
}

function follow(c) {
  if (window_) zoomTo(c, window_);
  c.instance.on("datazoom", (event) => {
    if (told) return;
    const z = c.instance.getOption().dataZoom[0];
    window_ = [z.startValue, z.endValue];
    told = true;
    each(c.group, c, (other) => zoomTo(other, window_));
    told = false;
  });
  c.instance.on("updateAxisPointer", (event) => {
    if (told) return;
    const axis = (event.axesInfo || []).find((a) => a.axisDim === "x");
    const time = axis ? axis.value : null;
    told = true;
    each(c.group, c, (other) => pointAt(other, time));
    for (const f of atTime) f(time);
    told = false;
  });
  c.instance.on("globalout", () => {
    each(c.group, c, (other) => pointAt(other, null));
    for (const f of atTime) f(null);
  });
}

/* The cross hair of a chart that the pointer is not in: drawn over it, for it is no tooltip of its own. */
function pointAt(c, time) {
  const chart = c.instance;
  const x = time === null ? NaN : chart.convertToPixel({ xAxisIndex: 0 }, time);
  const grid = chart.getModel().getComponent("grid", 0).coordinateSystem.getRect();
  const inside = x >= grid.x && x <= grid.x + grid.width;
  if (!c.hair) c.holder.append(c.hair = element("div", { className: "hair" }));
  c.hair.style.cssText = inside
    ? `position:absolute;pointer-events:none;top:0;bottom:34px;left:${x}px;border-left:1px dashed ${colour.soft}` : "display:none";
}

function resetZoom() {
  window_ = null;
  told = true;
  for (const c of charts) if (c.instance) c.instance.dispatchAction({ type: "dataZoom", start: 0, end: 100, batch: zoomsOf(c) });
  told = false;
}

const zoomsOf = (c) => (c.instance.getOption().dataZoom || []).map((z, i) => ({ dataZoomIndex: i, start: 0, end: 100 }));

/* ---- when ---- */

function drawWhenSeen() {
  const seen = new IntersectionObserver((entries) => {
    for (const e of entries) if (e.isIntersecting) draw(charts.find((c) => c.holder === e.target));
  }, { rootMargin: "300px" });
  for (const c of charts) seen.observe(c.holder);
  const idle = window.requestIdleCallback || ((f) => setTimeout(f, 1));
  const next = () => {
    const c = charts.find((x) => !x.instance);
    if (c) { draw(c); idle(next); } else { seen.disconnect(); document.documentElement.dataset.drawn = "all"; performance.mark("all-plots"); }
  };
  requestAnimationFrame(() => idle(next));
}

function keepSized() {
  const resize = new ResizeObserver((entries) => {
    for (const e of entries) {
      const c = charts.find((x) => x.holder === e.target);
      if (c && c.instance && (c.instance.getWidth() !== c.holder.clientWidth)) {
        c.instance.resize();
        if (c.resized) c.resized(c.instance);
      }
    }
  });
  for (const c of charts) resize.observe(c.holder);
}

function wear(name) {
  if (name === theme) return;
  setTheme(name);
  for (const f of redrawn) f();
  for (const c of charts) redraw(c);
}

/* Paper is white, and everything is on it. */
function printOnWhite() {
  let before = null;
  window.addEventListener("beforeprint", () => { before = theme; wear("light"); charts.forEach(draw); });
  window.addEventListener("afterprint", () => { if (before) wear(before); });
}

/* ---- parts of options ---- */

const axisText = () => ({ color: colour.soft, fontSize: 11.5 });
/* A name of a category, or a number without commas. */
const tick = (v) => (typeof v === "number" ? String(+v.toPrecision(6)).replace("-", "−") : v);
const axisCommon = () => ({
  nameTextStyle: axisText(), axisLabel: { ...axisText(), hideOverlap: true, formatter: tick },
  axisLine: { lineStyle: { color: colour.line } }, axisTick: { lineStyle: { color: colour.line } },
  splitLine: { lineStyle: { color: colour.grid } },
});

function valueAxis(name, more) {
  const common = axisCommon();
  return { type: "value", name, scale: true, ...common, ...more, axisLabel: { ...common.axisLabel, ...(more || {}).axisLabel } };
}

/* A y axis whose name stands along it, so that a long one has room. */
const yAxis = (name, gap, more) => valueAxis(name, { nameLocation: "middle", nameGap: gap, nameRotate: 90, splitNumber: 4, ...more });
const xAxis = (name, more) => valueAxis(name, { nameLocation: "middle", nameGap: 26, ...more });

const tooltip = (more) => ({
  confine: true, backgroundColor: colour.card, borderColor: colour.line, textStyle: { color: colour.ink, fontSize: 12 },
  valueFormatter: (v) => figures(Array.isArray(v) ? v[3] ?? v[1] : v, 4), ...more,
});

const base = () => ({ animation: false, textStyle: { fontFamily: "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" }, aria: { enabled: true } });

/* Line through [x, y] pairs; where y is null it is broken. Sampling would mend a break of one point, so only what is too
 * long to be drawn as it is is sampled. */
const lineSeries = (name, data, c, more) => ({
  type: "line", name, data, showSymbol: false, sampling: data.length > 6000 ? "minmax" : undefined, connectNulls: false, lineStyle: { width: 1.6, color: c },
  itemStyle: { color: c }, emphasis: { disabled: true }, ...more,
});
const pairs = (x, y) => x.map((v, i) => [v, y[i]]);
