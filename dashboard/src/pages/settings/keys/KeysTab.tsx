import { Button, Skeleton, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client } from "../../../api/client";
import { useMay, useSignedIn } from "../../../api/may";
import type { Schema } from "../../../api/types";
import { useLive } from "../../../live/Live";
import { Confirm } from "../../../parts/Confirm";
import { done } from "../../../parts/notices";
import { Panel } from "../../../parts/Panel";
import { RelativeTime } from "../../../parts/RelativeTime";
import { Empty, Failed } from "../../../parts/States";
import { StateMark, type Tone } from "../../../parts/Tags";
import { type Column, Rows } from "../Rows";
import classes from "../Settings.module.css";
import { KEYS, NewKey } from "./NewKey";

type Key = Schema<"KeyOut">;

const SOON_MS = 7 * 86_400_000;

type Standing = "revoked" | "expired" | "expiring" | "active";

const TONES: Readonly<Record<Standing, Tone | undefined>> = {
  revoked: undefined,
  expired: undefined,
  expiring: "warn",
  active: "good",
};

function stands(key: Key): Standing {
  if (key.revoked_at !== null) return "revoked";
  const left = key.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(key.expires_at) - Date.now();
  return left <= 0 ? "expired" : left < SOON_MS ? "expiring" : "active";
}

function columnsFor(actor: string): readonly Column<Key>[] {
  return [
    {
      label: "Name",
      plain: true,
      cell: (key) => (
        <>
          <b>
            <bdi>{key.name}</bdi>
          </b>
          <div className={classes.quiet}>
            {key.id} · {key.workspace}
            {actor === `key:${key.id}` && " · yours"}
          </div>
        </>
      ),
    },
    {
      label: "State",
      cell: (key) => (
        <StateMark tone={TONES[stands(key)]}>{stands(key) === "expiring" ? "ends soon" : stands(key)}</StateMark>
      ),
    },
    { label: "Opens", cell: (key) => key.scopes.join(", ") },
    { label: "Agent", cell: (key) => key.agent_id ?? "–" },
    {
      label: "Last used",
      nowrap: true,
      cell: (key) => (key.last_used_at === null ? "never" : <RelativeTime at={key.last_used_at} />),
    },
    { label: "Made", nowrap: true, cell: (key) => <RelativeTime at={key.created_at} /> },
    { label: "Ends", nowrap: true, cell: ends },
  ];
}

function ends({ revoked_at: revoked, expires_at: expires }: Key) {
  if (revoked !== null) return <RelativeTime at={revoked} />;
  return expires === null ? "never" : <RelativeTime at={expires} ahead />;
}

/** API keys: what each opens, and the way to make and revoke them. */
export function KeysTab() {
  const may = useMay("admin");
  const { actor } = useSignedIn();
  const keys = useQuery({ queryKey: KEYS, enabled: may, queryFn: async () => bodyOf(await client.GET("/keys")) });
  const [making, make] = useState(false);
  const [revoked, revoke] = useState<Key | null>(null);
  const [ended, showEnded] = useState(false);
  useLive((event) => may && event.kind.startsWith("key."), [KEYS]);
  if (!may) {
    return (
      <Panel title="API keys">
        <Empty icon="key" title="Keys are for admins">
          Your key does not open the list of keys. Ask somebody whose key has the scope admin.
        </Empty>
      </Panel>
    );
  }
  if (keys.isPending) return <Skeleton h={240} radius="md" role="status" aria-label="Loading" />;
  if (keys.isError) return <Failed error={keys.error} again={() => void keys.refetch()} />;
  const works = (key: Key) => stands(key) === "active" || stands(key) === "expiring";
  const others = keys.data.filter((key) => !works(key)).length;
  const shown = keys.data.filter((key) => ended || works(key)).sort((a, b) => b.created_at.localeCompare(a.created_at));
  return (
    <Panel
      title="API keys"
      said={keys.data.length - others}
      tools={
        <Button size="xs" onClick={() => make(true)}>
          Make a key
        </Button>
      }
    >
      {keys.data.length === 0 ? (
        <Empty icon="key" title="No keys yet" action={{ label: "Make the first key", run: () => make(true) }}>
          Whoever is on this machine may do everything, and nobody from elsewhere. The first key closes that door.
        </Empty>
      ) : (
        <>
          <Rows
            rows={shown}
            columns={columnsFor(actor)}
            keyOf={(key) => key.id}
            acts={(key) =>
              works(key) && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Revoke ${key.name}`}
                  onClick={() => revoke(key)}
                >
                  Revoke
                </Button>
              )
            }
          />
          {others > 0 && (
            <Switch
              mt="sm"
              size="sm"
              label={`Show ${others} revoked or expired`}
              checked={ended}
              onChange={(event) => showEnded(event.currentTarget.checked)}
            />
          )}
        </>
      )}
      {making && <NewKey close={() => make(false)} />}
      {revoked !== null && <Revoke revoked={revoked} mine={actor === `key:${revoked.id}`} close={() => revoke(null)} />}
    </Panel>
  );
}

function Revoke({ revoked, mine, close }: { revoked: Key; mine: boolean; close: () => void }) {
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      await client.DELETE("/keys/{key_id}", { params: { path: { key_id: revoked.id } } });
    },
    onSuccess: async () => {
      done(`${revoked.name} opens nothing any more`);
      close();
      await queries.invalidateQueries({ queryKey: mine ? ["session"] : KEYS });
    },
  });
  return (
    <Confirm
      opened
      title={`Revoke ${revoked.name}?`}
      does="Revoke"
      danger
      busy={isPending}
      error={error}
      close={close}
      run={() => mutate()}
    >
      <Text size="sm">
        It opens nothing from now on, within a second everywhere. This cannot be undone.
        {mine && <b> It is the key that you are signed in with: you will be signed out.</b>}
      </Text>
    </Confirm>
  );
}
