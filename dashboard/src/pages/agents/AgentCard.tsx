import { ActionIcon, Tooltip } from "@mantine/core";
import { memo } from "react";
import { Link } from "wouter";

import type { Agent, TicketRow } from "../../api/types";
import { Icon } from "../../icons/icons";
import { Gauge } from "../../parts/Gauge";
import { RelativeTime } from "../../parts/RelativeTime";
import { standing } from "../../pure/hours";
import { plain } from "../../pure/words";
import classes from "./Agents.module.css";
import { StatusMenu } from "./StatusMenu";
import type { Status } from "./useAgents";

/** Up to so many tickets each has a slot of its own in the bar. */
const MOST_SLOTS = 12;
const MOST_TICKETS = 8;

export function level(score: number | null): string | undefined {
  return score === null ? undefined : score >= 0.75 ? "high" : score >= 0.4 ? "middle" : "low";
}

interface Props {
  agent: Agent;
  tickets: readonly TicketRow[];
  may: boolean;
  /** Epoch milliseconds, for his clock on the wall. */
  now: number;
  setStatus: (agent: Agent, status: Status) => void;
  reassign: (ticket: TicketRow) => void;
}

/** One agent: where he stands, how much he has, what he can, and his tickets. */
export const AgentCard = memo(function AgentCard({ agent, tickets, may, now, setStatus, reassign }: Props) {
  const named = agent.name ?? agent.id;
  const skills = Object.entries(agent.skills).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const outside = agent.absence?.includes("outside working hours") ?? false;
  const shift = agent.hours === null ? null : standing(agent.hours, now, !outside);
  return (
    <article
      className={classes.card}
      aria-label={named}
      tabIndex={-1}
      data-agent={agent.id}
      data-absent={agent.absence === null ? undefined : true}
    >
      <div className={classes.top}>
        <div className={classes.who}>
          <div className={classes.name}>
            <bdi>{named}</bdi>
          </div>
          {agent.name !== null && <div className={classes.quiet}>{agent.id}</div>}
        </div>
        <StatusMenu agent={agent} may={may} change={(status) => setStatus(agent, status)} />
      </div>
      <Capacity agent={agent} />
      {skills.length > 0 && (
        <ul className={classes.tags} aria-label="Skills">
          {skills.map(([name, has]) => (
            <li key={name} className={classes.skill}>
              {name} <span className={classes.quiet}>{has.toFixed(1)}</span>
              <span className={classes.level} style={{ width: `${has * 100}%` }} />
            </li>
          ))}
        </ul>
      )}
      <div className={classes.quiet}>
        <span title="Languages">{agent.languages.length === 0 ? "any language" : agent.languages.join(", ")}</span>
        {" · "}
        {shift === null ? "any time" : `${shift.local} there, ${shift.words}`}
        {agent.silent && (
          <>
            {" · silent"}
            {agent.heartbeat_at !== null && (
              <>
                , last heard <RelativeTime at={agent.heartbeat_at} />
              </>
            )}
          </>
        )}
      </div>
      {tickets.length > 0 && (
        <ul className={classes.tickets} aria-label={`Tickets of ${named}`}>
          {tickets.slice(0, MOST_TICKETS).map((ticket) => (
            <li key={ticket.ticket_id} className={classes.ticket}>
              <TicketLine ticket={ticket} />
              <span className={classes.state}>{plain(ticket.state)}</span>
              {may && (
                <Tooltip label="Reassign">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    aria-label={`Reassign ${ticket.subject || ticket.ticket_id}`}
                    onClick={() => reassign(ticket)}
                  >
                    <Icon name="move" size={14} />
                  </ActionIcon>
                </Tooltip>
              )}
            </li>
          ))}
          {tickets.length > MOST_TICKETS && (
            <li className={classes.ticket}>
              <Link href={`/tickets?agent=${encodeURIComponent(agent.id)}`}>
                and {tickets.length - MOST_TICKETS} more
              </Link>
            </li>
          )}
        </ul>
      )}
    </article>
  );
});

/** S and the subject, which leads to the ticket. */
export function TicketLine({ ticket }: { ticket: TicketRow }) {
  return (
    <>
      <span className={classes.score} data-level={level(ticket.urgency_score)} title="Urgency S">
        {ticket.urgency_score?.toFixed(2) ?? "–"}
      </span>
      <Link href={`/tickets/${encodeURIComponent(ticket.ticket_id)}`}>
        <bdi>{ticket.subject || ticket.excerpt || ticket.ticket_id}</bdi>
      </Link>
    </>
  );
}

function Capacity({ agent }: { agent: Agent }) {
  const full = agent.load >= agent.capacity;
  const said = `${agent.load} of ${agent.capacity}`;
  const slots = Math.max(agent.capacity, agent.load);
  return (
    <div className={classes.load}>
      {slots > MOST_SLOTS ? (
        <Gauge label={`Load: ${said}`} value={agent.load} most={agent.capacity} tone={full ? "warn" : "plain"} />
      ) : (
        <span className={classes.slots} data-full={full || undefined} aria-hidden="true">
          {Array.from({ length: slots }, (_, index) => (
            <span key={index} className={classes.slot} data-taken={index < agent.load || undefined} />
          ))}
        </span>
      )}
      <span>
        {said}
        <span className={classes.quiet}>
          {agent.absence !== null ? ` · ${agent.absence}` : full ? " · full" : ` · ${agent.free} free`}
        </span>
      </span>
    </div>
  );
}
