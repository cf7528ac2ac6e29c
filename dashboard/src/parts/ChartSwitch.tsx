import { SegmentedControl } from "@mantine/core";

interface Props {
  asTable: boolean;
  show: (asTable: boolean) => void;
}

/** Whether figures are drawn or written. */
export function ChartSwitch({ asTable, show }: Props) {
  return (
    <SegmentedControl
      size="xs"
      aria-label="Show as"
      data={["Chart", "Table"]}
      value={asTable ? "Table" : "Chart"}
      onChange={(value) => show(value === "Table")}
    />
  );
}
