// Draws the page's charts with ECharts. The server sends each option as plain data without colours;
// these come from the stylesheet, so that both colour schemes have one source. Where ECharts is not
// installed nothing happens here, and the chart's table, open in the HTML, is what is shown.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function themeFromTokens() {
  const ink = token("--rc-ink-2");
  const axis = {
    axisLine: { show: true, lineStyle: { color: token("--rc-hairline-strong") } },
    axisTick: { show: false },
    axisLabel: { color: ink, fontSize: 12.5 },
    nameTextStyle: { color: ink, fontSize: 12.5 },
    splitLine: { lineStyle: { color: token("--rc-hairline") } },
  };
  return {
    color: [token("--rc-chart-1"), token("--rc-chart-2")],
    textStyle: { fontFamily: token("--rc-font") },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    bar: { label: { color: ink } },
  };
}

function withTooltip(option) {
  if (!option.tooltip) {
    return option;
  }
  // The HTML tooltip would need inline styles, which the page's policy forbids.
  return {
    ...option,
    tooltip: {
      ...option.tooltip,
      renderMode: "richText",
      backgroundColor: token("--rc-float"),
      borderColor: token("--rc-hairline-strong"),
      textStyle: { color: token("--rc-ink"), fontSize: 12.5, fontFamily: token("--rc-font") },
    },
  };
}

function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const data = document.getElementById(figure.dataset.option);
  const option = JSON.parse(data.textContent);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  canvas.hidden = false;
  let chart = null;
  const paint = () => {
    chart?.dispose();
    chart = window.echarts.init(canvas, themeFromTokens());
    chart.setOption({ ...withTooltip(option), animation: !still, animationDuration: 120 });
    figure.dataset.drawn = "yes";
  };
  paint();
  document.addEventListener("rollcall:scheme", paint);
  new ResizeObserver(() => chart.resize()).observe(canvas);
  const numbers = figure.querySelector("details");
  if (numbers) {
    numbers.open = false;
  }
}

if (window.echarts) {
  document.querySelectorAll("figure[data-option]").forEach(draw);
}
