// What may be wider than the window: tables, and rows of links and choices. Without this file every
// table scrolls in its box, and each row begins at its first link.
//
// A table that fits its box needs no scrolling of its own: the page scrolls, and the header sticks to
// the window. One that is too wide scrolls in its box, so that the page never does.
const fit = (box) => {
  const isWhole = box.firstElementChild.offsetWidth <= box.clientWidth;
  box.classList.toggle("is-whole", isWhole);
  box.tabIndex = isWhole ? -1 : 0;
};
const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));
const fitTables = () => {
  sizes.disconnect();
  for (const box of document.querySelectorAll(".table-box:has(> table)")) {
    if (!box.closest("details")) {
      fit(box);
      sizes.observe(box);
    }
  }
};

// Where the header's links or a row of choices must be pushed sideways, the chosen one is in sight.
const showChosen = () => {
  for (const chosen of document.querySelectorAll(
    ".site-nav .is-current, .site-nav > ul > li > [aria-current], .chips [aria-current]",
  )) {
    const row = chosen.closest(".site-nav > ul, .chips");
    const [there, here] = [chosen, row].map((element) => element.getBoundingClientRect());
    if (there.left < here.left || there.right > here.right) {
      row.scrollBy((there.left + there.right - here.left - here.right) / 2, 0);
    }
  }
};

const settle = () => {
  fitTables();
  showChosen();
};
settle();
document.addEventListener("htmx:afterSwap", settle);
