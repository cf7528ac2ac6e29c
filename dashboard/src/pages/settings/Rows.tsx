import { VisuallyHidden } from "@mantine/core";
import type { Key, ReactNode } from "react";

import classes from "./Settings.module.css";

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row, index: number) => ReactNode;
  /** Whether it speaks for itself where there is no room for a head. */
  readonly plain?: boolean;
  readonly nowrap?: boolean;
}

interface Props<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row, index: number) => Key;
  /** What can be done with one: buttons. */
  acts: (row: Row, index: number) => ReactNode;
}

/** A table; where it is narrow, each row becomes a list of labelled values. */
export function Rows<Row>({ rows, columns, keyOf, acts }: Props<Row>) {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          {columns.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
          <th scope="col">
            <VisuallyHidden>Acts</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)}>
            {columns.map(({ label, cell, plain = false, nowrap = false }) => (
              <td
                key={label}
                {...(plain ? {} : { "data-label": label })}
                {...(nowrap ? { className: classes.nowrap } : {})}
              >
                {cell(row, index)}
              </td>
            ))}
            <td>{acts(row, index)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
