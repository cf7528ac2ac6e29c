import { ActionIcon, Tooltip, useMantineColorScheme } from "@mantine/core";

import { Icon } from "../icons/icons";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;
const ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

export function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `Colours: ${colorScheme}. Change to ${NEXT[colorScheme]}`;
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(NEXT[colorScheme])}
      >
        <Icon name={ICONS[colorScheme]} />
      </ActionIcon>
    </Tooltip>
  );
}
