/** Rules in a line of plain words. */

import { format } from "./duration";
import { type AlertRoute, type Match, MATCH_FIELDS, type Rule, type Silence, type Sla, type Which } from "./rules";
import { plain } from "./words";

const FIELDS: Readonly<Record<(typeof MATCH_FIELDS)[number], string>> = {
  category: "",
  tags: "tagged ",
  customer: "of ",
  tier: "tier ",
  language: "in ",
  channel: "by ",
};

/** "Billing or Legal, tier gold, S from 0.8". */
function matchWords(match: Match): string {
  const told = MATCH_FIELDS.flatMap((name) =>
    match[name].length === 0 ? [] : [`${FIELDS[name]}${match[name].join(" or ")}`],
  );
  const { at_least: from, below } = match.urgency;
  if (from > 0) told.push(`S from ${from}`);
  if (below !== null) told.push(`S below ${below}`);
  return told.length === 0 ? "every ticket" : told.join(", ");
}

export function ruleWords(rule: Rule): string {
  const says = [
    rule.team === null ? null : `team ${rule.team}`,
    rule.skills.length === 0 ? null : `needs ${rule.skills.join(", ")}`,
    rule.priority === null ? null : `priority ${rule.priority > 0 ? "+" : ""}${rule.priority}`,
    rule.never.length === 0 ? null : `never ${rule.never.join(", ")}`,
    rule.sla === null ? null : `SLA ${rule.sla}`,
  ].filter((part) => part !== null);
  return `${matchWords(rule.match)} → ${says.length === 0 ? "nothing yet" : says.join(" · ")}`;
}

export function slaWords(sla: Sla): string {
  const says = [
    sla.first_response === null ? null : `answered in ${format(sla.first_response)}`,
    sla.resolution === null ? null : `solved in ${format(sla.resolution)}`,
    sla.calendar === null ? "day and night" : `by ${sla.calendar}`,
    sla.escalate_to !== null ? `a breach goes to ${sla.escalate_to}` : sla.escalate ? "a breach escalates" : null,
  ].filter((part) => part !== null);
  return `${sla.match === null ? "for rules to name" : matchWords(sla.match)} → ${says.join(" · ")}`;
}

function whichWords({ kinds, match, at_least_weight: weight }: Which): string {
  const told = [
    kinds.length === 0 ? "all alerts" : kinds.map(plain).join(", "),
    matchWords(match) === "every ticket" ? null : matchWords(match),
    weight === "info" ? null : `${weight} or worse`,
  ];
  return told.filter((part) => part !== null).join(", ");
}

export function routeWords(route: AlertRoute): string {
  const says = [
    route.to.length === 0 ? "nobody yet" : route.to.join(", "),
    route.quiet === null
      ? null
      : `quiet in ${route.quiet}${route.quiet_unless === null ? "" : ` unless S from ${route.quiet_unless}`}`,
    route.group_by === null || route.group_by === "topic" ? null : `one message a ${route.group_by}`,
    route.goes_on ? "goes on" : null,
  ].filter((part) => part !== null);
  return `${whichWords(route)} → ${says.join(" · ")}`;
}

/** `said` writes a moment for the reader. */
export function silenceWords(silence: Silence, said: (iso: string) => string): string {
  const from = silence.from === null ? "" : `from ${said(silence.from)} `;
  return `${whichWords(silence)} → ${from}until ${said(silence.until)}`;
}
