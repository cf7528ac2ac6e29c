/** Which columns are shown, and their order, as the browser keeps them. */

export interface Columns {
  readonly order: readonly string[];
  readonly hidden: readonly string[];
}

/** What was kept, put right: columns of an older version are dropped, new ones come in their usual place at the end. */
export function restore(kept: string | null, known: readonly string[], hidden: readonly string[]): Columns {
  let told: unknown = null;
  try {
    told = kept === null ? null : JSON.parse(kept);
  } catch {
    // Somebody else's, or half written: begin anew.
  }
  if (!isColumns(told)) return { order: known, hidden };
  const order = [...new Set(told.order)].filter((name) => known.includes(name));
  return {
    order: [...order, ...known.filter((name) => !order.includes(name))],
    hidden: told.hidden.filter((name) => known.includes(name)),
  };
}

/** The same with one column moved by so many places, as far as there are any. */
export function moved(columns: Columns, name: string, by: number): Columns {
  const from = columns.order.indexOf(name);
  const to = Math.min(columns.order.length - 1, Math.max(0, from + by));
  if (from < 0 || from === to) return columns;
  const order = columns.order.filter((one) => one !== name);
  order.splice(to, 0, name);
  return { ...columns, order };
}

function isColumns(value: unknown): value is { order: string[]; hidden: string[] } {
  if (typeof value !== "object" || value === null) return false;
  const { order, hidden } = value as Record<string, unknown>;
  return [order, hidden].every((list) => Array.isArray(list) && list.every((name) => typeof name === "string"));
}
