// Sends the page's form on by itself. Without this file its button does.
document.querySelector("form[data-send]")?.submit();
