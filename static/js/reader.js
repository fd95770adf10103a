// Runs before the page is painted: the reader's colour scheme and time zone. A classic script on
// purpose (a module would come too late and the page would flash).
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paper = window.matchMedia("print");
  const apply = () => {
    document.documentElement.dataset.bsTheme = dark.matches && !paper.matches ? "dark" : "light";
    document.dispatchEvent(new CustomEvent("rollcall:scheme"));
  };
  apply();
  dark.addEventListener("change", apply);
  paper.addEventListener("change", apply);

  // The server checks the name before it uses it; the page's address and the reader's own setting
  // come first.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && /^[A-Za-z0-9_+/-]{1,64}$/.test(zone)) {
    const secure = window.location.protocol === "https:" ? "; secure" : "";
    document.cookie = `reader_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  }
})();

// A menu of the header closes when the reader goes on, or presses Escape.
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(target)) {
      menu.open = false;
    }
  }
});
document.addEventListener("keydown", ({ key }) => {
  const menu = key === "Escape" && document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
