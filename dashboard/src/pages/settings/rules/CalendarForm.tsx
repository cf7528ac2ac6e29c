import { TextInput } from "@mantine/core";
import { useState } from "react";

import type { Hours } from "../../../pure/hours";
import { FormDialog } from "../FormDialog";
import { HoursEditor, usualHours, wrongHours } from "../HoursEditor";

export interface Named {
  readonly name: string;
  readonly hours: Hours;
}

interface Props {
  item: Named | null;
  /** Names of the others. */
  taken: readonly string[];
  save: (calendar: Named) => void;
  close: () => void;
}

export function CalendarForm({ item, taken, save, close }: Props) {
  const [name, setName] = useState(item?.name ?? "");
  const [hours, setHours] = useState(() => item?.hours ?? usualHours());
  const lacks =
    name.trim() === ""
      ? "It needs a name."
      : taken.includes(name.trim())
        ? "Another one has this name."
        : wrongHours(hours);
  return (
    <FormDialog
      title={item === null ? "Add a calendar" : "Edit the calendar"}
      lacks={lacks}
      submit={() => save({ name: name.trim(), hours })}
      close={close}
    >
      <TextInput
        label="Name"
        description={
          item === null ? "SLAs and quiet hours name it" : "SLAs and quiet hours name it; it is fixed once it is there"
        }
        required
        readOnly={item !== null}
        data-autofocus
        value={name}
        error={taken.includes(name.trim()) ? "Another one has this name." : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <HoursEditor hours={hours} change={setHours} />
    </FormDialog>
  );
}
