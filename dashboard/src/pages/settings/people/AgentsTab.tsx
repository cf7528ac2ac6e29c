import { Anchor, Button, FileButton, Group, Skeleton, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { client } from "../../../api/client";
import { useAgents } from "../../../api/directory";
import { useMay } from "../../../api/may";
import type { Agent } from "../../../api/types";
import { Icon } from "../../../icons/icons";
import { useLive } from "../../../live/Live";
import { Confirm } from "../../../parts/Confirm";
import { done } from "../../../parts/notices";
import { Panel } from "../../../parts/Panel";
import { saveFile } from "../../../parts/saveFile";
import { Empty, Failed } from "../../../parts/States";
import { teams } from "../../../pure/board";
import { summary } from "../../../pure/hours";
import { levels } from "../../../pure/taxonomy";
import { AGENTS } from "../../agents/useAgents";
import { Act } from "../Act";
import { type Column, Rows } from "../Rows";
import classes from "../Settings.module.css";
import { useTaxonomy } from "../useTaxonomy";
import { AgentForm } from "./AgentForm";
import { ImportAgents } from "./ImportAgents";

const SHOWN = 200;

const COLUMNS: readonly Column<Agent>[] = [
  {
    label: "Agent",
    plain: true,
    cell: ({ id, name }) => (
      <>
        <b>
          <bdi>{name ?? id}</bdi>
        </b>
        {name !== null && <div className={classes.quiet}>{id}</div>}
      </>
    ),
  },
  { label: "Team", cell: ({ team }) => team ?? "–" },
  { label: "Capacity", cell: ({ capacity }) => capacity },
  { label: "Skills", cell: ({ skills }) => levels(skills) || "–" },
  { label: "Languages", cell: ({ languages }) => languages.join(", ") || "any" },
  { label: "Hours", cell: ({ hours }) => (hours === null ? "any time" : summary(hours)) },
];

/** Who the agents are; where they stand is on the load board. */
export function AgentsTab() {
  const may = useMay("admin");
  const agents = useAgents();
  const categories = (useTaxonomy().data ?? []).map((one) => one.name);
  const [text, setText] = useState("");
  const [edited, edit] = useState<Agent | "new" | null>(null);
  const [removed, remove] = useState<Agent | null>(null);
  const [file, setFile] = useState<File | null>(null);
  useLive((event) => event.kind.startsWith("agent."), [AGENTS]);
  if (agents.isPending) return <Skeleton h={320} radius="md" role="status" aria-label="Loading" />;
  if (agents.isError) return <Failed error={agents.error} again={() => void agents.refetch()} />;
  const all = agents.data;
  const found = teams(all, { text, team: null, free: false }).flatMap((group) => group.agents);
  return (
    <>
      <Panel
        title="Agents"
        said={all.length}
        tools={
          <Group gap="xs">
            {all.length > 0 && (
              <Button
                size="xs"
                variant="default"
                leftSection={<Icon name="save" size={14} />}
                onClick={() => save(all)}
              >
                Export
              </Button>
            )}
            {may && (
              <>
                <FileButton accept="application/json,.json" onChange={setFile}>
                  {(props) => (
                    <Button {...props} size="xs" variant="default" leftSection={<Icon name="load" size={14} />}>
                      Import
                    </Button>
                  )}
                </FileButton>
                <Button size="xs" onClick={() => edit("new")}>
                  Add agent
                </Button>
              </>
            )}
          </Group>
        }
      >
        {all.length === 0 ? (
          <Empty icon="agents" title="No agents yet">
            Until there are some, tickets wait to be taken. Add the first one, or import a list.
          </Empty>
        ) : (
          <>
            <TextInput
              size="xs"
              mb="xs"
              maw={280}
              type="search"
              aria-label="Search agents"
              placeholder="Name, team, skill, language"
              leftSection={<Icon name="search" size={16} />}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Rows
              rows={found.slice(0, SHOWN)}
              columns={COLUMNS}
              keyOf={(agent) => agent.id}
              acts={(agent) =>
                may && (
                  <>
                    <Act label={`Edit ${agent.name ?? agent.id}`} icon="edit" run={() => edit(agent)} />
                    <Act label={`Remove ${agent.name ?? agent.id}`} icon="remove" run={() => remove(agent)} />
                  </>
                )
              }
            />
            {found.length === 0 && (
              <Text size="sm" c="var(--ss-quiet)">
                Nobody fits; try another word.
              </Text>
            )}
            {found.length > SHOWN && (
              <Text size="sm" c="var(--ss-quiet)" mt="xs">
                The first {SHOWN} of {found.length.toLocaleString()}; search for the others.
              </Text>
            )}
            <Text size="sm" c="var(--ss-quiet)" mt="sm">
              Status, load and tickets are on the{" "}
              <Anchor component={Link} size="sm" underline="always" href="/agents">
                load board
              </Anchor>
              .
            </Text>
          </>
        )}
      </Panel>
      {edited !== null && (
        <AgentForm
          item={edited === "new" ? null : edited}
          agents={all}
          categories={categories}
          close={() => edit(null)}
        />
      )}
      {removed !== null && <Remove agent={removed} close={() => remove(null)} />}
      {file !== null && <ImportAgents file={file} agents={all} close={() => setFile(null)} />}
    </>
  );
}

function Remove({ agent, close }: { agent: Agent; close: () => void }) {
  const queries = useQueryClient();
  const named = agent.name ?? agent.id;
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      await client.DELETE("/agents/{agent_id}", { params: { path: { agent_id: agent.id } } });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: AGENTS });
      done(`${named} is removed`);
      close();
    },
  });
  return (
    <Confirm
      opened
      title={`Remove ${named}?`}
      does="Remove"
      danger
      busy={isPending}
      error={error}
      close={close}
      run={() => mutate()}
    >
      <Text size="sm">
        {agent.load === 0
          ? "No ticket is in these hands now."
          : `${agent.load} tickets go back to the queue, begun or not, with their age.`}{" "}
        Keys of this agent are revoked. This cannot be undone.
      </Text>
    </Confirm>
  );
}

/** As the import, and `smart-support agents apply`, read it. */
function save(agents: readonly Agent[]): void {
  const list = agents.map(({ id, name, team, capacity, skills, languages, hours }) => ({
    id,
    name,
    team,
    capacity,
    skills,
    languages,
    hours,
  }));
  saveFile("agents.json", "application/json", `${JSON.stringify(list, null, 2)}\n`);
}
