import { Group, Text } from "@mantine/core";

import type { Tone } from "../../parts/Figure";
import { Gauge } from "../../parts/Gauge";
import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { Empty } from "../../parts/States";
import { StateMark } from "../../parts/Tags";
import { whyOpen } from "../../pure/verdict";
import type { WorkerFigures } from "./data";
import classes from "./Health.module.css";

const MAIN = ["triage", "dispatch", "notify"] as const;

/** Each process with an engine: its breaker, and how long its model takes against the breaker's limits. */
export function Workers({ workers }: { workers: readonly WorkerFigures[] }) {
  const shown = [...workers].sort((a, b) => Number(a.stale) - Number(b.stale) || a.worker.localeCompare(b.worker));
  return (
    <Panel title="Workers and breakers" said={`${workers.filter((worker) => !worker.stale).length} alive`}>
      {shown.length === 0 ? (
        <Empty small icon="health" title="No worker yet">
          <code>smart-support worker</code> starts one; <code>up</code> has its own.
        </Empty>
      ) : (
        <ul className={classes.list}>
          {shown.map((worker) => (
            <WorkerRow key={worker.worker} worker={worker} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function WorkerRow({ worker }: { worker: WorkerFigures }) {
  const why = whyOpen(worker, Date.now());
  return (
    <li className={classes.worker} data-stale={worker.stale || undefined}>
      <div>
        <Group gap="xs">
          <Text fw={600} size="sm" className={classes.name ?? ""}>
            {worker.worker}
          </Text>
          <StateMark tone={worker.stale ? undefined : worker.state === "open" ? "warn" : "good"}>
            {worker.stale ? "silent" : `breaker ${worker.state}`}
          </StateMark>
        </Group>
        <Text size="xs" c="var(--ss-quiet)" component="div" mt={4}>
          <span title={worker.parts.join(", ")}>{runs(worker.parts)}</span>
          <br />
          answers with the {worker.tier} model · heard of <RelativeTime at={worker.beat_at} />
        </Text>
      </div>
      <div>
        <Latency label="mean" of="of all runs" ms={worker.mean_ms} limits={worker.limits} />
        <Latency label="p95" of="of the last 200 runs" ms={worker.p95_ms} limits={worker.limits} />
      </div>
      <dl className={classes.counts}>
        <Count name="runs" value={worker.runs} />
        <Count name="probes" value={worker.probes} />
        <Count name="degraded" value={worker.degraded} />
        <Count name="echoes" value={worker.echoes} />
      </dl>
      {why !== null && (
        <Text size="sm" className={classes.why ?? ""}>
          {why}
        </Text>
      )}
    </li>
  );
}

function Latency({
  label,
  of,
  ms,
  limits,
}: {
  label: string;
  of: string;
  ms: number | null;
  limits: WorkerFigures["limits"];
}) {
  const { slow_ms: slow, fast_ms: fast } = limits;
  const tone: Tone = ms === null ? "plain" : ms > slow ? "bad" : ms >= fast ? "warn" : "good";
  return (
    <div className={classes.latency} title={`${label} ${of}; marks at ${fast} and ${slow} ms`}>
      <Text size="xs" c="var(--ss-quiet)">
        {label}
      </Text>
      <Gauge
        label={`Against ${fast} and ${slow} ms`}
        value={ms ?? 0}
        most={slow * 1.25}
        tone={tone}
        marks={[fast, slow]}
      />
      <Text size="xs" ta="right" className={classes.number ?? ""}>
        {ms === null ? "no run yet" : `${Math.round(ms).toLocaleString()} ms`}
      </Text>
    </div>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString()}</dd>
    </div>
  );
}

/** The parts that matter to somebody who looks for one, and how many others there are. */
function runs(parts: readonly string[]): string {
  const main = MAIN.filter((part) => parts.includes(part));
  const others = parts.length - main.length;
  if (main.length === 0) return parts.length === 0 ? "API alone" : parts.join(", ");
  return `runs ${main.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
}
