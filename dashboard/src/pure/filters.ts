/** What the list of tickets is narrowed to. It lives in the address, so that a link shows what its sender saw. */

export const STATES = [
  "accepted",
  "waiting",
  "offered",
  "assigned",
  "in_progress",
  "resolved",
  "claimed",
  "suppressed",
  "dead",
] as const;
export type State = (typeof STATES)[number];
export const TIERS = ["light", "transformer"] as const;
export type Tier = (typeof TIERS)[number];

export const ORDERS = ["newest", "urgent"] as const;
export type Order = (typeof ORDERS)[number];
/** In place of an agent or an incident: the tickets that have none. */
export const NOBODY = "-";

export interface Filters {
  readonly text: string;
  readonly category: readonly string[];
  readonly state: readonly State[];
  readonly language: readonly string[];
  readonly tier: Tier | null;
  readonly agent: string | null;
  readonly incident: string | null;
  /** S in [0, 1], both ends included. */
  readonly from: number;
  readonly to: number;
  readonly order: Order;
}

export const NONE: Filters = {
  text: "",
  category: [],
  state: [],
  language: [],
  tier: null,
  agent: null,
  incident: null,
  from: 0,
  to: 1,
  order: "newest",
};

/** What the address says; what it says wrongly is left out. */
export function parse(search: string): Filters {
  const given = new URLSearchParams(search);
  const from = fraction(given.get("from"), 0);
  const to = fraction(given.get("to"), 1);
  const tier = given.get("tier");
  return {
    text: given.get("q") ?? "",
    category: unique(given.getAll("category")),
    state: unique(given.getAll("state")).filter((state): state is State =>
      (STATES as readonly string[]).includes(state),
    ),
    language: unique(given.getAll("language")),
    tier: TIERS.find((known) => known === tier) ?? null,
    agent: given.get("agent") || null,
    incident: given.get("incident") || null,
    from: Math.min(from, to),
    to: Math.max(from, to),
    order: ORDERS.find((known) => known === given.get("order")) ?? "newest",
  };
}

/** The shortest address that says the same, without the question mark. */
export function format(filters: Filters): string {
  const told = new URLSearchParams();
  if (filters.text !== "") told.set("q", filters.text);
  for (const name of ["category", "state", "language"] as const) {
    for (const value of filters[name]) told.append(name, value);
  }
  for (const name of ["tier", "agent", "incident"] as const) {
    const value = filters[name];
    if (value !== null) told.set(name, value);
  }
  if (filters.from > 0) told.set("from", String(filters.from));
  if (filters.to < 1) told.set("to", String(filters.to));
  if (filters.order !== "newest") told.set("order", filters.order);
  return told.toString();
}

/** As the API takes them. */
export function query(filters: Filters) {
  return {
    ...(filters.text.trim() === "" ? {} : { text: filters.text.trim() }),
    ...(filters.category.length === 0 ? {} : { category: [...filters.category] }),
    ...(filters.state.length === 0 ? {} : { state: [...filters.state] }),
    ...(filters.language.length === 0 ? {} : { language: [...filters.language] }),
    ...(filters.tier === null ? {} : { tier: filters.tier }),
    ...(filters.agent === null ? {} : { agent_id: filters.agent }),
    ...(filters.incident === null ? {} : { incident_id: filters.incident }),
    ...(filters.from > 0 ? { urgency_from: filters.from } : {}),
    ...(filters.to < 1 ? { urgency_to: filters.to } : {}),
  };
}

/** Whether the list is narrowed; its order does not narrow it. */
export function narrowed(filters: Filters): boolean {
  return format({ ...filters, order: "newest" }) !== "";
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}

function fraction(text: string | null, otherwise: number): number {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : otherwise;
}
