/** One ticket: what was written, what was made of it and why, and what can be done. */

import { Anchor, Skeleton, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useMemo, useRef, useState } from "react";
import { Link, useLocation, useParams } from "wouter";

import { Refused } from "../../api/client";
import { useMay, useSignedIn } from "../../api/may";
import { Icon } from "../../icons/icons";
import { useLive } from "../../live/Live";
import { done, failed } from "../../parts/notices";
import { AssignDialog } from "../../parts/AssignDialog";
import { EscalateDialog } from "../../parts/EscalateDialog";
import { NoSuch } from "../../parts/NoSuch";
import { PageHead } from "../../parts/PageHead";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { Failed } from "../../parts/States";
import { Timeline } from "../../parts/Timeline";
import { type Act, can } from "../../pure/acts";
import { back } from "../../pure/beside";
import { useActing, useCorrecting } from "./acting";
import { Actions, KEYS, LABELS } from "./Actions";
import { Clocks } from "./Clocks";
import { Attachments, Customer, Origin } from "./Facts";
import { IncidentBox } from "./IncidentBox";
import { MarkedText } from "./MarkedText";
import { type Ticket as Data, ticketKey, useTicket, useTicketTimeline } from "./queries";
import { Replies } from "./Replies";
import { RoutePanel } from "./RoutePanel";
import classes from "./Ticket.module.css";
import { Summary } from "./Summary";
import { TicketText } from "./TicketText";
import { Triage } from "./Triage";
import { useBeside } from "./useBeside";

export default function Ticket() {
  const { id = "" } = useParams<{ id: string }>();
  const ticket = useTicket(id);
  useLive((event) => event.ticket_id === id, [ticketKey(id)]);
  if (ticket.data !== undefined) return <Page key={id} ticket={ticket.data} />;
  if (!ticket.isError) return <Loading />;
  if (ticket.error instanceof Refused && ticket.error.status === 404) {
    return <NoSuch what="ticket" id={id} back={back()} all="tickets" className={classes.page} />;
  }
  return <Failed error={ticket.error} again={() => void ticket.refetch()} />;
}

function Page({ ticket }: { ticket: Data }) {
  const id = ticket.ticket_id;
  const me = useSignedIn().agent_id;
  const may = useMay("agent");
  const [, navigate] = useLocation();
  const acting = useActing(id);
  const correcting = useCorrecting(id);
  const [asks, ask] = useState<"reassign" | "escalate" | null>(null);
  const [menu, openMenu] = useState(false);
  const urgencies = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const { mutate } = acting;
  const { mutate: correct } = correcting;
  const beside = useBeside(id);
  const happened = useTicketTimeline(id);

  const act = useCallback(
    (one: Act) => {
      if (one === "reassign" || one === "escalate") ask(one);
      else mutate({ act: one });
    },
    [mutate],
  );
  const mine = useCallback(() => {
    if (me !== null) mutate({ act: "reassign", target: { agent_id: me } });
    else failed("This key names no agent", "Make a key that does: smart-support keys create --agent ID");
  }, [me, mutate]);
  const unlink = useCallback(() => correct({ body: { not_duplicate: true } }), [correct]);
  const copy = useCallback(() => {
    navigator.clipboard.writeText(location.href).then(
      () => done("Link copied"),
      (error: unknown) => failed("Not copied", error),
    );
  }, []);

  const shortcuts = useMemo<Shortcut[]>(() => {
    const acts = (Object.keys(KEYS) as Act[]).filter((one) => may && can(one, ticket.state));
    return [
      ...acts.map((one) => ({ keys: KEYS[one], does: LABELS[one], run: () => act(one) })),
      ...(may && can("reassign", ticket.state) ? [{ keys: "m", does: "Assign to me", run: mine }] : []),
      ...(may && ticket.incident_id !== null ? [{ keys: "u", does: "Unlink from the incident", run: unlink }] : []),
      ...(may && ticket.status === "processed"
        ? [
            { keys: "c", does: "Correct the category", run: () => openMenu(true) },
            { keys: "v", does: "Correct the urgency", run: () => urgencies.current?.querySelector("button")?.focus() },
          ]
        : []),
      { keys: "l", does: "Copy the link", run: copy },
      { keys: "j", does: "Next ticket (older)", run: () => void beside(1) },
      { keys: "k", does: "Ticket before (newer)", run: () => void beside(-1) },
      { keys: "Escape", does: "Back to the tickets", run: () => navigate(back()) },
    ];
  }, [may, ticket.state, ticket.incident_id, ticket.status, act, mine, unlink, copy, beside, navigate]);
  useShortcuts("Ticket", shortcuts);

  // In one column what the model said comes right after the text, wherever it stands beside it in two.
  const text = <TicketText ticket={ticket} />;
  const said = (
    <>
      <Triage ticket={ticket} correct={correct} opened={menu} open={openMenu} urgencies={urgencies} may={may} />
      {typeof ticket.incident_id === "string" && (
        <IncidentBox id={id} incident={ticket.incident_id} unlink={may ? unlink : undefined} />
      )}
      <Clocks id={id} />
    </>
  );
  const told = (
    <>
      <Attachments ticket={ticket} />
      <Replies id={id} />
    </>
  );
  const about = (
    <>
      <Customer ticket={ticket} />
      <Origin ticket={ticket} />
    </>
  );
  const ways = (
    <>
      <RoutePanel id={id} />
      <Timeline found={happened} on="ticket" />
    </>
  );
  return (
    <article className={classes.page} aria-label={`Ticket ${id}`}>
      <header>
        <nav className={classes.crumbs} aria-label="Way back">
          <Anchor
            component={Link}
            href={back()}
            size="sm"
            style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
          >
            <Icon name="back" size={14} /> Tickets
          </Anchor>
          <span aria-hidden="true">/</span>
          <span className={classes.id}>{id}</span>
        </nav>
        <PageHead
          title={ticket.subject.trim() === "" ? "(no subject)" : ticket.subject}
          shown={
            <bdi>
              {ticket.subject.trim() === "" ? (
                "(no subject)"
              ) : (
                <MarkedText text={ticket.subject} field="subject" reasons={ticket.reasons} />
              )}
            </bdi>
          }
          said={<Summary ticket={ticket} />}
        >
          <Actions ticket={ticket} may={may} busy={acting.isPending} act={act} copy={copy} />
        </PageHead>
      </header>
      {narrow ? (
        <div className={classes.column}>
          {text}
          {said}
          {told}
          {about}
          {ways}
        </div>
      ) : (
        <div className={classes.columns}>
          <div className={classes.column}>
            {text}
            {told}
            {ways}
          </div>
          <div className={classes.column}>
            {said}
            {about}
          </div>
        </div>
      )}
      <AssignDialog
        opened={asks === "reassign"}
        title="Assign this ticket"
        category={ticket.category ?? null}
        close={() => ask(null)}
        give={(target) => mutate({ act: "reassign", target })}
      />
      <EscalateDialog
        opened={asks === "escalate"}
        title="Escalate this ticket"
        close={() => ask(null)}
        give={(target) => mutate({ act: "escalate", target })}
      />
    </article>
  );
}

function Loading() {
  return (
    <Stack className={classes.page} role="status" aria-label="Loading">
      <Skeleton height={28} width="60%" />
      <Skeleton height={18} width="40%" />
      <div className={classes.columns}>
        <Skeleton height={280} />
        <Skeleton height={280} />
      </div>
    </Stack>
  );
}
