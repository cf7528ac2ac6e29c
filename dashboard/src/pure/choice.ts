/** Which rows are chosen, by id, and where a range would begin. */

export interface Choice {
  readonly ids: ReadonlySet<string>;
  /** The row last chosen or left by itself. */
  readonly from: string | null;
}

export const NOTHING: Choice = { ids: new Set(), from: null };

export function toggled(choice: Choice, id: string): Choice {
  const ids = new Set(choice.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, from: id };
}

/** All between the last one and this one, both included, are chosen too; `order` is that of the table. */
export function through(choice: Choice, order: readonly string[], id: string): Choice {
  const to = order.indexOf(id);
  const from = choice.from === null ? to : order.indexOf(choice.from);
  if (to < 0 || from < 0) return toggled(choice, id);
  const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { ids: new Set([...choice.ids, ...between]), from: choice.from ?? id };
}

export function all(order: readonly string[]): Choice {
  return { ids: new Set(order), from: null };
}
