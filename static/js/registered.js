// Tells the Moodle around this frame that the registration is over; Moodle then closes the frame.
const done = document.querySelector("[data-parent-origin]");

function close() {
  window.parent.postMessage({ subject: "org.imsglobal.lti.close" }, done.dataset.parentOrigin);
}

if (done && window.parent !== window) {
  const button = done.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", close);
  close();
}
