import { Alert, Button, Group, NumberInput, Paper, Progress, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";

import type { Schema } from "../../api/types";
import { Dialog } from "../../parts/Dialog";
import { lasting } from "../../pure/time";
import { useSimulate } from "./data";

const MOST = 2_000;
const SLOWEST = 60;
const FASTEST = 60_000;

interface Props {
  opened: boolean;
  close: () => void;
}

/** Asks how many tickets, how fast, and begins. */
export function SimulateDialog({ opened, close }: Props) {
  const [tickets, setTickets] = useState<number | string>(300);
  const [rate, setRate] = useState<number | string>(1_200);
  const [seed, setSeed] = useState<number | string>("");
  const begin = useSimulate();
  const fits =
    within(tickets, 1, MOST) && within(rate, SLOWEST, FASTEST) && (seed === "" || within(seed, 0, 2 ** 32 - 1));
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!fits) return;
    const asked = { tickets: Number(tickets), per_minute: Number(rate), seed: seed === "" ? null : Number(seed) };
    begin.mutate(asked, { onSuccess: close });
  }
  return (
    <Dialog opened={opened} onClose={close} title="Simulate a flood" onExitTransitionEnd={begin.reset}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" c="var(--ss-quiet)">
            Sends made-up tickets through the whole system: one incident in many people's words, and everyday tickets
            around it. They carry the tag “simulated”, and alerts about them go out like any other.
          </Text>
          {begin.isError && (
            <Alert color="red" variant="outline" role="alert" title="That did not work">
              {begin.error.message}
            </Alert>
          )}
          <NumberInput
            label="Tickets"
            description={`1 to ${MOST.toLocaleString()}`}
            data-autofocus
            min={1}
            max={MOST}
            allowDecimal={false}
            value={tickets}
            onChange={setTickets}
            error={within(tickets, 1, MOST) ? undefined : `A number from 1 to ${MOST}`}
          />
          <NumberInput
            label="Tickets per minute"
            description={`${SLOWEST} to ${FASTEST.toLocaleString()}`}
            min={SLOWEST}
            max={FASTEST}
            step={60}
            allowDecimal={false}
            value={rate}
            onChange={setRate}
            error={within(rate, SLOWEST, FASTEST) ? undefined : `A number from ${SLOWEST} to ${FASTEST}`}
          />
          <NumberInput
            label="Seed"
            description="The same seed gives the same texts; empty for new ones"
            min={0}
            max={2 ** 32 - 1}
            allowDecimal={false}
            value={seed}
            onChange={setSeed}
          />
          <Group justify="space-between" mt="xs">
            <Text size="sm" c="var(--ss-quiet)" aria-live="polite">
              {fits ? `Takes about ${lasting((60 * Number(tickets)) / Number(rate))}` : ""}
            </Text>
            <Button type="submit" loading={begin.isPending} disabled={!fits}>
              Start
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** How far the flood is that runs. */
export function SimulatedFlood({ status }: { status: Schema<"FloodStatusOut"> }) {
  const { sent, tickets } = status;
  return (
    <Paper withBorder p="sm" bg="var(--ss-panel)" role="status">
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={600}>
          A simulated flood is running
        </Text>
        <Text size="sm" c="var(--ss-quiet)">
          {sent.toLocaleString()} of {tickets.toLocaleString()} tickets sent
        </Text>
      </Group>
      <Progress value={tickets > 0 ? (100 * sent) / tickets : 0} aria-label="Tickets sent" size="md" />
    </Paper>
  );
}

function within(value: number | string, least: number, most: number): boolean {
  return value !== "" && Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most;
}
