// What changes in place on pages over a range: htmx swaps #page-body when filters, order or page
// change, and the address follows. Without this file the same links and forms load the whole page.
const withoutEmpty = (event) => {
  const { parameters } = event.detail;
  for (const key of Object.keys(parameters)) {
    if (parameters[key] === "") {
      delete parameters[key];
    }
  }
};

// An answer that is another page (the sign-in, an error) is shown as itself.
const leaveForOtherPages = (event) => {
  const { xhr, target } = event.detail;
  const isOurs = xhr.status < 500 && target && xhr.responseText.includes(`id="${target.id}"`);
  if (!isOurs) {
    event.detail.shouldSwap = false;
    window.location.assign(xhr.responseURL || window.location.href);
  }
};

const announce = () => {
  const said = document.querySelector("#page-body [data-announce]");
  const place = document.getElementById("announcement");
  if (said && place) {
    place.textContent = said.dataset.announce;
  }
};

// The panel of filters stays as the reader left it.
let moreFiltersOpen = false;
const rememberPanel = () => {
  moreFiltersOpen = document.getElementById("more-filters")?.open ?? false;
};
const restorePanel = () => {
  const panel = document.getElementById("more-filters");
  if (panel && moreFiltersOpen) {
    panel.open = true;
  }
};

// Where a form is looked at while it is typed into, only its preview is swapped: what was wrong with a
// field went with what stood in it, and the preview says what is wrong now.
const forgetError = ({ target }) => {
  if (target.id && target.closest('form[hx-trigger^="input"]')) {
    document.getElementById(`${target.id}_error`)?.remove();
    target.removeAttribute("aria-invalid");
  }
};

document.addEventListener("input", forgetError);
document.addEventListener("htmx:configRequest", withoutEmpty);
document.addEventListener("htmx:beforeSwap", (event) => {
  rememberPanel();
  leaveForOtherPages(event);
});
document.addEventListener("htmx:afterSwap", () => {
  restorePanel();
  announce();
});
document.addEventListener("htmx:sendError", () => window.location.reload());
