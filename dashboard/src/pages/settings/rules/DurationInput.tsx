import { TextInput } from "@mantine/core";
import { useState } from "react";

import { format, parse } from "../../../pure/duration";

interface Props {
  label: string;
  description?: string;
  placeholder?: string;
  /** Seconds. */
  value: number | null;
  change: (seconds: number | null) => void;
}

/** A span of time as the rules write them; empty is none. What cannot be read counts as none, and says so. */
export function DurationInput({ label, description, placeholder = "none", value, change }: Props) {
  const [text, setText] = useState(value === null ? "" : format(value));
  const wrong = text.trim() !== "" && parse(text) === null;
  return (
    <TextInput
      size="sm"
      label={label}
      description={description}
      placeholder={placeholder}
      value={text}
      error={wrong ? "Write 45s, 30m, 8h or 2d" : undefined}
      onChange={(event) => {
        setText(event.currentTarget.value);
        change(parse(event.currentTarget.value));
      }}
    />
  );
}
