import { Text } from "@mantine/core";
import { useMemo } from "react";

import { diff, fold } from "../../pure/diff";
import classes from "./Settings.module.css";

const SIGNS = { new: "+", gone: "−", same: " ", gap: " " } as const;

/** What changed between two texts, line by line; the signs say it without the colours. */
export function Diff({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => fold(diff(before, after)), [before, after]);
  if (lines.length === 0) {
    return (
      <Text size="sm" c="var(--ss-quiet)">
        Nothing differs.
      </Text>
    );
  }
  return (
    <div className={classes.diff} role="region" aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        <div key={index} data-kind={line.kind}>
          {line.kind === "gap" ? `… ${line.lines} lines the same` : `${SIGNS[line.kind]} ${line.text}`}
        </div>
      ))}
    </div>
  );
}
