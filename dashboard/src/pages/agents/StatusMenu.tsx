import { Button, Menu } from "@mantine/core";

import type { Agent } from "../../api/types";
import { Icon } from "../../icons/icons";
import classes from "./Agents.module.css";
import type { Status } from "./useAgents";

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  online: "Online",
  away: "Away",
  wrap_up: "Wrap-up",
  offline: "Offline",
};
const MEANS: readonly (readonly [Status, string])[] = [
  ["online", "is given tickets"],
  ["away", "gets nothing new, keeps what is assigned"],
  ["wrap_up", "gets nothing new, finishes what there is"],
  ["offline", "gives back what is not begun"],
];

interface Props {
  agent: Agent;
  /** Whether the reader may change it. */
  may: boolean;
  change: (status: Status) => void;
}

/** Where an agent stands, and the way to change it. */
export function StatusMenu({ agent, may, change }: Props) {
  const named = agent.name ?? agent.id;
  const dot = <span className={classes.dot} data-status={agent.status} />;
  if (!may) {
    return (
      <Button
        component="span"
        size="compact-sm"
        variant="transparent"
        c="inherit"
        leftSection={dot}
        style={{ cursor: "default" }}
      >
        {STATUS_WORDS[agent.status]}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end" shadow="md" width={290} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={dot}
          rightSection={<Icon name="chevron" size={12} />}
          aria-label={`Status of ${named}: ${STATUS_WORDS[agent.status]}. Change it`}
          data-status-button
        >
          {STATUS_WORDS[agent.status]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label={`Status of ${named}`}>
        {MEANS.map(([status, means]) => (
          <Menu.Item
            key={status}
            leftSection={<span className={classes.dot} data-status={status} />}
            aria-current={status === agent.status ? "true" : undefined}
            onClick={() => status !== agent.status && change(status)}
          >
            <b>{STATUS_WORDS[status]}</b>: {means}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
