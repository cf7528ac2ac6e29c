import "uplot/dist/uPlot.min.css";

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

import { stacked, type Values } from "../pure/stack";
import { absolute, clock } from "../pure/time";
import classes from "./Chart.module.css";

const COLOURS = {
  light: { main: "#3b5bdb", second: "#c2600b", quiet: "#5a6272", calm: "#2b7a4b" },
  dark: { main: "#748ffc", second: "#ffa94d", quiet: "#a3abba", calm: "#69db7c" },
} as const;
const AXES = { light: ["#5a6272", "#e7e9ee"], dark: ["#a3abba", "#2b2f38"] } as const;
const DEFAULTS: readonly Look[] = [
  { draw: "area", tone: "main" },
  { draw: "line", tone: "quiet" },
];
const DAY = 86_400;
const HEIGHT = 240;
const TIP_WIDTH = 200;

export interface Look {
  /** Bars stand one upon the other, in the order of the series. */
  readonly draw: "area" | "line" | "dashed" | "bars";
  readonly tone: keyof (typeof COLOURS)["light"];
}

interface Props {
  /** What a screen reader says in place of the picture; give the figures as a table beside it (FiguresTable). */
  label: string;
  /** Epoch seconds, rising; then one row a series, each as long. */
  data: readonly [at: readonly number[], ...values: Values[]];
  names: readonly string[];
  looks?: readonly Look[];
  height?: number;
}

/** Figures over time, with a legend and, under the pointer, the figures of one moment. */
export function Chart({ label, data, names, looks = DEFAULTS, height = HEIGHT }: Props) {
  const scheme = useComputedColorScheme("light");
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const plan = JSON.stringify(looks.slice(0, data.length - 1));
  const picture = useMemo(() => arrange(data, JSON.parse(plan) as Look[]), [data, plan]);
  const newest = useRef(picture);
  newest.current = picture;

  useEffect(() => {
    const place = box.current;
    if (place === null) return undefined;
    const made = new uPlot(
      {
        width: place.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        axes: axes(scheme),
        scales: {
          x: { range: wide(plan.includes('"bars"')) },
          y: { range: (_, __, most) => [0, Math.max(5, most * 1.1)] },
        },
        series: [{}, ...order(JSON.parse(plan) as Look[]).map(({ look }) => stroked(look, scheme))],
        hooks: {
          setCursor: [
            (self) => {
              const { idx, left } = self.cursor;
              if (idx === null || idx === undefined || left === undefined || left < 0) return setHover(null);
              return setHover({ index: idx, left: self.bbox.left / devicePixelRatio + left });
            },
          ],
        },
      },
      newest.current,
      place,
    );
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height }));
    watch.observe(place);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [scheme, plan, height]);

  useEffect(() => chart.current?.setData(picture), [picture]);

  const [at, ...values] = data;
  const moment = hover === null ? undefined : at[hover.index];
  const width = box.current?.clientWidth ?? 0;
  return (
    <div className={classes.frame}>
      <ul className={classes.legend} aria-hidden="true">
        {names.map((name, index) => (
          <li key={name}>
            <Mark look={lookOf(looks, index)} scheme={scheme} />
            {name}
          </li>
        ))}
      </ul>
      <div ref={box} role="img" aria-label={label} />
      {hover !== null && moment !== undefined && (
        <div
          className={classes.tip}
          aria-hidden="true"
          style={{
            left: hover.left + TIP_WIDTH + 24 > width ? hover.left - TIP_WIDTH - 12 : hover.left + 12,
            width: TIP_WIDTH,
          }}
        >
          <div className={classes.moment}>{absolute(moment * 1_000)}</div>
          {names.map((name, index) => (
            <div key={name} className={classes.told}>
              <Mark look={lookOf(looks, index)} scheme={scheme} />
              <span>{name}</span>
              <b>{values[index]?.[hover.index]?.toLocaleString(undefined, { maximumFractionDigits: 1 }) ?? "–"}</b>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Mark({ look, scheme }: { look: Look; scheme: "light" | "dark" }) {
  return <span className={classes.mark} data-draw={look.draw} style={{ color: COLOURS[scheme][look.tone] }} />;
}

function lookOf(looks: readonly Look[], index: number): Look {
  return looks[index] ?? DEFAULTS[index % 2]!;
}

/** The series in the order in which they are drawn: the highest bars first, so that the lower ones stand
 * before them. */
function order(looks: readonly Look[]): { look: Look; index: number }[] {
  const all = looks.map((look, index) => ({ look, index }));
  return [
    ...all.filter(({ look }) => look.draw === "bars").reverse(),
    ...all.filter(({ look }) => look.draw !== "bars"),
  ];
}

function arrange([at, ...values]: Props["data"], looks: readonly Look[]): uPlot.AlignedData {
  const planned = order(looks);
  const bars = looks.flatMap((look, index) => (look.draw === "bars" ? [index] : []));
  const sums = stacked(bars.map((index) => values[index]!));
  const rows = planned.map(({ look, index }) =>
    look.draw === "bars" ? sums[bars.indexOf(index)]! : [...values[index]!],
  );
  return [[...at], ...rows];
}

/** The whole of the first and the last bar is seen; lines go from edge to edge. */
function wide(bars: boolean): uPlot.Range.Function {
  return ({ data: [at] }, from, to) => {
    const half = bars && at.length > 1 ? (at[1]! - at[0]!) / 2 : 0;
    return [from - half, to + half];
  };
}

function stroked(look: Look, scheme: "light" | "dark"): uPlot.Series {
  const colour = COLOURS[scheme][look.tone];
  const line = { stroke: colour, width: 2, points: { show: false } };
  if (look.draw === "bars") {
    const paths = uPlot.paths.bars?.({ size: [0.8, 28], radius: 0.15 });
    return { fill: colour, width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
  }
  if (look.draw === "dashed") return { ...line, width: 1.5, dash: [6, 4] };
  return look.draw === "area" ? { ...line, fill: `${colour}22` } : line;
}

function axes(scheme: "light" | "dark"): uPlot.Axis[] {
  const [quiet, line] = AXES[scheme];
  const grid = { stroke: line, width: 1 };
  const font = "12px 'Inter Variable', sans-serif";
  const x: uPlot.Axis = {
    stroke: quiet,
    font,
    grid: { show: false },
    ticks: grid,
    size: 32,
    space: 72,
    values: (_, splits, __, ___, step) => splits.map((split) => clock(split * 1_000, step >= DAY)),
  };
  const y: uPlot.Axis = {
    stroke: quiet,
    font,
    grid,
    ticks: { show: false },
    size: 44,
    incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000],
  };
  return [x, y];
}
