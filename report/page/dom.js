/* Text from the file is only ever set as text, never as markup. */
function element(tag, properties, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null) continue;
    if (name in e && name !== "style") e[name] = value;
    else e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c !== null && c !== undefined));
  return e;
}

/* A number for people: `digits` significant ones, with a real minus sign and narrow spaces between thousands. */
function figures(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const places = Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(Math.abs(value)))));
  const text = Math.abs(value).toFixed(places).replace(/\B(?=(\d{3})+(?!\d))/g, (m, g, at, all) =>
    all.indexOf(".") >= 0 && at > all.indexOf(".") ? "" : "\u202f");
  return (value < 0 ? "−" : "") + text;
}

/* A count: every digit of it. */
const count = (value) => (value === null || value === undefined ? "–" : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f"));

const percent = (share, digits = 3) => (share === null || share === undefined ? "–" : figures(100 * share, digits) + " %");

function tile(name, value, unit, note) {
  return element("div", { className: "tile" },
    element("div", { className: "name" }, name),
    element("div", { className: "value" }, value, unit ? element("span", { className: "unit" }, unit) : null),
    note ? element("div", { className: "note" }, note) : null);
}

function section(id, title, lead) {
  const s = element("section", { id }, element("h2", {}, title), lead ? element("p", { className: "lead" }, lead) : null);
  document.getElementById("main").append(s);
  document.getElementById("contents").append(element("a", { href: "#" + id }, title));
  return s;
}

/* columns: [{name, text (left-aligned), wrap, code}]; rows: arrays of strings. */
function table(columns, rows) {
  const kind = (c) => [c.text ? "text" : "", c.wrap ? "wrap" : ""].join(" ").trim();
  const head = element("tr", {}, ...columns.map((c) => element("th", { className: kind(c), scope: "col" }, c.name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell, i) =>
    element("td", { className: kind(columns[i]) }, columns[i].code ? element("code", {}, cell) : cell))));
  return element("div", { className: "table" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/* What the marks of a figure mean: [[shape, colour's name, text]]; redrawn with the theme. */
const shapes = {
  line: (c) => `<path d="M0 6H22" stroke="${c}" stroke-width="2.5"/>`,
  dash: (c) => `<path d="M0 6H22" stroke="${c}" stroke-width="2" stroke-dasharray="5 3"/>`,
  band: (c) => `<rect width="22" height="12" fill="${c}" opacity=".22"/>`,
  box: (c) => `<rect y="1" width="22" height="10" rx="2" fill="${c}"/>`,
  circle: (c) => `<circle cx="11" cy="6" r="4" fill="${c}"/>`,
  ring: (c) => `<ellipse cx="11" cy="6" rx="9" ry="4.5" fill="none" stroke="${c}" stroke-width="1.5"/>`,
  diamond: (c) => `<path d="M11 0l6 6l-6 6l-6-6z" fill="${c}"/>`,
  triangle: (c) => `<path d="M11 1l6 10H5z" fill="${c}"/>`,
  rect: (c) => `<rect x="7" y="2" width="8" height="8" fill="${c}"/>`,
  cross: (c) => `<path d="M6 1l10 10M16 1l-10 10" stroke="${c}" stroke-width="2"/>`,
};

function key(entries) {
  const draw = () => (typeof entries === "function" ? entries() : entries).map(([shape, name, text]) => {
    const mark = element("span", {});
    mark.innerHTML = `<svg width="22" height="12" aria-hidden="true">${shapes[shape](colour[name])}</svg>`;
    mark.append(text);
    return mark;
  });
  const e = element("div", { className: "key" }, ...draw());
  redrawn.push(() => e.replaceChildren(...draw()));
  return e;
}
