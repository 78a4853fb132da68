// Joins and leaves as a small chart: the count as steps, and below it a lane for each client.

import { svg } from "../dom.js";
import { steps } from "../roster.js";
import { t, when } from "../texts.js";

const HEIGHT = 64;
const LANE = 20;
const LABEL = 84;
const FOOT = 18;
const MOST = 30;

/** Return the chart of a roster, `width` pixels wide. */
export function timeline(roster, now, width) {
  const lanes = Object.values(roster.lanes).slice(-MOST);
  const first = Math.min(...lanes.map((lane) => lane.stretches[0].from), now - 20_000);
  const scale = { from: first, to: now, left: LABEL, right: width - 6 };
  const x = (at) =>
    scale.left + ((at - scale.from) / (scale.to - scale.from)) * (scale.right - scale.left);
  const height = HEIGHT + 14 + lanes.length * LANE + FOOT;
  const count = steps(roster);
  const most = Math.max(1, ...count.map((step) => step.count));
  const label = t("timeline_label", {
    n: count.at(-1)?.count ?? 0,
    most,
    changes: roster.events.length,
    since: when(first, "time"),
  });
  return svg(
    "svg",
    {
      class: "timeline",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "aria-label": label,
    },
    ...grid(most, scale),
    ...curve(count, most, x, scale),
    ...lanes.flatMap((lane, index) => drawn(lane, HEIGHT + 14 + index * LANE, x, now)),
    svg("text", { class: "axis", x: scale.left, y: height - 4 }, when(first, "time")),
    svg("text", { class: "axis end", x: scale.right, y: height - 4 }, t("now")),
  );
}

function level(count, most) {
  return 8 + (HEIGHT - 12) * (1 - count / most);
}

function grid(most, scale) {
  return [0, most].flatMap((count) => [
    svg("line", {
      class: "grid",
      x1: scale.left,
      x2: scale.right,
      y1: level(count, most),
      y2: level(count, most),
    }),
    svg("text", { class: "axis end", x: scale.left - 8, y: level(count, most) + 4 }, String(count)),
  ]);
}

function curve(count, most, x, scale) {
  let path = `M${scale.left} ${level(0, most)}`;
  for (const step of count) path += `H${round(x(step.at))}V${round(level(step.count, most))}`;
  path += `H${scale.right}`;
  return [
    svg("path", { class: "area", d: `${path}V${level(0, most)}Z` }),
    svg("path", { class: "step", d: path }),
  ];
}

function drawn(lane, y, x, now) {
  const middle = y + LANE / 2;
  return [
    svg("text", { class: "lane-name", x: 0, y: middle + 4 }, shortened(lane.name)),
    ...lane.stretches.map((stretch) => {
      const left = x(stretch.from);
      const size = Math.max(3, x(stretch.to ?? now) - left);
      return svg("rect", {
        class: `stretch ${stretch.kind}`,
        x: round(left),
        y: middle - 5,
        width: round(size),
        height: 10,
        rx: 5,
      });
    }),
  ];
}

function shortened(name) {
  const signs = [...name];
  return signs.length > 11 ? `${signs.slice(0, 10).join("")}…` : name;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
