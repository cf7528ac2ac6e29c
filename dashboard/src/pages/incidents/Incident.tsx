/** One incident: how it grew, what belongs to it and why, whom it affects, and what can be done. */

import { ActionIcon, Anchor, Button, Menu, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";

import { Refused } from "../../api/client";
import { useNames } from "../../api/directory";
import { useIsAgentsOwn, useMay } from "../../api/may";
import { Icon } from "../../icons/icons";
import { useLive } from "../../live/Live";
import { Figure, Figures } from "../../parts/Figure";
import { done, failed } from "../../parts/notices";
import { NoSuch } from "../../parts/NoSuch";
import { PageHead } from "../../parts/PageHead";
import { RelativeTime } from "../../parts/RelativeTime";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Failed } from "../../parts/States";
import { SeverityTag, StateTag } from "../../parts/Tags";
import { Timeline } from "../../parts/Timeline";
import { isOpen } from "../../pure/incidents";
import { lasting } from "../../pure/time";
import { Dismiss, LinkTicket, Merge, Resolve } from "./dialogs";
import { Growth } from "./Growth";
import classes from "./Incident.module.css";
import { Members } from "./Members";
import { type Incident as Data, incidentKey, useIncident, useIncidentTimeline } from "./queries";
import { Customers, Releases } from "./Side";

export default function Incident() {
  const { id = "" } = useParams<{ id: string }>();
  const incident = useIncident(id);
  useLive((event) => event.incident_id === id, [incidentKey(id)]);
  if (incident.data !== undefined) return <Page key={id} incident={incident.data} />;
  if (!incident.isError) return <Loading />;
  if (incident.error instanceof Refused && (incident.error.status === 404 || incident.error.status === 422)) {
    return <NoSuch what="incident" id={id} back="/incidents" all="incidents" className={classes.page} />;
  }
  return <Failed error={incident.error} again={() => void incident.refetch()} />;
}

type Dialog = "resolve" | "dismiss" | "merge" | "link";

function Page({ incident }: { incident: Data }) {
  const { id } = incident;
  const own = useIsAgentsOwn();
  const may = useMay("agent") && !own;
  const [, navigate] = useLocation();
  const [asks, ask] = useState<Dialog | null>(null);
  const happened = useIncidentTimeline(id);
  const open = isOpen(incident);
  const whole = incident.merged_into === null && incident.state !== "dismissed";

  const shortcuts = useMemo<Shortcut[]>(
    () => [
      ...(may && open ? [{ keys: "e", does: "Resolve", run: () => ask("resolve") }] : []),
      ...(may && whole
        ? [
            { keys: "m", does: "Merge", run: () => ask("merge") },
            { keys: "l", does: "Link a ticket", run: () => ask("link") },
            { keys: "d", does: "Dismiss", run: () => ask("dismiss") },
          ]
        : []),
      { keys: "Escape", does: "Back to the incidents", run: () => navigate("/incidents") },
    ],
    [may, open, whole, navigate],
  );
  useShortcuts("Incident", shortcuts);
  const dialog = (one: Dialog) => ({ incident, opened: asks === one, close: () => ask(null) });
  return (
    <article className={classes.page} aria-label={`Incident ${id}`}>
      <header>
        <nav className={classes.crumbs} aria-label="Way back">
          <Anchor
            component={Link}
            href="/incidents"
            size="sm"
            style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
          >
            <Icon name="back" size={14} /> Incidents
          </Anchor>
          <span aria-hidden="true">/</span>
          <span className={classes.id}>{id}</span>
        </nav>
        <PageHead title={incident.title} shown={<bdi>{incident.title}</bdi>} said={<Summary incident={incident} />}>
          {may && open && <Button onClick={() => ask("resolve")}>Resolve</Button>}
          {may && whole && (
            <>
              <Button variant="default" onClick={() => ask("merge")}>
                Merge
              </Button>
              <Button variant="default" onClick={() => ask("link")}>
                Link a ticket
              </Button>
            </>
          )}
          <More id={id} dismiss={may && whole ? () => ask("dismiss") : undefined} />
        </PageHead>
      </header>
      <Figures>
        <Figure
          label="Tickets"
          value={incident.tickets.toLocaleString()}
          said={`${incident.suppressed.toLocaleString()} held back`}
          tone={open ? "bad" : "plain"}
        />
        <Figure label="Customers" value={incident.customers.toLocaleString()} said="affected" />
        <Figure
          label="Last report"
          value={<RelativeTime at={incident.reported_at} />}
          said={incident.state === "growing" ? "it still grows" : "no new ones since"}
        />
        <Figure
          label={open ? "Open for" : "Lasted"}
          value={<Lasts incident={incident} />}
          said={
            <>
              opened <RelativeTime at={incident.opened_at} />
            </>
          }
        />
      </Figures>
      <div className={classes.columns}>
        <div className={classes.column}>
          <Growth id={id} />
          <Members id={id} may={may && whole} />
          <Timeline found={happened} on="incident" />
        </div>
        <div className={classes.column}>
          <Releases id={id} />
          <Customers id={id} number={incident.customers} />
        </div>
      </div>
      <Resolve {...dialog("resolve")} />
      <Dismiss {...dialog("dismiss")} />
      <Merge {...dialog("merge")} gone={(to) => navigate(`/incidents/${to}`)} />
      <LinkTicket {...dialog("link")} />
    </article>
  );
}

