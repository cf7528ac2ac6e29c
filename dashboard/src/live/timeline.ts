/** A timeline that only grows: what is known of it stays, and only what came after is read. */

import { useQuery, useQueryClient } from "@tanstack/react-query";

import type { components } from "../api/schema";

type Page = components["schemas"]["TimelineOut"];
type Event = Page["events"][number];

interface Known {
  readonly events: readonly Event[];
  /** Whether there was more than was read. */
  readonly more: boolean;
}

/** At most so many pages are read at a time. */
const PAGES = 5;
const BEGINNING = "0-0";

/** Read on from what is known: the events after it, in the order of commits. */
export async function readOn(known: Known | undefined, read: (after: string) => Promise<Page>): Promise<Known> {
  const events = [...(known?.events ?? [])];
  for (let page = 0; page < PAGES; page += 1) {
    const found = await read(events.at(-1)?.position ?? BEGINNING);
    events.push(...found.events);
    if (found.next === null) return { events, more: false };
  }
  return { events, more: true };
}

/** The events, the oldest first; made stale (as `useLive` does) it reads on. */
export function useTimeline(queryKey: readonly string[], read: (after: string) => Promise<Page>) {
  const queries = useQueryClient();
  return useQuery({
    queryKey,
    structuralSharing: false, // comparing thousands of events costs more than drawing them
    queryFn: () => readOn(queries.getQueryData<Known>(queryKey), read),
  });
}
