// The grid of a register by keyboard, and cells chosen to be corrected together. Without this file
// every cell is a link of its own.
//
// The grid is one stop of the Tab key: arrows move through its links, those of the heads included.
const CELL = /\/class\/([^/]+)\/(\d+)\/$/;

let grid; // the one that is shown
let current; // the link that the Tab key leads to
let anchor; // the cell from which Shift extends
const chosen = new Set(); // cells, as td

const box = () => grid.closest("[data-register]");
const bar = () => document.getElementById("register-chosen");
const rows = () => [...grid.tHead.rows, ...grid.tBodies[0].rows];
const linkOf = (cell) => cell?.querySelector("a");
const isSeat = (cell) => cell?.localName === "td" && linkOf(cell) !== null;
const isRtl = () => getComputedStyle(grid).direction === "rtl";

// What the server calls the cell, as its link says.
const nameOf = (cell) => {
  const [, session, learner] = linkOf(cell).pathname.match(CELL);
  return `${decodeURIComponent(session)}:${learner}`;
};

const placeOf = (cell) => [rows().indexOf(cell.parentElement), cell.cellIndex];

const settleOn = (link) => {
  if (current) {
    current.tabIndex = -1;
  }
  current = link;
  current.tabIndex = 0;
};

// The nearest cell with a link from there on; from a sum's head down, a name. Nothing at the edge.
const cellFrom = ([row, column], [down, across]) => {
  const all = rows();
  for (let step = 1; ; step += 1) {
    const cell = all[row + step * down]?.cells[column + step * across];
    if (!cell) {
      return down ? all[row + down]?.cells[0] ?? null : null;
    }
    if (linkOf(cell)) {
      return cell;
    }
  }
};

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
const linked = (line) => [...line.cells].filter(linkOf);

// So many rows down or up within the body, in the same column.
const byRows = (cell, count) => {
  const all = rows();
  const [row, column] = placeOf(cell);
  const first = grid.tHead.rows.length;
  return all[clamp(row + count, Math.min(row, first), all.length - 1)].cells[column];
};

const pageOfRows = () => {
  const high = grid.tBodies[0].rows[0].offsetHeight;
  return Math.max(1, Math.floor(box().clientHeight / high) - 2);
};

const targetOf = (event, cell) => {
  const body = grid.tBodies[0].rows;
  const withControl = event.ctrlKey || event.metaKey;
  const forward = isRtl() ? -1 : 1;
  switch (event.key) {
    case "ArrowRight": return cellFrom(placeOf(cell), [0, forward]);
    case "ArrowLeft": return cellFrom(placeOf(cell), [0, -forward]);
    case "ArrowDown": return cellFrom(placeOf(cell), [1, 0]);
    case "ArrowUp": return cellFrom(placeOf(cell), [-1, 0]);
    case "Home": return linked(withControl ? body[0] : cell.parentElement)[0];
    case "End": return linked(withControl ? body[body.length - 1] : cell.parentElement).at(-1);
    case "PageDown": return byRows(cell, pageOfRows());
    case "PageUp": return byRows(cell, -pageOfRows());
    default: return undefined;
  }
};

// Heads, sums and names stay in sight: what is focused must not be beneath them, not even partly.
const reveal = (cell) => {
  const place = box().getBoundingClientRect();
  const it = cell.getBoundingClientRect();
  const names = grid.tHead.rows[0].cells[0].offsetWidth;
  const left = place.left + (isRtl() ? 0 : names);
  const right = place.left + box().clientWidth - (isRtl() ? names : 0);
  const top = place.top + grid.tHead.offsetHeight;
  const bottom = place.top + box().clientHeight - grid.tFoot.offsetHeight;
  const across = it.left < left ? it.left - left : Math.max(0, it.right - right);
  const down = it.top < top ? it.top - top : Math.max(0, it.bottom - bottom);
  box().scrollBy(cell.cellIndex ? across : 0, grid.tHead.contains(cell) ? 0 : down);
};

// Choosing -----------------------------------------------------------------------------------------

