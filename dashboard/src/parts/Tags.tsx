/** States, severities and S in a few letters. The colour only underlines what the word says. */

import type { ReactNode } from "react";

import type { components } from "../api/schema";
import { plain } from "../pure/words";
import classes from "./Tags.module.css";

type State = components["schemas"]["State"];
type IncidentState = components["schemas"]["IncidentState"];
type Severity = components["schemas"]["Severity"];

export type Tone = "warn" | "busy" | "good" | "bad";

const TONES: Readonly<Partial<Record<State | IncidentState, Tone>>> = {
  waiting: "warn",
  offered: "warn",
  assigned: "busy",
  in_progress: "busy",
  claimed: "busy",
  resolved: "good",
  dead: "bad",
  open: "bad",
  growing: "bad",
  quiet: "warn",
};

/** Of a ticket or an incident. */
export function StateTag({ state }: { state: State | IncidentState }) {
  return <StateMark tone={TONES[state]}>{plain(state)}</StateMark>;
}

interface Marked {
  tone: Tone | undefined;
  /** Whether it may take more than a line. */
  long?: boolean;
  children: ReactNode;
}

/** A word, or some, with a coloured dot before it. */
export function StateMark({ tone, long = false, children }: Marked) {
  return (
    <span className={classes.tag} data-tone={tone} data-long={long || undefined}>
      {children}
    </span>
  );
}

export function SeverityTag({ severity }: { severity: Severity }) {
  return (
    <span className={classes.severity} data-severity={severity}>
      {severity}
    </span>
  );
}

/** S in [0, 1] with two digits; a dash where triage is still to come. */
export function Score({ score }: { score: number | null | undefined }) {
  if (score === null || score === undefined) return <span>–</span>;
  return (
    <span className={classes.score} data-level={score >= 0.75 ? "high" : score >= 0.4 ? "middle" : "low"}>
      <span className={classes.bar} aria-hidden="true">
        <span style={{ width: `${Math.round(score * 100)}%` }} />
      </span>
      {score.toFixed(2)}
    </span>
  );
}
