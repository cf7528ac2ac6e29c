import { VisuallyHidden } from "@mantine/core";

import type { TicketRow } from "../../api/types";
import { RelativeTime } from "../../parts/RelativeTime";
import { Category, Status, Subject, Urgency } from "./columns";
import classes from "./Tickets.module.css";

/** A ticket in two lines, where there is no room for columns. */
export function NarrowRow({ row }: { row: TicketRow }) {
  return (
    <div role="gridcell" className={classes.two}>
      <div className={classes.line}>
        <span className={classes.cut}>
          <Subject row={row} />
        </span>
        <span className={classes.quiet}>
          <RelativeTime at={row.accepted_at} />
        </span>
      </div>
      <div className={classes.line}>
        <VisuallyHidden>S </VisuallyHidden>
        <Urgency score={row.urgency_score} />
        <Status state={row.state} />
        <span className={classes.cut}>
          <Category row={row} />
        </span>
        {row.incident_id !== null && <span className={classes.quiet}>{row.incident_id}</span>}
      </div>
    </div>
  );
}
