import { ActionIcon, Button, Checkbox, Group, Popover, Stack, Text, Tooltip, VisuallyHidden } from "@mantine/core";
import { useState } from "react";

import { Icon } from "../../icons/icons";
import { type Columns, moved } from "../../pure/columns";
import { STAYS, TITLES } from "./columns";
import classes from "./ColumnMenu.module.css";

interface Props {
  shown: Columns;
  change: (shown: Columns) => void;
  reset: () => void;
}

/** Which columns there are, and in which order: by the buttons, by Alt with an arrow, or by dragging. */
export function ColumnMenu({ shown, change, reset }: Props) {
  const [dragged, setDragged] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const [opened, setOpened] = useState(false);
  const title = (name: string) => TITLES.get(name) ?? name;
  function move(name: string, by: number): void {
    const next = moved(shown, name, by);
    change(next);
    setSaid(`${title(name)} is column ${next.order.indexOf(name) + 1} of ${next.order.length}`);
  }
  function turn(name: string, on: boolean): void {
    change({ ...shown, hidden: on ? shown.hidden.filter((one) => one !== name) : [...shown.hidden, name] });
  }
  return (
    <Popover position="bottom-end" shadow="md" withinPortal trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Tooltip label="Columns" disabled={opened}>
          <ActionIcon variant="default" size={30} aria-label="Choose columns" onClick={() => setOpened(!opened)}>
            <Icon name="columns" />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <Group justify="space-between" mb="xs" gap="lg">
          <Text size="sm" fw={600}>
            Columns
          </Text>
          <Button size="compact-xs" variant="subtle" onClick={reset}>
            Reset
          </Button>
        </Group>
        <Stack gap={0}>
          {shown.order.map((name, index) => (
            <div
              key={name}
              className={classes.line}
              data-dragged={name === dragged || undefined}
              draggable
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                setDragged(name);
              }}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => {
                if (dragged === null) return;
                event.preventDefault();
                if (dragged !== name) move(dragged, index - shown.order.indexOf(dragged));
              }}
              onKeyDown={(event) => {
                const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
                if (by === undefined) return;
                event.preventDefault();
                move(name, by);
              }}
            >
              <span className={classes.grip}>
                <Icon name="grip" size={16} />
              </span>
              <Checkbox
                size="sm"
                flex={1}
                label={title(name)}
                disabled={STAYS.has(name)}
                checked={!shown.hidden.includes(name)}
                onChange={(event) => turn(name, event.currentTarget.checked)}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Move ${title(name)} to the left`}
                disabled={index === 0}
                onClick={() => move(name, -1)}
              >
                <Icon name="up" size={14} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`Move ${title(name)} to the right`}
                disabled={index === shown.order.length - 1}
                onClick={() => move(name, 1)}
              >
                <Icon name="down" size={14} />
              </ActionIcon>
            </div>
          ))}
        </Stack>
        <VisuallyHidden role="status">{said}</VisuallyHidden>
      </Popover.Dropdown>
    </Popover>
  );
}
