/** The table itself. The virtualiser knows all rows; TanStack Table gets those on the screen, so 100,000 cost as 40. */

import { FlexRender, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type MouseEvent,
  type RefObject,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";

import type { TicketRow } from "../../api/types";
import type { Columns } from "../../pure/columns";
import { placeOf, type Rows } from "../../pure/rows";
import { columns, features, GROWS, WIDTHS } from "./columns";
import { NarrowRow } from "./NarrowRow";
import classes from "./Tickets.module.css";

const BOX = 40;
const EDGE = 16;
const NEAR_THE_END = 100;
const HEIGHT = 38;
const NARROW_HEIGHT = 62;
/** Of the line with the names of the columns, which stands above the rows that the virtualizer knows of. */
const HEAD = 34;

interface Picking {
  readonly ids: ReadonlySet<string>;
  /** This one in or out; with all between it and the last one where `through`. */
  pick(id: string, through: boolean): void;
  all(): void;
  none(): void;
}

interface Props {
  rows: Rows;
  shown: Columns;
  /** On a telephone: two lines a row, and no columns. */
  narrow: boolean;
  active: number;
  picking: Picking;
  activate: (index: number) => void;
  open: (id: string) => void;
  more: () => void;
  /** Brings a row into sight, where somebody goes to it by key. */
  show: RefObject<((index: number) => void) | null>;
}

export function Grid({ rows: all, shown, narrow, active, picking, activate, open, more, show }: Props) {
  const rows = all.list;
  const height = narrow ? NARROW_HEIGHT : HEIGHT;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.ticket_id ?? index,
    overscan: 12,
    scrollPaddingEnd: HEAD,
  });
  const items = virtualizer.getVirtualItems();
  const start = items[0]?.index ?? 0;
  const end = (items.at(-1)?.index ?? -1) + 1;
  const window = useMemo(() => rows.slice(start, end), [rows, start, end]);
  const table = useTable({
    features,
    columns,
    data: window,
    getRowId: (row: TicketRow) => row.ticket_id,
    state: {
      columnOrder: [...shown.order],
      columnVisibility: Object.fromEntries(shown.hidden.map((name) => [name, false])),
    },
  });

  useEffect(() => {
    if (end > 0 && end + NEAR_THE_END >= rows.length) more();
  }, [end, rows.length, more]);
  useImperativeHandle(show, () => (index: number) => virtualizer.scrollToIndex(index, { align: "auto" }), [
    virtualizer,
  ]);

  // Whoever has scrolled down goes on reading where he is while rows come in above; at the top they are seen coming.
  const anchor = useRef<{ row: TicketRow; index: number } | null>(null);
  useLayoutEffect(() => {
    const held = anchor.current;
    const place = scroller.current;
    if (held !== null && place !== null && place.scrollTop > 0) {
      const moved = placeOf(all, held.row) - held.index;
      if (moved !== 0) place.scrollTop += moved * height;
    }
    anchor.current = null;
  }, [all, height]);
  useEffect(() => {
    const index = Math.floor((scroller.current?.scrollTop ?? 0) / height);
    const row = rows[index];
    anchor.current = row === undefined ? null : { row, index };
  });

  function click(event: MouseEvent, index: number, id: string): void {
    scroller.current?.focus({ preventScroll: true });
    if (event.shiftKey || event.ctrlKey || event.metaKey) picking.pick(id, event.shiftKey);
    activate(index);
  }

  const leaves = table.getVisibleLeafColumns();
  const widths = leaves.map((column) => [column.id, WIDTHS[column.id] ?? 120] as const);
  const tracks = widths.map(([id, width]) => (id === GROWS ? `minmax(${width}px, 1fr)` : `${width}px`)).join(" ");
  const gridTemplateColumns = narrow ? `${BOX - 8}px minmax(0, 1fr)` : `${BOX}px ${tracks}`;
  const minWidth = narrow ? undefined : widths.reduce((sum, [, width]) => sum + width, BOX + 2 * EDGE);
  const found = table.getRowModel().rows;
  const seen = active >= start && active < end ? rows[active] : undefined;
  const every = rows.length > 0 && picking.ids.size >= rows.length;
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      data-narrow={narrow || undefined}
      role="grid"
      aria-label="Tickets"
      aria-rowcount={rows.length + 1}
      aria-colcount={narrow ? 2 : leaves.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={seen === undefined ? undefined : `row-${seen.ticket_id}`}
      tabIndex={0}
    >
      <div className={classes.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns, minWidth }}>
        <div role="columnheader">
          <input
            type="checkbox"
            className={classes.box}
            aria-label={every ? "Choose none" : "Choose all that are loaded"}
            checked={every}
            ref={(box) => void (box !== null && (box.indeterminate = picking.ids.size > 0 && !every))}
            onChange={() => (every ? picking.none() : picking.all())}
          />
        </div>
        {narrow ? (
          <div role="columnheader">Ticket</div>
        ) : (
          table.getHeaderGroups().map((group) =>
            group.headers.map((header) => (
              <div key={header.id} role="columnheader">
                <FlexRender header={header} />
              </div>
            )),
          )
        )}
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize(), minWidth }}>
        {items.map((item, place) => {
          const row = found[place];
          if (row === undefined) return null;
          const is = picking.ids.has(row.id);
          return (
            <div
              key={item.key}
              id={`row-${row.id}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={is}
              data-active={item.index === active || undefined}
              className={classes.row}
              style={{ gridTemplateColumns, height, transform: `translateY(${item.start}px)` }}
              onMouseDown={(event) => event.shiftKey && event.preventDefault()} // a range of rows, not of text
              onClick={(event) => click(event, item.index, row.id)}
              onDoubleClick={() => open(row.id)}
            >
              <div role="gridcell">
                <input
                  type="checkbox"
                  className={classes.box}
                  tabIndex={-1}
                  aria-label={`Choose ${row.id}`}
                  checked={is}
                  onMouseDown={(event) => event.preventDefault()} // the keys stay with the table
                  onClick={(event) => {
                    event.stopPropagation();
                    picking.pick(row.id, event.shiftKey);
                  }}
                  onDoubleClick={(event) => event.stopPropagation()}
                  onChange={() => undefined}
                />
              </div>
              {narrow ? (
                <NarrowRow row={row.original} />
              ) : (
                row.getVisibleCells().map((each) => (
                  <div key={each.id} role="gridcell" className={classes.cell}>
                    <FlexRender cell={each} />
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
