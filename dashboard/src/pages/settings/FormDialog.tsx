import { Button, Group, Stack } from "@mantine/core";
import { type ReactNode } from "react";

import { Dialog } from "../../parts/Dialog";

interface Props {
  title: string;
  /** What the button says. */
  act?: string;
  /** Why it cannot be sent yet; null: it can. */
  lacks: string | null;
  busy?: boolean;
  submit: () => void;
  close: () => void;
  children: ReactNode;
}

/** A form in a window: Enter sends it, Escape leaves it. */
export function FormDialog({ title, act = "Apply", lacks, busy = false, submit, close, children }: Props) {
  return (
    <Dialog opened onClose={close} title={title} size="lg">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (lacks === null) submit();
        }}
      >
        <Stack gap="md">
          {children}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={lacks !== null} loading={busy} title={lacks ?? undefined}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
