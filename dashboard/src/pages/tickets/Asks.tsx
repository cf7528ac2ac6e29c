import type { TicketRow } from "../../api/types";
import { AssignDialog } from "../../parts/AssignDialog";
import { EscalateDialog } from "../../parts/EscalateDialog";
import type { Target } from "../../pure/handover";
import { count } from "../../pure/words";
import { ResolveDialog } from "./ResolveDialog";

/** What is asked before it is done, and with which tickets. */
export interface Asked {
  readonly about: "assign" | "escalate" | "resolve";
  readonly ids: readonly string[];
}

interface Props {
  asked: Asked | null;
  byId: ReadonlyMap<string, TicketRow>;
  close: () => void;
  assign: (ids: readonly string[], to: Target) => void;
  escalate: (ids: readonly string[], to: Target) => void;
  resolve: (ids: readonly string[]) => void;
}

/** The questions of the table, of which at most one is open. */
export function Asks({ asked, byId, close, assign, escalate, resolve }: Props) {
  // What has left the table meanwhile is neither named nor handed over.
  const tickets = asked?.ids.flatMap((id) => byId.get(id) ?? []) ?? [];
  const ids = tickets.map((one) => one.ticket_id);
  const what = ids.length === 1 ? ids[0]! : count(ids.length, "ticket");
  const categories = new Set(tickets.map((one) => one.category));
  return (
    <>
      <AssignDialog
        opened={asked?.about === "assign"}
        title={`Assign ${what}`}
        category={categories.size === 1 ? [...categories][0]! : null}
        close={close}
        give={(to) => assign(ids, to)}
      />
      <EscalateDialog
        opened={asked?.about === "escalate"}
        title={`Escalate ${what}`}
        close={close}
        give={(to) => escalate(ids, to)}
      />
      <ResolveDialog
        opened={asked?.about === "resolve"}
        count={asked?.ids.length ?? 0}
        close={close}
        run={() => resolve(asked?.ids ?? [])}
      />
    </>
  );
}
