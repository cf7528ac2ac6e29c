import {
  columnOrderingFeature,
  columnVisibilityFeature,
  createColumnHelper,
  tableFeatures,
} from "@tanstack/react-table";
import { createContext, use } from "react";
import { Link } from "wouter";

import type { TicketRow } from "../../api/types";
import { RelativeTime } from "../../parts/RelativeTime";
import classes from "./Tickets.module.css";

export const features = tableFeatures({ columnVisibilityFeature, columnOrderingFeature });

const helper = createColumnHelper<typeof features, TicketRow>();

/** Least widths in pixels, by column; the subject takes what is left. */
export const WIDTHS: Readonly<Record<string, number>> = {
  urgency: 88,
  subject: 260,
  category: 108,
  state: 116,
  agent: 116,
  incident: 84,
  customer: 150,
  team: 110,
  language: 84,
  tier: 100,
  confidence: 96,
  accepted: 92,
  id: 150,
};
/** The column that grows. */
export const GROWS = "subject";

export const HIDDEN = ["customer", "team", "language", "tier", "confidence", "id"];

/** The page of a ticket. */
export function addressOf(id: string): string {
  return `/tickets/${encodeURIComponent(id)}`;
}

/** What agents are called, by id; for the cells. */
export const Names = createContext<ReadonlyMap<string, string>>(new Map());

function level(score: number): string {
  return score >= 0.75 ? "high" : score >= 0.4 ? "middle" : "low";
}

export function Urgency({ score }: { score: number | null }) {
  if (score === null) return <span className={classes.quiet}>–</span>;
  return (
    <span className={classes.urgency} data-level={level(score)}>
      <span className={classes.gauge} aria-hidden="true">
        <span style={{ width: `${Math.round(score * 100)}%` }} />
      </span>
      {score.toFixed(2)}
    </span>
  );
}

export function Status({ state }: { state: TicketRow["state"] }) {
  return (
    <span className={classes.state} data-state={state}>
      {state.replace("_", " ")}
    </span>
  );
}

/** What a ticket is about, which leads to it: the subject and how the text begins, or that alone where there is no
 * subject. Not a stop of the Tab key: Enter opens the row, and there are thousands. */
export function Subject({ row }: { row: TicketRow }) {
  return (
    <>
      <Link
        href={addressOf(row.ticket_id)}
        className={classes.subject ?? ""}
        data-only={row.subject === "" || undefined}
        tabIndex={-1}
      >
        <bdi>{row.subject || row.excerpt || "(empty)"}</bdi>
      </Link>{" "}
      {row.subject !== "" && <bdi className={classes.quiet}>{row.excerpt}</bdi>}
    </>
  );
}

export function Category({ row }: { row: TicketRow }) {
  if (!row.needs_review) return row.category ?? <None />;
  return (
    <span title="Unsure: worth a look">
      {row.category ?? "–"} <span className={classes.unsure}>?</span>
    </span>
  );
}

function None() {
  return <span className={classes.quiet}>–</span>;
}

function IncidentLink({ id }: { id: string | null }) {
  if (id === null) return <None />;
  return (
    <Link href={`/incidents/${encodeURIComponent(id)}`} className={classes.incident ?? ""} tabIndex={-1}>
      {id}
    </Link>
  );
}

function AgentName({ id }: { id: string | null }) {
  const names = use(Names);
  return id === null ? <None /> : <bdi title={id}>{names.get(id) ?? id}</bdi>;
}

function Text({ value }: { value: string | null }) {
  return value === null ? <None /> : <bdi title={value}>{value}</bdi>;
}

export const columns = helper.columns([
  helper.accessor("urgency_score", {
    id: "urgency",
    header: "S",
    cell: ({ getValue }) => <Urgency score={getValue()} />,
  }),
  helper.accessor("subject", {
    header: "Ticket",
    enableHiding: false,
    cell: ({ row }) => <Subject row={row.original} />,
  }),
  helper.accessor("category", { header: "Category", cell: ({ row }) => <Category row={row.original} /> }),
  helper.accessor("state", { header: "Status", cell: ({ getValue }) => <Status state={getValue()} /> }),
  helper.accessor("agent_id", { id: "agent", header: "Agent", cell: ({ getValue }) => <AgentName id={getValue()} /> }),
  helper.accessor("incident_id", {
    id: "incident",
    header: "Incident",
    cell: ({ getValue }) => <IncidentLink id={getValue()} />,
  }),
  helper.accessor("customer", { header: "Customer", cell: ({ getValue }) => <Text value={getValue()} /> }),
  helper.accessor("team", { header: "Team", cell: ({ getValue }) => <Text value={getValue()} /> }),
  helper.accessor("language", { header: "Language", cell: ({ getValue }) => <Text value={getValue()} /> }),
  helper.accessor("tier", { header: "Model", cell: ({ getValue }) => <Text value={getValue()} /> }),
  helper.accessor("confidence", { header: "Confidence", cell: ({ getValue }) => getValue()?.toFixed(2) ?? <None /> }),
  helper.accessor("accepted_at", {
    id: "accepted",
    header: "Accepted",
    cell: ({ getValue }) => <RelativeTime at={getValue()} />,
  }),
  helper.accessor("ticket_id", { id: "id", header: "Id", cell: ({ getValue }) => <Text value={getValue()} /> }),
]);

export const COLUMN_IDS = Object.keys(WIDTHS);
/** What the menu calls them. */
export const TITLES: ReadonlyMap<string, string> = new Map(
  columns.map((column) => {
    const id = column.id ?? ("accessorKey" in column ? String(column.accessorKey) : "");
    return [id, typeof column.header === "string" ? column.header : id];
  }),
);
export const STAYS: ReadonlySet<string> = new Set([GROWS]);
