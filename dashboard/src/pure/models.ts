/** A model's figures and its drift, as people read them. */

import { percent } from "./words";
import { MUCH_DRIFT, SOME_DRIFT } from "./verdict";

interface Headline {
  /** Shares in [0, 1]; null where the bundle does not say. */
  readonly accuracy: number | null;
  readonly macroF1: number | null;
  readonly calibrationError: number | null;
  /** Of S, so in [0, 1] as well. */
  readonly urgencyRmse: number | null;
  /** Of how many tickets, held out from training. */
  readonly rows: number | null;
}

/** What a bundle tells of itself; it may have been trained by anybody, so nothing is taken for granted. */
export function headline(figures: unknown): Headline {
  const category = part(figures, "held_out");
  return {
    accuracy: number(category, "accuracy"),
    macroF1: number(category, "macro_f1"),
    calibrationError: number(category, "calibration_error"),
    urgencyRmse: number(part(figures, "urgency_held_out"), "rmse"),
    rows: number(category, "rows"),
  };
}

export interface Comparison {
  readonly tickets: number;
  readonly enough: boolean;
  /** Share of tickets with the same category, and mean difference of S; null without tickets. */
  readonly agreement: number | null;
  readonly urgency_gap: number | null;
  readonly active_alerts: number;
  readonly shadow_alerts: number;
  /** Tickets that people spoke of, by which model alone was right. */
  readonly category: { readonly active: number; readonly shadow: number };
}

/** How the model in shadow does beside the one at work. */
export function compared(found: Comparison): string {
  const { tickets, agreement, urgency_gap: gap, active_alerts: active, shadow_alerts: shadow, category } = found;
  if (tickets === 0) return "It has seen no ticket yet.";
  const said = [
    `On ${tickets.toLocaleString()} tickets both agree on the category of ${percent(agreement ?? 0, 1)}, ` +
      `and their S differs by ${(gap ?? 0).toFixed(2)} on average.`,
    `It would have caused ${shadow} alerts where ${active} were.`,
  ];
  const judged = category.active + category.shadow;
  if (judged > 0)
    said.push(`Of ${judged} tickets that people spoke of and only one had right, it was right on ${category.shadow}.`);
  if (!found.enough) said.push("That is not enough to promote it yet.");
  return said.join(" ");
}

/** A population stability index in words. */
export function driftInWords(index: number | null): string {
  if (index === null) return "not known yet";
  if (index > MUCH_DRIFT) return "much";
  return index > SOME_DRIFT ? "some" : "little";
}

export interface Share {
  readonly category: string;
  readonly now: number;
  /** Null where the model was not trained on it. */
  readonly trained: number | null;
}

/** Each category's share now and in training, the largest first. */
export function mix(now: Readonly<Record<string, number>>, trained: Readonly<Record<string, number>>): Share[] {
  return [...new Set([...Object.keys(now), ...Object.keys(trained)])]
    .map((category) => ({ category, now: now[category] ?? 0, trained: trained[category] ?? null }))
    .sort((a, b) => b.now - a.now || a.category.localeCompare(b.category));
}

function part(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function number(value: unknown, name: string): number | null {
  const found = part(value, name);
  return typeof found === "number" && Number.isFinite(found) ? found : null;
}
