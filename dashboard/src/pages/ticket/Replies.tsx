import { Badge } from "@mantine/core";

import { Panel } from "../../parts/Panel";
import { RelativeTime } from "../../parts/RelativeTime";
import { count } from "../../pure/words";
import { type Reply, useReplies } from "./queries";
import classes from "./Ticket.module.css";

/** What was written after the first text; nothing where nothing was. */
export function Replies({ id }: { id: string }) {
  const replies = useReplies(id).data ?? [];
  if (replies.length === 0) return null;
  return (
    <Panel title="Replies" said={count(replies.length, "reply", "replies")}>
      {replies.map((reply) => (
        <One key={reply.id} reply={reply} />
      ))}
    </Panel>
  );
}

function One({ reply }: { reply: Reply }) {
  return (
    <article className={classes.reply} data-internal={reply.internal || undefined}>
      <div className={classes.who}>
        <b>
          <bdi>{reply.author ?? (reply.by_customer ? "Customer" : "Agent")}</bdi>
        </b>
        <span className={classes.quiet}>{reply.by_customer ? "customer" : "agent"}</span>
        {reply.internal && (
          <Badge size="sm" variant="outline" color="gray" tt="none">
            internal note
          </Badge>
        )}
        {reply.at !== null && (
          <span className={classes.quiet}>
            <RelativeTime at={reply.at} />
          </span>
        )}
      </div>
      <p className={classes.text} dir="auto">
        {reply.body}
      </p>
      {reply.quoted !== "" && (
        <details>
          <summary className={classes.fold}>Quoted text</summary>
          <blockquote className={classes.quoted} dir="auto">
            {reply.quoted}
          </blockquote>
        </details>
      )}
    </article>
  );
}
