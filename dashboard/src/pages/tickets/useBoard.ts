import { useEffect, useMemo, useSyncExternalStore } from "react";

import { bodyOf, client } from "../../api/client";
import type { TicketPage, TicketQuery } from "../../api/types";
import { Board, type Reader } from "../../live/board";
import { useFeed } from "../../live/Live";
import { type Filters, format, parse, query } from "../../pure/filters";

/** The first page is a screenful or two, so that it is soon there. */
const FIRST = 100;
const PAGE = 500;

/** Tickets that fit the filters, in the order that `more` says. */
export async function readTickets(filters: Filters, more: TicketQuery): Promise<TicketPage> {
  return bodyOf(await client.GET("/v2/tickets", { params: { query: { ...query(filters), ...more } } }));
}

function readerFor(filters: Filters): Reader {
  const { order } = filters;
  return {
    order,
    page: (cursor) => readTickets(filters, cursor === null ? { order, limit: FIRST } : { order, limit: PAGE, cursor }),
    some: async (ids) => (await readTickets(filters, { id: [...ids], limit: ids.length })).tickets,
    total: async () => (await readTickets(filters, { limit: 1 })).total,
  };
}

/** The live list through these filters; another choice is another list. */
export function useBoard(filters: Filters) {
  const feed = useFeed();
  const address = format(filters);
  const board = useMemo(() => new Board(readerFor(parse(address)), feed), [address, feed]);
  useEffect(() => {
    board.open();
    return () => board.end();
  }, [board]);
  return [board, useSyncExternalStore(board.subscribe, board.read)] as const;
}
