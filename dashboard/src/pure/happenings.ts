/** Events as sentences: what stands in the timelines of tickets and incidents. */

import type { IconName } from "../icons/icons";
import { actor, capital, count, exception, LINKED, plain } from "./words";

export interface Happening {
  readonly kind: string;
  readonly at: string;
  readonly actor: string;
  readonly ticket_id: string | null;
  readonly incident_id: string | null;
  readonly agent_id: string | null;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** A piece of a sentence; what is named can be a link. */
export type Part = string | { readonly of: "ticket" | "incident" | "agent"; readonly id: string };
export type Tone = "plain" | "good" | "warn" | "bad";

export interface Told {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly says: readonly Part[];
}

type Said = readonly [IconName, Tone, ...(Part | null)[]];
type Teller = (event: Happening, on: "ticket" | "incident") => Said;

/** What happened, on the page of a ticket or of an incident: which of the two need not be named. Never throws. */
export function tell(event: Happening, on: "ticket" | "incident"): Told {
  const teller = TELLERS[event.kind] ?? about(event.kind);
  const [icon, tone, ...rest] = teller(event, on);
  const parts = rest.filter((part): part is Part => part !== null);
  const named: Part[] =
    on === "incident" && event.ticket_id !== null && !event.kind.startsWith("incident.")
      ? [{ of: "ticket", id: event.ticket_id }, " ", ...parts]
      : parts;
  const [first, ...others] = named;
  const begun = typeof first === "string" ? capital(first) : first;
  return { icon, tone, says: begun === undefined ? [] : [begun, ...others] };
}

/** The same of so many events of one kind, of which this is the first. */
export function tellMany(event: Happening, many: number, on: "ticket" | "incident"): Told {
  const told = tell(event, on);
  const said = on === "incident" ? MANY[event.kind] : undefined;
  if (said === undefined)
    return { ...told, says: [...told.says, `, and ${(many - 1).toLocaleString()} more like this`] };
  return { ...told, says: [`${count(many, "ticket")} ${said(event)}`] };
}

/** The sentence without links, for a screen reader or a test. */
export function sentence(told: Told): string {
  return told.says.map((part) => (typeof part === "string" ? part : part.id)).join("");
}

const agent = (event: Happening): Part => (event.agent_id === null ? "nobody" : { of: "agent", id: event.agent_id });
const by = (event: Happening): string => ` by ${actor(event.actor)}`;
const text = (event: Happening, name: string): string | null => {
  const value = event.data[name];
  return value === undefined || value === null ? null : String(value);
};
const score = (event: Happening, name: string): string => {
  const value = event.data[name];
  return typeof value === "number" ? value.toFixed(2) : "–";
};
const incident = (event: Happening, on: string): Part =>
  on === "incident" || event.incident_id === null ? "the incident" : { of: "incident", id: event.incident_id };
const alike = (event: Happening): string =>
  typeof event.data.similarity === "number" ? `, similarity ${score(event, "similarity")}` : "";
const kind = (event: Happening): string => LINKED[text(event, "kind") ?? "manual"] ?? plain(text(event, "kind") ?? "");
const late = (event: Happening): string => (event.data.recurrence === true ? ", after the incident had ended" : "");
const promise = (event: Happening): string => plain(text(event, "promise") ?? "promise");
const where = (event: Happening): string => text(event, "destination") ?? "a destination";
const tries = (event: Happening): string =>
  typeof event.data.attempts === "number" ? ` (${count(event.data.attempts, "attempt")})` : "";

const linked: Teller = (event, on) => {
  const out = text(event, "exception");
  if (out !== null) {
    return [
      "unlink",
      "warn",
      "linked to ",
      incident(event, on),
      ` as ${kind(event)}, but routed on its own: ${exception(out)}`,
    ];
  }
  if (text(event, "kind") === null)
    return ["link", "plain", "linked to ", incident(event, on), ` by hand,${by(event)}`];
  return ["link", "plain", "linked to ", incident(event, on), ` as ${kind(event)}${alike(event)}${late(event)}`];
};
const suppressed: Teller = (event, on) => [
  "link",
  "plain",
  text(event, "kind") === null ? "held back" : `held back as ${kind(event)}${alike(event)}${late(event)}`,
  ...(on === "incident" ? [] : [": ", incident(event, on), " stands for it"]),
];

const feedback: Teller = (event) => {
  const { category, urgency, said_category, said_urgency, not_duplicate } = event.data;
  const changes: string[] = [];
  if (typeof category === "string") {
    changes.push(
      category === said_category ? `category ${category} confirmed` : `category ${said_category ?? "–"} → ${category}`,
    );
  }
  if (typeof urgency === "number") {
    const before = typeof said_urgency === "number" ? said_urgency.toFixed(2) : "–";
    changes.push(`S ${before} → ${urgency.toFixed(2)}`);
  }
  if (typeof not_duplicate === "boolean") changes.push(not_duplicate ? "no duplicate" : "a duplicate");
  return ["edit", "plain", `corrected${by(event)}: ${changes.join(", ")}`];
};

/** Of messages to the outside: an alert, or a result written back to a helpdesk. */
function message(what: string): Readonly<Record<string, Teller>> {
  return {
    sent: (event) => ["bell", "plain", `${what} sent to ${where(event)}`],
    retry: (event) => ["bell", "warn", `${what} to ${where(event)} failed${tries(event)}; it is tried again`],
    dead: (event) => ["bell", "bad", `${what} to ${where(event)} given up${tries(event)}`],
    replay: (event) => ["bell", "plain", `${what} to ${where(event)} sent anew${by(event)}`],
  };
}

function under(prefix: string, tellers: Readonly<Record<string, Teller>>): Record<string, Teller> {
  return Object.fromEntries(Object.entries(tellers).map(([verb, teller]) => [`${prefix}.${verb}`, teller]));
}

const TICKET: Readonly<Record<string, Teller>> = {
  accept: (event) => ["tickets", "plain", event.actor === "local" ? "accepted" : `accepted from ${actor(event.actor)}`],
  triage: (event) => [
    "triage",
    "plain",
    `read by the ${text(event, "tier") ?? ""} model: ${text(event, "category") ?? "no category"}, S ${score(event, "urgency")}`,
    event.data.degraded === true ? ", in a hurry, to be read again" : null,
  ],
  rescore: (event) => [
    "triage",
    "plain",
    `read again by the ${text(event, "tier") ?? ""} model: ${text(event, "category_before") ?? "–"} → ${text(event, "category") ?? "–"}, ` +
      `S ${score(event, "urgency_before")} → ${score(event, "urgency")}`,
  ],
  queue: (event, on) => (text(event, "kind") === null ? ["clock", "plain", "put into the queue"] : linked(event, on)),
  archive: () => ["check", "plain", "filed as history"],
  suppress: suppressed,
  link: linked,
  unlink: (event, on) => ["unlink", "plain", "unlinked from ", incident(event, on), by(event)],
  offer: (event) => ["agents", "plain", "offered to ", agent(event), by(event), rule(event)],
  accept_offer: (event) => ["check", "plain", "offer accepted by ", agent(event)],
  decline: (event) => ["undo", "warn", "declined by ", agent(event)],
  expire: (event) => ["clock", "warn", "offer to ", agent(event), " ran out"],
  assign: (event) => ["agents", "plain", "assigned to ", agent(event), by(event), rule(event)],
  reassign: (event) => [
    "agents",
    "plain",
    ...(event.data.queued === true ? ["put back into the queue"] : ["handed over to ", agent(event)]),
    text(event, "team") === null ? null : `, for team ${text(event, "team")}`,
    by(event),
  ],
  claim: (event) => ["agents", "plain", `taken from the queue${by(event)}`],
  start: (event) => [
    "play",
    "plain",
    "work begun",
    event.agent_id === null ? by(event) : " by ",
    event.agent_id === null ? null : agent(event),
  ],
  release: (event, on) =>
    event.incident_id !== null && event.agent_id === null
      ? ["undo", "plain", "given back its own life by ", incident(event, on), ": it waits in the queue"]
      : [
          "undo",
          "plain",
          "given back to the queue",
          event.agent_id === null ? null : " from ",
          event.agent_id === null ? null : agent(event),
        ],
  escalate: (event) => [
    "up",
    "warn",
    "escalated",
    text(event, "team") === null ? null : ` to team ${text(event, "team")}`,
    by(event),
  ],
  resolve: (event) => ["check", "good", `resolved${by(event)}`],
  reopen: (event) => ["undo", "warn", `opened again${by(event)}`],
  bury: (event) => [
    "broken",
    "bad",
    `set aside: the step ${text(event, "step") ?? ""} failed ${count(Number(event.data.failures ?? 0), "time")}`,
  ],
  retry: (event) => ["undo", "plain", `tried again${by(event)}`],
  reply: (event) => ["reply", "plain", replier(event)],
  feedback,
  assignee_unknown: (event) => ["agents", "warn", `given in ${actor(event.actor)} to somebody who is no agent here`],
  refused: (event) => [
    "broken",
    "warn",
    `${actor(event.actor)} wanted to ${plain(text(event, "action") ?? "change it")}; refused: ${text(event, "reason") ?? "not possible"}`,
  ],
};

const INCIDENT: Readonly<Record<string, Teller>> = {
  open: (event) => [
    "incidents",
    "bad",
    typeof event.data.tickets === "number" ? `opened with ${count(event.data.tickets, "ticket")}` : "opened",
  ],
  grow: () => ["flood", "warn", "growing: new reports come in"],
  quiet: () => ["pause", "plain", "quiet: no new report for a while"],
  resolve: (event) => ["check", "good", `resolved${by(event)}`],
  dismiss: (event) => ["undo", "plain", `dismissed${by(event)}: it was none`],
  reopen: () => ["flood", "bad", "opened again by a flood of late reports"],
  merge: (event) => ["merge", "plain", `took over the tickets of another incident${by(event)}`],
};

const SLA: Readonly<Record<string, Teller>> = {
  due_soon: (event) => ["clock", "warn", `${promise(event)} due soon`],
  breached: (event) => ["clock", "bad", `${promise(event)} overdue`],
  met: (event) => ["check", "good", `${promise(event)} in time`],
};

const AGENT: Readonly<Record<string, Teller>> = {
  add: (event) => ["agents", "plain", agent(event), ` added${by(event)}`],
  change: (event) => ["agents", "plain", agent(event), ` changed${by(event)}`],
  remove: (event) => ["agents", "plain", agent(event), ` removed${by(event)}`],
  status: (event) => [
    "agents",
    "plain",
    agent(event),
    ` is ${plain(text(event, "status") ?? "changed")}`,
    event.data.silent === true ? ", after silence" : null,
  ],
};

const OTHER: Readonly<Record<string, Teller>> = {
  "alert.silenced": (event) => ["bell", "plain", `alert held back by ${text(event, "silence") ?? "a rule"}`],
  "config.apply": (event) => [
    "settings",
    "plain",
    `${text(event, "kind") ?? "configuration"} version ${text(event, "version") ?? "–"} applied${by(event)}`,
  ],
  "key.create": (event) => ["settings", "plain", `key ${text(event, "key") ?? ""} made${by(event)}`],
  "key.revoke": (event) => ["settings", "warn", `key ${text(event, "key") ?? ""} revoked${by(event)}`],
  "workspace.create": (event) => ["settings", "plain", `workspace ${text(event, "workspace") ?? ""} made${by(event)}`],
  "session.open": (event) => ["person", "plain", `signed in: ${actor(event.actor)}`],
  "session.close": (event) => ["leave", "plain", `signed out: ${actor(event.actor)}`],
  "privacy.export": (event) => ["person", "plain", `data of a person shown${by(event)}`],
  "privacy.erase": (event) => ["person", "warn", `data of a person erased${by(event)}`],
  "privacy.purge": () => ["person", "plain", "what was kept long enough purged"],
  "model.add": (event) => ["triage", "plain", `model ${text(event, "model") ?? ""} added${by(event)}`],
  "model.shadow": (event) => [
    "triage",
    "plain",
    `model ${text(event, "shadow") ?? ""} tried in the shadow${by(event)}`,
  ],
  "model.unshadow": (event) => ["triage", "plain", `trial of a model ended${by(event)}`],
  "model.promote": (event) => ["triage", "plain", `model ${text(event, "active") ?? ""} promoted${by(event)}`],
  "model.rollback": (event) => [
    "triage",
    "warn",
    `model ${text(event, "active") ?? "of the program"} brought back${by(event)}`,
  ],
};

const TELLERS: Readonly<Record<string, Teller>> = {
  ...under("ticket", TICKET),
  ...under("incident", INCIDENT),
  ...under("sla", SLA),
  ...under("agent", AGENT),
  ...under("alert", message("alert")),
  ...under("write_back", message("what is known")),
  ...under("test", message("test message")),
  ...OTHER,
};

/** Of what happens to many members of an incident at once. */
const MANY: Readonly<Record<string, (event: Happening) => string>> = {
  "ticket.suppress": () => "held back: the incident stands for them",
  "ticket.link": (event) => `linked${text(event, "kind") === null ? ` by hand,${by(event)}` : ""}`,
  "ticket.unlink": (event) => `unlinked${by(event)}`,
  "ticket.release": () => "given back their own life: they wait in the queue",
  "ticket.resolve": (event) => `resolved${by(event)}`,
};

/** The kinds that have a sentence of their own. */
export const KINDS: readonly string[] = Object.keys(TELLERS);

function rule(event: Happening): string | null {
  const name = text(event, "rule");
  return name === null ? null : ` (rule ${name})`;
}

function replier(event: Happening): string {
  if (event.data.internal === true) return "internal note added";
  return event.data.by_customer === true ? "the customer wrote again" : "answered";
}

/** For a kind that a newer server writes: "ticket.hand_over" → "Hand over". */
function about(unknown: string): Teller {
  const words = plain(unknown.slice(unknown.indexOf(".") + 1));
  return (event) => ["dot", "plain", `${words === "" ? "something happened" : words}${by(event)}`];
}
