import { useMemo } from "react";

import { Chart } from "../../parts/Chart";
import { Loaded } from "../../parts/Loaded";
import { Panel } from "../../parts/Panel";
import { drawn } from "../../pure/growth";
import { lasting } from "../../pure/time";
import { useGrowth } from "./queries";

const BUCKETS = 60;
/** So that one bar is not taken for a wall. */
const LEAST = 15;

/** "minute", "5 min": what follows "every". */
function every(seconds: number): string {
  return seconds === 60 ? "minute" : lasting(seconds);
}

/** Its tickets by time. */
export function Growth({ id }: { id: string }) {
  const growth = useGrowth(id, BUCKETS);
  const data = useMemo(() => drawn(growth.data?.buckets ?? [], growth.data?.seconds ?? 60, LEAST), [growth.data]);
  return (
    <Panel
      title="Growth"
      {...(growth.data === undefined ? {} : { said: `tickets every ${every(growth.data.seconds)}` })}
    >
      <Loaded query={growth} height={200}>
        {({ buckets }) => (
          <Chart
            label={`Tickets of the incident by time, ${buckets.length} bars`}
            data={data}
            names={["tickets"]}
            looks={[{ draw: "bars", tone: "main" }]}
            height={180}
          />
        )}
      </Loaded>
    </Panel>
  );
}
