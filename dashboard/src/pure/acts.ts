/** What can be done with a ticket, and what is shown until the server has answered. The server decides. */

import type { State } from "./filters";

const ACTS = ["accept", "start", "resolve", "reopen", "reassign", "escalate", "decline"] as const;
export type Act = (typeof ACTS)[number];

const FROM: Readonly<Record<Act, readonly State[]>> = {
  accept: ["offered"],
  start: ["assigned", "claimed"],
  resolve: ["waiting", "offered", "assigned", "in_progress", "claimed", "suppressed"],
  reopen: ["resolved"],
  reassign: ["waiting", "offered", "assigned", "in_progress", "claimed"],
  escalate: ["waiting", "offered", "assigned", "in_progress", "claimed"],
  decline: ["offered", "assigned"],
};

const TO: Readonly<Record<Act, State>> = {
  accept: "assigned",
  start: "in_progress",
  resolve: "resolved",
  reopen: "waiting",
  reassign: "waiting",
  escalate: "waiting",
  decline: "waiting",
};

export function can(act: Act, state: State): boolean {
  return FROM[act].includes(state);
}

/** The state that is expected; with `agent`, he gets it. */
export function expected(act: Act, agent: string | null = null): State {
  return act === "reassign" && agent !== null ? "assigned" : TO[act];
}

/** The act that most likely comes next, if any. */
export function nextOf(state: State): Act | null {
  return (["accept", "start", "resolve", "reopen"] as const).find((act) => can(act, state)) ?? null;
}

/** Urgencies to choose from, as S. */
export const URGENCIES = [
  { label: "Can wait", score: 0.1 },
  { label: "Normal", score: 0.4 },
  { label: "Urgent", score: 0.7 },
  { label: "Critical", score: 0.95 },
] as const;
