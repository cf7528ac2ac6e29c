/** The tickets of an incident, and what ties each to it. Only those on the screen are drawn, and read. */

import { Anchor, Button, Group, Select, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link } from "wouter";

import type { TicketRow } from "../../api/types";
import { Confirm } from "../../parts/Confirm";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Failed } from "../../parts/States";
import { Score, StateTag } from "../../parts/Tags";
import { narrowed, type Which, WHICH } from "../../pure/members";
import { capital, count, exception, LINKED } from "../../pure/words";
import classes from "./Incident.module.css";
import { type Member, useChanging, useMembers, useRows } from "./queries";

const ROW_HEIGHT = 44;
/** As many as one call takes. */
const MOST = 1_000;

export function Members({ id, may }: { id: string; may: boolean }) {
  const found = useMembers(id);
  const [which, setWhich] = useState<Which>("all");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asks, ask] = useState(false);
  const changing = useChanging(id);
  const members = useMemo(() => narrowed(found.data ?? [], which), [found.data, which]);
  const here = useMemo(() => members.filter((one) => chosen.has(one.ticket_id)).slice(0, MOST), [members, chosen]);
  const choose = useCallback((ticket: string, is: boolean) => {
    setChosen((before) => {
      const after = new Set(before);
      if (is) after.add(ticket);
      else after.delete(ticket);
      return after;
    });
  }, []);
  const unlink = () =>
    changing.mutate(
      { kind: "unlink", tickets: here.map((one) => one.ticket_id) },
      {
        onSuccess: () => {
          setChosen(new Set());
          ask(false);
        },
      },
    );
  const tools = (
    <Group gap="xs">
      {may && here.length > 0 && (
        <Button size="xs" variant="default" onClick={() => ask(true)}>
          Unlink {here.length.toLocaleString()}
        </Button>
      )}
      <Select
        size="xs"
        w={168}
        aria-label="Which tickets"
        allowDeselect={false}
        value={which}
        onChange={(value) => setWhich(WHICH.find((one) => one.value === value)?.value ?? "all")}
        data={[...WHICH]}
      />
    </Group>
  );
  return (
    <Panel
      title="Tickets"
      {...(found.data === undefined ? {} : { said: members.length.toLocaleString() })}
      tools={tools}
    >
      {found.isPending ? (
        <Skeleton height={180} />
      ) : found.isError && found.data === undefined ? (
        <Failed error={found.error} again={() => void found.refetch()} />
      ) : members.length === 0 ? (
        <Text size="sm" c="var(--ss-quiet)">
          {which === "all" ? "It has no tickets any more." : "None of its tickets is one of these."}
        </Text>
      ) : (
        <Rows
          id={id}
          members={members}
          chosen={chosen}
          choose={choose}
          all={(is) => setChosen(new Set(is ? members.map((one) => one.ticket_id) : []))}
          may={may}
        />
      )}
      <Confirm
        opened={asks}
        title={`Unlink ${count(here.length, "ticket")}`}
        does="Unlink"
        busy={changing.isPending}
        error={changing.error}
        close={() => ask(false)}
        run={unlink}
      >
        <Text size="sm">
          They become cases of their own: those that were held back wait in the queue, with their age. They are linked
          again only by hand.
        </Text>
      </Confirm>
    </Panel>
  );
}

interface RowsProps {
  id: string;
  members: readonly Member[];
  chosen: ReadonlySet<string>;
  choose: (ticket: string, is: boolean) => void;
  all: (is: boolean) => void;
  may: boolean;
}

function Rows({ id, members, chosen, choose, all, may }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: members.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => members[index]?.ticket_id ?? index,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const rows = useRows(id, members, items[0]?.index ?? 0, (items.at(-1)?.index ?? -1) + 1);
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="table"
      aria-label="Tickets of the incident"
      aria-rowcount={members.length + 1}
      tabIndex={0}
    >
      <div role="rowgroup" className={classes.head}>
        <div role="row" aria-rowindex={1} className={classes.row} style={{ height: "100%" }}>
          <div role="columnheader">
            {may ? (
              <input
                type="checkbox"
                className={classes.box}
                aria-label="Choose all"
                checked={members.every((one) => chosen.has(one.ticket_id))}
                onChange={(event) => all(event.currentTarget.checked)}
              />
            ) : (
              <VisuallyHidden>Chosen</VisuallyHidden>
            )}
          </div>
          <div role="columnheader">Ticket</div>
          <div role="columnheader" className={classes.wide}>
            Why it belongs here
          </div>
          <div role="columnheader">S</div>
          <div role="columnheader" className={classes.wide}>
            State
          </div>
          <div role="columnheader" className={classes.wide}>
            Linked
          </div>
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const member = members[item.index];
          if (member === undefined) return null;
          return (
            <Row
              key={item.key}
              member={member}
              row={rows.get(member.ticket_id)}
              index={item.index}
              top={item.start}
              chosen={chosen.has(member.ticket_id)}
              choose={may ? choose : undefined}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  member: Member;
  /** Still to be read where undefined. */
  row: TicketRow | undefined;
  index: number;
  top: number;
  chosen: boolean;
  choose: ((ticket: string, is: boolean) => void) | undefined;
}

function Row({ member, row, index, top, chosen, choose }: RowProps) {
  const id = member.ticket_id;
  const why = capital(LINKED[member.kind] ?? member.kind);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-chosen={chosen || undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="cell">
        {choose !== undefined && (
          <input
            type="checkbox"
            className={classes.box}
            aria-label={`Choose ${id}`}
            checked={chosen}
            onChange={(event) => choose(id, event.currentTarget.checked)}
          />
        )}
      </div>
      <div role="cell" className={classes.cut}>
        <Anchor component={Link} href={`/tickets/${id}`} className={classes.subject ?? ""} inherit>
          <bdi>{row === undefined ? id : row.subject || row.excerpt || "(no subject)"}</bdi>
        </Anchor>
        <div className={`${classes.cut} ${classes.quiet}`}>
          <span className={classes.thin}>
            {why}
            {member.similarity !== null && ` ${member.similarity.toFixed(2)}`} ·{" "}
          </span>
          <bdi>{row?.customer ?? id}</bdi>
          {member.exception !== null && ` · routed on its own: ${exception(member.exception)}`}
        </div>
      </div>
      <div role="cell" className={`${classes.wide} ${classes.cut}`}>
        <div className={classes.cut} title={why}>
          {why}
        </div>
        <div className={classes.quiet}>
          {member.similarity === null ? "–" : `similarity ${member.similarity.toFixed(2)}`}
          {member.recurrence && " · afterwards"}
        </div>
      </div>
      <div role="cell">
        <Score score={row?.urgency_score} />
      </div>
      <div role="cell" className={classes.wide}>
        {row !== undefined && <StateTag state={row.state} />}
      </div>
      <div role="cell" className={`${classes.wide} ${classes.quiet}`}>
        <RelativeTime at={member.linked_at} />
      </div>
    </div>
  );
}
