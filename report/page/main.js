/* Begins here. */
const data = JSON.parse(document.getElementById("data").textContent);
setTheme(theme);
if (data.kind === "campaign") campaignPage(data);
else drivePage(data);
const nav = document.getElementById("contents");
const side = element("button", { type: "button", title: "Light or dark" }, "Light / dark");
side.addEventListener("click", () => wear(theme === "dark" ? "light" : "dark"));
if (data.kind === "drive") {
  const whole = element("button", { type: "button", id: "whole" }, "Whole drive");
  whole.addEventListener("click", resetZoom);
  nav.append(whole);
}
side.id = "theme";
nav.append(side);
darkWanted.addEventListener("change", (e) => wear(e.matches ? "dark" : "light"));
printOnWhite();
keepSized();
drawWhenSeen();
