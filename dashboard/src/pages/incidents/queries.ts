/** What the pages of incidents read and do. All keys of one begin with `["incident", id]`. */

import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";

import { bodyOf, client, once } from "../../api/client";
import type { TicketRow } from "../../api/types";
import type { components } from "../../api/schema";
import { useTimeline } from "../../live/timeline";
import { done } from "../../parts/notices";
import { count } from "../../pure/words";

export type Incident = components["schemas"]["IncidentOut"];
export type Member = components["schemas"]["LinkOut"];

/** So many of the newest are listed. */
export const LISTED = 1_000;
const PAGE = 1_000;
const BLOCK = 50;

const path = (id: string) => ({ path: { incident_id: id } });

export function incidentKey(id: string) {
  return ["incident", id] as const;
}

export function useIncidents() {
  return useQuery({
    queryKey: ["incidents"],
    queryFn: async () => bodyOf(await client.GET("/incidents", { params: { query: { limit: LISTED } } })),
  });
}

export function useIncident(id: string | null | undefined) {
  return useQuery({
    queryKey: ["incident", id, "incident"],
    enabled: id !== null && id !== undefined,
    queryFn: async (): Promise<Incident> =>
      bodyOf(await client.GET("/incidents/{incident_id}", { params: { ...path(id ?? ""), query: { limit: 1 } } })),
  });
}

/** All members, however many; in the order in which they were dispatched. */
export function useMembers(id: string) {
  return useQuery({
    queryKey: [...incidentKey(id), "members"],
    queryFn: async ({ signal }) => {
      const found: Member[] = [];
      for (let full = true; full;) {
        const last = found.at(-1)?.ticket_id;
        const query = { limit: PAGE, ...(last === undefined ? {} : { after: last }) };
        const { links } = bodyOf(
          await client.GET("/incidents/{incident_id}", { params: { ...path(id), query }, signal }),
        );
        found.push(...links);
        full = links.length === PAGE;
      }
      return found;
    },
  });
}

/** The tickets of the members from one index to before another, by id; read in blocks, so that scrolling reads few. */
export function useRows(
  id: string,
  members: readonly Member[],
  from: number,
  to: number,
): ReadonlyMap<string, TicketRow> {
  const first = Math.floor(from / BLOCK);
  const blocks = Array.from({ length: Math.max(0, Math.ceil(to / BLOCK) - first) }, (_, index) => first + index);
  return useQueries({
    queries: blocks.map((block) => {
      const ids = members.slice(block * BLOCK, (block + 1) * BLOCK).map((one) => one.ticket_id);
      return {
        queryKey: [...incidentKey(id), "rows", ids],
        enabled: ids.length > 0,
        queryFn: async () =>
          bodyOf(await client.GET("/v2/tickets", { params: { query: { id: ids, limit: BLOCK } } })).tickets,
      };
    }),
    combine: (found) => new Map(found.flatMap((one) => one.data ?? []).map((row) => [row.ticket_id, row])),
  });
}

/** With `every`, read again after so many milliseconds, in place of at each event. */
export function useGrowth(id: string, buckets: number, every?: number) {
  return useQuery({
    queryKey: [...incidentKey(id), "growth", buckets],
    ...(every === undefined ? {} : { staleTime: every, refetchInterval: every }),
    queryFn: async () =>
      bodyOf(await client.GET("/incidents/{incident_id}/growth", { params: { ...path(id), query: { buckets } } })),
  });
}

export function useCustomers(id: string) {
  return useQuery({
    queryKey: [...incidentKey(id), "customers"],
    queryFn: async () => bodyOf(await client.GET("/incidents/{incident_id}/customers", { params: path(id) })),
  });
}

export function useIncidentTimeline(id: string) {
  return useTimeline([...incidentKey(id), "timeline"], async (after) =>
    bodyOf(
      await client.GET("/incidents/{incident_id}/timeline", { params: { ...path(id), query: { after, limit: PAGE } } }),
    ),
  );
}

export type Change =
  | { readonly kind: "resolve"; readonly members: "answer" | "release" }
  | { readonly kind: "dismiss" }
  | { readonly kind: "merge"; readonly other: string }
  | { readonly kind: "link" | "unlink"; readonly tickets: readonly string[] };

async function send(id: string, change: Change) {
  const params = { ...path(id), header: once() };
  switch (change.kind) {
    case "resolve":
      return bodyOf(
        await client.POST("/incidents/{incident_id}/resolve", { params, body: { members: change.members } }),
      );
    case "dismiss":
      return bodyOf(await client.POST("/incidents/{incident_id}/dismiss", { params, body: {} }));
    case "merge":
      return bodyOf(
        await client.POST("/incidents/{incident_id}/merge", { params, body: { incident_id: change.other } }),
      );
    case "link":
      return bodyOf(
        await client.POST("/incidents/{incident_id}/link", { params, body: { ticket_ids: [...change.tickets] } }),
      );
    case "unlink":
      return bodyOf(
        await client.POST("/incidents/{incident_id}/unlink", { params, body: { ticket_ids: [...change.tickets] } }),
      );
  }
}

const SAID: Readonly<Record<Change["kind"], string>> = {
  resolve: "Resolved",
  dismiss: "Dismissed",
  merge: "Merged",
  link: "Linked",
  unlink: "Unlinked",
};

export function useChanging(id: string) {
  const queries = useQueryClient();
  const key = [...incidentKey(id), "members"];
  const mutation = useMutation({
    mutationFn: (change: Change) => send(id, change),
    onMutate: async (change) => {
      if (change.kind !== "unlink") return undefined;
      await queries.cancelQueries({ queryKey: key });
      const before = queries.getQueryData<Member[]>(key);
      queries.setQueryData(
        key,
        before?.filter((one) => !change.tickets.includes(one.ticket_id)),
      );
      return before;
    },
    onError: (_, __, before) => {
      if (before !== undefined) queries.setQueryData(key, before);
    },
    onSuccess: ({ moved }, change) => {
      const undo =
        change.kind === "unlink"
          ? { label: "Undo", run: () => mutation.mutate({ kind: "link", tickets: moved }) }
          : undefined;
      done(`${SAID[change.kind]}: ${count(moved.length, "ticket")} moved`, moved.length > 0 ? undo : undefined);
    },
    onSettled: () =>
      Promise.all([["incident"], ["incidents"], ["ticket"]].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  return mutation;
}
