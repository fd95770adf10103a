// What a page does with the tool that it frames: makes the frame as high as the tool asks for, and
// goes on when the tool says that it is done.
const frame = document.querySelector("iframe");

function goOn(url) {
  if (url) window.location.assign(url);
}

window.addEventListener("message", (event) => {
  if (!frame || event.source !== frame.contentWindow) return;
  let message = event.data;
  if (typeof message === "string") {
    try {
      message = JSON.parse(message);
    } catch {
      return;
    }
  }
  if (message?.subject === "lti.frameResize" && Number(message.height) > 0) {
    frame.style.height = `${Math.ceil(Number(message.height))}px`;
  } else if (message?.subject === "org.imsglobal.lti.close") {
    goOn(frame.dataset.afterClose);
  } else if (message?.subject === "standin.selected" && event.origin === window.location.origin) {
    goOn(frame.dataset.afterSelection);
  }
});

// The page that comes back into the frame after content was selected.
if (document.body.dataset.selected !== undefined && window.parent !== window) {
  window.parent.postMessage({ subject: "standin.selected" }, window.location.origin);
}
