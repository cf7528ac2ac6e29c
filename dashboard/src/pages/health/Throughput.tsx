import { useMemo } from "react";

import { Chart, type Look } from "../../parts/Chart";
import { ChartSwitch } from "../../parts/ChartSwitch";
import { FiguresTable } from "../../parts/FiguresTable";
import { Panel } from "../../parts/Panel";
import type { Values } from "../../pure/stack";
import type { Figures } from "./data";

const LOOKS: readonly Look[] = [
  { draw: "area", tone: "main" },
  { draw: "line", tone: "calm" },
];
const NAMES = ["Accepted", "Triaged"] as const;

interface Props {
  figures: Figures;
  asTable: boolean;
  show: (asTable: boolean) => void;
}

/** Tickets taken in and triaged, minute by minute: where the lines part, tickets pile up. */
export function Throughput({ figures: { accepted, triaged }, asTable, show }: Props) {
  const data = useMemo<readonly [readonly number[], ...Values[]]>(
    () => [
      accepted.minutes.map((minute) => Date.parse(minute.at) / 1_000),
      accepted.minutes.map((minute) => minute.tickets),
      triaged.minutes.map((minute) => minute.tickets),
    ],
    [accepted, triaged],
  );
  const last = `${accepted.per_minute} accepted and ${triaged.per_minute} triaged in the last one`;
  const label = `Tickets a minute over the last hour: ${last}.`;
  return (
    <Panel
      title="Throughput"
      said="tickets a minute, the last hour"
      tools={<ChartSwitch asTable={asTable} show={show} />}
    >
      {asTable ? (
        <FiguresTable caption="Tickets a minute, the last hour" data={data} names={NAMES} height={228} />
      ) : (
        <Chart label={label} data={data} names={NAMES} looks={LOOKS} height={200} />
      )}
    </Panel>
  );
}
