"use strict";
const tables = [...document.querySelectorAll("table.sortable")];
const rows = tables.flatMap(table => [...table.tBodies[0].rows]).map(row => ({row, text: plain(row.textContent)}));
const order = new Map(rows.map(({row}, place) => [row, place]));
const natural = new Intl.Collator("en", {numeric: true});
const tools = document.querySelector("form.tools");

// "fig 2", "Fig. 2", "fig2" and "Figure 2" are one, as are "Table" and "tables".
function plain(text) {
  return text.toLowerCase().replace(/\s+/g, " ")
    .replace(/\b(fig|table|eq|section|appendix)(?:ures?|uations?|s)?\.?\s*(?=\(?s?\d)/g, "$1 ").trim();
}

const checked = name => [...document.querySelectorAll(`[name=${name}]:checked`)].map(box => box.value);

function filter() {
  const phrases = document.querySelector("#text").value.split(",").map(plain);
  const papers = checked("paper"), verdicts = checked("verdict"), counts = {};
  let shown = 0;
  for (const {row, text} of rows) {
    const {paper, verdict} = row.dataset;
    const found = papers.includes(paper) && phrases.every(phrase => text.includes(phrase));
    // A verdict counts what it would show, ticked or not.
    if (found) counts[verdict] = (counts[verdict] ?? 0) + 1;
    row.hidden = !(found && verdicts.includes(verdict));
    shown += !row.hidden;
  }
  for (const box of document.querySelectorAll("[name=verdict]"))
    box.parentElement.querySelector(".count").textContent = counts[box.value] ?? 0;
  for (const table of tables)
    table.closest(".group").hidden = [...table.tBodies[0].rows].every(row => row.hidden);
  document.querySelector("#shown").value = `${shown} of ${rows.length} rows shown`;
  document.querySelector("#none").hidden = shown > 0;
}

function sort(head) {
  const column = head.cellIndex, numeric = "numeric" in head.dataset, body = head.closest("table").tBodies[0];
  const sign = head.ariaSort === "ascending" ? -1 : 1;
  for (const other of head.parentElement.cells) other.ariaSort = "none";
  head.ariaSort = sign === 1 ? "ascending" : "descending";
  const keyed = [...body.rows].map(row => {
    const cell = row.cells[column];
    return {row, key: numeric ? cell.dataset.number : cell.textContent.trim()};
  });
  // Empty cells stay last, whichever way the others go.
  const by = (a, b) => (a.key === "") - (b.key === "")
    || sign * (numeric ? a.key - b.key : natural.compare(a.key, b.key));
  body.append(...keyed.sort(by).map(({row}) => row));
}

function original() {
  for (const table of tables) {
    for (const head of table.tHead.rows[0].cells) head.ariaSort = "none";
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort((a, b) => order.get(a) - order.get(b)));
  }
  filter();
}

// A link from elsewhere on the page to a row that is filtered out, or to what lies in something closed.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (order.has(target) && (target.hidden || target.closest("[hidden]"))) {
    tools.reset();
    original();  // at once: what is still hidden can't be scrolled to
    target.scrollIntoView();
  }
}

function enlarge(image) {
  const dialog = document.querySelector("#large"), large = dialog.querySelector("img");
  Object.assign(large, {src: image.src, alt: image.alt});
  // As wide as the window, and never less than half as large again.
  large.width = Math.max(1.5 * image.getAttribute("width"), Math.min(.95 * innerWidth - 40, 3 * image.getAttribute("width")));
  dialog.showModal();
}

tools.addEventListener("input", filter);
tools.addEventListener("submit", event => event.preventDefault());
tools.addEventListener("reset", () => setTimeout(original));
addEventListener("hashchange", reveal);
for (const table of tables)
  table.tHead.addEventListener("click", event => {
    if (event.target.matches("button")) sort(event.target.closest("th"));
  });
for (const button of document.querySelectorAll("button.figure"))
  button.addEventListener("click", () => enlarge(button.querySelector("img")));
document.querySelector("#large").addEventListener("click", event => {
  if (event.target === event.currentTarget) event.currentTarget.close();  // beside the figure
});
// On a phone a row becomes a card, with the head before each cell; tables of the papers too.
for (const table of document.querySelectorAll(".rows, .data table")) {
  table.classList.add("rows");
  const heads = [...table.tHead.rows[0].cells].map(head => head.textContent);
  for (const row of table.tBodies[0].rows)
    for (const cell of row.cells) cell.dataset.head = heads[cell.cellIndex];
}
filter();  // a browser may have kept what was typed before a reload
