/** Why this agent, why nobody else, and what would change that. */

import { Button, Skeleton, Text } from "@mantine/core";
import { useState } from "react";

import { useNames } from "../../api/directory";
import { Panel } from "../../parts/Panel";
import { count } from "../../pure/words";
import { type Route, useRoute } from "./queries";
import classes from "./Ticket.module.css";

const FIRST = 5;

export function RoutePanel({ id }: { id: string }) {
  const route = useRoute(id);
  return (
    <Panel title="Why this agent">
      {route.data !== undefined ? (
        <Told route={route.data} />
      ) : route.isError ? (
        <Text size="sm" role="alert">
          {route.error.message}{" "}
          <Button size="compact-xs" variant="default" onClick={() => void route.refetch()}>
            Try again
          </Button>
        </Text>
      ) : (
        <Skeleton height={64} />
      )}
    </Panel>
  );
}

function Told({ route }: { route: Route }) {
  const [all, showAll] = useState(false);
  const names = useNames();
  const { chosen, others, needs } = route;
  const shown = all ? others : others.slice(0, FIRST);
  const asks =
    needs === null
      ? []
      : [...needs.skills, needs.language, needs.team === null ? null : `team ${needs.team}`].filter(
          (one) => one !== null,
        );
  return (
    <>
      <Text size="sm">
        It {route.words}
        {route.above !== null && route.waiting !== null && `: ${place(route.above, route.waiting)}`}.
      </Text>
      {(asks.length > 0 || route.rules.length > 0) && (
        <Text size="xs" c="var(--ss-quiet)" mt={4}>
          {asks.length > 0 && `It asks for ${asks.join(", ")}.`}
          {route.rules.length > 0 && ` Rules: ${route.rules.join(", ")}.`}
        </Text>
      )}
      {(chosen !== null || others.length > 0) && (
        <div style={{ overflowX: "auto", marginTop: 8 }} tabIndex={0} role="group" aria-label="Candidates">
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Agent</th>
                <th scope="col">Why, and what would change it</th>
                <th
                  scope="col"
                  className={classes.number}
                  title="In thousandths; the plan that is cheapest for all tickets together is taken"
                >
                  Cost
                </th>
              </tr>
            </thead>
            <tbody>
              {chosen !== null && (
                <tr data-chosen>
                  <td className={classes.agent} title={chosen.agent_id}>
                    <b>{names.get(chosen.agent_id) ?? chosen.agent_id}</b>
                  </td>
                  <td>{costs(chosen)}</td>
                  <td className={classes.number}>{chosen.cost.toLocaleString()}</td>
                </tr>
              )}
              {shown.map((other) => (
                <tr key={other.agent_id}>
                  <td className={classes.agent} title={other.agent_id}>
                    {names.get(other.agent_id) ?? other.agent_id}
                  </td>
                  <td>{other.words}</td>
                  <td className={classes.number}>–</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {others.length > FIRST && (
        <Button mt="xs" size="xs" variant="default" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? "Show the nearest" : `Show all ${count(others.length, "other agent")}`}
        </Button>
      )}
    </>
  );
}

function place(above: number, waiting: number): string {
  return above === 0
    ? `first of ${count(waiting, "waiting ticket")}`
    : `${above} of ${count(waiting, "waiting ticket")} rank higher`;
}

function signed(cost: number): string {
  return `${cost > 0 ? "+" : "−"}${Math.abs(cost).toLocaleString()}`;
}

/** The parts of the cost, in thousandths, that are not nothing. */
function costs(chosen: NonNullable<Route["chosen"]>): string {
  const parts = [
    ["skill", chosen.skill],
    ["lower demands after waiting", chosen.relaxed],
    ["had the customer before", chosen.preferred],
    ["load", chosen.load],
  ] as const;
  const listed = parts.filter(([, cost]) => cost !== 0).map(([name, cost]) => `${name} ${signed(cost)}`);
  return listed.length === 0 ? "The best there is: it costs nothing." : `The cheapest for all: ${listed.join(", ")}.`;
}
