/* Colours: Okabe and Ito, "Color Universal Design" (2008), told apart by all kinds of colour vision; lightened on a
 * dark ground. Nothing is told by colour alone: points differ in shape, lines in dash, bars in a word. */
const palettes = {
  light: {
    ink: "#1b1f24", soft: "#59636e", line: "#c9d0d7", grid: "#edf0f3", card: "#ffffff",
    blue: "#0072b2", orange: "#d98c00", green: "#009e73", pink: "#c0609a", sky: "#4aa3d8", red: "#d55e00",
    yellow: "#c9b400", grey: "#8a949e", truth: "#1b1f24",
  },
  dark: {
    ink: "#e6e9ed", soft: "#9aa6b2", line: "#3a444e", grid: "#222a32", card: "#171c22",
    blue: "#4fa8e0", orange: "#f0b040", green: "#2fc79a", pink: "#e08fc0", sky: "#8fd0f5", red: "#f5793a",
    yellow: "#efe05a", grey: "#7d8894", truth: "#f2f4f6",
  },
};
const darkWanted = window.matchMedia("(prefers-color-scheme: dark)");
let theme = darkWanted.matches ? "dark" : "light";
let colour = palettes[theme];

function setTheme(name) {
  theme = name;
  colour = palettes[name];
  document.documentElement.dataset.theme = name;
}

const sourceColours = () => [colour.blue, colour.red, colour.green, colour.pink, colour.orange, colour.sky,
  colour.grey, colour.yellow];
const modeNames = { 1: "initializing", 2: "nominal", 3: "degraded", 4: "dead reckoning", 5: "lost" };
const modeColour = (mode) => [null, colour.grey, colour.blue, colour.orange, colour.pink, colour.red][mode];
