// Draws the page's charts with ECharts, which is asked for once there is a chart. The server sends
// each option as plain data without colours; these come from the stylesheet, so that both colour
// schemes have one source. Where ECharts can't be had nothing happens here, and the chart's table,
// open in the HTML, is what is shown.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const charts = new Map(); // figure -> its chart

function themeFromTokens() {
  const ink = token("--rc-ink-2");
  const axis = {
    axisLine: { show: true, lineStyle: { color: token("--rc-hairline-strong") } },
    axisTick: { show: false },
    axisLabel: { color: ink, fontSize: 12.5 },
    nameTextStyle: { color: ink, fontSize: 12.5 },
    splitLine: { lineStyle: { color: token("--rc-hairline") } },
    splitArea: { show: false },
  };
  return {
    color: [1, 2, 3, 4, 5, 6].map((number) => token(`--rc-chart-${number}`)),
    textStyle: { fontFamily: token("--rc-font") },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: axis,
    bar: { label: { color: ink } },
    legend: { textStyle: { color: ink, fontSize: 12.5 } },
  };
}

// The HTML tooltip would need inline styles, which the page's policy forbids.
const tooltipFromTokens = () => ({
  renderMode: "richText",
  backgroundColor: token("--rc-float"),
  borderColor: token("--rc-hairline-strong"),
  textStyle: { color: token("--rc-ink"), fontSize: 12.5, fontFamily: token("--rc-font") },
});

// What may still change is hatched, on a line hollow, in any colour scheme and without colour.
const hatch = () => ({
  symbol: "rect",
  dashArrayX: [1, 0],
  dashArrayY: [2, 4],
  rotation: -Math.PI / 4,
  color: token("--rc-surface"),
});

const hollow = (index) => ({
  color: token("--rc-surface"),
  borderColor: token(`--rc-chart-${index + 1}`),
  borderWidth: 2,
});

// A number inside a bar is written in the colour of the page.
const withLettering = (datum) =>
  datum?.label?.position === "inside"
    ? { ...datum, label: { ...datum.label, color: token("--rc-surface") } }
    : datum;

// The darker, the nearer to the highest value.
const withHeat = (datum, highest) => {
  const ends = [token("--rc-heat-from"), token("--rc-heat-to")];
  const color = window.echarts.color.lerp(datum.value.at(-1) / highest, ends);
  return { ...datum, itemStyle: { color } };
};

function withMarks(series, index) {
  if (series.band) { // behind days of which nothing was synced
    return { ...series, itemStyle: { color: token("--rc-hairline") } };
  }
  if (series.heat) {
    return { ...series, data: series.data.map((datum) => withHeat(datum, series.heat)) };
  }
  const mark = series.type === "line" ? hollow(index) : { decal: hatch() };
  const data = series.data?.map((datum) => withLettering(
    datum?.hatched ? { ...datum, itemStyle: { ...datum.itemStyle, ...mark } } : datum,
  ));
  return data ? { ...series, data } : series;
}

function dressed(option) {
  const shown = { ...option, series: [option.series].flat().map(withMarks) };
  if (option.tooltip) {
    shown.tooltip = { ...option.tooltip, ...tooltipFromTokens() };
  }
  return shown;
}

// What is as wide as its place on the axis: ECharts knows only sizes in px. Cells overlap by one,
// because a hairline would be seen between two of them.
const sizeOf = ({ heat, across }, [width, height]) =>
  heat ? [width + 1, height + 1] : [Math.min(across.share * width, across.most), across.height];

function fitMarks(chart, option) {
  const series = [option.series].flat().map((one, index) => {
    if (!one.heat && !one.across) {
      return {};
    }
    const { coordinateSystem } = chart.getModel().getSeriesByIndex(index);
    const place = ["x", "y"].map((side) => coordinateSystem.getAxis(side).getBandWidth());
    return { symbolSize: sizeOf(one, place) };
  });
  if (series.some(({ symbolSize }) => symbolSize)) {
    chart.setOption({ series });
  }
}

function savePicture(figure, option) {
  const box = document.createElement("div");
  const chart = window.echarts.init(box, themeFromTokens(), { width: 1200, height: 560 });
  const grids = [option.grid ?? {}].flat();
  chart.setOption({
    ...dressed(option),
    animation: false,
    title: {
      text: figure.dataset.name,
      subtext: figure.querySelector("figcaption").textContent.trim(),
      left: 8,
      top: 8,
      textStyle: { color: token("--rc-ink"), fontSize: 18 },
      subtextStyle: {
        color: token("--rc-ink-2"),
        fontSize: 13,
        lineHeight: 18,
        width: 1180,
        overflow: "break",
      },
    },
    // A panel that stands on the bottom stays there.
    grid: grids.map((grid) =>
      "height" in grid ? grid : { ...grid, top: Number(grid.top ?? 36) + 84 },
    ),
  });
  fitMarks(chart, option);
  const link = document.createElement("a");
  link.download = `${figure.dataset.option.replace(/-option$/, "")}.png`;
  link.href = chart.getDataURL({ pixelRatio: 2, backgroundColor: token("--rc-surface") });
  link.click();
  chart.dispose();
}

function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const option = JSON.parse(document.getElementById(figure.dataset.option).textContent);
  canvas.hidden = false;
  const paint = () => {
    charts.get(figure)?.dispose();
    const chart = window.echarts.init(canvas, themeFromTokens());
    chart.setOption({ ...dressed(option), animation: !still, animationDuration: 120 });
    fitMarks(chart, option);
    chart.on("click", ({ data }) => {
      if (data?.link) {
        window.location.assign(data.link);
      }
    });
    charts.set(figure, chart);
    figure.dataset.drawn = "yes";
  };
  paint();
  figure.paint = paint;
  new ResizeObserver(() => {
    const chart = charts.get(figure);
    if (chart) {
      chart.resize();
      fitMarks(chart, option);
    }
  }).observe(canvas);
  figure.querySelector("details").open = false;
  for (const hint of figure.querySelectorAll(".chart-hint, .chart-picture")) {
    hint.hidden = false;
  }
  figure
    .querySelector(".chart-picture")
    ?.addEventListener("click", () => savePicture(figure, option));
}

// Asked for once. Each chart on the page names the file; without it there is nothing to wait for.
let asked;
const library = () => {
  asked ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = document.querySelector("link.chart-library").href;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  return asked;
};

const waiting = () => document.querySelectorAll(
  ".chart-section:has(.chart-library) figure[data-option]:not([data-drawn])",
);

async function drawAll() {
  for (const [figure, chart] of charts) {
    if (!figure.isConnected) {
      chart.dispose();
      charts.delete(figure);
    }
  }
  if (waiting().length) {
    await library().then(() => waiting().forEach(draw), () => {}); // the tables stay open
  }
}

drawAll();
document.addEventListener("htmx:afterSwap", drawAll);
document.addEventListener("rollcall:scheme", () => {
  for (const figure of charts.keys()) {
    figure.paint();
  }
});
