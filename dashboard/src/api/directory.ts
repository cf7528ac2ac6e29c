/** Who there is, and what is going on, for menus and names in tables. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { bodyOf, client } from "./client";
import type { Incident } from "./types";

const MINUTE = 60_000;
const OPEN: Incident["state"][] = ["open", "growing", "quiet"];

/** All agents; `fresh` where their load matters. */
export function useAgents(fresh = false) {
  return useQuery({
    queryKey: ["agents"],
    staleTime: fresh ? 0 : MINUTE,
    queryFn: async () => bodyOf(await client.GET("/agents")),
  });
}

/** What to call an agent, by id. */
export function useNames(): ReadonlyMap<string, string> {
  const { data } = useAgents();
  return useMemo(() => new Map((data ?? []).map((agent) => [agent.id, agent.name ?? agent.id])), [data]);
}

/** The newest incidents that are not closed. */
export function useOpenIncidents() {
  return useQuery({
    queryKey: ["incidents", "open"],
    staleTime: MINUTE,
    queryFn: async () => {
      const query = { state: OPEN, limit: 100 };
      return bodyOf(await client.GET("/incidents", { params: { query } }));
    },
  });
}
