/** The live list of tickets: pages that were read, kept true by the event stream; outside React, for it to subscribe.
 *
 * Events name tickets and say little more; what changed is read again in batches, through the same filters: a ticket
 * asked for and not returned does not fit them (any more) and leaves. While paused, what changed is only counted.
 */

import { Refused } from "../api/client";
import type { TicketPage, TicketRow } from "../api/types";
import type { Order } from "../pure/filters";
import { apply, compare, empty, type Rows } from "../pure/rows";
import { Gather } from "./gather";
import type { Feed, Joined } from "./hub";
import { BROWSER, type Outside } from "./stream";

export interface Reader {
  readonly order: Order;
  page(cursor: string | null): Promise<TicketPage>;
  /** Those of them that fit the filters. At most `BATCH` ids. */
  some(ids: readonly string[]): Promise<readonly TicketRow[]>;
  /** How many there are now; null where counting takes long. */
  total(): Promise<number | null>;
}

export interface View {
  readonly rows: Rows;
  readonly total: number | null;
  readonly loading: boolean;
  readonly complete: boolean;
  readonly failed: Error | null;
  readonly paused: boolean;
  /** How many tickets changed while paused; from `MOST_CHANGED` on it counts no further. */
  readonly waits: number;
}

/** Proxies refuse addresses of 8 KB (nginx, unless told otherwise). */
const BATCH = 100;
const BATCH_CHARACTERS = 6_000;
const GATHER_MS = 250;
const COUNT_MS = 3_000;
const RETRY_MS = 2_000;
/** Where more have changed, the first page is read anew: that is less than to ask for each of them. */
export const MOST_CHANGED = 5_000;

export class Board {
  private view: View;
  private readonly watchers = new Set<() => void>();
  private readonly changed = new Set<string>();
  /** Too many changed to keep them apart. */
  private stale = false;
  private joined: Joined | null = null;
  private next: string | null = null;
  /** The last row that a page brought: what lies beyond comes with the next page. */
  private edge: TicketRow | null = null;
  /** Changed while a page was on its way, which may be older than that. */
  private readonly meanwhile = new Set<string>();
  private busy = false;
  private planned: (() => void) | null = null;
  private retry: (() => void) | null = null;
  private counting: Gather | null = null;
  private ended = false;
  private round = 0;

