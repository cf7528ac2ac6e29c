import { Button, Stack, Tooltip } from "@mantine/core";
import { useDisclosure, useSessionStorage } from "@mantine/hooks";
import { useMemo, useState } from "react";

import { useMay, useSignedIn } from "../../api/may";
import { useLive } from "../../live/Live";
import { PageHead } from "../../parts/PageHead";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Failed } from "../../parts/States";
import { Arrivals } from "./Arrivals";
import { BigFigures } from "./BigFigures";
import { type Span, SPANS, useArrivals, useForming, useOpenIncidents, useSimulated } from "./data";
import classes from "./Flood.module.css";
import { Forming } from "./Forming";
import { Growing } from "./Growing";
import { SimulatedFlood, SimulateDialog } from "./Simulate";

const LIVE = [["incidents"], ["flood", "forming"]];

export default function Flood() {
  const admin = useMay("admin");
  const offered = !useSignedIn().production && admin;
  const [chosen, choose] = useSessionStorage({
    key: "smart-support.flood.span",
    defaultValue: 1,
    getInitialValueInEffect: false,
  });
  const [asTable, setAsTable] = useState(false);
  const [opened, dialog] = useDisclosure();
  const span: Span = SPANS[chosen] ?? SPANS[1];
  const arrivals = useArrivals(span);
  const forming = useForming();
  const incidents = useOpenIncidents();
  const simulated = useSimulated(offered);
  const running = offered && simulated.data?.running != null ? simulated.data : null;
  const free = running === null; // one flood at a time
  useLive((event) => event.incident_id !== null, LIVE);

  const shortcuts = useMemo<Shortcut[]>(
    () => [
      {
        keys: "w",
        does: "Look further back: 15 minutes, 1 hour, 6 hours",
        run: () => choose((at) => (at + 1) % SPANS.length),
      },
      { keys: "v", does: "Show arrivals as chart or as table", run: () => setAsTable((is) => !is) },
      ...(offered ? [{ keys: "s", does: "Simulate a flood", run: () => free && dialog.open() }] : []),
    ],
    [offered, free, choose, dialog.open],
  );
  useShortcuts("Flash flood", shortcuts);

  return (
    <Stack p="md" className={classes.page ?? ""}>
      <PageHead title="Flash flood" said="What arrives, against what is usual, and the incidents that it becomes.">
        {offered && (
          <Tooltip label="Sends made-up tickets (s)">
            <Button size="sm" variant="default" onClick={dialog.open} disabled={!free}>
              Simulate a flood
            </Button>
          </Tooltip>
        )}
      </PageHead>
      {running !== null && <SimulatedFlood status={running} />}
      {arrivals.isError && arrivals.data === undefined ? (
        <Failed error={arrivals.error} again={() => void arrivals.refetch()} />
      ) : (
        <>
          <BigFigures told={arrivals.data} span={span} open={incidents.data?.length} />
          <Arrivals told={arrivals.data} span={span} choose={choose} asTable={asTable} show={setAsTable} />
        </>
      )}
      <div className={classes.columns}>
        <Forming query={forming} />
        <Growing query={incidents} />
      </div>
      {offered && <SimulateDialog opened={opened} close={dialog.close} />}
    </Stack>
  );
}
