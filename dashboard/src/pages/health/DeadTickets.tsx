import { Anchor, Button, Text } from "@mantine/core";
import { Link } from "wouter";

import { Loaded } from "../../parts/Loaded";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Empty } from "../../parts/States";
import { useDead, useRetryDead } from "./data";
import classes from "./Health.module.css";

const SHOWN = 20;

interface Props {
  /** How many there are in all. */
  count: number;
  may: boolean;
}

/** Tickets that a step gave up after failing again and again, and why. */
export function DeadTickets({ count, may }: Props) {
  const dead = useDead();
  const retry = useRetryDead();
  const tickets = dead.data ?? [];
  return (
    <Panel
      title="Dead tickets"
      tools={
        may &&
        tickets.length > 0 && (
          <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate(null)}>
            Retry all {count.toLocaleString()}
          </Button>
        )
      }
    >
      <Loaded query={dead} height={80}>
        {(tickets) =>
          tickets.length === 0 ? (
            <Empty small icon="check" title="No ticket was given up">
              One that fails again and again is put here, with the reason, and can be retried.
            </Empty>
          ) : (
            <ul className={classes.list}>
              {tickets.slice(0, SHOWN).map((ticket) => (
                <li key={ticket.ticket_id} className={classes.row}>
                  <div className={classes.grow}>
                    <Anchor
                      component={Link}
                      href={`/tickets/${encodeURIComponent(ticket.ticket_id)}`}
                      size="sm"
                      fw={600}
                      className={classes.name ?? ""}
                    >
                      {ticket.ticket_id}
                    </Anchor>
                    <Text size="xs" c="var(--ss-quiet)" component="div" className={classes.reason ?? ""}>
                      {ticket.step} failed {ticket.failures} times: <bdi>{ticket.reason}</bdi> · accepted{" "}
                      <RelativeTime at={ticket.accepted_at} />
                    </Text>
                  </div>
                  {may && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={`Retry ${ticket.ticket_id}`}
                      onClick={() => retry.mutate([ticket.ticket_id])}
                    >
                      Retry
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {count > SHOWN && tickets.length > 0 && (
        <Text size="xs" c="var(--ss-quiet)" mt="xs">
          The oldest {Math.min(SHOWN, tickets.length)} of {count.toLocaleString()}.
        </Text>
      )}
    </Panel>
  );
}
