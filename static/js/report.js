// The form of a report shows only what the choices ask for. Without this file everything is shown;
// the server reads what belongs to the choices either way.
const form = document.querySelector(".report-form");

function showWhatCounts() {
  const chosen = new FormData(form);
  form.querySelectorAll("[data-shown-for]").forEach((part) => {
    const [name, value] = part.dataset.shownFor.split("=");
    part.hidden = chosen.get(name) !== value;
  });
}

if (form) {
  form.querySelectorAll("[data-hidden-by-script]").forEach((hint) => {
    hint.hidden = true;
  });
  form.addEventListener("change", showWhatCounts);
  window.addEventListener("pageshow", showWhatCounts); // the browser may have filled it in again
  showWhatCounts();
}
