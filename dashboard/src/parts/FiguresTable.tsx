import { ScrollArea, Table } from "@mantine/core";

import type { Values } from "../pure/stack";
import { absolute, clock } from "../pure/time";

interface Props {
  caption: string;
  /** As Chart takes them. */
  data: readonly [at: readonly number[], ...values: Values[]];
  names: readonly string[];
  height?: number;
}

/** The figures of a chart to be read one by one, the newest first. */
export function FiguresTable({ caption, data: [at, ...values], names, height = 268 }: Props) {
  const newest = at.map((_, index) => at.length - 1 - index);
  return (
    <ScrollArea h={height} type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": caption }}>
      <Table stickyHeader verticalSpacing={6} fz="sm">
        <Table.Caption>{caption}</Table.Caption>
        <Table.Thead bg="var(--ss-panel)">
          <Table.Tr>
            <Table.Th scope="col">Time</Table.Th>
            {names.map((name) => (
              <Table.Th key={name} scope="col" ta="right">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {newest.map((index) => (
            <Table.Tr key={at[index]}>
              <Table.Td title={absolute(at[index]! * 1_000)}>{clock(at[index]! * 1_000)}</Table.Td>
              {values.map((row, series) => (
                <Table.Td key={names[series]} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
                  {row[index]?.toLocaleString(undefined, { maximumFractionDigits: 1 }) ?? "–"}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
