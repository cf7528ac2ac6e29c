import { VisuallyHidden } from "@mantine/core";

import type { Tone } from "./Figure";
import classes from "./Gauge.module.css";

interface Props {
  /** What is measured, for screen readers: "Tickets of 10". */
  label: string;
  value: number;
  /** Where the bar ends; a larger value fills it. */
  most: number;
  tone?: Tone;
  /** Limits on the way, as lines across the bar. */
  marks?: readonly number[];
}

/** A small bar that says how far something has come; the figure stands beside it in words. */
export function Gauge({ label, value, most, tone = "plain", marks = [] }: Props) {
  const share = (at: number) => `${100 * Math.min(1, Math.max(0, most > 0 ? at / most : 0))}%`;
  return (
    <span className={classes.gauge} data-tone={tone}>
      <VisuallyHidden>{label}</VisuallyHidden>
      <span className={classes.bar} style={{ width: share(value) }} />
      {marks.map((mark) => (
        <span key={mark} className={classes.mark} style={{ left: share(mark) }} />
      ))}
    </span>
  );
}
