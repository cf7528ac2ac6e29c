import { Group, Paper, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  /** A few words beside the title: what is counted, since when. */
  said?: ReactNode;
  /** What stands at the right of the title: buttons, a switch. */
  tools?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page, which screen readers list as a region. */
export function Panel({ title, said, tools, children }: Props) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} withBorder p="md" bg="var(--ss-panel)">
      <Group justify="space-between" gap="xs" mb="sm">
        <Group gap="xs" align="baseline">
          <Title order={2} size="h5" id={id}>
            {title}
          </Title>
          {said !== undefined && (
            <Text size="xs" c="var(--ss-quiet)" component="span">
              {said}
            </Text>
          )}
        </Group>
        {tools}
      </Group>
      {children}
    </Paper>
  );
}
