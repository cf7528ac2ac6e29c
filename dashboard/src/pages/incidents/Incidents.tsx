/** All incidents, those that are open first. */

import { Anchor, Chip, Group, Paper, SegmentedControl, Skeleton, TextInput } from "@mantine/core";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";

import { useNames } from "../../api/directory";
import { Icon } from "../../icons/icons";
import { useLive } from "../../live/Live";
import { PageHead } from "../../parts/PageHead";
import { RelativeTime } from "../../parts/RelativeTime";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Sparkline } from "../../parts/Sparkline";
import { Empty, Failed } from "../../parts/States";
import { SeverityTag, StateTag } from "../../parts/Tags";
import { drawn } from "../../pure/growth";
import { ALL, type Choice, choose, format, isOpen, parse, SEVERITIES, SHOWN } from "../../pure/incidents";
import { capital } from "../../pure/words";
import classes from "./Incidents.module.css";
import { type Incident, LISTED, useGrowth, useIncidents } from "./queries";

const SPARKS = 24;
const SPARK_EVERY_MS = 15_000;

export default function Incidents() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const choice = useMemo(() => parse(search), [search]);
  const found = useIncidents();
  const [activeId, setActiveId] = useState<string | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useLive((event) => event.incident_id !== null, [["incidents"]]);

  const rows = useMemo(() => choose(found.data ?? [], choice), [found.data, choice]);
  const open = useMemo(() => (found.data ?? []).filter(isOpen).length, [found.data]);
  const change = useCallback(
    (part: Partial<Choice>) => {
      const told = format({ ...parse(search), ...part });
      navigate(told === "" ? "/incidents" : `/incidents?${told}`, { replace: true });
    },
    [navigate, search],
  );
  const step = useCallback(
    (by: number) => {
      const active = rows.findIndex((row) => row.id === activeId);
      const to = rows[Math.min(rows.length - 1, Math.max(0, active + by))];
      if (to === undefined) return;
      setActiveId(to.id);
      document.getElementById(`row-${to.id}`)?.scrollIntoView({ block: "nearest" });
    },
    [rows, activeId],
  );
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      { keys: "j", does: "Next incident", run: () => step(1) },
      { keys: "k", does: "Incident before", run: () => step(-1) },
      { keys: "o", does: "Open it", run: () => activeId !== null && navigate(`/incidents/${activeId}`) },
      { keys: "/", does: "Search", run: () => box.current?.focus() },
    ],
    [step, activeId, navigate],
  );
  useShortcuts("Incidents", shortcuts);

  const listed = found.data?.length === LISTED ? `, the newest ${LISTED.toLocaleString()}` : "";
  return (
    <div className={classes.page}>
      <PageHead
        title="Incidents"
        said={
          found.data === undefined
            ? "Many tickets, one cause"
            : `${open} open of ${found.data.length.toLocaleString()}${listed}`
        }
      />
      <Group gap="sm">
        <SegmentedControl
          size="sm"
          aria-label="Which incidents"
          value={choice.shown}
          onChange={(value) => change({ shown: SHOWN.find((one) => one === value) ?? "all" })}
          data={SHOWN.map((value) => ({ value, label: capital(value) }))}
        />
        <Chip.Group
          multiple
          value={[...choice.severity]}
          onChange={(value) => change({ severity: SEVERITIES.filter((one) => value.includes(one)) })}
        >
          <Group gap={6} role="group" aria-label="Severity">
            {SEVERITIES.map((one) => (
              <Chip key={one} value={one} size="sm" variant="outline">
                {one}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <TextInput
          ref={box}
          flex={1}
          miw={180}
          type="search"
          aria-label="Search titles"
          placeholder="Search titles"
          leftSection={<Icon name="search" size={15} />}
          value={choice.text}
          onChange={(event) => change({ text: event.currentTarget.value })}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
      </Group>
      {found.isPending ? (
        <Skeleton height={220} role="status" aria-label="Loading" />
      ) : found.isError && found.data === undefined ? (
        <Failed error={found.error} again={() => void found.refetch()} />
      ) : rows.length > 0 ? (
        <Paper withBorder bg="var(--ss-panel)" style={{ overflow: "hidden" }}>
          <Table rows={rows} activeId={activeId} open={(id) => navigate(`/incidents/${id}`)} />
        </Paper>
      ) : format(choice) === "" ? (
        <Empty icon="incidents" title="No incidents">
          When many tickets report one cause, they are gathered here as one incident, and one alert.
        </Empty>
      ) : (
        <Empty icon="search" title="No incident fits" action={{ label: "Show all", run: () => change(ALL) }}>
          Try other words, or fewer filters.
        </Empty>
      )}
    </div>
  );
}

function Table({
  rows,
  activeId,
  open,
}: {
  rows: readonly Incident[];
  activeId: string | null;
  open: (id: string) => void;
}) {
  const names = useNames();
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col" className={classes.medium}>
            Severity
          </th>
          <th scope="col">Incident</th>
          <th scope="col">State</th>
          <th scope="col" className={classes.number}>
            Tickets
          </th>
          <th scope="col" className={`${classes.number} ${classes.wide}`}>
            Customers
          </th>
          <th scope="col" className={classes.wide}>
            Growth
          </th>
          <th scope="col" className={classes.medium}>
            Opened
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={row.id}
            id={`row-${row.id}`}
            data-active={row.id === activeId || undefined}
            data-ended={!isOpen(row) || undefined}
            onClick={(event) => event.target instanceof Element && event.target.closest("a") === null && open(row.id)}
          >
            <td className={classes.medium}>
              <SeverityTag severity={row.severity} />
            </td>
            <td>
              <Anchor component={Link} href={`/incidents/${row.id}`} className={classes.title ?? ""} inherit>
                <bdi>{row.title}</bdi>
              </Anchor>
              <div className={classes.sub}>
                <span className={classes.narrow}>
                  <SeverityTag severity={row.severity} />
                </span>
                <span>{row.id}</span>
                {row.merged_into !== null && <span>merged into {row.merged_into}</span>}
                {row.follows !== null && <span>follows {row.follows}</span>}
                {row.owner !== null && <span>with {names.get(row.owner) ?? row.owner}</span>}
              </div>
            </td>
            <td>
              <StateTag state={row.state} />
            </td>
            <td className={classes.number}>
              {row.tickets.toLocaleString()}
              <div className={classes.quiet}>{row.suppressed.toLocaleString()} held back</div>
            </td>
            <td className={`${classes.number} ${classes.wide}`}>{row.customers.toLocaleString()}</td>
            <td className={`${classes.growth} ${classes.wide}`}>
              <Spark incident={row} />
            </td>
            <td className={classes.medium} style={{ whiteSpace: "nowrap" }}>
              <RelativeTime at={row.opened_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Only of those that are open: each costs a call. */
function Spark({ incident }: { incident: Incident }) {
  return isOpen(incident) ? <Growing id={incident.id} /> : null;
}

function Growing({ id }: { id: string }) {
  const found = useGrowth(id, SPARKS, SPARK_EVERY_MS).data;
  return found === undefined ? null : <Sparkline values={drawn(found.buckets, found.seconds, SPARKS)[1]} />;
}
