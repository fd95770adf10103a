// A page in Moodle's frame: tells the site around it how high it is, whenever that changes. Without
// this file the frame keeps its height and scrolls.
const { frameOrigin } = document.body.dataset;
const MOST_EDGE = 16; // px
const CALM = 200; // ms
let told = 0;
let edge = 0; // what a border of the frame takes of the height that it is given
let waiting;

const tellHeight = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height) + edge;
  if (height !== told) {
    told = height;
    window.parent.postMessage({ subject: "lti.frameResize", height }, frameOrigin);
  }
};

// Once nothing changes any more: before, the frame may just not have followed yet.
const findEdge = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const lost = told - window.innerHeight;
    if (lost >= 0 && lost <= MOST_EDGE) {
      edge = lost;
      tellHeight();
    }
  }, CALM);
};

if (frameOrigin && window.parent !== window) {
  new ResizeObserver(() => {
    tellHeight();
    findEdge();
  }).observe(document.body);
  window.addEventListener("resize", findEdge);
}
