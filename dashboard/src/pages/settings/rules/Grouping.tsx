import { Select, SimpleGrid } from "@mantine/core";

import { Panel } from "../../../parts/Panel";
import type { Alerts } from "../../../pure/rules";
import { DurationInput } from "./DurationInput";
import { GROUPS } from "./known";

/** What holds for all routes that do not say otherwise, and for what no route takes. */
export function Grouping({ alerts, change }: { alerts: Alerts; change: ((alerts: Alerts) => void) | null }) {
  const put = (part: Partial<Alerts>) => change?.({ ...alerts, ...part });
  return (
    <Panel title="For all alerts" said="unless a route says otherwise">
      <fieldset disabled={change === null} style={{ border: 0, margin: 0, padding: 0 }}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" verticalSpacing="xs">
          <Select
            size="sm"
            label="One message for"
            allowDeselect={false}
            disabled={change === null}
            data={[...GROUPS]}
            value={alerts.group_by}
            onChange={(group_by) => group_by !== null && put({ group_by })}
          />
          <DurationInput
            label="First waits for more"
            value={alerts.group_wait}
            change={(seconds) => seconds !== null && put({ group_wait: seconds })}
          />
          <DurationInput
            label="Least time between two"
            value={alerts.group_interval}
            change={(seconds) => seconds !== null && put({ group_interval: seconds })}
          />
          <DurationInput
            label="Said again after (0s: never)"
            value={alerts.repeat_interval}
            change={(seconds) => seconds !== null && put({ repeat_interval: seconds })}
          />
          <Select
            size="sm"
            label="What no route takes goes to"
            allowDeselect={false}
            disabled={change === null}
            data={[
              { value: "everybody", label: "every destination" },
              { value: "nobody", label: "nobody" },
            ]}
            value={alerts.otherwise}
            onChange={(otherwise) => otherwise !== null && put({ otherwise })}
          />
        </SimpleGrid>
      </fieldset>
    </Panel>
  );
}
