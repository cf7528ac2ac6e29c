import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Figure.module.css";

export type Tone = "plain" | "good" | "warn" | "bad";

/** One figure to be read from afar. The tone only underlines what the words say. */
export function Figure({
  label,
  value,
  said,
  tone = "plain",
}: {
  label: string;
  value: ReactNode;
  said?: ReactNode;
  tone?: Tone;
}) {
  return (
    <Paper withBorder p="md" bg="var(--ss-panel)" className={classes.figure} data-tone={tone}>
      <Text component="dt" size="xs" fw={600} c="var(--ss-quiet)">
        {label}
      </Text>
      <dd className={classes.value}>{value}</dd>
      {said !== undefined && (
        <Text component="dd" size="xs" c="var(--ss-quiet)" m={0}>
          {said}
        </Text>
      )}
    </Paper>
  );
}

/** Figures side by side, as many as there is room for. */
export function Figures({ children }: { children: ReactNode }) {
  return <dl className={classes.figures}>{children}</dl>;
}
