/** What comes of two incidents when one takes over the other. */

import type { components } from "../api/schema";
import { isOpen } from "./incidents";
import { count } from "./words";

type Incident = Pick<components["schemas"]["IncidentOut"], "id" | "title" | "state" | "tickets">;

export interface Merged {
  readonly says: readonly string[];
  /** Why it cannot be done; null where it can. */
  readonly against: string | null;
}

export function merged(kept: Incident, ends: Incident): Merged {
  if (!isOpen(kept) && isOpen(ends)) {
    return { says: [], against: `${kept.id} has ended and ${ends.id} has not: let ${ends.id} go on.` };
  }
  return {
    says: [
      `${count(ends.tickets, "ticket")} of ${ends.id} move to ${kept.id}, which then has up to ${count(kept.tickets + ends.tickets, "ticket")}.`,
      "Those that somebody has unlinked from it before get their own life back.",
      isOpen(ends) ? `${ends.id} ends as resolved.` : `${ends.id} stays ended.`,
      `Later reports are gathered under ${kept.id}. This cannot be undone.`,
    ],
    against: null,
  };
}
