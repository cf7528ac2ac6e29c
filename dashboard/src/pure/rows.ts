/** The rows of the table: each ticket once, in the order asked for, however pages and events interleave. */

import type { TicketRow } from "../api/types";
import type { Order } from "./filters";

/** More than these are not kept: memory stays bounded, and the last go first. */
export const MOST_ROWS = 100_000;

export interface Rows {
  readonly order: Order;
  /** In order; a new one after each change. */
  readonly list: readonly TicketRow[];
  /** The same rows by id. One map for good, changed in place: copying 100,000 entries four times a second is felt. */
  readonly byId: Map<string, TicketRow>;
}

export function empty(order: Order = "newest"): Rows {
  return { order, list: [], byId: new Map() };
}

/** Below 0 where a stands before b, as the API orders them.
 *
 * `newest`: by time of acceptance downwards, then by id downwards. `urgent`: by S downwards, those without one last,
 * then as they were accepted, then by id.
 */
export function compare(order: Order, a: TicketRow, b: TicketRow): number {
  if (order === "newest") return compareTimes(b.accepted_at, a.accepted_at) || compareText(b.ticket_id, a.ticket_id);
  return (
    (b.urgency_score ?? -1) - (a.urgency_score ?? -1) ||
    compareTimes(a.accepted_at, b.accepted_at) ||
    compareText(a.ticket_id, b.ticket_id)
  );
}

/** Moments as the API writes them, in UTC with a Z; the fraction of the second is left out where it is none. */
function compareTimes(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : compareText(a.slice(0, -1), b.slice(0, -1));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The index at which a row stands, or would. */
export function placeOf({ order, list }: Pick<Rows, "order" | "list">, row: TicketRow): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(order, list[middle]!, row) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The rows with these put in or replaced, and those named taken out. */
export function apply(
  { order, list: before, byId }: Rows,
  put: readonly TicketRow[],
  gone: Iterable<string> = [],
): Rows {
  const fresh = new Map(put.map((row) => [row.ticket_id, row]));
  const list = before.slice();
  const added: TicketRow[] = [];
  const leaving = new Set<string>();
  for (const id of gone) if (byId.has(id) && !fresh.has(id)) leaving.add(id);
  for (const [id, row] of fresh) {
    const old = byId.get(id);
    if (old !== undefined && compare(order, old, row) === 0) list[placeOf({ order, list }, old)] = row;
    else {
      if (old !== undefined) leaving.add(id); // what it is ordered by has changed
      added.push(row);
    }
  }
  const kept = leaving.size === 0 ? list : without(order, list, byId, leaving);
  for (const id of leaving) byId.delete(id);
  for (const [id, row] of fresh) byId.set(id, row);
  const made = merge(
    order,
    kept,
    added.sort((a, b) => compare(order, a, b)),
  );
  for (const row of made.splice(MOST_ROWS)) byId.delete(row.ticket_id);
  return { order, list: made, byId };
}

function without(order: Order, list: TicketRow[], byId: Map<string, TicketRow>, ids: ReadonlySet<string>): TicketRow[] {
  const places = [...ids].map((id) => placeOf({ order, list }, byId.get(id)!)).sort((a, b) => a - b);
  const kept: TicketRow[] = [];
  let from = 0;
  for (const place of places) {
    while (from < place) kept.push(list[from++]!);
    from = place + 1;
  }
  while (from < list.length) kept.push(list[from++]!);
  return kept;
}

function merge(order: Order, a: TicketRow[], b: readonly TicketRow[]): TicketRow[] {
  if (b.length === 0) return a;
  const made: TicketRow[] = [];
  let i = 0;
  for (const row of b) {
    while (i < a.length && compare(order, a[i]!, row) < 0) made.push(a[i++]!);
    made.push(row);
  }
  while (i < a.length) made.push(a[i++]!);
  return made;
}
