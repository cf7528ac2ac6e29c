import { Alert, Button, Checkbox, CopyButton, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { bodyOf, client, once, Refused } from "../../../api/client";
import { useAgents } from "../../../api/directory";
import { type Scope, useSignedIn } from "../../../api/may";
import { useSignIn } from "../../../api/session";
import { Dialog } from "../../../parts/Dialog";
import { Refusal } from "../../../parts/Refusal";
import { FormDialog } from "../FormDialog";
import classes from "../Settings.module.css";

export const KEYS = ["keys"] as const;

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["intake", "send tickets in"],
  ["read", "see tickets, incidents, agents and settings"],
  ["agent", "work on tickets: take, resolve, reassign, correct"],
  ["admin", "everything, keys and settings included"],
];
const LASTS = [
  { value: "never", label: "until it is revoked" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
];

/** Makes a key. Its token is shown this once; who made the first one on an open machine is signed in with it. */
export function NewKey({ close }: { close: () => void }) {
  const queries = useQueryClient();
  // As it was when this was opened: with the first key somebody is signed in.
  const { actor } = useSignedIn();
  const [open] = useState(actor === "local");
  const agents = useAgents().data ?? [];
  const signIn = useSignIn();
  const idempotency = useRef(once());
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(open ? ["admin"] : []);
  const [agentId, setAgentId] = useState<string | null>(null);
  const [lasts, setLasts] = useState("never");
  const make = useMutation({
    mutationFn: async () => {
      const made = bodyOf(
        await client.POST("/keys", {
          params: { header: idempotency.current },
          body: {
            name: name.trim(),
            scopes: scopes as Scope[],
            ...(agentId === null ? {} : { agent_id: agentId }),
            ...(lasts === "never" ? {} : { expires_in_days: Number(lasts) }),
          },
        }),
      );
      // The first key closes the machine: unless signed in, the next call is refused, and the token lost with the page.
      const signedIn =
        open &&
        (await signIn.mutateAsync(made.token).then(
          () => true,
          () => false,
        ));
      return { ...made, signedIn };
    },
    onError: (error) => {
      if (!(error instanceof Refused && error.passes)) idempotency.current = once();
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
  });
  if (make.data !== undefined) return <Token {...make.data} close={close} />;
  const lockedOut = open && !scopes.includes("admin");
  const lacks =
    name.trim() === ""
      ? "It needs a name."
      : scopes.length === 0
        ? "Choose what it opens."
        : lockedOut
          ? "The first key has to open everything."
          : null;
  return (
    <FormDialog
      title="Make a key"
      act="Make"
      lacks={lacks}
      busy={make.isPending}
      submit={() => make.mutate()}
      close={close}
    >
      <Refusal error={make.error} />
      {open && (
        <Alert color="orange" variant="outline" title="This is the first key">
          From now on every call needs one, and so does this dashboard. It has to open everything, or nobody could make
          another.
        </Alert>
      )}
      <TextInput
        label="Name"
        description="Who or what uses it"
        required
        data-autofocus
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group
        label="It opens"
        required
        value={scopes}
        onChange={setScopes}
        error={lockedOut ? "The first key needs admin." : undefined}
      >
        <Stack gap={8} mt={6}>
          {SCOPES.map(([scope, means]) => (
            <Checkbox
              key={scope}
              value={scope}
              label={
                <>
                  <b>{scope}</b>: {means}
                </>
              }
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <Group grow align="flex-start">
        <Select
          label="It is the key of"
          description="An agent: it opens his tickets and what waits"
          placeholder="nobody's"
          searchable
          clearable
          data={agents.map((agent) => ({
            value: agent.id,
            label: agent.name === null ? agent.id : `${agent.name} (${agent.id})`,
          }))}
          value={agentId}
          onChange={setAgentId}
        />
        <Select
          label="It lasts"
          description="Afterwards it opens nothing"
          allowDeselect={false}
          data={LASTS}
          value={lasts}
          onChange={(value) => value !== null && setLasts(value)}
        />
      </Group>
    </FormDialog>
  );
}

function Token({
  name,
  token,
  signedIn,
  close,
}: {
  name: string;
  token: string;
  signedIn: boolean;
  close: () => void;
}) {
  return (
    <Dialog
      opened
      onClose={close}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={`The key for ${name}`}
      size="lg"
    >
      <Stack gap="md">
        <Text size="sm">
          Copy it now: it is shown this once, and is not stored anywhere.
          {signedIn && " You are signed in with it from now on."}
        </Text>
        <code className={classes.token} data-token>
          {token}
        </code>
        <Group justify="flex-end" gap="xs">
          <CopyButton value={token}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy} data-autofocus>
                <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
              </Button>
            )}
          </CopyButton>
          <Button onClick={close}>I have it</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
