import { Button } from "@mantine/core";
import { useState } from "react";

import { Panel } from "../../parts/Panel";
import { beginning } from "../../pure/marks";
import { MarkedText } from "./MarkedText";
import type { Ticket } from "./queries";
import classes from "./Ticket.module.css";

const CHARACTERS = 3_000;
const LINES = 40;

/** What was written, its beginning where it is long. */
export function TicketText({ ticket }: { ticket: Ticket }) {
  const [whole, showWhole] = useState(false);
  const start = beginning(ticket.body, CHARACTERS, LINES);
  const long = start.length < ticket.body.length;
  const text = whole ? ticket.body : start;
  const said = ticket.reasons.some((reason) => reason.spans.length > 0);
  return (
    <Panel title="Message" {...(said ? { tools: <Key /> } : {})}>
      {ticket.body.trim() === "" ? (
        <p className={`${classes.text} ${classes.quiet}`}>There is no text but the subject.</p>
      ) : (
        <p className={`${classes.text} ${long && !whole ? classes.folded : ""}`} dir="auto">
          <MarkedText text={text} field="body" reasons={ticket.reasons} />
        </p>
      )}
      {long && (
        <Button mt="sm" size="xs" variant="default" aria-expanded={whole} onClick={() => showWhole(!whole)}>
          {whole ? "Show less" : `Show all ${ticket.body.length.toLocaleString()} characters`}
        </Button>
      )}
    </Panel>
  );
}

function Key() {
  return (
    <span className={classes.key}>
      <span>Decided by:</span>
      <span className={classes.mark} data-of="category">
        category
      </span>
      <span className={classes.mark} data-of="urgency">
        urgency
      </span>
      <span className={classes.mark} data-against>
        spoke against
      </span>
    </span>
  );
}