const mark = (cell, isChosen) => {
  cell.setAttribute("aria-selected", String(isChosen));
  if (isChosen) {
    chosen.add(cell);
  } else {
    cell.removeAttribute("aria-selected");
    chosen.delete(cell);
  }
};

const say = (text) => {
  const place = document.getElementById("announcement");
  if (place) {
    place.textContent = text;
  }
};

const tell = () => {
  const { text, none } = bar().dataset;
  const words = chosen.size ? text.replace("{n}", chosen.size.toLocaleString()) : none;
  bar().hidden = chosen.size === 0;
  bar().querySelector("[data-count]").textContent = words;
  say(words);
};

const clear = () => {
  for (const cell of [...chosen]) {
    mark(cell, false);
  }
  tell();
};

const toggle = (cell) => {
  mark(cell, !chosen.has(cell));
  anchor = cell;
  tell();
};

const extendTo = (cell) => {
  anchor = anchor?.isConnected ? anchor : cell;
  const [from, to] = [placeOf(anchor), placeOf(cell)];
  for (const one of [...chosen]) {
    mark(one, false);
  }
  for (const line of rows().slice(Math.min(from[0], to[0]), Math.max(from[0], to[0]) + 1)) {
    const some = [...line.cells].slice(Math.min(from[1], to[1]), Math.max(from[1], to[1]) + 1);
    some.filter(isSeat).forEach((one) => mark(one, true));
  }
  tell();
};

// What happens -------------------------------------------------------------------------------------

const onKey = (event) => {
  const cell = event.target.closest("td, th");
  if (!cell || event.altKey || event.target.localName !== "a") {
    return;
  }
  if (event.key === "Escape") {
    cell.classList.add("is-quiet"); // its note goes until it is left
    if (chosen.size) {
      clear();
    }
    return;
  }
  if (event.key === " " && isSeat(cell)) {
    event.preventDefault();
    if (event.shiftKey && anchor) {
      extendTo(cell);
    } else {
      toggle(cell);
    }
    return;
  }
  const target = targetOf(event, cell);
  if (target === undefined) {
    return;
  }
  event.preventDefault();
  const link = target && linkOf(target);
  if (!link || (event.shiftKey && isSeat(cell) && !isSeat(target))) {
    return;
  }
  if (event.shiftKey && isSeat(cell)) {
    anchor = anchor?.isConnected && chosen.size ? anchor : cell;
    extendTo(target);
  }
  settleOn(link);
  link.focus();
  reveal(target);
};

const onClick = (event) => {
  const cell = event.target.closest("td");
  if (!isSeat(cell) || !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    return;
  }
  event.preventDefault();
  if (event.shiftKey) {
    extendTo(cell);
  } else {
    toggle(cell);
  }
  settleOn(linkOf(cell));
  current.focus();
};

const onFocus = ({ target }) => {
  if (target.localName === "a") {
    settleOn(target);
  }
};

const onLeave = ({ target }) => target.closest("td")?.classList.remove("is-quiet");

const send = () => {
  const form = bar();
  for (const field of form.querySelectorAll("[name=cell]")) {
    field.remove();
  }
  for (const cell of chosen) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "cell", value: nameOf(cell) });
    form.append(field);
  }
};

const begin = () => {
  const found = document.getElementById("register-grid");
  if (!found || found === grid) {
    return;
  }
  grid = found;
  chosen.clear();
  anchor = undefined;
  const focused = grid.contains(document.activeElement) ? document.activeElement : null;
  for (const link of grid.querySelectorAll("a")) {
    link.tabIndex = -1;
  }
  current = undefined;
  settleOn(focused ?? linkOf(grid.tBodies[0].rows[0].cells[0]));
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-multiselectable", "true");
  grid.addEventListener("keydown", onKey);
  grid.addEventListener("click", onClick);
  grid.addEventListener("focusin", onFocus);
  grid.addEventListener("focusout", onLeave);
  bar().addEventListener("submit", send);
  bar().querySelector("[data-clear]").addEventListener("click", () => {
    clear();
    current.focus();
  });
  document.querySelector(".register-keys").hidden = false;
};

begin();
document.addEventListener("htmx:afterSwap", begin);
