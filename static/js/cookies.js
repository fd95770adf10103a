// Finds out whether the browser keeps cookies in this frame; if so, the sign-in goes on by itself.
const NAME = "rollcall-cookies";

function keepsCookies() {
  document.cookie = `${NAME}=1; SameSite=None; Secure; Partitioned; Max-Age=60; Path=/moodle/`;
  const kept = document.cookie.includes(`${NAME}=1`);
  document.cookie = `${NAME}=; SameSite=None; Secure; Partitioned; Max-Age=0; Path=/moodle/`;
  return kept;
}

const form = document.querySelector("[data-cookie-check]");
if (form && keepsCookies()) {
  form.querySelector("[data-cookie-blocked]").hidden = true;
  form.submit();
}
