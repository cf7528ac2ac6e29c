import { Select, Switch, TagsInput } from "@mantine/core";

import { type AlertRoute, EVERY } from "../../../pure/rules";
import { Fields } from "../Fields";
import { ShareInput } from "../ShareInput";
import { DurationInput } from "./DurationInput";
import { type Entry, EntryForm } from "./EntryForm";
import { GROUPS } from "./known";
import { WhichFields } from "./WhichFields";

const NEW: AlertRoute = {
  name: "",
  kinds: [],
  match: EVERY,
  at_least_weight: "info",
  to: [],
  quiet: null,
  quiet_unless: null,
  goes_on: false,
  group_by: null,
  group_wait: null,
  group_interval: null,
  repeat_interval: null,
};

export function RouteForm(given: Entry<AlertRoute>) {
  const { known } = given;
  return (
    <EntryForm
      {...given}
      one="an alert route"
      fresh={() => NEW}
      lacks={({ to }) => (to.length === 0 ? "Say where it goes." : null)}
      fields={(route, put) => (
        <>
          <WhichFields which={route} known={known} change={put} />
          <TagsInput
            size="sm"
            required
            label="Go to"
            description={
              known.destinations.length === 0
                ? "No destination is set up yet; the settings name them."
                : "Destinations of the settings"
            }
            data={[...known.destinations]}
            acceptValueOnBlur
            value={route.to}
            onChange={(to) => put({ to })}
          />
          <Fields>
            <Select
              size="sm"
              label="Quiet hours"
              description="They wait while this calendar is open"
              placeholder="none"
              data={[...known.calendars]}
              value={route.quiet}
              onChange={(quiet) => put({ quiet })}
              clearable
            />
            <ShareInput
              label="but not where S is at least"
              description="Nor what is critical for another reason"
              placeholder="everything waits"
              disabled={route.quiet === null}
              value={route.quiet_unless}
              change={(quiet_unless) => put({ quiet_unless })}
            />
            <Select
              size="sm"
              label="One message for"
              placeholder="as for all routes"
              data={[...GROUPS]}
              value={route.group_by}
              onChange={(group_by) => put({ group_by })}
              clearable
            />
            <DurationInput
              label="First waits for more"
              placeholder="as for all routes"
              value={route.group_wait}
              change={(group_wait) => put({ group_wait })}
            />
            <DurationInput
              label="Least time between two"
              placeholder="as for all routes"
              value={route.group_interval}
              change={(group_interval) => put({ group_interval })}
            />
            <DurationInput
              label="Said again after"
              placeholder="as for all routes"
              value={route.repeat_interval}
              change={(repeat_interval) => put({ repeat_interval })}
            />
          </Fields>
          <Switch
            label="Routes below have a say too"
            checked={route.goes_on}
            onChange={(event) => put({ goes_on: event.currentTarget.checked })}
          />
        </>
      )}
    />
  );
}
