import { Anchor, Button, Group, Select, Skeleton, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useInterval } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { useMay } from "../../api/may";
import type { Agent, TicketRow } from "../../api/types";
import { Icon } from "../../icons/icons";
import { Loaded } from "../../parts/Loaded";
import { PageHead } from "../../parts/PageHead";
import { Panel } from "../../parts/Panel";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Empty, Failed } from "../../parts/States";
import { NO_TEAM, teams, totals } from "../../pure/board";
import { AgentCard } from "./AgentCard";
import classes from "./Agents.module.css";
import { ReassignDialog } from "./ReassignDialog";
import { type Status, useBoard, useReassign, useSetStatus } from "./useAgents";
import { WaitingPanel } from "./WaitingPanel";

const MINUTE = 60_000;
/** So many cards are drawn; a button shows the rest. */
const CARDS = 120;

function cards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-agent]")];
}

function activeCard(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-agent]") ?? null;
}

function step(by: 1 | -1): void {
  const all = cards();
  const at = all.indexOf(activeCard() ?? document.body);
  all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
}

export default function Agents() {
  const board = useBoard();
  const may = useMay("agent");
  const { mutate: changeStatus } = useSetStatus();
  const { mutate: handOver } = useReassign();
  const [given, setGiven] = useState<readonly TicketRow[] | null>(null);
  const [most, setMost] = useState(CARDS);
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), MINUTE, { autoInvoke: true });
  const box = useRef<HTMLInputElement>(null);

  const [, navigate] = useLocation();
  const told = new URLSearchParams(useSearch());
  const wanted = { text: told.get("q") ?? "", team: told.get("team"), free: told.has("free") };
  const want = (name: string, value: string | null) => {
    const next = new URLSearchParams(told);
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
    const search = next.toString();
    navigate(search === "" ? "/agents" : `/agents?${search}`, { replace: true });
  };

  const held = board.held.data;
  const byAgent = useMemo(() => {
    const found = new Map<string, TicketRow[]>();
    for (const ticket of held ?? []) {
      if (ticket.agent_id !== null) found.set(ticket.agent_id, [...(found.get(ticket.agent_id) ?? []), ticket]);
    }
    for (const tickets of found.values()) tickets.sort((a, b) => (b.urgency_score ?? 0) - (a.urgency_score ?? 0));
    return found;
  }, [held]);
  const setStatus = useCallback((agent: Agent, status: Status) => changeStatus({ agent, status }), [changeStatus]);
  const reassign = useCallback((ticket: TicketRow) => setGiven([ticket]), []);

  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "j", does: "Next agent", run: () => step(1) },
      { keys: "k", does: "Agent before", run: () => step(-1) },
      { keys: "/", does: "Search", run: () => box.current?.focus() },
      ...(may
        ? [
            {
              keys: "s",
              does: "Change the agent's status",
              run: () => activeCard()?.querySelector<HTMLElement>("[data-status-button]")?.click(),
            },
            {
              keys: "r",
              does: "Reassign one of the agent's tickets",
              run: () => {
                const has = byAgent.get(activeCard()?.dataset["agent"] ?? "") ?? [];
                if (has.length > 0) setGiven(has);
              },
            },
          ]
        : []),
    ],
    [may, byAgent],
  );
  useShortcuts("Agents", shortcuts);
  useEffect(() => setMost(CARDS), [wanted.text, wanted.team, wanted.free]);

  const agents = board.agents.data;
  if (agents === undefined) {
    return board.agents.isError ? (
      <Failed error={board.agents.error} again={() => void board.agents.refetch()} />
    ) : (
      <div className={classes.page} role="status" aria-label="Loading">
        <Skeleton h={36} w={220} />
        <div className={classes.cards}>
          {[1, 2, 3, 4, 5, 6].map((one) => (
            <Skeleton key={one} h={190} radius="md" />
          ))}
        </div>
      </div>
    );
  }
  const sum = totals(agents);
  const groups = teams(agents, wanted);
  const names = [...new Set(agents.map((agent) => agent.team ?? NO_TEAM))].sort();
  let left = most;
  return (
    <div className={classes.page}>
      <PageHead
        title="Agents"
        said={
          agents.length === 0
            ? undefined
            : `${sum.there} of ${sum.all} there · ${sum.load} tickets in hand · ${sum.free} free slots`
        }
      >
        <Button component={Link} href="/settings/agents" variant="default" size="xs">
          Edit agents
        </Button>
      </PageHead>
      <div className={classes.columns}>
        <Stack gap="md">
          {agents.length > 0 && (
            <Group gap="xs" role="search" aria-label="Filter agents">
              <TextInput
                ref={box}
                size="xs"
                type="search"
                aria-label="Search agents"
                placeholder="Name, skill, language  ( / )"
                leftSection={<Icon name="search" size={16} />}
                value={wanted.text}
                onChange={(event) => want("q", event.currentTarget.value)}
                onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
                w={{ base: "100%", xs: 230 }}
              />
              {names.length > 1 && (
                <Select
                  size="xs"
                  aria-label="Team"
                  placeholder="Team"
                  data={names}
                  value={wanted.team}
                  onChange={(team) => want("team", team)}
                  clearable
                  w={{ base: "100%", xs: 160 }}
                />
              )}
              <Switch
                size="sm"
                label="With room only"
                checked={wanted.free}
                onChange={(event) => want("free", event.currentTarget.checked ? "1" : null)}
              />
            </Group>
          )}
          {agents.length === 0 ? (
            <Panel title="Load">
              <Empty icon="agents" title="No agents yet">
                Without agents all tickets wait to be taken with `GET /v2/tickets/next`. Add your people in{" "}
                <Anchor component={Link} size="sm" underline="always" href="/settings/agents">
                  Settings
                </Anchor>
                , or try `smart-support agents import --demo`.
              </Empty>
            </Panel>
          ) : (
            groups.length === 0 && (
              <Empty
                icon="search"
                title="Nobody fits"
                action={{ label: "Show all", run: () => navigate("/agents", { replace: true }) }}
              >
                Try another word, or fewer filters.
              </Empty>
            )
          )}
          {groups.map((group) => {
            const shown = group.agents.slice(0, Math.max(0, left));
            left -= group.agents.length;
            if (shown.length === 0) return null;
            const { there, free } = totals(group.agents);
            return (
              <section key={group.team} aria-label={group.team}>
                <Text component="h2" size="sm" fw={600} m={0} mb="xs">
                  {group.team}{" "}
                  <Text span size="xs" fw={400} c="var(--ss-quiet)">
                    {there} of {group.agents.length} there · {free} free
                  </Text>
                </Text>
                <div className={classes.cards}>
                  {shown.map((agent) => (
                    <AgentCard
                      key={agent.id}
                      agent={agent}
                      tickets={byAgent.get(agent.id) ?? []}
                      may={may}
                      now={now}
                      setStatus={setStatus}
                      reassign={reassign}
                    />
                  ))}
                </div>
              </section>
            );
          })}
          {left < 0 && (
            <Button variant="default" onClick={() => setMost(most + CARDS)}>
              Show {Math.min(CARDS, -left)} more of {-left}
            </Button>
          )}
        </Stack>
        <div className={classes.waiting}>
          <Loaded query={board.waiting} height={200}>
            {(waiting) => (
              <WaitingPanel waiting={waiting} agents={agents} may={may && agents.length > 0} assign={reassign} />
            )}
          </Loaded>
        </div>
      </div>
      {given !== null && (
        <ReassignDialog tickets={given} go={(ticket, to) => handOver({ ticket, to })} close={() => setGiven(null)} />
      )}
    </div>
  );
}
