import { type RefObject, useEffect, useMemo, useRef, useState } from "react";

import type { TicketRow } from "../../api/types";
import { returning } from "../../pure/beside";

/** The row that the keys are at, and its index. Whoever comes back from a ticket to the list that he left finds that
 * ticket's row, in sight, where it is among the first that are read. */
export function useActive(
  search: string,
  rows: readonly TicketRow[],
  show: RefObject<((index: number) => void) | null>,
): [string | null, number, (id: string | null) => void] {
  const [id, set] = useState(() => returning(search));
  const sought = useRef(id);
  const index = useMemo(() => rows.findIndex((row) => row.ticket_id === id), [rows, id]);
  useEffect(() => {
    if (rows.length === 0 || sought.current === null) return;
    if (index >= 0 && sought.current === id) show.current?.(index);
    sought.current = null;
  }, [rows, index, id, show]);
  return [id, index, set];
}
