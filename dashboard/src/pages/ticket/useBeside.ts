import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useLocation } from "wouter";

import { bodyOf, client } from "../../api/client";
import { listed, look } from "../../pure/beside";

const NEAR = 500;

/** Goes to the ticket that stands so many places further down in the list that one came from, else in that of the
 * newest. */
export function useBeside(id: string): (by: 1 | -1) => Promise<void> {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  useEffect(() => look(id), [id]);
  return useCallback(
    async (by) => {
      const newest = async () => {
        const page = bodyOf(await client.GET("/v2/tickets", { params: { query: { limit: NEAR } } }));
        return page.tickets.map((row) => row.ticket_id);
      };
      const read = () => queries.fetchQuery({ queryKey: ["tickets", "newest"], staleTime: 30_000, queryFn: newest });
      const ids: readonly string[] = listed() ?? (await read());
      const here = ids.indexOf(id);
      const next = here === -1 ? undefined : ids[here + by];
      if (next !== undefined) navigate(`/tickets/${next}`);
    },
    [queries, navigate, id],
  );
}
