import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";

import { Loaded, type Read } from "../../parts/Loaded";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Empty } from "../../parts/States";
import { SeverityTag, StateTag } from "../../parts/Tags";
import { count, percent } from "../../pure/words";
import { grows, type Incident } from "./data";
import classes from "./Flood.module.css";

const SHOWN = 8;

interface Props {
  query: Read<Incident[]>;
}

/** Incidents that are open, the one that was reported last first. */
export function Growing({ query }: Props) {
  const told = query.data;
  const growing = told?.filter(grows).length ?? 0;
  return (
    <Panel
      title="Open incidents"
      said={growing > 0 ? `${growing} growing` : undefined}
      tools={
        <Anchor component={Link} href="/incidents" size="sm">
          All incidents
        </Anchor>
      }
    >
      <Loaded query={query} height={140}>
        {(all) =>
          all.length === 0 ? (
            <Empty small icon="incidents" title="No incident is open">
              One opens by itself when many tickets tell of the same cause.
            </Empty>
          ) : (
            <Stack component="ul" gap={0} className={classes.list ?? ""}>
              {all.slice(0, SHOWN).map((incident) => (
                <li key={incident.id} className={classes.item}>
                  <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
                    <Anchor component={Link} href={`/incidents/${incident.id}`} fw={600} size="sm" lineClamp={2}>
                      <bdi>{incident.title}</bdi>
                    </Anchor>
                    <span className={classes.tags}>
                      <StateTag state={incident.state} />
                      <SeverityTag severity={incident.severity} />
                    </span>
                  </Group>
                  <Text size="xs" c="var(--ss-quiet)" component="div">
                    <b className={classes.strong}>{incident.tickets.toLocaleString()}</b> tickets ·{" "}
                    {percent(incident.suppressed, incident.tickets)} suppressed
                    {incident.customers > 0 && ` · ${count(incident.customers, "customer")}`} · opened{" "}
                    <RelativeTime at={incident.opened_at} /> · last <RelativeTime at={incident.reported_at} />
                  </Text>
                </li>
              ))}
              {all.length > SHOWN && (
                <li className={classes.item}>
                  <Text size="xs" c="var(--ss-quiet)">
                    {all.length - SHOWN} more
                  </Text>
                </li>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}
