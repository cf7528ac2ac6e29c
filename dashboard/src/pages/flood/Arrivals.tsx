import { Group, SegmentedControl, Skeleton } from "@mantine/core";
import { useMemo } from "react";

import type { Schema } from "../../api/types";
import { Chart, type Look } from "../../parts/Chart";
import { ChartSwitch } from "../../parts/ChartSwitch";
import { FiguresTable } from "../../parts/FiguresTable";
import { Panel } from "../../parts/Panel";
import { perMinute } from "../../pure/flood";
import type { Values } from "../../pure/stack";
import { type Span, SPANS } from "./data";

const LOOKS: readonly Look[] = [
  { draw: "bars", tone: "main" },
  { draw: "bars", tone: "second" },
  { draw: "dashed", tone: "quiet" },
];

interface Props {
  told: Schema<"ArrivalsOut"> | undefined;
  span: Span;
  choose: (index: number) => void;
  asTable: boolean;
  show: (asTable: boolean) => void;
}

/** Tickets a minute, suppressed ones upon those that are routed, against what is usual. */
export function Arrivals({ told, span, choose, asTable, show }: Props) {
  const data = useMemo<readonly [readonly number[], ...Values[]] | null>(() => {
    if (told === undefined) return null;
    const { at, routed, suppressed } = perMinute(told.buckets, told.bucket_seconds);
    return told.base_rate === null ? [at, routed, suppressed] : [at, routed, suppressed, at.map(() => told.base_rate)];
  }, [told]);
  const names = told?.base_rate == null ? ["Routed", "Suppressed"] : ["Routed", "Suppressed", "Usual"];
  const label = told === undefined ? "" : describe(told, span);
  return (
    <Panel
      title="Arrivals per minute"
      said={span.bucket > 60 ? `means of ${span.bucket / 60} minutes` : "the last minute is not over yet"}
      tools={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="How far to look back"
            data={SPANS.map((one, index) => ({ label: one.label, value: String(index) }))}
            value={String(SPANS.findIndex((one) => one.minutes === span.minutes))}
            onChange={(value) => choose(Number(value))}
          />
          <ChartSwitch asTable={asTable} show={show} />
        </Group>
      }
    >
      {data === null ? (
        <Skeleton h={268} aria-label="Loading" />
      ) : asTable ? (
        <FiguresTable caption={`Tickets a minute, ${span.said}`} data={data} names={names} />
      ) : (
        <Chart label={label} data={data} names={names} looks={LOOKS} />
      )}
    </Panel>
  );
}

function describe(told: Schema<"ArrivalsOut">, span: Span): string {
  const most = Math.max(0, ...told.buckets.map((bucket) => (bucket.tickets * 60) / told.bucket_seconds));
  const usual = told.base_rate === null ? "" : `, usual ${told.base_rate.toFixed(1)}`;
  return `Tickets a minute, ${span.said}: now ${told.now.per_minute}, at most ${Math.round(most)}${usual}.`;
}
