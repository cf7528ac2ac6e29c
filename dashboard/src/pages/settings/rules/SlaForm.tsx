import { Autocomplete, Select, Switch } from "@mantine/core";

import { EVERY, type Sla } from "../../../pure/rules";
import { Fields } from "../Fields";
import { ShareInput } from "../ShareInput";
import { DurationInput } from "./DurationInput";
import { type Entry, EntryForm } from "./EntryForm";
import { MatchFields } from "./MatchFields";

const NEW: Sla = {
  name: "",
  first_response: null,
  resolution: null,
  calendar: null,
  warn: 0.2,
  escalate: false,
  escalate_to: null,
  match: EVERY,
};

export function SlaForm(given: Entry<Sla>) {
  const { known } = given;
  return (
    <EntryForm
      {...given}
      one="an SLA"
      fresh={() => NEW}
      lacks={({ first_response, resolution }) =>
        first_response === null && resolution === null
          ? "It promises nothing yet: give a first response, a resolution, or both."
          : null
      }
      fields={(sla, put) => (
        <>
          <Fields>
            <DurationInput
              label="First response within"
              placeholder="such as 15m"
              value={sla.first_response}
              change={(first_response) => put({ first_response })}
            />
            <DurationInput
              label="Resolution within"
              placeholder="such as 8h"
              value={sla.resolution}
              change={(resolution) => put({ resolution })}
            />
            <Select
              size="sm"
              label="Counted in open hours of"
              placeholder="day and night"
              data={[...known.calendars]}
              value={sla.calendar}
              onChange={(calendar) => put({ calendar })}
              clearable
            />
            <ShareInput
              label="Due soon at this share left"
              value={sla.warn}
              change={(warn) => put({ warn: warn ?? 0.2 })}
            />
            <Autocomplete
              size="sm"
              label="A breach hands it to the team"
              data={[...known.teams]}
              value={sla.escalate_to ?? ""}
              onChange={(team) => put({ escalate_to: team === "" ? null : team })}
            />
            <Switch
              mt={{ base: 0, xs: 28 }}
              label="A breach escalates it"
              checked={sla.escalate || sla.escalate_to !== null}
              disabled={sla.escalate_to !== null}
              onChange={(event) => put({ escalate: event.currentTarget.checked })}
            />
          </Fields>
          <Switch
            label="Only for rules to name"
            checked={sla.match === null}
            onChange={(event) => put({ match: event.currentTarget.checked ? null : EVERY })}
          />
          {sla.match !== null && (
            <MatchFields
              legend="Tickets it holds for"
              match={sla.match}
              categories={known.categories}
              change={(match) => put({ match })}
            />
          )}
        </>
      )}
    />
  );
}
