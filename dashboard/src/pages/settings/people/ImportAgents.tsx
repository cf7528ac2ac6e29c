import { Alert, List, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";

import { bodyOf, client } from "../../../api/client";
import type { components } from "../../../api/schema";
import type { Agent } from "../../../api/types";
import { done } from "../../../parts/notices";
import { Refusal } from "../../../parts/Refusal";
import { read } from "../../../pure/json";
import { AGENTS } from "../../agents/useAgents";
import { FormDialog } from "../FormDialog";

type Given = components["schemas"]["AgentContent"];

const MOST_NAMES = 8;

/** A file of agents, checked by the server before anything is stored: all of them, or none. */
export function ImportAgents({ file, agents, close }: { file: File; agents: readonly Agent[]; close: () => void }) {
  const queries = useQueryClient();
  const [given, setGiven] = useState<readonly Given[] | null>(null);
  const send = async (list: readonly Given[], dryRun: boolean) =>
    bodyOf(await client.PUT("/agents", { params: { query: { dry_run: dryRun } }, body: [...list] }));
  const check = useMutation({
    mutationFn: async () => {
      const list = listed(await file.text());
      await send(list, true);
      setGiven(list);
    },
  });
  const begin = useEffectEvent(() => check.mutate());
  useEffect(() => begin(), []);
  const store = useMutation({
    mutationFn: () => send(given ?? [], false),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: AGENTS });
      done(`${given?.length ?? 0} agents are imported`);
      close();
    },
  });
  const known = new Set(agents.map((agent) => agent.id));
  const fresh = given?.filter((one) => !known.has(one.id)) ?? [];
  return (
    <FormDialog
      title={`Import ${file.name}`}
      act="Import"
      lacks={given === null ? "It is not checked yet." : null}
      busy={check.isPending || store.isPending}
      submit={() => store.mutate()}
      close={close}
    >
      <Refusal error={check.error ?? store.error} title="This file cannot be imported" />
      {given !== null && (
        <Alert color="green" variant="outline" role="status" title="The server finds nothing wrong">
          <List size="sm">
            <List.Item>
              {fresh.length} new
              {fresh.length > 0 &&
                `: ${fresh
                  .slice(0, MOST_NAMES)
                  .map((one) => one.id)
                  .join(", ")}${fresh.length > MOST_NAMES ? ", …" : ""}`}
            </List.Item>
            <List.Item>{given.length - fresh.length} there already, to become what the file says</List.Item>
          </List>
        </Alert>
      )}
      <Text size="sm" c="var(--ss-quiet)">
        Who is not in the file stays as he is; so do status and tickets of those who are.
      </Text>
    </FormDialog>
  );
}

/** Raises where it is no list; what is in it, the server checks. */
function listed(text: string): Given[] {
  const found = read(text.replace(/^\uFEFF/u, ""));
  if ("message" in found) throw new Error(`Line ${found.line}, column ${found.column}: ${found.message}.`);
  if (!Array.isArray(found.value)) throw new Error("A list of agents in brackets is wanted, as the export writes it.");
  return found.value as Given[];
}
