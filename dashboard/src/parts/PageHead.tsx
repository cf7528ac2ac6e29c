import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

interface Props {
  title: string;
  /** In place of the title, where it is more than plain text. */
  shown?: ReactNode;
  said?: ReactNode;
  /** At the right: buttons. */
  children?: ReactNode;
}

/** The heading of a page, which gets the focus when somebody goes there, and the window's title. */
export function PageHead({ title, shown = title, said, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Smart-Support`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Group justify="space-between" align="center" gap="sm">
      <div style={{ minWidth: 0, maxWidth: "100%", overflowWrap: "anywhere" }}>
        <Title order={1} size="h3" ref={heading} tabIndex={-1} style={{ outline: "none" }}>
          {shown}
        </Title>
        {said !== undefined && (
          <Text size="sm" c="var(--ss-quiet)" component="div">
            {said}
          </Text>
        )}
      </div>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
