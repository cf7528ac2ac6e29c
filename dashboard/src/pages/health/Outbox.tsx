import { Button, Table, Text } from "@mantine/core";

import type { Schema } from "../../api/types";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Empty, Failed } from "../../parts/States";
import { Topic } from "../../parts/Topic";
import { count } from "../../pure/words";
import { type Message, useRetryMessages, useUndelivered } from "./data";
import classes from "./Health.module.css";

const SHOWN = 5;

interface Props {
  outbox: Schema<"OutboxFiguresOut">;
  /** Whether this person may retry. */
  may: boolean;
}

/** What waits to go out, by destination; below it what failed, and why. */
export function Outbox({ outbox, may }: Props) {
  const undelivered = useUndelivered();
  const retry = useRetryMessages();
  const messages = undelivered.data ?? [];
  const given = messages.filter((message) => message.state === "dead");
  return (
    <Panel
      title="Alert outbox"
      said={`${outbox.sent.toLocaleString()} sent within a day`}
      tools={
        may &&
        outbox.dead > 0 && (
          <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate(null)}>
            Retry all {outbox.dead.toLocaleString()}
          </Button>
        )
      }
    >
      {outbox.destinations.length === 0 ? (
        <Empty small icon="bell" title="No destination yet">
          WEBHOOK_URL or an alert route names where alerts go: Slack, PagerDuty, any webhook.
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={300} type="native" tabIndex={0} role="region" aria-label="Destinations">
          <Table verticalSpacing={6} fz="sm" className={classes.table ?? ""}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Destination</Table.Th>
                <Table.Th scope="col" ta="right">
                  Pending
                </Table.Th>
                <Table.Th scope="col" ta="right">
                  Failing
                </Table.Th>
                <Table.Th scope="col" ta="right">
                  Given up
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {outbox.destinations.map((one) => (
                <Table.Tr key={one.name}>
                  <Table.Td>
                    {one.name}
                    {one.blocked_until !== null && (
                      <Text size="xs" c="var(--ss-quiet)" component="div">
                        failed {one.failures} times in a row; next try <RelativeTime at={one.blocked_until} ahead />
                      </Text>
                    )}
                  </Table.Td>
                  <Number value={one.pending} />
                  <Number value={one.failing} tone="middle" />
                  <Number value={one.dead} tone="high" />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {undelivered.error !== null && <Failed error={undelivered.error} again={() => void undelivered.refetch()} />}
      {messages.length > 0 && (
        <ul className={`${classes.list} ${classes.after}`} aria-label="Alerts that failed">
          {messages.slice(0, SHOWN).map((message) => (
            <Undelivered key={message.id} message={message} retry={may ? () => retry.mutate([message.id]) : null} />
          ))}
        </ul>
      )}
      {messages.length > SHOWN && (
        <Text size="xs" c="var(--ss-quiet)" mt="xs">
          {(messages.length - SHOWN).toLocaleString()} more like these
          {given.length > 0 && `; ${given.length.toLocaleString()} of all were given up`}.
        </Text>
      )}
    </Panel>
  );
}

function Number({ value, tone }: { value: number; tone?: "high" | "middle" }) {
  return (
    <Table.Td
      ta="right"
      className={classes.number ?? ""}
      {...(value > 0 && tone !== undefined ? { c: `var(--ss-${tone})`, fw: 600 } : {})}
    >
      {value.toLocaleString()}
    </Table.Td>
  );
}

function Undelivered({ message, retry }: { message: Message; retry: (() => void) | null }) {
  return (
    <li className={classes.row}>
      <div className={classes.grow}>
        <Text size="sm" fw={600}>
          <Topic topic={message.topic} /> → {message.destination}
        </Text>
        <Text size="xs" c="var(--ss-quiet)" component="div" className={classes.reason ?? ""}>
          <Text span size="xs" fw={600} c={message.state === "dead" ? "var(--ss-high)" : "var(--ss-middle)"}>
            <Standing message={message} />
          </Text>{" "}
          · {count(message.attempts, "try", "tries")} since <RelativeTime at={message.at} />
          <br />
          <bdi>{message.last_error}</bdi>
        </Text>
      </div>
      {retry !== null && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={retry}
          aria-label={`Retry ${message.topic} to ${message.destination}`}
        >
          Retry
        </Button>
      )}
    </li>
  );
}

function Standing({ message: { state, due_at: due } }: { message: Message }) {
  if (state === "dead") return "given up";
  if (due === null || Date.parse(due) <= Date.now()) return "next try at any moment";
  return (
    <>
      next try <RelativeTime at={due} ahead />
    </>
  );
}
