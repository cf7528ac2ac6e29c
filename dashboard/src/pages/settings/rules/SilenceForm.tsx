import { TextInput } from "@mantine/core";

import { fromField, toField } from "../../../pure/moment";
import { EVERY, type Silence } from "../../../pure/rules";
import { Fields } from "../Fields";
import { type Entry, EntryForm } from "./EntryForm";
import { WhichFields } from "./WhichFields";

const HOUR = 3_600_000;

function fresh(): Silence {
  const until = new Date(Date.now() + 2 * HOUR);
  until.setSeconds(0, 0);
  return { name: "", kinds: [], match: EVERY, at_least_weight: "info", from: null, until: until.toISOString() };
}

function wrongTimes({ from, until }: Silence): string | null {
  const ends = Date.parse(until);
  if (Number.isNaN(ends)) return "Say until when.";
  return from !== null && Date.parse(from) >= ends ? "It ends before it begins." : null;
}

export function SilenceForm(given: Entry<Silence>) {
  const { known } = given;
  return (
    <EntryForm
      {...given}
      one="a silence"
      fresh={fresh}
      lacks={wrongTimes}
      fields={(silence, put) => (
        <>
          <WhichFields which={silence} known={known} change={put} />
          <Fields>
            <TextInput
              size="sm"
              type="datetime-local"
              label="From"
              description="Your local time; empty: already"
              value={toField(silence.from)}
              onChange={(event) => put({ from: fromField(event.currentTarget.value) })}
            />
            <TextInput
              size="sm"
              type="datetime-local"
              label="Until"
              description="Your local time"
              required
              value={toField(silence.until)}
              error={wrongTimes(silence) ?? undefined}
              onChange={(event) => put({ until: fromField(event.currentTarget.value) ?? "" })}
            />
          </Fields>
        </>
      )}
    />
  );
}
