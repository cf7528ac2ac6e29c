import { TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { FormDialog } from "../FormDialog";
import type { Known } from "./known";

/** What the form of one entry of a list is given. */
export interface Entry<T> {
  /** Null for a new one. */
  item: T | null;
  known: Known;
  save: (item: T) => void;
  close: () => void;
}

interface Props<T> extends Entry<T> {
  /** What one is called: "an SLA". */
  one: string;
  /** A new one, before anything is filled in. */
  fresh: () => T;
  /** Why it cannot be taken yet, name aside; null: it can. */
  lacks?: (entry: T) => string | null;
  fields: (entry: T, put: (part: Partial<T>) => void) => ReactNode;
}

/** The form of one entry of a list: its name, and what else it has. */
export function EntryForm<T extends { name: string }>({ item, one, fresh, lacks, fields, save, close }: Props<T>) {
  const [entry, set] = useState(() => item ?? fresh());
  const put = (part: Partial<T>) => set({ ...entry, ...part });
  return (
    <FormDialog
      title={item === null ? `Add ${one}` : `Edit the ${one.replace(/^an? /u, "")}`}
      lacks={entry.name.trim() === "" ? "It needs a name." : (lacks?.(entry) ?? null)}
      submit={() => save(entry)}
      close={close}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        value={entry.name}
        onChange={(event) => set({ ...entry, name: event.currentTarget.value })}
      />
      {fields(entry, put)}
    </FormDialog>
  );
}
