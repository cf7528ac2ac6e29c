import { Alert, Button, Skeleton, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { useMay } from "../../api/may";
import { useLive } from "../../live/Live";
import { Figure, Figures as FigureRow } from "../../parts/Figure";
import { PageHead } from "../../parts/PageHead";
import { RelativeTime } from "../../parts/RelativeTime";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Failed } from "../../parts/States";
import { type Facts, stepName, verdict } from "../../pure/verdict";
import { type Figures, useConditions, useFigures } from "./data";
import { DeadTickets } from "./DeadTickets";
import classes from "./Health.module.css";
import { Models } from "./Models";
import { Outbox } from "./Outbox";
import { Throughput } from "./Throughput";
import { Verdict } from "./Verdict";
import { Versions } from "./Versions";
import { Workers } from "./Workers";

const LIVE = [["health"]];

export default function Health() {
  const queries = useQueryClient();
  const may = useMay("admin");
  const figures = useFigures();
  const conditions = useConditions();
  const [asTable, setAsTable] = useState(false);
  const shortcuts = useMemo<Shortcut[]>(
    () => [
      {
        keys: "r",
        does: "Read all figures again",
        run: () => void queries.invalidateQueries({ queryKey: ["health"] }),
      },
      { keys: "v", does: "Show throughput as chart or as table", run: () => setAsTable((is) => !is) },
    ],
    [queries],
  );
  useShortcuts("Health", shortcuts);
  useLive(({ kind }) => /^(model|config)\.|\.(bury|retry)$/u.test(kind), LIVE);
  const facts = factsOf(figures.isError ? undefined : figures.data, conditions.isError ? undefined : conditions.data);
  return (
    <Stack p="md" className={classes.page ?? ""}>
      <PageHead
        title="Health"
        said={
          figures.data === undefined ? (
            "How the system is"
          ) : (
            <>
              Read <RelativeTime at={figures.data.at} />
            </>
          )
        }
      />
      {facts !== null && <Verdict verdict={verdict(facts, Date.now())} />}
      {figures.isError && figures.data !== undefined && (
        <Alert
          color="red"
          variant="outline"
          role="alert"
          title={
            <>
              These figures are from <RelativeTime at={figures.data.at} />
            </>
          }
        >
          {figures.error.message}{" "}
          <Button size="compact-xs" variant="default" onClick={() => void figures.refetch()}>
            Try again
          </Button>
        </Alert>
      )}
      {figures.data !== undefined ? (
        <Parts figures={figures.data} may={may} asTable={asTable} show={setAsTable} />
      ) : figures.isError ? (
        <Failed error={figures.error} again={() => void figures.refetch()} />
      ) : (
        <Stack aria-label="Loading" role="status">
          <Skeleton h={72} />
          <Skeleton h={96} />
          <Skeleton h={240} />
        </Stack>
      )}
    </Stack>
  );
}

interface Shown {
  figures: Figures;
  may: boolean;
  asTable: boolean;
  show: (asTable: boolean) => void;
}

function Parts({ figures, may, asTable, show }: Shown) {
  return (
    <>
      <FigureRow>
        <Rate label="Accepted" perMinute={figures.accepted.per_minute} said="taken in and on disk" />
        <Rate label="Triaged" perMinute={figures.triaged.per_minute} said="category and S found" />
        {Object.entries(figures.lag ?? {}).map(([stream, waiting]) => (
          <Figure
            key={stream}
            label={`Lag of ${stepName(stream)}`}
            value={waiting.toLocaleString()}
            said="tickets wait or are in it"
            tone={waiting > 100 ? "warn" : "good"}
          />
        ))}
        {figures.lag === null && <Figure label="Lag" value="–" said="the broker does not answer" tone="warn" />}
      </FigureRow>
      <Workers workers={figures.workers} />
      <Throughput figures={figures} asTable={asTable} show={show} />
      <div className={classes.columns}>
        <Outbox outbox={figures.outbox} may={may} />
        <DeadTickets count={figures.dead_tickets} may={may} />
      </div>
      <Models drift={figures.drift} />
      <Versions figures={figures} />
    </>
  );
}

function Rate({ label, perMinute, said }: { label: string; perMinute: number; said: string }) {
  return (
    <Figure
      label={label}
      value={
        <>
          {perMinute.toLocaleString()}
          <small>per minute</small>
        </>
      }
      said={said}
    />
  );
}

/** What is known for the verdict; null where neither answer came. Figures need the database, conditions do not. */
function factsOf(figures: Figures | undefined, conditions: ReturnType<typeof useConditions>["data"]): Facts | null {
  if (figures === undefined && conditions?.store !== "down") return null;
  return {
    store: figures === undefined ? "down" : "up",
    broker: figures?.broker ?? conditions?.broker ?? "up",
    workers: figures?.workers ?? [],
    lag: figures?.lag ?? {},
    triagedPerMinute: figures?.triaged.per_minute ?? 0,
    outbox: figures?.outbox ?? { failing: 0, dead: 0 },
    dead: figures?.dead_tickets ?? 0,
    drift: figures?.drift.category_drift ?? null,
  };
}
