/** Names that forms offer to choose from. */
export interface Known {
  readonly categories: readonly string[];
  readonly teams: readonly string[];
  readonly skills: readonly string[];
  readonly agents: readonly string[];
  readonly slas: readonly string[];
  readonly calendars: readonly string[];
  readonly destinations: readonly string[];
}

/** Of alerts, as docs/alerts.md has them. */
export const ALERT_KINDS = [
  "urgent_ticket",
  "no_agent",
  "exception",
  "sla_due_soon",
  "sla_breached",
  "ticket_begun",
  "ticket_resolved",
  "incident_opened",
  "incident_reopened",
  "incident_grown",
  "incident_quiet",
  "incident_resolved",
  "breaker_opened",
  "breaker_closed",
  "dead_letter",
] as const;

export const WEIGHTS = ["info", "warning", "error", "critical"] as const;

export const GROUPS = [
  { value: "topic", label: "each ticket or incident by itself" },
  { value: "category", label: "the category" },
  { value: "kind", label: "the kind of alert" },
  { value: "team", label: "the team" },
  { value: "all", label: "all together" },
] as const;
