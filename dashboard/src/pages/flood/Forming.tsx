import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import type { Schema } from "../../api/types";
import { Gauge } from "../../parts/Gauge";
import { Loaded, type Read } from "../../parts/Loaded";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Empty } from "../../parts/States";
import { lasting } from "../../pure/time";
import { count, shortened } from "../../pure/words";
import classes from "./Flood.module.css";

const SHOWN = 5;
const SAMPLES = 3;

interface Props {
  query: Read<Schema<"FormingStormsOut">>;
}

/** Tickets that are alike and may become an incident, nearest first, with what is missing. */
export function Forming({ query }: Props) {
  const told = query.data;
  const [all, setAll] = useState(false);
  const window = told?.window_seconds == null ? undefined : `within ${lasting(told.window_seconds)}`;
  return (
    <Panel
      title="Forming now"
      said={window}
      tools={
        told?.stale === true &&
        told.at !== null && (
          <Badge variant="outline" color="gray" tt="none">
            as of <RelativeTime at={told.at} />
          </Badge>
        )
      }
    >
      <Loaded query={query} height={140}>
        {(seen) =>
          seen.clusters.length === 0 ? (
            seen.at === null ? (
              <Empty small icon="flood" title="No ticket has come yet">
                From the first one on, those that are alike show up here before they are enough for an incident.
              </Empty>
            ) : seen.stale ? (
              <Empty small icon="flood" title="Nothing is told now">
                The dispatcher has seen no ticket since it started, or none runs: Health says which.
              </Empty>
            ) : (
              <Empty small icon="flood" title="Nothing is forming">
                Tickets that are alike show up here before they are enough for an incident.
              </Empty>
            )
          ) : (
            <Stack component="ul" gap={0} className={classes.list ?? ""}>
              {seen.clusters.slice(0, all ? undefined : SHOWN).map((cluster) => (
                <Cluster key={`${cluster.kind} ${cluster.first_at} ${cluster.title}`} cluster={cluster} />
              ))}
              {seen.clusters.length > SHOWN && (
                <li className={classes.item}>
                  <Button size="xs" variant="subtle" aria-expanded={all} onClick={() => setAll(!all)}>
                    {all ? "Show fewer" : `Show all ${seen.clusters.length}`}
                  </Button>
                </li>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Cluster({ cluster }: { cluster: Schema<"FormingOut"> }) {
  const { threshold, missing, tickets } = cluster;
  const near = threshold !== null && missing !== null && missing <= Math.max(2, threshold * 0.3);
  return (
    <li className={classes.item}>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600} size="sm" component="bdi" lineClamp={2}>
          {cluster.title}
        </Text>
        {cluster.category !== null && (
          <Badge variant="light" color="gray" tt="none" className={classes.badge ?? ""}>
            {cluster.category}
          </Badge>
        )}
      </Group>
      {threshold === null ? (
        <Text size="xs" c="var(--ss-quiet)">
          {tickets} tickets. Such tickets are usual here, so no number of them opens an incident.
        </Text>
      ) : (
        <div className={classes.distance}>
          <Gauge label="Distance to an incident" value={tickets} most={threshold} tone={near ? "bad" : "warn"} />
          <Text size="sm" className={classes.figure ?? ""}>
            <b>{tickets}</b> of {threshold}
          </Text>
          <Text size="xs" c={near ? "var(--ss-high)" : "var(--ss-quiet)"} className={classes.figure ?? ""}>
            {missing === null || missing <= 0 ? "the next opens it" : `${missing} more to go`}
          </Text>
        </div>
      )}
      <Text size="xs" c="var(--ss-quiet)" component="div">
        {cluster.kind === "exact" ? "Copies" : "One cause, own words"} · likeness {cluster.similarity.toFixed(2)}
        {cluster.customers > 0 && ` · ${count(cluster.customers, "customer")}`} · last{" "}
        <RelativeTime at={cluster.last_at} />
      </Text>
      <Group gap="0 10px">
        <Text size="xs" c="var(--ss-quiet)">
          Such as
        </Text>
        {cluster.sample_ticket_ids.slice(0, SAMPLES).map((id) => (
          <Anchor
            key={id}
            component={Link}
            href={`/tickets/${encodeURIComponent(id)}`}
            size="xs"
            className={classes.id ?? ""}
            title={id}
          >
            {shortened(id)}
          </Anchor>
        ))}
      </Group>
    </li>
  );
}
