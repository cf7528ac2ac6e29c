/** Beside an incident: whom it affects, and who is let through. */

import { Anchor, Skeleton, Text } from "@mantine/core";
import { Link } from "wouter";

import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { narrowed } from "../../pure/members";
import { capital, count, exception } from "../../pure/words";
import classes from "./Incident.module.css";
import { useCustomers, useMembers } from "./queries";

/** Members that say more than the incident does, and are routed and told all the same. */
export function Releases({ id }: { id: string }) {
  const members = useMembers(id).data;
  const released = narrowed(members ?? [], "released");
  return (
    <Panel title="Routed on their own" {...(members === undefined ? {} : { said: released.length.toLocaleString() })}>
      {members === undefined ? (
        <Skeleton height={48} />
      ) : released.length === 0 ? (
        <Text size="sm" c="var(--ss-quiet)">
          None of its tickets says more than the incident does: no threat, no danger, no lost data, nothing far more
          urgent.
        </Text>
      ) : (
        <ul className={`${classes.list} ${classes.tall}`} tabIndex={0} aria-label="Routed on their own">
          {released.map((one) => (
            <li key={one.ticket_id}>
              <div className={classes.between}>
                <Anchor component={Link} href={`/tickets/${one.ticket_id}`} inherit>
                  {one.ticket_id}
                </Anchor>
                <span className={classes.quiet}>
                  <RelativeTime at={one.linked_at} />
                </span>
              </div>
              {capital(exception(one.exception ?? ""))}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function Customers({ id, number }: { id: string; number: number }) {
  const found = useCustomers(id).data;
  return (
    <Panel title="Affected customers" said={number.toLocaleString()}>
      {found === undefined ? (
        <Skeleton height={48} />
      ) : found.length === 0 ? (
        <Text size="sm" c="var(--ss-quiet)">
          No ticket of it says whose it is.
        </Text>
      ) : (
        <ul className={`${classes.list} ${classes.tall}`} tabIndex={0} aria-label="Affected customers">
          {found.map((one) => (
            <li key={one.id ?? one.email} className={classes.between}>
              <span>
                <bdi>{one.customer}</bdi>
                {one.tier !== null && <span className={classes.quiet}> {one.tier}</span>}
              </span>
              <span>{count(one.tickets, "ticket")}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
