import { Button, Group, Text } from "@mantine/core";

import { Dialog } from "../../parts/Dialog";

interface Props {
  opened: boolean;
  count: number;
  close: () => void;
  run: () => void;
}

/** Asks before many tickets are resolved at once. */
export function ResolveDialog({ opened, count, close, run }: Props) {
  return (
    <Dialog opened={opened} onClose={close} title={`Resolve ${count.toLocaleString()} tickets?`}>
      <Text size="sm">They leave their agents' queues. Undo puts them back into the queue.</Text>
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button
          data-autofocus
          onClick={() => {
            close();
            run();
          }}
        >
          Resolve {count.toLocaleString()}
        </Button>
      </Group>
    </Dialog>
  );
}