  constructor(
    private readonly reader: Reader,
    private readonly feed: Feed,
    private readonly outside: Outside = BROWSER,
  ) {
    this.view = this.fresh();
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly read = (): View => this.view;

  /** Begin, or begin anew after `end`. */
  open(): void {
    this.ended = false;
    this.view = this.fresh();
    this.counting = new Gather(() => this.count(), COUNT_MS, this.outside);
    this.joined = this.feed.join({
      event: (event) => {
        if (event.ticket_id !== null) this.note(event.ticket_id);
      },
    });
    void this.begin();
  }

  /** Read the first page, in place of all that was there, and hear of what happens from where it was true. */
  async begin(): Promise<void> {
    const round = ++this.round;
    this.retry?.();
    this.retry = null;
    this.changed.clear();
    this.meanwhile.clear();
    this.stale = false;
    this.set({ loading: true, waits: 0 });
    try {
      const page = await this.reader.page(null);
      if (round !== this.round) return;
      this.next = this.edge = null;
      this.set({ rows: empty(this.reader.order), total: page.total });
      this.take(page);
      this.joined?.from(page.position);
    } catch (error) {
      if (round !== this.round) return;
      this.stale = true; // what changes from here on comes with the next try
      this.set({ loading: false, failed: asError(error) });
      if (error instanceof Refused && error.passes) this.retry = this.outside.after(RETRY_MS, () => void this.begin());
    }
  }

  /** Read the next page, where there is one and none is on its way. */
  async more(): Promise<void> {
    if (this.view.loading || this.next === null) return;
    const round = this.round;
    this.set({ loading: true, failed: null });
    try {
      const page = await this.reader.page(this.next);
      if (round === this.round) this.take(page);
    } catch (error) {
      if (round === this.round) this.set({ loading: false, failed: asError(error) });
    }
  }

  /** Show a change before the server has confirmed it. What the server then refuses is read `again`. */
  guess(ids: readonly string[], change: Partial<TicketRow>): void {
    const known = ids.flatMap((id) => this.view.rows.byId.get(id) ?? []);
    this.set({
      rows: apply(
        this.view.rows,
        known.map((row) => ({ ...row, ...change })),
      ),
    });
  }

  /** Show what the server holds of these by now, paused or not. */
  async again(ids: readonly string[]): Promise<void> {
    const left = new Set(ids);
    while (left.size > 0 && !this.ended) {
      const some = batch(left);
      for (const id of some) left.delete(id);
      await this.reread(some);
    }
  }

  pause(paused: boolean): void {
    this.set({ paused, waits: paused ? this.changed.size : 0 });
    if (paused) return;
    if (this.stale) void this.begin();
    else this.plan(0);
  }

  end(): void {
    this.ended = true;
    this.round += 1; // answers that are still on their way belong to nobody
    this.planned?.();
    this.retry?.();
    this.planned = this.retry = null;
    this.counting?.end();
    this.joined?.leave();
    this.joined = null;
  }

  private fresh(): View {
    const rows = empty(this.reader.order);
    return { rows, total: null, loading: true, complete: false, failed: null, paused: false, waits: 0 };
  }

  private note(id: string): void {
    if (this.ended || this.stale) return;
    this.changed.add(id);
    if (this.view.loading) this.meanwhile.add(id);
    if (this.changed.size >= MOST_CHANGED) {
      this.changed.clear();
      this.meanwhile.clear();
      this.stale = true;
      this.set({ waits: MOST_CHANGED });
      if (!this.view.paused) void this.begin();
    } else if (this.view.paused) this.set({ waits: this.changed.size });
    else this.plan(GATHER_MS);
  }

  private plan(milliseconds: number): void {
    if (this.planned !== null || this.busy || this.changed.size === 0) return;
    this.planned = this.outside.after(milliseconds, () => {
      this.planned = null;
      if (!this.view.paused) void this.refresh();
    });
  }

  private async refresh(): Promise<void> {
    const ids = batch(this.changed);
    for (const id of ids) this.changed.delete(id);
    this.busy = true;
    const read = await this.reread(ids);
    this.busy = false;
    if (!this.ended && !this.view.paused) this.plan(read ? 0 : RETRY_MS);
  }

  /** Whether it worked; where it did not, they stay noted, so that nothing is missed. */
  private async reread(ids: readonly string[]): Promise<boolean> {
    const round = this.round;
    try {
      const found = await this.reader.some(ids);
      if (round !== this.round) return true;
      const { rows: before, total: told } = this.view;
      const rows = apply(
        before,
        found.filter((row) => this.reached(row)),
        ids,
      );
      // Of those that are loaded; what changed beyond is counted soon.
      const more = rows.list.length - before.list.length;
      const total = told === null ? null : Math.max(rows.list.length, told + more);
      this.set({ rows, total, failed: null, waits: this.view.paused ? this.changed.size : 0 });
      this.counting?.note();
      return true;
    } catch (error) {
      if (round !== this.round) return true;
      for (const id of ids) this.changed.add(id);
      this.set({ failed: asError(error) });
      return false;
    }
  }

  private reached(row: TicketRow): boolean {
    return this.next === null || this.edge === null || compare(this.reader.order, row, this.edge) <= 0;
  }

  private async count(): Promise<void> {
    const round = this.round;
    const total = await this.reader.total();
    if (round === this.round) this.set({ total });
  }

  private take(page: TicketPage): void {
    this.next = page.next;
    this.edge = page.tickets.at(-1) ?? this.edge;
    // A row that an event brought meanwhile is as new as the page, or newer.
    const put = page.tickets.filter((row) => !this.view.rows.byId.has(row.ticket_id));
    this.set({ rows: apply(this.view.rows, put), loading: false, failed: null, complete: page.next === null });
    const again = [...this.meanwhile];
    this.meanwhile.clear();
    for (const id of again) this.note(id);
    // Of thousands that were looked at none fits: nobody can scroll to the end of nothing.
    if (page.next !== null && page.tickets.length === 0) void this.more();
  }

  private set(change: Partial<View>): void {
    if (this.ended) return;
    this.view = { ...this.view, ...change };
    for (const watcher of this.watchers) watcher();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The first ids that fit into one address. */
function batch(changed: Iterable<string>): string[] {
  const ids: string[] = [];
  let room = BATCH_CHARACTERS;
  for (const id of changed) {
    room -= id.length + 4; // "&id="
    if (ids.length === BATCH || (room < 0 && ids.length > 0)) break;
    ids.push(id);
  }
  return ids;
}
