/** What the model said, why, and how to correct it. */

import { Badge, Button, Menu, Text, VisuallyHidden } from "@mantine/core";
import type { RefObject } from "react";

import { Panel } from "../../parts/Panel";
import { Score } from "../../parts/Tags";
import { URGENCIES } from "../../pure/acts";
import type { useCorrecting } from "./acting";
import { type Ticket, useCategories } from "./queries";
import classes from "./Ticket.module.css";

interface Props {
  ticket: Ticket;
  correct: ReturnType<typeof useCorrecting>["mutate"];
  /** The menu of categories: a key opens it too. */
  opened: boolean;
  open: (is: boolean) => void;
  /** Around the urgencies to choose from: a key goes there. */
  urgencies: RefObject<HTMLDivElement | null>;
  /** Whether the key may correct. */
  may: boolean;
}

export function Triage({ ticket, correct, opened, open, urgencies, may }: Props) {
  const categories = useCategories();
  if (ticket.status === "pending") {
    return (
      <Panel title="Triage">
        <Text size="sm" c="var(--ss-quiet)" role="status">
          No model has read it yet. It takes a moment.
        </Text>
      </Panel>
    );
  }
  return (
    <Panel title="Triage" {...(ticket.needs_review ? { tools: <Review /> } : {})}>
      <dl className={classes.rows}>
        <div className={classes.row}>
          <dt>Category</dt>
          <dd>
            <b>{ticket.category ?? "–"}</b> <span className={classes.quiet}>{sure(ticket.confidence ?? 0)}</span>
          </dd>
        </div>
        <div className={classes.row}>
          <dt>Urgency S</dt>
          <dd>
            <Score score={ticket.urgency_score} />
          </dd>
        </div>
        <div className={classes.row}>
          <dt>Model</dt>
          <dd>{ticket.tier === "light" ? "light (m1)" : "transformer (m2)"}</dd>
        </div>
      </dl>
      {may && (
        <div className={classes.correct}>
          <Menu
            opened={opened}
            onChange={open}
            withInitialFocusPlaceholder={false}
            width="target"
            position="bottom-start"
          >
            <Menu.Target>
              <Button size="xs" variant="default" fullWidth>
                Correct the category
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(categories.data ?? []).map((name) => (
                <Menu.Item
                  key={name}
                  onClick={() => correct({ body: { category: name } })}
                  rightSection={name === ticket.category ? <Text size="xs">confirm</Text> : null}
                >
                  {name}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button.Group ref={urgencies} aria-label="Correct the urgency">
            {URGENCIES.map(({ label, score }) => (
              <Button
                key={label}
                size="xs"
                px={6}
                flex="1 1 auto"
                variant="default"
                aria-pressed={score === ticket.urgency_score}
                title={`S ${score.toFixed(2)}`}
                onClick={() => correct({ body: { urgency: score } })}
              >
                {label}
              </Button>
            ))}
          </Button.Group>
        </div>
      )}
      <Reasons title="Why this category" of="category" ticket={ticket} />
      <Reasons title="Why this S" of="urgency" ticket={ticket} />
    </Panel>
  );
}

function Review() {
  return (
    <Badge color="orange" variant="outline" size="sm" tt="none">
      Look at the category
    </Badge>
  );
}

/** Certain is what a person said. */
function sure(confidence: number): string {
  return confidence === 1 ? "certain" : `${Math.min(99, Math.round(confidence * 100))} % sure`;
}

/** The words with the largest shares in the decision. */
function Reasons({ title, of, ticket }: { title: string; of: "category" | "urgency"; ticket: Ticket }) {
  const reasons = ticket.reasons.filter((one) => one.of === of).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const most = Math.abs(reasons[0]?.weight ?? 1);
  return (
    <>
      <Text size="xs" fw={600} c="var(--ss-quiet)" mt="sm" mb={4} component="h3">
        {title}
      </Text>
      {reasons.length === 0 ? (
        <Text size="sm" c="var(--ss-quiet)">
          No single word of it weighs much, or a person decided.
        </Text>
      ) : (
        <ul className={classes.why}>
          {reasons.map((one) => (
            <li key={one.quote}>
              <bdi title={one.quote}>{one.quote}</bdi>
              <span
                className={classes.share}
                data-of={of}
                data-against={one.weight < 0 || undefined}
                aria-hidden="true"
              >
                <span style={{ width: `${(Math.abs(one.weight) / most) * 100}%` }} />
              </span>
              <span>
                {one.weight < 0 && <VisuallyHidden>against: </VisuallyHidden>}
                {one.weight > 0 ? "+" : "−"}
                {Math.abs(one.weight).toFixed(2)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
