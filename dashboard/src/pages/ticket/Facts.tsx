/** Who wrote, by which way, and what came with it. */

import { Badge, Group } from "@mantine/core";
import type { ReactNode } from "react";

import { Icon } from "../../icons/icons";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { attachments, size } from "../../pure/attachments";
import { count } from "../../pure/words";
import type { Ticket } from "./queries";
import classes from "./Ticket.module.css";

export function Customer({ ticket }: { ticket: Ticket }) {
  const { name, email, id, tier } = ticket.customer;
  const who = name ?? email ?? id;
  return (
    <Panel title="Customer">
      <dl className={classes.rows}>
        <Row of="Name">{who === null || who === undefined ? "not told" : <bdi>{who}</bdi>}</Row>
        {who !== email && <Row of="Address">{email !== null && email !== undefined && <bdi>{email}</bdi>}</Row>}
        {who !== id && <Row of="Id">{id}</Row>}
        <Row of="Tier">{tier}</Row>
      </dl>
    </Panel>
  );
}

export function Origin({ ticket }: { ticket: Ticket }) {
  return (
    <Panel title="Details">
      <dl className={classes.rows}>
        <Row of="Channel">{ticket.channel}</Row>
        <Row of="Source">
          {ticket.source !== null && `${ticket.source}${ticket.source_id === null ? "" : ` · ${ticket.source_id}`}`}
        </Row>
        <Row of="Language">{ticket.language}</Row>
        <Row of="Sent">{ticket.received_at !== null && <RelativeTime at={ticket.received_at} />}</Row>
        <Row of="Accepted">
          <RelativeTime at={ticket.accepted_at} />
        </Row>
        <Row of="First answer">
          {typeof ticket.answered_at === "string" && <RelativeTime at={ticket.answered_at} />}
        </Row>
        <Row of="Resolved">{typeof ticket.resolved_at === "string" && <RelativeTime at={ticket.resolved_at} />}</Row>
        <Row of="Tags">
          {ticket.tags.length > 0 && (
            <Group gap={4} justify="flex-end">
              {ticket.tags.map((tag) => (
                <Badge key={tag} variant="outline" color="gray" size="sm" tt="none">
                  {tag}
                </Badge>
              ))}
            </Group>
          )}
        </Row>
      </dl>
    </Panel>
  );
}

/** What the mail or the helpdesk says was attached: names only, the files stay there. */
export function Attachments({ ticket }: { ticket: Ticket }) {
  const found = attachments(ticket.metadata);
  if (found.length === 0) return null;
  return (
    <Panel title="Attachments" said={count(found.length, "file")}>
      <ul className={classes.files}>
        {found.map((one, index) => (
          <li key={index}>
            <Icon name="clip" size={14} />
            <bdi>{one.name}</bdi>
            <span className={classes.quiet}>
              {[one.type, one.size === null ? null : size(one.size)].filter(Boolean).join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Row({ of, children }: { of: string; children: ReactNode }) {
  if (children === null || children === undefined || children === false) return null;
  return (
    <div className={classes.row}>
      <dt>{of}</dt>
      <dd>{children}</dd>
    </div>
  );
}
