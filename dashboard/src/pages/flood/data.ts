/** What the page reads. Arrivals and clusters change with time alone, so they are asked for again and again. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { bodyOf, client, once } from "../../api/client";
import type { Schema } from "../../api/types";

export type Incident = Schema<"IncidentOut">;

const ARRIVALS_MS = 2_000;
const RARELY_MS = 10_000;
const FORMING_MS = 2_000;
const PROGRESS_MS = 500;
const FLOOD = ["flood", "simulated"];

export interface Span {
  readonly label: string;
  readonly said: string;
  readonly minutes: number;
  /** Seconds of a bucket. */
  readonly bucket: number;
}

export const SPANS = [
  { label: "15 min", said: "the last 15 minutes", minutes: 15, bucket: 60 },
  { label: "1 h", said: "the last hour", minutes: 60, bucket: 60 },
  { label: "6 h", said: "the last 6 hours", minutes: 360, bucket: 300 },
] as const satisfies readonly Span[];

export function useArrivals({ minutes, bucket }: Span) {
  return useQuery({
    queryKey: ["flood", "arrivals", minutes],
    queryFn: async () => bodyOf(await client.GET("/v2/arrivals", { params: { query: { minutes, bucket } } })),
    refetchInterval: ARRIVALS_MS,
    placeholderData: (before) => before,
  });
}

export function useForming() {
  return useQuery({
    queryKey: ["flood", "forming"],
    queryFn: async () => bodyOf(await client.GET("/v2/storms/forming")),
    refetchInterval: FORMING_MS,
  });
}

const ALIVE = ["growing", "open", "quiet"] as const;

/** Incidents that have not ended: those that grow first, then the one that was reported last. */
export function useOpenIncidents() {
  return useQuery({
    queryKey: ["incidents", "alive"],
    queryFn: async () =>
      bodyOf(await client.GET("/incidents", { params: { query: { state: [...ALIVE], limit: 100 } } })),
    refetchInterval: RARELY_MS,
    select: (found) =>
      [...found].sort((a, b) => Number(grows(b)) - Number(grows(a)) || (a.reported_at < b.reported_at ? 1 : -1)),
  });
}

export function grows({ state }: Incident): boolean {
  return state === "growing";
}

/** How far the simulated flood is; asked for often only while one runs. */
export function useSimulated(offered: boolean) {
  return useQuery({
    queryKey: FLOOD,
    queryFn: async () => bodyOf(await client.GET("/v2/simulate/flood")),
    enabled: offered,
    refetchInterval: (query) => (query.state.data?.running == null ? RARELY_MS : PROGRESS_MS),
  });
}

export function useSimulate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Schema<"SimulateFloodIn">) =>
      bodyOf(await client.POST("/v2/simulate/flood", { params: { header: once() }, body })),
    onSuccess: ({ run_id, tickets }) => queries.setQueryData(FLOOD, { running: run_id, sent: 0, tickets }),
    onSettled: () => queries.invalidateQueries({ queryKey: FLOOD }),
  });
}
