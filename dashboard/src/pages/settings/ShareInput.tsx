import { NumberInput, type NumberInputProps } from "@mantine/core";

interface Props extends Pick<NumberInputProps, "label" | "description" | "placeholder" | "disabled" | "readOnly"> {
  value: number | null;
  /** Null where the field is empty. */
  change: (value: number | null) => void;
}

/** A number from 0 to 1, such as S, a confidence or a share. */
export function ShareInput({ value, change, ...shown }: Props) {
  return (
    <NumberInput
      size="sm"
      min={0}
      max={1}
      step={0.05}
      value={value ?? ""}
      onChange={(given) => change(typeof given === "number" ? given : null)}
      {...shown}
    />
  );
}
