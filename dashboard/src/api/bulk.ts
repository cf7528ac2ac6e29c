/** One act on many tickets, in as many calls as it takes. */

import { chunks } from "../pure/chunks";
import { bodyOf, client, once, Refused } from "./client";
import type { Schema } from "./types";

export type Told = Omit<Schema<"BulkIn">, "ticket_ids">;
export type RefusedTicket = Schema<"RefusedOut">;

export interface Outcome {
  readonly done: readonly string[];
  readonly refused: readonly RefusedTicket[];
}

/** The API takes twice as many; so the progress is seen. */
const A_CALL = 100;

/** Where a call fails, its tickets and those after it count as refused, with what was said. */
export async function actOnMany(
  ids: readonly string[],
  told: Told,
  progress: (count: number) => void,
): Promise<Outcome> {
  const done: string[] = [];
  const refused: RefusedTicket[] = [];
  const parts = chunks(ids, A_CALL);
  for (const [index, ticket_ids] of parts.entries()) {
    try {
      const answer = bodyOf(
        await client.POST("/v2/tickets/bulk", { params: { header: once() }, body: { ...told, ticket_ids } }),
      );
      done.push(...answer.done);
      refused.push(...answer.refused);
      progress(done.length + refused.length);
    } catch (error) {
      const status = error instanceof Refused ? error.status : 0;
      const detail = error instanceof Error ? error.message : String(error);
      refused.push(
        ...parts
          .slice(index)
          .flat()
          .map((ticket_id) => ({ ticket_id, status, detail })),
      );
      break;
    }
  }
  return { done, refused };
}
