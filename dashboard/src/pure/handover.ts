/** A ticket in other hands, as it will look once the server has done it. */

import type { Standing } from "./board";

interface Ticket {
  readonly ticket_id: string;
  readonly agent_id: string | null;
  readonly state: string;
  readonly team: string | null;
}

export interface Hands<A extends Standing, T extends Ticket> {
  readonly agents: readonly A[];
  /** What agents have. */
  readonly held: readonly T[];
  readonly waiting: readonly T[];
}

/** Who gets it; without an agent the queue finds one, in the team if one is named. */
export interface Target {
  readonly agent_id?: string;
  readonly team?: string;
}

export function handedWords({ agent_id: agent, team }: Target): string {
  if (agent !== undefined) return `Handed over to ${agent}`;
  return team === undefined ? "Back in the queue" : `Kept for team ${team}`;
}

export function handOver<A extends Standing, T extends Ticket>(
  hands: Hands<A, T>,
  ticketId: string,
  { agent_id: to, team }: Target,
): Hands<A, T> {
  const ticket = [...hands.held, ...hands.waiting].find((one) => one.ticket_id === ticketId);
  if (ticket === undefined || (to !== undefined && to === ticket.agent_id)) return hands;
  const others = (list: readonly T[]) => list.filter((one) => one.ticket_id !== ticketId);
  const moved: T =
    to === undefined
      ? { ...ticket, agent_id: null, state: "waiting", team: team ?? ticket.team }
      : { ...ticket, agent_id: to, state: "assigned" };
  return {
    agents: hands.agents.map((agent) => {
      const change = Number(agent.id === to) - Number(agent.id === ticket.agent_id);
      if (change === 0) return agent;
      const load = Math.max(0, agent.load + change);
      return { ...agent, load, free: agent.absence === null ? Math.max(0, agent.capacity - load) : 0 };
    }),
    held: to === undefined ? others(hands.held) : [...others(hands.held), moved],
    waiting: to === undefined ? [moved, ...others(hands.waiting)] : others(hands.waiting),
  };
}
