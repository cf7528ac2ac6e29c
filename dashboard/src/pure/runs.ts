/** Long lists of events, shortened: a flood is one line, not two thousand. */

import type { Happening } from "./happenings";

export interface Run<Event> {
  readonly first: Event;
  /** With the first one. */
  readonly all: readonly Event[];
}

/** Neighbours of one kind and one actor, where at least `least` stand together; each other event for itself. */
export function runs<Event extends Happening>(events: readonly Event[], least = 4): Run<Event>[] {
  const made: Run<Event>[] = [];
  let open: Event[] = [];
  const close = () => {
    const [first] = open;
    if (first !== undefined && open.length >= least) made.push({ first, all: open });
    else for (const one of open) made.push({ first: one, all: [one] });
    open = [];
  };
  for (const event of events) {
    const before = open[0];
    if (before !== undefined && (before.kind !== event.kind || before.actor !== event.actor)) close();
    open.push(event);
  }
  close();
  return made;
}
