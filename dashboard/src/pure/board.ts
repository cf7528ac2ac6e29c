/** The load board: who is shown, in which order, and what the team has free. */

export interface Standing {
  readonly id: string;
  readonly name: string | null;
  readonly team: string | null;
  readonly status: string;
  readonly absence: string | null;
  readonly capacity: number;
  readonly load: number;
  readonly free: number;
  readonly skills: Readonly<Record<string, number>>;
  readonly languages: readonly string[];
}

export interface Wanted {
  readonly text: string;
  readonly team: string | null;
  /** Only who can be given a ticket now. */
  readonly free: boolean;
}

export const NO_TEAM = "No team";

/** Every word occurs in what is known of him. */
function fits(agent: Standing, { text, team, free }: Wanted): boolean {
  if (team !== null && (agent.team ?? NO_TEAM) !== team) return false;
  if (free && agent.free === 0) return false;
  const known = [
    agent.id,
    agent.name ?? "",
    agent.team ?? "",
    agent.status,
    ...agent.languages,
    ...Object.keys(agent.skills),
  ]
    .join("\n")
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => known.includes(word));
}

/** Those that fit by team, teams by name and those without one last; in each who is there first, then by name. */
export function teams<A extends Standing>(agents: readonly A[], wanted: Wanted): { team: string; agents: A[] }[] {
  const found = new Map<string, A[]>();
  for (const agent of agents) {
    if (!fits(agent, wanted)) continue;
    const team = agent.team ?? NO_TEAM;
    found.set(team, [...(found.get(team) ?? []), agent]);
  }
  const named = (agent: A) => agent.name ?? agent.id;
  return [...found]
    .sort(([a], [b]) => Number(a === NO_TEAM) - Number(b === NO_TEAM) || a.localeCompare(b))
    .map(([team, members]) => ({
      team,
      agents: members.sort(
        (a, b) =>
          Number(a.absence !== null) - Number(b.absence !== null) ||
          named(a).localeCompare(named(b)) ||
          (a.id < b.id ? -1 : 1),
      ),
    }));
}

export function totals(agents: readonly Standing[]): { there: number; all: number; load: number; free: number } {
  return {
    there: agents.filter((agent) => agent.absence === null).length,
    all: agents.length,
    load: agents.reduce((sum, agent) => sum + agent.load, 0),
    free: agents.reduce((sum, agent) => sum + agent.free, 0),
  };
}

interface Waits {
  readonly category: string | null;
  readonly team: string | null;
}

/** What waits, by category and the team that must have it: the most first; with who could take one now. A category's own
 *  name is the skill that is asked for, unless the taxonomy names others: `skills` by category. */
export function queues<W extends Waits>(
  waiting: readonly W[],
  agents: readonly Standing[],
  skills: Readonly<Record<string, readonly string[]>> = {},
): { category: string | null; team: string | null; tickets: W[]; able: number; free: number }[] {
  const found = new Map<string, W[]>();
  for (const one of waiting) {
    const key = JSON.stringify([one.category, one.team]);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()]
    .map((tickets) => {
      const { category, team } = tickets[0]!;
      const asked = category === null ? [] : (skills[category] ?? [category]);
      const able = agents.filter(
        (agent) => (team === null || agent.team === team) && asked.every((skill) => (agent.skills[skill] ?? 0) > 0),
      );
      return { category, team, tickets, able: able.length, free: able.reduce((sum, agent) => sum + agent.free, 0) };
    })
    .sort((a, b) => b.tickets.length - a.tickets.length || (a.category ?? "").localeCompare(b.category ?? ""));
}
