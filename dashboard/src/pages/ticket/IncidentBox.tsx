import { Anchor, Button, Group, Text } from "@mantine/core";
import { Link } from "wouter";

import { Panel } from "../../parts/Panel";
import { SeverityTag, StateTag } from "../../parts/Tags";
import { capital, count, exception, LINKED } from "../../pure/words";
import { useIncident } from "../incidents/queries";
import { useLink } from "./queries";

interface Props {
  id: string;
  incident: string;
  /** Absent where the key may not. */
  unlink: (() => void) | undefined;
}

/** The incident that the ticket belongs to, and what ties it to that. */
export function IncidentBox({ id, incident, unlink }: Props) {
  const found = useIncident(incident).data;
  const link = useLink(id, incident).data;
  return (
    <Panel title="Incident" {...(found === undefined ? {} : { tools: <SeverityTag severity={found.severity} /> })}>
      <Anchor component={Link} href={`/incidents/${incident}`} fw={600} size="sm">
        <bdi>{found?.title ?? incident}</bdi>
      </Anchor>
      {found !== undefined && (
        <Group gap="md" mt={4}>
          <StateTag state={found.state} />
          <Text size="sm" c="var(--ss-quiet)">
            {count(found.tickets, "ticket")}
          </Text>
        </Group>
      )}
      {link !== undefined && link !== null && (
        <Text size="sm" mt="xs">
          {capital(LINKED[link.kind] ?? link.kind)}
          {link.similarity !== null && ` (similarity ${link.similarity.toFixed(2)})`}
          {link.recurrence && ", after the incident had ended"}.
          {link.exception !== null && ` Routed on its own all the same: ${exception(link.exception)}.`}
        </Text>
      )}
      {unlink !== undefined && (
        <Button mt="sm" size="xs" variant="default" fullWidth onClick={unlink}>
          Unlink: it is a case of its own
        </Button>
      )}
    </Panel>
  );
}
