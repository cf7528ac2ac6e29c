/** The list that somebody came from, so that from one ticket he gets to the next, and back. */

interface Left {
  readonly ids: readonly string[];
  /** What the list was narrowed to, as its address has it. */
  readonly search: string;
}

let left: Left | null = null;
let looked: string | null = null;

/** Whoever leaves the list says so. */
export function leave(ids: readonly string[], search: string): void {
  left = { ids, search };
}

/** The ids in their order; null where nobody came from a list. */
export function listed(): readonly string[] | null {
  return left?.ids ?? null;
}

/** Whoever looks at a ticket says so. */
export function look(id: string): void {
  looked = id;
}

/** The ticket that was looked at last, to whoever comes back to the list that he left; null to others. */
export function returning(search: string): string | null {
  return left !== null && left.search === search && looked !== null && left.ids.includes(looked) ? looked : null;
}

/** Where the list is. */
export function back(): string {
  return left === null || left.search === "" ? "/tickets" : `/tickets?${left.search}`;
}
