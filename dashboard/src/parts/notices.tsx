/** What happened to what somebody did, told in a corner. What was done goes by itself; what failed stays
 * until closed. */

import { Button, CloseButton, Group, Paper, Stack, Text } from "@mantine/core";
import { useEffect, useState, useSyncExternalStore } from "react";

import { Icon } from "../icons/icons";
import classes from "./notices.module.css";

interface Notice {
  readonly id: number;
  readonly kind: "done" | "failed";
  readonly title: string;
  readonly detail: string | undefined;
  readonly action: Action | undefined;
}

interface Action {
  readonly label: string;
  readonly run: () => void;
}

const SHOWN_MS = 6_000;
const MOST = 4;
let notices: readonly Notice[] = [];
let count = 0;
const watchers = new Set<() => void>();

function set(next: readonly Notice[]): void {
  notices = next;
  for (const watcher of watchers) watcher();
}

function add(kind: Notice["kind"], title: string, detail?: string, action?: Action): void {
  count += 1;
  const others = notices.filter((one) => one.kind !== kind || one.title !== title); // the same again replaces itself
  set([...others, { id: count, kind, title, detail, action }].slice(-MOST));
}

function close(id: number): void {
  set(notices.filter((one) => one.id !== id));
}

/** Say that something was done; with `action`, how it is taken back. */
export function done(title: string, action?: Action): void {
  add("done", title, undefined, action);
}

/** Say that something failed, and why. */
export function failed(title: string, error: unknown, action?: Action): void {
  add("failed", title, error instanceof Error ? error.message : String(error), action);
}

/** Take all away: nothing of one person is left for the next. */
export function clearNotices(): void {
  set([]);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Once on the page. Its two regions stand there from the beginning, or a screen reader says nothing of what
 * comes in. */
export function Notices() {
  const all = useSyncExternalStore(subscribe, () => notices);
  return (
    <div className={classes.corner}>
      <Stack gap="xs" role="alert">
        {all
          .filter((one) => one.kind === "failed")
          .map((one) => (
            <Card key={one.id} notice={one} />
          ))}
      </Stack>
      <Stack gap="xs" role="status">
        {all
          .filter((one) => one.kind === "done")
          .map((one) => (
            <Card key={one.id} notice={one} />
          ))}
      </Stack>
    </div>
  );
}

function Card({ notice }: { notice: Notice }) {
  const [held, hold] = useState(false);
  const goes = notice.kind === "done" && !held;
  useEffect(() => {
    if (!goes) return undefined;
    const timer = setTimeout(() => close(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [goes, notice.id]);
  return (
    <Paper
      withBorder
      shadow="md"
      className={classes.card ?? ""}
      data-kind={notice.kind}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <span className={classes.mark}>
          <Icon name={notice.kind === "done" ? "check" : "alert"} size={18} />
        </span>
        <div className={classes.said}>
          <Text size="sm" fw={600}>
            {notice.title}
          </Text>
          {notice.detail !== undefined && (
            <Text size="sm" c="var(--ss-quiet)">
              {notice.detail}
            </Text>
          )}
          {notice.action !== undefined && (
            <Button
              size="compact-sm"
              variant="light"
              mt={6}
              onClick={() => {
                close(notice.id);
                notice.action?.run();
              }}
            >
              {notice.action.label}
            </Button>
          )}
        </div>
        <CloseButton size="sm" aria-label="Close this notice" onClick={() => close(notice.id)} />
      </Group>
    </Paper>
  );
}
