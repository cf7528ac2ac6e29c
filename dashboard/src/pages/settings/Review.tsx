import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useEffect, useEffectEvent } from "react";

import { Dialog } from "../../parts/Dialog";
import { Refusal } from "../../parts/Refusal";
import { Diff } from "./Diff";
import { type Document, type Held, pretty } from "./documents";

/** The last look before a new version: the server checks it without changing anything, and what changes is shown. */
export function Review({ held, document, close }: { held: Held; document: Document; close: () => void }) {
  const { check, save, refused } = document;
  const begin = useEffectEvent(() => check.mutate());
  useEffect(() => begin(), []);
  const checked = check.isSuccess && refused === null;
  return (
    <Dialog opened onClose={close} title="Review and save" size="xl">
      <Stack gap="md">
        {check.isPending && (
          <Group gap="xs" role="status">
            <Loader size="xs" />
            <Text size="sm">The server checks it…</Text>
          </Group>
        )}
        <Refusal error={refused} title="This cannot be saved" />
        {checked && (
          <Alert color="green" variant="outline" role="status" title="The server finds nothing wrong">
            {check.data.changed
              ? `Saved, it is version ${check.data.version}. It works within a second, in every process.`
              : `It is what holds already: version ${check.data.version}.`}
          </Alert>
        )}
        <Diff before={pretty(held.content)} after={pretty(document.content)} label="What changes" />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Go on editing
          </Button>
          {refused !== null && (
            <Button variant="default" onClick={() => check.mutate()}>
              Check again
            </Button>
          )}
          <Button
            disabled={!checked}
            loading={save.isPending}
            onClick={() => save.mutate(undefined, { onSuccess: close })}
            data-autofocus
          >
            Save
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
