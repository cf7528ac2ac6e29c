import { useMemo } from "react";

import { pieces } from "../../pure/marks";
import type { Ticket } from "./queries";
import classes from "./Ticket.module.css";

type Reason = Ticket["reasons"][number];

interface Props {
  text: string;
  field: "subject" | "body";
  reasons: readonly Reason[];
}

/** The text as text, whatever stands in it, with the words marked that decided. */
export function MarkedText({ text, field, reasons }: Props) {
  const marked = useMemo(() => {
    const marks = reasons.flatMap((why) =>
      why.spans.filter((span) => span.field === field).map(({ start, end }) => ({ start, end, why })),
    );
    return pieces(text, marks);
  }, [text, field, reasons]);
  return marked.map(({ text: piece, why }, index) =>
    why.length === 0 ? piece : <Mark key={index} text={piece} why={why} />,
  );
}

function Mark({ text, why }: { text: string; why: readonly Reason[] }) {
  const spoke = new Set(why.filter((one) => one.weight > 0).map((one) => one.of));
  return (
    <mark
      className={classes.mark}
      data-of={spoke.size > 1 ? "both" : [...spoke][0]}
      data-against={spoke.size === 0 || undefined}
      title={why.map((one) => `${one.of} ${one.weight > 0 ? "+" : ""}${one.weight.toFixed(2)}`).join(", ")}
    >
      {text}
    </mark>
  );
}
