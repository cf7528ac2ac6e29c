import { Button, Group, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { Panel } from "../../parts/Panel";
import { Act } from "./Act";
import classes from "./Settings.module.css";

interface Props<T> {
  title: string;
  /** What one is called: "rule". */
  one: string;
  /** What the list is for, and what its order means. */
  said: string;
  items: readonly T[];
  named: (item: T) => string;
  words: (item: T) => ReactNode;
  /** Whether the order counts: then it can be changed. */
  ordered?: boolean;
  /** Null where the reader may only look. */
  change: ((items: T[]) => void) | null;
  /** The form of one, or of a new one. */
  form: (given: { item: T | null; save: (item: T) => void; close: () => void }) => ReactNode;
}

/** A list of named things, each with a form of its own. */
export function Items<T>({ title, one, said, items, named, words, ordered = false, change, form }: Props<T>) {
  const [edited, edit] = useState<number | "new" | null>(null);
  const close = () => edit(null);
  const swap = (a: number, b: number) =>
    change?.(items.map((item, index) => (index === a ? items[b]! : index === b ? items[a]! : item)));
  return (
    <Panel
      title={title}
      said={items.length > 0 ? items.length : undefined}
      tools={
        change !== null && (
          <Button size="xs" variant="default" onClick={() => edit("new")}>
            Add {one}
          </Button>
        )
      }
    >
      <Text size="sm" c="var(--ss-quiet)" mb={items.length > 0 ? "xs" : 0}>
        {said}
      </Text>
      <ol className={classes.list}>
        {items.map((item, index) => (
          <li key={`${index} ${named(item)}`} className={classes.item}>
            {ordered && <span className={classes.number}>{index + 1}</span>}
            <div className={classes.grow}>
              <Text size="sm" fw={600}>
                <bdi>{named(item)}</bdi>
              </Text>
              <Text size="sm" c="var(--ss-quiet)" component="div">
                {words(item)}
              </Text>
            </div>
            {change !== null && (
              <Group gap={2} wrap="nowrap">
                {ordered && (
                  <>
                    <Act
                      label={`Move ${named(item)} up`}
                      icon="up"
                      disabled={index === 0}
                      run={() => swap(index, index - 1)}
                    />
                    <Act
                      label={`Move ${named(item)} down`}
                      icon="down"
                      disabled={index === items.length - 1}
                      run={() => swap(index, index + 1)}
                    />
                  </>
                )}
                <Act label={`Edit ${named(item)}`} icon="edit" run={() => edit(index)} />
                <Act
                  label={`Remove ${named(item)}`}
                  icon="remove"
                  run={() => change(items.filter((_, at) => at !== index))}
                />
              </Group>
            )}
          </li>
        ))}
      </ol>
      {change !== null &&
        edited !== null &&
        form({
          item: edited === "new" ? null : (items[edited] ?? null),
          save: (item) => {
            change(edited === "new" ? [...items, item] : items.map((old, index) => (index === edited ? item : old)));
            close();
          },
          close,
        })}
    </Panel>
  );
}
