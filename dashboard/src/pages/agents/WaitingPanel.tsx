import { ActionIcon, Anchor, Button, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { bodyOf, client } from "../../api/client";
import type { Agent, TicketRow } from "../../api/types";
import { Icon } from "../../icons/icons";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { queues } from "../../pure/board";
import { count } from "../../pure/words";
import { useTaxonomy } from "../settings/useTaxonomy";
import { TicketLine } from "./AgentCard";
import classes from "./Agents.module.css";
import type { Waiting } from "./useAgents";

const MOST_TICKETS = 10;
const MOST_OTHERS = 4;

interface Props {
  waiting: Waiting;
  agents: readonly Agent[];
  may: boolean;
  assign: (ticket: TicketRow) => void;
}

/** What waits, for whom, and of each ticket why. */
export function WaitingPanel({ waiting, agents, may, assign }: Props) {
  const categories = useTaxonomy().data ?? [];
  const skills = Object.fromEntries(
    categories.flatMap((one) => {
      const asked = Object.entries(one.skills ?? {}).flatMap(([name, has]) => (has > 0 ? [name] : []));
      return asked.length > 0 ? [[one.name, asked]] : [];
    }),
  );
  const found = queues(waiting.tickets, agents, skills);
  return (
    <Panel title="Waiting" said={waiting.total.toLocaleString()}>
      {found.length === 0 && (
        <Text size="sm" c="var(--ss-quiet)">
          Nothing waits: every ticket is with somebody, or done.
        </Text>
      )}
      {found.map(({ category, team, tickets, able, free }, index) => (
        <details key={`${category}\n${team}`} className={classes.queue} open={index < 3}>
          <summary>
            <span>
              <b>{[category ?? "No category", ...(team === null ? [] : [team])].join(" · ")}</b>
              <b>{tickets.length}</b>
            </span>
            <div className={classes.quiet}>
              oldest <RelativeTime at={tickets.reduce((a, b) => (a.accepted_at < b.accepted_at ? a : b)).accepted_at} />
              {" · "}
              {able === 0 ? "nobody can take it" : `${count(able, "agent")} can, ${count(free, "free slot")}`}
            </div>
          </summary>
          {tickets.slice(0, MOST_TICKETS).map((ticket) => (
            <Waits key={ticket.ticket_id} ticket={ticket} assign={may ? () => assign(ticket) : null} />
          ))}
          {tickets.length > MOST_TICKETS && category !== null && (
            <Anchor
              component={Link}
              size="sm"
              underline="always"
              href={`/tickets?state=waiting&category=${encodeURIComponent(category)}`}
            >
              All {tickets.length} in the list
            </Anchor>
          )}
        </details>
      ))}
      {waiting.total > waiting.tickets.length && (
        <Text size="sm" c="var(--ss-quiet)">
          The {waiting.tickets.length} most urgent of {waiting.total.toLocaleString()}.{" "}
          <Anchor component={Link} size="sm" underline="always" href="/tickets?state=waiting">
            All of them
          </Anchor>
        </Text>
      )}
    </Panel>
  );
}

function Waits({ ticket, assign }: { ticket: TicketRow; assign: (() => void) | null }) {
  const [opened, open] = useState(false);
  const named = ticket.subject || ticket.ticket_id;
  return (
    <>
      <div className={classes.ticket}>
        <TicketLine ticket={ticket} />
        <Button
          size="compact-xs"
          variant="subtle"
          aria-expanded={opened}
          aria-label={`Why does ${named} wait?`}
          onClick={() => open(!opened)}
        >
          Why
        </Button>
        {assign !== null && (
          <Tooltip label="Assign">
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Assign ${named}`} onClick={assign}>
              <Icon name="move" size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {opened && <Why ticketId={ticket.ticket_id} />}
    </>
  );
}

/** The solver's own words on where the ticket stands, and who is nearest to it. */
function Why({ ticketId }: { ticketId: string }) {
  const route = useQuery({
    queryKey: ["route", ticketId],
    queryFn: async () =>
      bodyOf(await client.GET("/v2/tickets/{ticket_id}/route", { params: { path: { ticket_id: ticketId } } })),
  });
  if (route.isPending) return <div className={classes.why}>Looking…</div>;
  if (route.isError) {
    return (
      <div className={classes.why} role="alert">
        {route.error.message}{" "}
        <Button size="compact-xs" variant="default" onClick={() => void route.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  const { words, needs, above, others } = route.data;
  const asks = [
    ...(needs?.skills ?? []),
    ...(needs?.language == null ? [] : [`speaks ${needs.language}`]),
    ...(needs?.team == null ? [] : [`team ${needs.team}`]),
  ];
  return (
    <div className={classes.why}>
      {words[0]?.toUpperCase()}
      {words.slice(1)}
      {asks.length > 0 && <div>Asks for: {asks.join(", ")}</div>}
      {above !== null && above > 0 && <div>{above} that wait rank higher.</div>}
      {others.length > 0 && (
        <ul>
          {others.slice(0, MOST_OTHERS).map((other) => (
            <li key={other.agent_id}>
              <b>{other.agent_id}</b>: {other.words}
            </li>
          ))}
          {others.length > MOST_OTHERS && <li>and {others.length - MOST_OTHERS} more</li>}
        </ul>
      )}
    </div>
  );
}
