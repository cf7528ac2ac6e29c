import { Text } from "@mantine/core";

import { useNames } from "../../api/directory";
import { RelativeTime } from "../../parts/RelativeTime";
import { Score, StateTag } from "../../parts/Tags";
import type { Ticket } from "./queries";
import classes from "./Ticket.module.css";

/** How a ticket stands, in a line. */
export function Summary({ ticket }: { ticket: Ticket }) {
  const names = useNames();
  return (
    <div className={classes.facts}>
      <StateTag state={ticket.state} />
      <Score score={ticket.urgency_score} />
      {typeof ticket.agent_id === "string" && (
        <span>
          with <b>{names.get(ticket.agent_id) ?? ticket.agent_id}</b>
          {typeof ticket.offer_until === "string" && ticket.state === "offered" && (
            <>
              , to accept <RelativeTime at={ticket.offer_until} />
            </>
          )}
        </span>
      )}
      {typeof ticket.team === "string" && <span>only team {ticket.team}</span>}
      {typeof ticket.escalated_at === "string" && (
        <Text component="span" size="sm" c="var(--ss-high)" fw={600}>
          escalated
        </Text>
      )}
      <span>
        accepted <RelativeTime at={ticket.accepted_at} />
      </span>
    </div>
  );
}