function Summary({ incident }: { incident: Data }) {
  const names = useNames();
  const { follows, merged_into: into, owner, representative } = incident;
  return (
    <div className={classes.facts}>
      <SeverityTag severity={incident.severity} />
      <StateTag state={incident.state} />
      {into !== null && (
        <span>
          merged into{" "}
          <Anchor component={Link} href={`/incidents/${into}`} inherit underline="always">
            {into}
          </Anchor>
        </span>
      )}
      {follows !== null && (
        <span>
          follows{" "}
          <Anchor component={Link} href={`/incidents/${follows}`} inherit underline="always">
            {follows}
          </Anchor>
        </span>
      )}
      <span>
        {representative === null ? (
          "A ticket that is not yours"
        ) : (
          <Anchor component={Link} href={`/tickets/${representative}`} inherit underline="always">
            {representative}
          </Anchor>
        )}{" "}
        stands for it
        {owner === null ? (
          ""
        ) : (
          <>
            , with <b>{names.get(owner) ?? owner}</b>
          </>
        )}
      </span>
      {incident.keywords.length > 0 && (
        <Text component="span" size="sm" c="var(--ss-quiet)">
          {incident.keywords.join(" · ")}
        </Text>
      )}
    </div>
  );
}

function More({ id, dismiss }: { id: string; dismiss: (() => void) | undefined }) {
  const copy = () =>
    void navigator.clipboard.writeText(location.href).then(
      () => done("Link copied"),
      (error: unknown) => failed("Not copied", error),
    );
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false} width={200}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label="More">
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {dismiss !== undefined && <Menu.Item onClick={dismiss}>Dismiss: it is none</Menu.Item>}
        {dismiss !== undefined && <Menu.Divider />}
        <Menu.Item onClick={copy}>Copy link</Menu.Item>
        <Menu.Item component="a" href={`/incidents/${id}`} target="_blank" rel="noreferrer">
          Show as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Lasts({ incident }: { incident: Data }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (incident.closed_at !== null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, [incident.closed_at]);
  const end = incident.closed_at === null ? now : Date.parse(incident.closed_at);
  return lasting((end - Date.parse(incident.reopened_at ?? incident.opened_at)) / 1_000);
}

function Loading() {
  return (
    <Stack className={classes.page} role="status" aria-label="Loading">
      <Skeleton height={28} width="50%" />
      <Skeleton height={96} />
      <Skeleton height={240} />
    </Stack>
  );
}
