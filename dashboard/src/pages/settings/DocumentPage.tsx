import { Alert, Button, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";

import { Refused } from "../../api/client";
import { useMay } from "../../api/may";
import { useLive } from "../../live/Live";
import { RelativeTime } from "../../parts/RelativeTime";
import { Failed } from "../../parts/States";
import { Diff } from "./Diff";
import { type Content, type Held, heldKey, type Kind, pretty, useDocument, useHeld, versionsKey } from "./documents";
import { History } from "./History";
import { JsonEditor } from "./JsonEditor";
import { Review } from "./Review";
import classes from "./Settings.module.css";

interface Props {
  kind: Kind;
  /** The document as forms; null where it is too much out of shape for them. */
  form: (content: Content, change: ((content: Content) => void) | null) => ReactNode | null;
}

/** A versioned document: forms or JSON, a draft on top of what holds, a review before it is saved, and its history. */
export function DocumentPage({ kind, form }: Props) {
  const held = useHeld(kind);
  useLive((event) => event.kind.startsWith("config."), [heldKey(kind), versionsKey(kind)]);
  if (held.data !== undefined) return <Editor kind={kind} held={held.data} form={form} />;
  if (held.isError) return <Failed error={held.error} again={() => void held.refetch()} />;
  return (
    <Stack gap="md" role="status" aria-label="Loading">
      <Skeleton h={54} radius="md" />
      <Skeleton h={320} radius="md" />
    </Stack>
  );
}

function Editor({ kind, held, form }: Props & { held: Held }) {
  const document = useDocument(kind, held);
  const may = useMay("admin");
  const [view, setView] = useState<"form" | "json">("form");
  const [whole, setWhole] = useState(true);
  const [turn, setTurn] = useState(0);
  const [opened, open] = useState<"review" | "history" | "compare" | null>(null);
  const { dirty } = document;
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [dirty]);
  /** The text of the editor is made anew: something else than typing changed the document. */
  const anew = (act: () => void) => () => {
    act();
    setWhole(true);
    setTurn(turn + 1);
  };
  const forms = view === "form" ? form(document.content, may ? document.change : null) : null;
  const close = () => open(null);
  return (
    <Stack gap="md">
      <div className={classes.bar} data-dirty={dirty || undefined}>
        <Text size="sm" component="div">
          {held.at === null ? (
            <b>As it comes with the program</b>
          ) : (
            <>
              <b>Version {held.version}</b>
              <span className={classes.quiet}>
                {" "}
                · {held.actor} · <RelativeTime at={held.at} />
              </span>
            </>
          )}
          {dirty && <b> · not saved yet</b>}
        </Text>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="View"
            disabled={!whole}
            value={view}
            onChange={(chosen) => setView(chosen as typeof view)}
            data={[
              { value: "form", label: "Form" },
              { value: "json", label: "JSON" },
            ]}
          />
          <Button size="xs" variant="default" onClick={() => open("history")}>
            History
          </Button>
          {(dirty || !whole) && (
            <Button size="xs" variant="default" onClick={anew(document.discard)}>
              Discard
            </Button>
          )}
          {dirty && (
            <Button size="xs" disabled={!whole || document.overtaken} onClick={() => open("review")}>
              Review and save
            </Button>
          )}
        </Group>
      </div>
      {document.overtaken && (
        <Alert
          color="orange"
          variant="outline"
          role="alert"
          title={`Version ${held.version} was saved meanwhile, by ${held.actor}`}
        >
          <Text size="sm" mb="xs">
            Yours was made from an older one. Compare both, then go on from theirs, or keep yours on top of it.
          </Text>
          <Group gap="xs">
            <Button
              size="xs"
              variant="default"
              aria-expanded={opened === "compare"}
              onClick={() => open(opened === "compare" ? null : "compare")}
            >
              Compare
            </Button>
            <Button size="xs" variant="default" onClick={anew(document.discard)}>
              Reload theirs
            </Button>
            <Button size="xs" onClick={document.rebase}>
              Keep mine
            </Button>
          </Group>
          {opened === "compare" && (
            <div style={{ marginTop: 12 }}>
              <Diff before={pretty(held.content)} after={pretty(document.content)} label="Theirs against yours" />
            </div>
          )}
        </Alert>
      )}
      {view === "form" && forms === null && (
        <Alert color="orange" variant="outline" role="alert" title="The forms cannot show this">
          Something in it is out of shape. Open the JSON; a check says what.
        </Alert>
      )}
      {forms}
      {view === "json" && (
        <JsonEditor
          key={turn}
          label={`The ${kind} as JSON`}
          content={document.content}
          readOnly={!may}
          fields={document.refused instanceof Refused ? document.refused.fields : []}
          change={document.change}
          whole={setWhole}
        />
      )}
      {opened === "review" && <Review held={held} document={document} close={close} />}
      {opened === "history" && (
        <History
          kind={kind}
          held={held}
          bringBack={may ? (content) => anew(() => document.change(content))() : null}
          close={close}
        />
      )}
    </Stack>
  );
}
