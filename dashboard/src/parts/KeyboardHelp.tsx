import { Group, Kbd, Modal, Stack, Text, Title } from "@mantine/core";
import { Fragment } from "react";

import { type Shortcut, useShortcutGroups } from "./shortcuts";

const CAPS: Readonly<Record<string, string>> = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** The keys that do the same, together. */
function byMeaning(shortcuts: readonly Shortcut[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { does, keys } of shortcuts) found.set(does, [...(found.get(does) ?? []), keys]);
  return found;
}

/** What stands on the keys to press. */
function caps(keys: string): string[] {
  return keys.split(" ").flatMap((key) => (/^[A-Z]$/u.test(key) ? ["Shift", key] : [CAPS[key] ?? key]));
}

export function KeyboardHelp({ opened, close }: { opened: boolean; close: () => void }) {
  const groups = useShortcutGroups();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title="Keyboard"
      size="md"
      closeButtonProps={{ "aria-label": "Close" }}
      attributes={{ header: { role: "presentation" } }}
    >
      <Stack gap="lg">
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <Title order={3} size="h6" mb="xs">
              {group.title}
            </Title>
            {[...byMeaning(group.shortcuts)].map(([does, keys]) => (
              <Group key={does} justify="space-between" py={4} wrap="nowrap">
                <Text size="sm">{does}</Text>
                <Group gap={4} wrap="nowrap">
                  {keys.map((one, index) => (
                    <Fragment key={one}>
                      {index > 0 && (
                        <Text size="xs" c="var(--ss-quiet)" component="span" px={2}>
                          or
                        </Text>
                      )}
                      {caps(one).map((cap) => (
                        <Kbd key={cap}>{cap}</Kbd>
                      ))}
                    </Fragment>
                  ))}
                </Group>
              </Group>
            ))}
          </section>
        ))}
      </Stack>
    </Modal>
  );
}
