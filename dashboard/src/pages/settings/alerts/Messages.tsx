import { Button, Group, Select, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client } from "../../../api/client";
import { useMay } from "../../../api/may";
import type { Schema } from "../../../api/types";
import { useLive } from "../../../live/Live";
import { Loaded } from "../../../parts/Loaded";
import { done, failed } from "../../../parts/notices";
import { Panel } from "../../../parts/Panel";
import { RelativeTime } from "../../../parts/RelativeTime";
import { Empty } from "../../../parts/States";
import { StateMark } from "../../../parts/Tags";
import { Topic } from "../../../parts/Topic";
import { type Column, Rows } from "../Rows";
import classes from "../Settings.module.css";
import { MESSAGES, TONES } from "./Destinations";

type Message = Schema<"MessageOut">;
type State = Schema<"MessageState">;

const LIMIT = 100;
const WORDS: Readonly<Record<State, string>> = {
  pending: "on its way",
  sent: "sent",
  dead: "given up",
  skipped: "not needed",
};
const PURPOSES: Readonly<Record<Message["purpose"], string>> = {
  alert: "alert",
  write_back: "to the helpdesk",
  test: "",
};

const COLUMNS: readonly Column<Message>[] = [
  {
    label: "State",
    nowrap: true,
    cell: ({ state }) => <StateMark tone={TONES[state]}>{WORDS[state]}</StateMark>,
  },
  {
    label: "About",
    cell: (message) => (
      <>
        <Topic topic={message.topic} />{" "}
        <span className={classes.quiet}>
          {[PURPOSES[message.purpose], message.ordinal > 1 ? `message ${message.ordinal}` : ""]
            .filter((part) => part !== "")
            .join(", ")}
        </span>
        {message.last_error !== null && message.state !== "sent" && (
          <Text size="xs" c="var(--ss-high)">
            {message.last_error}
          </Text>
        )}
      </>
    ),
  },
  { label: "To", cell: ({ destination }) => destination },
  { label: "Tries", cell: ({ attempts }) => attempts },
  {
    label: "When",
    nowrap: true,
    cell: (message) => (
      <>
        <RelativeTime at={message.sent_at ?? message.at} />
        {message.due_at !== null && message.attempts > 0 && (
          <div className={classes.quiet}>
            again <RelativeTime at={message.due_at} ahead />
          </div>
        )}
      </>
    ),
  },
];

/** What went out lately, to whom and with what outcome. */
export function Messages() {
  const may = useMay("admin");
  const queries = useQueryClient();
  const [state, setState] = useState<State | null>(null);
  const messages = useQuery({
    queryKey: [...MESSAGES, "list", state],
    queryFn: async () =>
      bodyOf(
        await client.GET("/alerts", {
          params: { query: { limit: LIMIT, ...(state === null ? {} : { state: [state] }) } },
        }),
      ),
  });
  useLive((event) => /^(alert|write_back|test)\./u.test(event.kind), [MESSAGES]);
  const retry = useMutation({
    mutationFn: async (ids: string[] | null) =>
      bodyOf(await client.POST("/alerts/retry", { body: { message_ids: ids } })),
    onError: (error) => failed("Nothing is tried again", error),
    onSuccess: ({ retried }) =>
      done(retried.length === 0 ? "There was nothing to try again" : `${retried.length} tried again now`),
    onSettled: () => queries.invalidateQueries({ queryKey: MESSAGES }),
  });
  const waits = (message: Message) => message.state === "dead" || (message.state === "pending" && message.attempts > 0);
  return (
    <Panel
      title="Recent messages"
      said={`the newest ${LIMIT}`}
      tools={
        <Group gap="xs">
          <Select
            size="xs"
            w={140}
            aria-label="State"
            placeholder="Any state"
            clearable
            data={Object.entries(WORDS).map(([value, label]) => ({ value, label }))}
            value={state}
            onChange={(chosen) => setState(chosen as State | null)}
          />
          {may && (
            <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate(null)}>
              Retry all given up
            </Button>
          )}
        </Group>
      }
    >
      <Loaded query={messages} height={160}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon="bell" title={state === null ? "Nothing was sent yet" : `No message is ${WORDS[state]}`}>
              Urgent tickets, incidents and broken promises appear here when somebody is told of them.
            </Empty>
          ) : (
            <Rows
              rows={found}
              columns={COLUMNS}
              keyOf={(message) => message.id}
              acts={(message) =>
                may &&
                waits(message) && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Retry the message about ${message.topic}`}
                    onClick={() => retry.mutate([message.id])}
                  >
                    Retry
                  </Button>
                )
              }
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
