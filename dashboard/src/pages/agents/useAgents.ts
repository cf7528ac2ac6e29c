/** What the load board shows, and what can be done there: seen at once, taken back where the server refuses. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { bodyOf, client, once } from "../../api/client";
import { useAgents } from "../../api/directory";
import type { Agent, Schema, TicketPage, TicketRow } from "../../api/types";
import { useLive } from "../../live/Live";
import { done, failed } from "../../parts/notices";
import { handedWords, handOver, type Target } from "../../pure/handover";

export type Status = Schema<"AgentStatus">;

export const AGENTS = ["agents"] as const;
const HELD = ["tickets", "held"] as const;
const WAITING = ["tickets", "waiting"] as const;

const PAGE = 1_000;
const MOST_PAGES = 5;
/** So many of those that wait are shown with their names; the total counts all. */
const WAITING_SHOWN = 200;

export interface Waiting {
  readonly tickets: readonly TicketRow[];
  readonly total: number;
}

async function held(): Promise<TicketRow[]> {
  const found: TicketRow[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { state: ["offered", "assigned", "in_progress"] as TicketRow["state"][], limit: PAGE };
    const read: TicketPage = bodyOf(
      await client.GET("/v2/tickets", { params: { query: cursor === null ? query : { ...query, cursor } } }),
    );
    found.push(...read.tickets);
    if (read.next === null) break;
    cursor = read.next;
  }
  return found;
}

async function waiting(): Promise<Waiting> {
  const query = { state: ["waiting"] as TicketRow["state"][], order: "urgent" as const, limit: WAITING_SHOWN };
  const { tickets, total } = bodyOf(await client.GET("/v2/tickets", { params: { query } }));
  return { tickets, total: total ?? tickets.length };
}

/** Agents, what they hold, and what waits; read again as things happen. */
export function useBoard() {
  const board = {
    agents: useAgents(true),
    held: useQuery({ queryKey: HELD, queryFn: held }),
    waiting: useQuery({ queryKey: WAITING, queryFn: waiting }),
  };
  useLive((event) => event.kind.startsWith("ticket.") || event.kind.startsWith("agent."), [AGENTS, HELD, WAITING]);
  return board;
}

export function useSetStatus() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ agent, status }: { agent: Agent; status: Status }) =>
      bodyOf(
        await client.POST("/agents/{agent_id}/status", { params: { path: { agent_id: agent.id } }, body: { status } }),
      ),
    onMutate: async ({ agent, status }) => {
      await queries.cancelQueries({ queryKey: AGENTS });
      const put = (changed: Agent) =>
        queries.setQueryData<Agent[]>(AGENTS, (all) => all?.map((one) => (one.id === agent.id ? changed : one)));
      const absence = status === "online" ? null : status.replace("_", "-");
      put({
        ...agent,
        status,
        silent: false,
        absence,
        free: absence === null ? Math.max(0, agent.capacity - agent.load) : 0,
      });
      return { undo: () => put(agent) };
    },
    onError: (error, { agent }, seen) => {
      seen?.undo();
      failed(`${agent.name ?? agent.id} stays ${agent.status.replace("_", "-")}`, error);
    },
    onSuccess: (told) => done(`${told.name ?? told.id} is ${told.status.replace("_", "-")} now`),
    onSettled: () => Promise.all([AGENTS, HELD, WAITING].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}

export function useReassign() {
  const queries = useQueryClient();
  const read = () => ({
    agents: queries.getQueryData<Agent[]>(AGENTS) ?? [],
    held: queries.getQueryData<TicketRow[]>(HELD) ?? [],
    waiting: queries.getQueryData<Waiting>(WAITING) ?? { tickets: [], total: 0 },
  });
  const put = ({ agents, held: has, waiting: waits }: ReturnType<typeof read>) => {
    queries.setQueryData(AGENTS, agents);
    queries.setQueryData(HELD, has);
    queries.setQueryData(WAITING, waits);
  };
  return useMutation({
    mutationFn: async ({ ticket, to }: { ticket: TicketRow; to: Target }) =>
      bodyOf(
        await client.POST("/v2/tickets/{ticket_id}/reassign", {
          params: { path: { ticket_id: ticket.ticket_id }, header: once() },
          body: {
            ...to,
            ...(ticket.agent_id === null ? {} : { from_agent_id: ticket.agent_id }),
          },
        }),
      ),
    onMutate: async ({ ticket, to }) => {
      await Promise.all([AGENTS, HELD, WAITING].map((queryKey) => queries.cancelQueries({ queryKey })));
      const before = read();
      const after = handOver({ ...before, waiting: before.waiting.tickets }, ticket.ticket_id, to);
      const total = before.waiting.total + after.waiting.length - before.waiting.tickets.length;
      put({ agents: [...after.agents], held: [...after.held], waiting: { tickets: after.waiting, total } });
      return { undo: () => put(before) };
    },
    onError: (error, { ticket }, seen) => {
      seen?.undo();
      failed(`${ticket.subject || ticket.ticket_id} stays where it was`, error);
    },
    onSuccess: (_, { to }) => done(handedWords(to)),
    onSettled: () => Promise.all([AGENTS, HELD, WAITING].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}
