import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { bodyOf, client } from "../../../api/client";
import { useMay } from "../../../api/may";
import type { Schema } from "../../../api/types";
import { Loaded } from "../../../parts/Loaded";
import { failed } from "../../../parts/notices";
import { Panel } from "../../../parts/Panel";
import { RelativeTime } from "../../../parts/RelativeTime";
import { Empty } from "../../../parts/States";
import { StateMark, type Tone } from "../../../parts/Tags";
import { useDestinations } from "../rules/useDestinations";
import classes from "../Settings.module.css";

type Message = Schema<"MessageOut">;

const LOOK_MS = 700;
export const MESSAGES = ["alerts"] as const;
export const TONES: Readonly<Record<Message["state"], Tone | undefined>> = {
  pending: "warn",
  sent: "good",
  dead: "bad",
  skipped: undefined,
};

/** Where alerts can go, each with a way to try it. */
export function Destinations() {
  const names = useDestinations();
  return (
    <Panel
      title="Destinations"
      said={names.data !== undefined && names.data.length > 0 ? names.data.length : undefined}
    >
      <Loaded query={names} height={60}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="bell" title="Alerts go into the log">
              No destination is set up. Name one in the settings, `WEBHOOK_URL` or a table of destinations, and start
              again; addresses are secrets and are not kept here.
            </Empty>
          ) : (
            <ul className={classes.list}>
              {all.map((name) => (
                <Destination key={name} name={name} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Destination({ name }: { name: string }) {
  const may = useMay("admin");
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: async () => bodyOf(await client.POST("/alerts/test", { body: { destination: name } }))[0]!,
    onError: (error) => failed(`No sample went to ${name}`, error),
    onSuccess: () => queries.invalidateQueries({ queryKey: MESSAGES }),
  });
  const sent = test.data;
  const outcome = useQuery({
    queryKey: [...MESSAGES, "test", sent?.id],
    enabled: sent !== undefined,
    queryFn: async () => {
      const found = bodyOf(await client.GET("/alerts", { params: { query: { topic: sent!.topic } } }));
      return found.find((message) => message.id === sent!.id) ?? sent!;
    },
    // Until it has arrived, was refused, or is put off.
    refetchInterval: ({ state }) =>
      state.data === undefined || (state.data.state === "pending" && state.data.attempts === 0) ? LOOK_MS : false,
  });
  const told = outcome.data ?? sent;
  return (
    <li className={classes.item}>
      <div className={classes.grow}>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="sm" c="var(--ss-quiet)" component="div" role="status">
          {test.isPending ? "Sending a sample…" : told === undefined ? "" : <Outcome message={told} />}
        </Text>
      </div>
      {may && (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            loading={test.isPending}
            aria-label={`Send a sample to ${name}`}
            onClick={() => test.mutate()}
          >
            Send a sample
          </Button>
        </Group>
      )}
    </li>
  );
}

function Outcome({ message }: { message: Message }) {
  return (
    <StateMark tone={TONES[message.state]} long>
      {outcome(message)}
    </StateMark>
  );
}

function outcome(message: Message): ReactNode {
  const why = message.last_error ?? "no reason was told";
  switch (message.state) {
    case "sent": {
      const took = message.sent_at === null ? null : (Date.parse(message.sent_at) - Date.parse(message.at)) / 1_000;
      return `The sample arrived${took === null ? "" : ` after ${took.toFixed(1)} s`}.`;
    }
    case "dead":
      return `The sample was given up: ${why}`;
    case "skipped":
      return "The sample was not needed any more.";
    default:
      if (message.attempts === 0) return "On its way…";
      return (
        <>
          Not taken: {why}. Tried again {message.due_at !== null && <RelativeTime at={message.due_at} ahead />}
        </>
      );
  }
}
