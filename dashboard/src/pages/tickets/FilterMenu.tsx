import { Button, Checkbox, Popover, Stack, Text } from "@mantine/core";

import { Icon } from "../../icons/icons";
import classes from "./Tickets.module.css";

interface Option {
  readonly value: string;
  readonly label: string;
  /** How many tickets have it, where that is known. */
  readonly tickets?: number | undefined;
}

interface Props {
  name: string;
  options: readonly Option[];
  chosen: readonly string[];
  change: (chosen: string[]) => void;
}

/** Any of some values, to be ticked; as wide as its name, however many are. */
export function FilterMenu({ name, options, chosen, change }: Props) {
  const [first] = chosen;
  const one = chosen.length === 1;
  const said =
    first === undefined
      ? name
      : one
        ? (options.find(({ value }) => value === first)?.label ?? first)
        : `${name} · ${chosen.length}`;
  // What is read out holds what is seen.
  const label = first === undefined ? name : one ? `${name}: ${said}` : `${said}: ${chosen.join(", ")}`;
  return (
    <Popover position="bottom-start" shadow="md" withinPortal trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          fw={400}
          px={10}
          justify="space-between"
          className={classes.filter ?? ""}
          data-on={first !== undefined || undefined}
          aria-label={label}
          rightSection={<Icon name="chevron" size={12} />}
        >
          {said}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={name} p="sm">
        {options.length === 0 ? (
          <Text size="sm" c="var(--ss-quiet)">
            No ticket has one yet.
          </Text>
        ) : (
          <Stack gap={8} className={classes.options ?? ""}>
            {options.map(({ value, label, tickets }) => (
              <div key={value} className={classes.option}>
                <Checkbox
                  size="sm"
                  label={label}
                  checked={chosen.includes(value)}
                  onChange={(event) =>
                    change(event.currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value))
                  }
                />
                <span className={classes.quiet}>{tickets?.toLocaleString()}</span>
              </div>
            ))}
            {chosen.length > 0 && (
              <Button size="compact-xs" variant="subtle" onClick={() => change([])}>
                Any
              </Button>
            )}
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
