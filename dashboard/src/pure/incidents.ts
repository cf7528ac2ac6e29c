/** The list of incidents, narrowed and in order. What it is narrowed to lives in the address. */

import type { components } from "../api/schema";

type Incident = components["schemas"]["IncidentOut"];
export type Severity = Incident["severity"];
export const SEVERITIES = ["critical", "major", "minor"] as const satisfies readonly Severity[];
export const SHOWN = ["open", "ended", "all"] as const;

export interface Choice {
  readonly shown: (typeof SHOWN)[number];
  /** None of them: all. */
  readonly severity: readonly Severity[];
  readonly text: string;
}

export const ALL: Choice = { shown: "all", severity: [], text: "" };

export function parse(search: string): Choice {
  const given = new URLSearchParams(search);
  const severities = given.getAll("severity");
  return {
    shown: SHOWN.find((one) => one === given.get("show")) ?? "all",
    severity: SEVERITIES.filter((one) => severities.includes(one)),
    text: given.get("q") ?? "",
  };
}

export function format({ shown, severity, text }: Choice): string {
  const told = new URLSearchParams();
  if (shown !== "all") told.set("show", shown);
  for (const one of severity) told.append("severity", one);
  if (text !== "") told.set("q", text);
  return told.toString();
}

export function isOpen(incident: Pick<Incident, "state">): boolean {
  return incident.state !== "resolved" && incident.state !== "dismissed";
}

/** Those chosen: what is open first, there the worst first; then the newest. */
export function choose(all: readonly Incident[], choice: Choice): Incident[] {
  const words = choice.text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  const fits = (one: Incident) => {
    if (choice.shown !== "all" && isOpen(one) !== (choice.shown === "open")) return false;
    if (choice.severity.length > 0 && !choice.severity.includes(one.severity)) return false;
    const text = [one.id, one.title, ...one.keywords].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const rank = (one: Incident) => (isOpen(one) ? SEVERITIES.indexOf(one.severity) : SEVERITIES.length);
  return all.filter(fits).sort((a, b) => rank(a) - rank(b) || Date.parse(b.opened_at) - Date.parse(a.opened_at));
}
