import { useCallback, useState } from "react";

import { actOnMany, type RefusedTicket, type Told } from "../../api/bulk";
import { useNames } from "../../api/directory";
import { useSignedIn } from "../../api/may";
import type { TicketRow } from "../../api/types";
import type { Board } from "../../live/board";
import { done, failed } from "../../parts/notices";
import type { Target } from "../../pure/handover";
import { count } from "../../pure/words";

export interface Running {
  readonly doing: string;
  readonly count: number;
  readonly of: number;
}

interface Act {
  readonly told: Told;
  /** "Resolving", "Resolved", "resolved": as it runs, is done, or is not. */
  readonly words: readonly [string, string, string];
  readonly guess: Partial<TicketRow>;
  /** How it is taken back, where it can be. */
  readonly back?: Act;
}

const REOPEN: Act = {
  told: { act: "reopen" },
  words: ["Reopening", "Reopened", "reopened"],
  guess: { state: "waiting", resolved_at: null },
};
const RESOLVE: Act = {
  told: { act: "resolve" },
  words: ["Resolving", "Resolved", "resolved"],
  guess: { state: "resolved" },
  back: REOPEN,
};

function reassign(to: Target, name = to.agent_id): Act {
  const told = { act: "reassign" as const, ...to };
  if (to.agent_id !== undefined) {
    return {
      told,
      words: [`Assigning to ${name}`, `Assigned to ${name}:`, `assigned to ${name}`],
      guess: { state: "assigned", agent_id: to.agent_id },
    };
  }
  if (to.team !== undefined) {
    const team = `team ${to.team}`;
    return {
      told,
      words: [`Giving to ${team}`, `Kept for ${team}:`, `given to ${team}`],
      guess: { state: "waiting", agent_id: null, team: to.team },
    };
  }
  return {
    told,
    words: ["Giving back", "Back in the queue:", "given back"],
    guess: { state: "waiting", agent_id: null },
  };
}

function escalation(to: Target): Act {
  return {
    told: { act: "escalate", ...to },
    words: ["Escalating", "Escalated", "escalated"],
    guess: { state: "waiting", agent_id: null, ...(to.team === undefined ? {} : { team: to.team }) },
  };
}

/** What is done with tickets of the table: shown at once, told to the server, and read again where that refuses. */
export function useActs(board: Board, release: (ids: readonly string[]) => void) {
  const { agent_id: me } = useSignedIn();
  const names = useNames();
  const [running, setRunning] = useState<Running | null>(null);
  const [refused, setRefused] = useState<readonly RefusedTicket[]>([]);

  const run = useCallback(
    async (ids: readonly string[], act: Act): Promise<void> => {
      if (ids.length === 0) return;
      const { told, words, guess, back } = act;
      const say = (so: number) => setRunning({ doing: words[0], count: so, of: ids.length });
      board.guess(ids, guess);
      say(0);
      const outcome = await actOnMany(ids, told, say);
      setRunning(null);
      release(outcome.done);
      if (outcome.done.length > 0) {
        const [only, ...others] = outcome.done;
        const title = `${words[1]} ${others.length === 0 ? only : count(outcome.done.length, "ticket")}`;
        if (back === undefined) done(title);
        else done(title, { label: "Undo", run: () => void run(outcome.done, back) });
      }
      const [first] = outcome.refused;
      if (first === undefined) return;
      if (ids.length === 1) failed(`${first.ticket_id} was not ${words[2]}`, first.detail);
      else {
        const title = `${outcome.refused.length.toLocaleString()} of ${count(ids.length, "ticket")} not ${words[2]}`;
        failed(title, first.detail, { label: "Show which", run: () => setRefused(outcome.refused) });
      }
      await board.again(outcome.refused.map((one) => one.ticket_id));
    },
    [board, release],
  );
  const resolve = useCallback((ids: readonly string[]) => void run(ids, RESOLVE), [run]);
  const assign = useCallback(
    (ids: readonly string[], to: Target) => void run(ids, reassign(to, names.get(to.agent_id ?? ""))),
    [run, names],
  );
  const escalate = useCallback((ids: readonly string[], to: Target) => void run(ids, escalation(to)), [run]);
  const mine = useCallback(
    (ids: readonly string[]) => {
      if (me !== null) return void run(ids, reassign({ agent_id: me }, "me"));
      const how = "smart-support keys create --name NAME --scope agent --agent ID";
      failed("You are signed in as no agent", `Sign in with a key that names yours: ${how} makes one.`);
    },
    [run, me],
  );
  return { resolve, assign, escalate, mine, running, refused, forget: useCallback(() => setRefused([]), []) };
}
