import { Group, List, Paper, Text, Title } from "@mantine/core";

import { Icon } from "../../icons/icons";
import type { Verdict as Told } from "../../pure/verdict";
import classes from "./Health.module.css";

const ICONS = { well: "check", warn: "incidents", bad: "alert" } as const;
const SAID = { warn: "Soon", bad: "Now" } as const;

/** How the system is in one sentence; below it what is wrong, and what to do. */
export function Verdict({ verdict }: { verdict: Told }) {
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--ss-panel)"
      className={classes.verdict ?? ""}
      data-state={verdict.state}
      aria-label="Verdict"
    >
      <Group gap="sm" wrap="nowrap" align="center" role="status">
        <span className={classes.sign}>
          <Icon name={ICONS[verdict.state]} size={28} />
        </span>
        <div>
          <Title order={2} size="h4">
            {verdict.title}
          </Title>
          {verdict.findings.length === 0 && (
            <Text size="sm" c="var(--ss-quiet)">
              Tickets are taken in, triaged and dispatched; alerts go out.
            </Text>
          )}
        </div>
      </Group>
      {verdict.findings.length > 0 && (
        <List mt="sm" spacing="xs" listStyleType="none" className={classes.findings ?? ""}>
          {verdict.findings.map((finding) => (
            <List.Item key={finding.what} className={classes.finding ?? ""} data-weight={finding.weight}>
              <Text size="sm" fw={600}>
                <span className={classes.weight}>{SAID[finding.weight]}</span> {finding.what}
              </Text>
              <Text size="sm" c="var(--ss-quiet)">
                {finding.todo}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </Paper>
  );
}
