import { Select, Text } from "@mantine/core";
import { useState } from "react";

import { useNames } from "../../api/directory";
import type { TicketRow } from "../../api/types";
import { AssignDialog } from "../../parts/AssignDialog";
import type { Target } from "../../pure/handover";

interface Props {
  /** Those to choose from; one alone needs no choice. */
  tickets: readonly TicketRow[];
  go: (ticket: TicketRow, to: Target) => void;
  close: () => void;
}

/** Hands a ticket to an agent, to a team, or back to the queue. */
export function ReassignDialog({ tickets, go, close }: Props) {
  const names = useNames();
  const [ticketId, setTicketId] = useState(tickets[0]?.ticket_id ?? null);
  const ticket = tickets.find((one) => one.ticket_id === ticketId) ?? null;
  const held = ticket?.agent_id ?? null;
  return (
    <AssignDialog
      opened
      title={held === null ? "Assign a ticket" : "Reassign a ticket"}
      category={ticket?.category ?? null}
      queue={held !== null}
      disabled={ticket === null}
      close={close}
      give={(to) => ticket !== null && go(ticket, to)}
    >
      {tickets.length === 1 && ticket !== null ? (
        <div>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            <bdi>{ticket.subject || ticket.ticket_id}</bdi>
          </Text>
          <Text size="sm" c="var(--ss-quiet)">
            {[ticket.category, ticket.language, held === null ? "waiting" : `now with ${names.get(held) ?? held}`]
              .filter((part) => part !== null)
              .join(" · ")}
          </Text>
        </div>
      ) : (
        <Select
          label="Ticket"
          allowDeselect={false}
          data={tickets.map((one) => ({ value: one.ticket_id, label: one.subject || one.ticket_id }))}
          value={ticketId}
          onChange={setTicketId}
        />
      )}
    </AssignDialog>
  );
}
