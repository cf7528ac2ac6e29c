/** The buttons of a ticket: what most likely comes next stands first. */

import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";

import { Icon } from "../../icons/icons";
import { type Act, can, nextOf } from "../../pure/acts";
import type { Ticket } from "./queries";

export const LABELS: Readonly<Record<Act, string>> = {
  accept: "Accept",
  start: "Start work",
  resolve: "Resolve",
  reopen: "Open again",
  reassign: "Assign",
  escalate: "Escalate",
  decline: "Decline",
};

export const KEYS: Readonly<Record<Act, string>> = {
  accept: "y",
  start: "s",
  resolve: "e",
  reopen: "r",
  reassign: "a",
  escalate: "h",
  decline: "d",
};

interface Props {
  ticket: Ticket;
  may: boolean;
  busy: boolean;
  act: (act: Act) => void;
  copy: () => void;
}

export function Actions({ ticket, may, busy, act, copy }: Props) {
  const next = nextOf(ticket.state);
  const others = (["resolve", "reassign"] as const).filter((one) => one !== next && can(one, ticket.state));
  const rest = (["escalate", "decline"] as const).filter((one) => can(one, ticket.state));
  return (
    <>
      {may && next !== null && (
        <Tooltip label={`Key ${KEYS[next]}`}>
          <Button
            size="sm"
            variant={next === "reopen" ? "default" : "filled"}
            disabled={busy}
            onClick={() => act(next)}
          >
            {LABELS[next]}
          </Button>
        </Tooltip>
      )}
      {may &&
        others.map((one) => (
          <Tooltip key={one} label={`Key ${KEYS[one]}`}>
            <Button size="sm" variant="default" disabled={busy} onClick={() => act(one)}>
              {LABELS[one]}
            </Button>
          </Tooltip>
        ))}
      <Menu position="bottom-end" withInitialFocusPlaceholder={false} width={210}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More">
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {may &&
            rest.map((one) => (
              <Menu.Item key={one} onClick={() => act(one)}>
                {LABELS[one]}
              </Menu.Item>
            ))}
          {may && rest.length > 0 && <Menu.Divider />}
          <Menu.Item onClick={copy}>Copy link</Menu.Item>
          <Menu.Item component="a" href={`/v2/tickets/${ticket.ticket_id}`} target="_blank" rel="noreferrer">
            Show as JSON
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
