import { Text } from "@mantine/core";

import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { StateMark } from "../../parts/Tags";
import { capital, plain } from "../../pure/words";
import { lasting } from "../../pure/time";
import { useClocks } from "./queries";
import classes from "./Ticket.module.css";

const TONES = { ok: "busy", due_soon: "warn", breached: "bad", met: "good" } as const;
const WORDS = { ok: "in time", due_soon: "due soon", breached: "overdue", met: "kept" } as const;

/** What was promised to the customer, and how that stands. */
export function Clocks({ id }: { id: string }) {
  const clocks = useClocks(id).data;
  if (clocks === undefined || clocks.length === 0) return null;
  return (
    <Panel title="Promises">
      <dl className={classes.rows}>
        {clocks.map((one) => (
          <div key={one.promise} className={classes.row}>
            <dt>{capital(plain(one.promise))}</dt>
            <dd>
              <StateMark tone={TONES[one.state]}>{WORDS[one.state]}</StateMark>
              <Text size="xs" c="var(--ss-quiet)">
                {one.state === "met" ? (
                  `${lasting(Math.abs(one.slack_seconds))} ${one.slack_seconds < 0 ? "late" : "to spare"}`
                ) : (
                  <>
                    due <RelativeTime at={one.due_at} />
                  </>
                )}
              </Text>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
