/** Codes of the API as people say them. */

/** "in_progress" → "in progress". */
export function plain(code: string): string {
  return code.replaceAll("_", " ");
}

/** With a capital at the start. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** "1 ticket", "2,000 tickets". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString()} ${number === 1 ? one : many}`;
}

/** Who acted, as the audit trail names him. */
export function actor(name: string): string {
  if (name.startsWith("key:")) return `key ${name.slice(4)}`;
  if (name.startsWith("source:")) return name.slice(7);
  return ACTORS[name] ?? name;
}

const ACTORS: Readonly<Record<string, string>> = {
  local: "this machine",
  dispatcher: "the dispatcher",
  notifier: "the notifier",
  alerting: "the alert rules",
  sla: "the SLA clock",
};

/** How a ticket came to its incident. */
export const LINKED: Readonly<Record<string, string>> = {
  exact: "an exact copy",
  semantic: "a report of the same cause",
  manual: "linked by hand",
};

/** Why a duplicate is routed and told all the same. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  legal_threat: "it threatens legal steps",
  danger: "it speaks of danger to people",
  lost_data: "it reports lost data",
  exposed_data: "it reports exposed data",
  urgency: "it is far more urgent than the incident",
};

export function exception(reason: string): string {
  return EXCEPTIONS[reason] ?? plain(reason);
}

/** "37 %"; a share of nothing is a dash. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return "–";
  const share = (100 * part) / whole;
  return share > 0 && share < 1 ? "< 1 %" : `${Math.round(share)} %`;
}

/** An id that can be read at a glance: the middle of a long one is left out, as the ends tell such ids apart. */
export function shortened(id: string): string {
  return id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}
