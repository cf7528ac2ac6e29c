/** The routing as forms edit it: every field is there, one value or many is a list, spans of time are seconds. */

import { parse } from "./duration";

export interface Match {
  category: string[];
  tags: string[];
  customer: string[];
  tier: string[];
  language: string[];
  channel: string[];
  urgency: { at_least: number; below: number | null };
}

export interface Rule {
  name: string;
  match: Match;
  team: string | null;
  skills: string[];
  priority: number | null;
  never: string[];
  sla: string | null;
}

export interface Sla {
  name: string;
  first_response: number | null;
  resolution: number | null;
  calendar: string | null;
  warn: number;
  escalate: boolean;
  escalate_to: string | null;
  /** Null: only for rules to name. */
  match: Match | null;
}

export interface Which {
  name: string;
  kinds: string[];
  match: Match;
  at_least_weight: string;
}

export interface AlertRoute extends Which {
  to: string[];
  quiet: string | null;
  quiet_unless: number | null;
  goes_on: boolean;
  group_by: string | null;
  group_wait: number | null;
  group_interval: number | null;
  repeat_interval: number | null;
}

export interface Silence extends Which {
  from: string | null;
  until: string;
}

export interface Alerts {
  group_by: string;
  group_wait: number;
  group_interval: number;
  repeat_interval: number;
  otherwise: string;
  route: AlertRoute[];
  silence: Silence[];
}

export type Calendar = Record<string, unknown>;

export interface Routing {
  rule: Rule[];
  sla: Sla[];
  calendars: Record<string, Calendar>;
  alerts: Alerts;
}

type Table = Readonly<Record<string, unknown>>;

class OutOfShape extends Error {}

/** How each field is read; what is read out of shape raises OutOfShape. */
type Readers<T> = { readonly [Name in keyof T]: (given: unknown) => T[Name] };

export const MATCH_FIELDS = ["category", "tags", "customer", "tier", "language", "channel"] as const;

export const EVERY: Match = {
  category: [],
  tags: [],
  customer: [],
  tier: [],
  language: [],
  channel: [],
  urgency: { at_least: 0, below: null },
};

const MATCH: Readers<Match> = {
  category: words,
  tags: words,
  customer: words,
  tier: words,
  language: words,
  channel: words,
  urgency: (given) => shaped(table(given), { at_least: or(number, 0), below: number }),
};

const RULE: Readers<Rule> = {
  name: or(word, ""),
  match,
  team: word,
  skills: words,
  priority: number,
  never: words,
  sla: word,
};

const SLA: Readers<Sla> = {
  name: or(word, ""),
  first_response: span,
  resolution: span,
  calendar: word,
  warn: or(number, 0.2),
  escalate: flag,
  escalate_to: word,
  match: (given) => (given == null ? null : match(given)),
};

const WHICH: Readers<Which> = {
  name: or(word, ""),
  kinds: words,
  match,
  at_least_weight: or(word, "info"),
};

const ROUTE: Readers<AlertRoute> = {
  ...WHICH,
  to: words,
  quiet: word,
  quiet_unless: number,
  goes_on: flag,
  group_by: word,
  group_wait: span,
  group_interval: span,
  repeat_interval: span,
};

const SILENCE: Readers<Silence> = { ...WHICH, from: word, until: or(word, "") };

const ALERTS: Readers<Alerts> = {
  group_by: or(word, "topic"),
  group_wait: or(span, 1),
  group_interval: or(span, 300),
  repeat_interval: or(span, 0),
  otherwise: or(word, "everybody"),
  route: all(ROUTE),
  silence: all(SILENCE),
};

const ROUTING: Readers<Routing> = {
  rule: all(RULE),
  sla: all(SLA),
  calendars: (given) => Object.fromEntries(Object.entries(table(given)).map(([name, hours]) => [name, table(hours)])),
  alerts: (given) => shaped(table(given), ALERTS),
};

/** The routing in a document, what else it holds left as it is; null where it is out of shape for a form. */
export function routingOf(content: Table): Routing | null {
  try {
    return shaped(content, ROUTING);
  } catch (error) {
    if (error instanceof OutOfShape) return null;
    throw error;
  }
}

function shaped<T>(told: Table, readers: Readers<T>): T {
  const read = Object.entries<(given: unknown) => unknown>(readers).map(([name, of]) => [name, of(told[name])]);
  return { ...told, ...Object.fromEntries(read) } as T;
}

function match(given: unknown): Match {
  return shaped(table(given), MATCH);
}

function or<T>(read: (given: unknown) => T | null, otherwise: T): (given: unknown) => T {
  return (given) => read(given) ?? otherwise;
}

function table(given: unknown): Table {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new OutOfShape();
  return given as Table;
}

function all<T>(readers: Readers<T>): (given: unknown) => T[] {
  return (given) => {
    if (given === undefined) return [];
    if (!Array.isArray(given)) throw new OutOfShape();
    return given.map((each: unknown) => shaped(table(each ?? null), readers));
  };
}

function word(given: unknown): string | null {
  if (given == null) return null;
  if (typeof given !== "string") throw new OutOfShape();
  return given;
}

function words(given: unknown): string[] {
  if (given === undefined) return [];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  return list.map((one) => {
    if (typeof one !== "string") throw new OutOfShape();
    return one;
  });
}

function number(given: unknown): number | null {
  if (given == null) return null;
  if (typeof given !== "number") throw new OutOfShape();
  return given;
}

function span(given: unknown): number | null {
  if (typeof given !== "string") return number(given);
  const seconds = parse(given);
  if (seconds === null) throw new OutOfShape();
  return seconds;
}

function flag(given: unknown): boolean {
  if (given !== undefined && typeof given !== "boolean") throw new OutOfShape();
  return given ?? false;
}
