/** What happened, in sentences; each can show the record behind it. */

import { Anchor, Button } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { Link } from "wouter";

import { useNames } from "../api/directory";
import { Icon } from "../icons/icons";
import type { useTimeline } from "../live/timeline";
import { type Happening, type Part, tell, tellMany } from "../pure/happenings";
import { type Run, runs } from "../pure/runs";
import { Loaded } from "./Loaded";
import { Panel } from "./Panel";
import { RelativeTime } from "./RelativeTime";
import classes from "./Timeline.module.css";

type Event = Happening & { readonly position: string };

interface Props {
  /** Of `useTimeline`. */
  found: ReturnType<typeof useTimeline>;
  on: "ticket" | "incident";
}

/** A panel with all that happened, the oldest first. */
export function Timeline({ found, on }: Props) {
  const events = found.data?.events;
  const shown = useMemo(() => runs(events ?? []), [events]);
  return (
    <Panel title="What happened">
      <Loaded query={found} height={120}>
        {() => (
          <ol className={classes.list}>
            {shown.map((run) => (
              <Item key={run.first.position} run={run} on={on} />
            ))}
          </ol>
        )}
      </Loaded>
      {found.data?.more === true && (
        <Button mt="sm" size="xs" variant="default" loading={found.isFetching} onClick={() => void found.refetch()}>
          Show what came after
        </Button>
      )}
    </Panel>
  );
}

function Item({ run, on }: { run: Run<Event>; on: "ticket" | "incident" }) {
  const [opened, open] = useState(false);
  const last = run.all.at(-1) ?? run.first;
  const many = run.all.length > 1;
  const told = many ? tellMany(run.first, run.all.length, on) : tell(run.first, on);
  return (
    <li className={classes.item} data-tone={told.tone}>
      <span className={classes.mark}>
        <Icon name={told.icon} size={15} />
      </span>
      <div className={classes.says}>
        <Sentence parts={told.says} />
        <button
          type="button"
          className={classes.more}
          aria-expanded={opened}
          aria-label={`${many ? "Each of them" : "Data"}: ${run.first.kind}`}
          onClick={() => open(!opened)}
        >
          {many ? "each" : "data"}
        </button>
        {opened && (many ? <Each events={run.all} on={on} /> : <Raw event={run.first} />)}
      </div>
      <div className={classes.at}>
        <RelativeTime at={last.at} />
      </div>
    </li>
  );
}

function Each({ events, on }: { events: readonly Event[]; on: "ticket" | "incident" }) {
  return (
    <ol className={classes.inner} tabIndex={0} aria-label="Each of them">
      {events.map((event) => (
        <li key={event.position}>
          <span>
            <Sentence parts={tell(event, on).says} />
          </span>
          <RelativeTime at={event.at} />
        </li>
      ))}
    </ol>
  );
}

/** As the event table has it, but for what is null. */
function Raw({ event }: { event: Event }) {
  const told = Object.entries(event).filter(([, value]) => value !== null);
  return <pre className={classes.raw}>{JSON.stringify(Object.fromEntries(told), null, 2)}</pre>;
}

function Sentence({ parts }: { parts: readonly Part[] }) {
  return parts.map((part, index) => (
    <Fragment key={index}>{typeof part === "string" ? part : <Named part={part} />}</Fragment>
  ));
}

function Named({ part }: { part: Exclude<Part, string> }) {
  const names = useNames();
  if (part.of === "agent") return <b>{names.get(part.id) ?? part.id}</b>;
  return (
    <Anchor
      component={Link}
      href={part.of === "ticket" ? `/tickets/${part.id}` : `/incidents/${part.id}`}
      inherit
      underline="always"
    >
      {part.id}
    </Anchor>
  );
}
