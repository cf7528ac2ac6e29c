import { useCallback, useRef, useState } from "react";

import type { TicketRow } from "../../api/types";
import { done, failed } from "../../parts/notices";
import { saveFile } from "../../parts/saveFile";
import { csv } from "../../pure/csv";
import { everything } from "../../pure/everything";
import type { Filters } from "../../pure/filters";
import { MOST_ROWS } from "../../pure/rows";
import { readTickets } from "./useBoard";

const PAGE = 1_000;
const EXPORTED = [
  "ticket_id",
  "accepted_at",
  "resolved_at",
  "state",
  "category",
  "urgency_score",
  "confidence",
  "needs_review",
  "tier",
  "language",
  "agent_id",
  "team",
  "incident_id",
  "customer",
  "subject",
  "excerpt",
] as const satisfies readonly (keyof TicketRow)[];

/** All tickets that fit the filters as a CSV file, the newest first, whatever is loaded. Null: none is being made. */
export function useExport(filters: Filters) {
  const [count, setCount] = useState<number | null>(null);
  const stopped = useRef(false);
  const save = useCallback(async () => {
    stopped.current = false;
    setCount(0);
    try {
      const rows = await everything(
        async (cursor) => {
          const from = cursor === null ? {} : { cursor };
          const page = await readTickets(filters, { order: "newest", limit: PAGE, ...from });
          return { items: page.tickets, next: page.next };
        },
        (row) => row.ticket_id,
        MOST_ROWS,
        setCount,
        () => stopped.current,
      );
      if (stopped.current) return;
      const lines = [[...EXPORTED], ...rows.map((row) => EXPORTED.map((name) => row[name]))];
      saveFile("tickets.csv", "text/csv", "\uFEFF", csv(lines));
      done(`Saved ${rows.length.toLocaleString()} tickets as tickets.csv`);
    } catch (error) {
      failed("The tickets were not saved", error);
    } finally {
      setCount(null);
    }
  }, [filters]);
  return { count, save, stop: useCallback(() => void (stopped.current = true), []) };
}
