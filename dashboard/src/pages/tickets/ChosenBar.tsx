import { Button, Group, Progress, Text } from "@mantine/core";

import { Icon } from "../../icons/icons";
import type { Asked } from "./Asks";
import classes from "./Tickets.module.css";
import type { Running } from "./useActs";

interface Props {
  count: number;
  running: Running | null;
  ask: (about: Asked["about"]) => void;
  mine: () => void;
  none: () => void;
  mayAct: boolean;
}

/** What can be done with the rows that are chosen, and how far it is. */
export function ChosenBar({ count, running, ask, mine, none, mayAct }: Props) {
  if (running !== null) {
    const share = (100 * running.count) / running.of;
    return (
      <div className={classes.chosen} role="status">
        <Text size="sm" fw={600} mb={6}>
          {running.doing}: {running.count.toLocaleString()} of {running.of.toLocaleString()}
        </Text>
        <Progress value={share} size="sm" aria-label={running.doing} />
      </div>
    );
  }
  return (
    <Group className={classes.chosen ?? ""} gap="xs" role="group" aria-label="With the chosen tickets">
      <Text size="sm" fw={600} mr="xs" role="status">
        {count.toLocaleString()} chosen
      </Text>
      {mayAct ? (
        <>
          <Button size="xs" leftSection={<Icon name="check" size={14} />} onClick={() => ask("resolve")}>
            Resolve
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="assign" size={14} />}
            onClick={() => ask("assign")}
          >
            Assign…
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="up" size={14} />}
            onClick={() => ask("escalate")}
          >
            Escalate…
          </Button>
          <Button size="xs" variant="default" leftSection={<Icon name="person" size={14} />} onClick={mine}>
            To me
          </Button>
        </>
      ) : (
        <Text size="sm" c="var(--ss-quiet)">
          This key may look, and not act.
        </Text>
      )}
      <Button size="xs" variant="subtle" onClick={none}>
        Choose none
      </Button>
    </Group>
  );
}
