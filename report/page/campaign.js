/* The page of a campaign. */
function campaignPage(d) {
  masthead("Campaign", d.name, []);
}
