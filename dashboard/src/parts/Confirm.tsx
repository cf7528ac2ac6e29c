import { Button, Group, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";

import { Dialog } from "./Dialog";
import { Refusal } from "./Refusal";

interface Props {
  opened: boolean;
  title: string;
  /** What the button that does it says. */
  does: string;
  danger?: boolean;
  busy: boolean;
  /** What the server said against it. */
  error: Error | null;
  ready?: boolean;
  close: () => void;
  run: () => void;
  children: ReactNode;
}

/** Asks before something is done, with what is to be chosen for it. */
export function Confirm({
  opened,
  title,
  does,
  danger = false,
  busy,
  error,
  ready = true,
  close,
  run,
  children,
}: Props) {
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (ready && !busy) run();
  }
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <form onSubmit={submit}>
        <Stack>
          <Refusal error={error} />
          {children}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" color={danger ? "red" : "ink"} loading={busy} disabled={!ready}>
              {does}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
