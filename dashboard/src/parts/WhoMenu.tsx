import { ActionIcon, Anchor, Button, Popover, Stack, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { useSignedIn } from "../api/may";
import { useSignOut } from "../api/session";
import { Icon } from "../icons/icons";
import { RelativeTime } from "./RelativeTime";

const OPENS = {
  intake: "send tickets",
  read: "look at everything",
  agent: "act on tickets",
  admin: "everything",
} as const;

/** Who is signed in, what the key opens, and the way out. */
export function WhoMenu() {
  const { actor, agent_id, scopes, workspace, expires_at } = useSignedIn();
  const signOut = useSignOut();
  const [opened, setOpened] = useState(false);
  const local = actor === "local";
  const label = local ? "Open to this machine" : `Signed in as ${agent_id ?? actor}`;
  return (
    <Popover position="bottom-end" shadow="md" width={280} withinPortal trapFocus opened={opened} onChange={setOpened}>
      <Popover.Target>
        <Tooltip label={label} disabled={opened}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setOpened(!opened)}>
            <Icon name="person" />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Who is signed in" tabIndex={-1}>
        <Stack gap={6}>
          <Text fw={600}>{local ? "Open to this machine" : (agent_id ?? actor)}</Text>
          {local ? (
            <Text size="sm" c="var(--ss-quiet)">
              There are no keys yet, so whoever is on this machine may do everything.
            </Text>
          ) : (
            <>
              {agent_id !== null && <Said name="Key" value={actor.replace(/^key:/u, "")} />}
              <Said name="May" value={scopes.map((scope) => OPENS[scope]).join(", ")} />
              <Said name="Workspace" value={workspace} />
              {expires_at !== null && (
                <Text size="sm" c="var(--ss-quiet)">
                  Signs out <RelativeTime at={expires_at} ahead />
                </Text>
              )}
              {agent_id !== null && (
                <Anchor component={Link} href={`/tickets?agent=${encodeURIComponent(agent_id)}`} size="sm">
                  My tickets
                </Anchor>
              )}
              <Button
                mt="xs"
                variant="default"
                leftSection={<Icon name="leave" size={16} />}
                loading={signOut.isPending}
                onClick={() => signOut.mutate()}
              >
                Sign out
              </Button>
              {signOut.isError && (
                <Text size="sm" c="var(--ss-high)" role="alert">
                  {signOut.error.message}
                </Text>
              )}
            </>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Said({ name, value }: { name: string; value: string }) {
  return (
    <Text size="sm">
      <Text span c="var(--ss-quiet)" inherit>
        {name}:{" "}
      </Text>
      {value}
    </Text>
  );
}
