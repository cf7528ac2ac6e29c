/** What the page of a ticket reads. All keys begin with `["ticket", id]`: an event makes all of them stale. */

import { useQuery } from "@tanstack/react-query";

import { bodyOf, client, Refused } from "../../api/client";
import type { components } from "../../api/schema";
import { useTimeline } from "../../live/timeline";

export type Ticket = components["schemas"]["TicketOut"];
export type Route = components["schemas"]["RouteOut"];
export type Reply = components["schemas"]["ReplyOut"];
export type TicketLink = components["schemas"]["TicketLinkOut"];

export function ticketKey(id: string) {
  return ["ticket", id] as const;
}

const path = (id: string) => ({ params: { path: { ticket_id: id } } });

export function useTicket(id: string) {
  return useQuery({
    queryKey: [...ticketKey(id), "ticket"],
    queryFn: async () => bodyOf(await client.GET("/v2/tickets/{ticket_id}", path(id))),
  });
}

export function useRoute(id: string) {
  return useQuery({
    queryKey: [...ticketKey(id), "route"],
    queryFn: async () => bodyOf(await client.GET("/v2/tickets/{ticket_id}/route", path(id))),
  });
}

export function useReplies(id: string) {
  return useQuery({
    queryKey: [...ticketKey(id), "replies"],
    queryFn: async () => bodyOf(await client.GET("/v2/tickets/{ticket_id}/replies", path(id))).replies,
  });
}

export function useClocks(id: string) {
  return useQuery({
    queryKey: [...ticketKey(id), "sla"],
    queryFn: async () => bodyOf(await client.GET("/v2/tickets/{ticket_id}/sla", path(id))).promises,
  });
}

/** Null where it belongs to no incident (any more). */
export function useLink(id: string, incident: string | null | undefined) {
  return useQuery({
    queryKey: [...ticketKey(id), "link", incident ?? null],
    enabled: incident !== null && incident !== undefined,
    queryFn: async () => {
      try {
        return bodyOf(await client.GET("/v2/tickets/{ticket_id}/link", path(id)));
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return null;
        throw error;
      }
    },
  });
}

export function useTicketTimeline(id: string) {
  return useTimeline([...ticketKey(id), "timeline"], async (after) =>
    bodyOf(
      await client.GET("/v2/tickets/{ticket_id}/timeline", { params: { path: { ticket_id: id }, query: { after } } }),
    ),
  );
}

/** The names of the categories, the fallback included. */
export function useCategories() {
  return useQuery({
    queryKey: ["taxonomy", "names"],
    staleTime: 60_000,
    queryFn: async () => names(bodyOf(await client.GET("/config/taxonomy")).taxonomy),
  });
}

/** As a taxonomy is written: see `PUT /config/taxonomy`. */
function names({ category, fallback }: Readonly<Record<string, unknown>>): string[] {
  const listed = Array.isArray(category) ? category : [];
  const found = listed.flatMap((one: unknown) =>
    typeof one === "object" && one !== null && "name" in one && typeof one.name === "string" ? [one.name] : [],
  );
  return [...new Set(typeof fallback === "string" ? [...found, fallback] : found)];
}
