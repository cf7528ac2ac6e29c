/** Agents as a list to choose from shows them. */

interface Choosable {
  readonly id: string;
  readonly name: string | null;
  readonly team: string | null;
  readonly free: number;
  readonly skills: Readonly<Record<string, number>>;
}

/** Those whose id, name or team holds every word typed; who has room first, then who knows the category best, then
 * by name. */
export function found<Agent extends Choosable>(
  agents: readonly Agent[],
  text: string,
  category: string | null,
): Agent[] {
  const words = text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  const skill = (agent: Agent) => (category === null ? 0 : (agent.skills[category] ?? 0));
  const called = (agent: Agent) => (agent.name ?? agent.id).toLowerCase();
  return agents
    .filter((agent) => {
      const said = `${agent.id} ${agent.name ?? ""} ${agent.team ?? ""}`.toLowerCase();
      return words.every((word) => said.includes(word));
    })
    .sort(
      (a, b) =>
        Number(b.free > 0) - Number(a.free > 0) ||
        skill(b) - skill(a) ||
        b.free - a.free ||
        (called(a) < called(b) ? -1 : called(a) > called(b) ? 1 : 0),
    );
}

/** Their teams, each once, by name. */
export function teamsOf(agents: readonly { readonly team: string | null }[]): string[] {
  return [...new Set(agents.flatMap((agent) => agent.team ?? []))].sort();
}

/** What they can do, and what else there is to be good at: each once, by name. */
export function skillsOf(agents: readonly Pick<Choosable, "skills">[], others: readonly string[] = []): string[] {
  return [...new Set([...others, ...agents.flatMap((agent) => Object.keys(agent.skills))])].sort();
}
