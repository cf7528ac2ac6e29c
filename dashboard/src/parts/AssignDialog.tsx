import { Button, Group, SegmentedControl, Select, Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { useAgents } from "../api/directory";
import { useSignedIn } from "../api/may";
import { teamsOf } from "../pure/agents";
import type { Target } from "../pure/handover";
import { AgentPicker } from "./AgentPicker";
import { Dialog } from "./Dialog";

interface Props {
  opened: boolean;
  title: string;
  /** Of what is given: how good each agent is at it is shown. */
  category: string | null;
  /** Whether nobody need have it: it can go back to the queue. */
  queue?: boolean;
  disabled?: boolean;
  close: () => void;
  give: (to: Target) => void;
  /** What stands above: what is given. */
  children?: ReactNode;
}

/** Who shall have a ticket, or some: an agent, a team, or whom the queue finds. Closes itself once that is said. */
export function AssignDialog({ opened, title, close, give, children, ...choice }: Props) {
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <Stack gap="md">
        {children}
        <Choice
          {...choice}
          close={close}
          give={(to) => {
            give(to);
            close();
          }}
        />
      </Stack>
    </Dialog>
  );
}

function Choice({
  category,
  queue = true,
  disabled = false,
  close,
  give,
}: Pick<Props, "category" | "queue" | "disabled" | "close" | "give">) {
  const { agent_id: me } = useSignedIn();
  const teams = teamsOf(useAgents().data ?? []);
  const [toTeam, setToTeam] = useState(false);
  const [team, setTeam] = useState<string | null>(null);
  return (
    <>
      {teams.length > 0 && (
        <SegmentedControl
          aria-label="To whom"
          fullWidth
          value={toTeam ? "team" : "agent"}
          onChange={(chosen) => setToTeam(chosen === "team")}
          data={[
            { value: "agent", label: "An agent" },
            { value: "team", label: "A team" },
          ]}
        />
      )}
      {toTeam ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (team !== null) give({ team });
          }}
        >
          <Select
            label="Team"
            required
            data={teams}
            value={team}
            onChange={setTeam}
            description="It waits, and only this team may have it from then on."
          />
          <Group justify="flex-end" gap="xs" mt="md">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" disabled={disabled || team === null}>
              Keep for the team
            </Button>
          </Group>
        </form>
      ) : (
        <AgentPicker
          label="To whom?"
          {...(queue ? { nobody: "Back to the queue, for anybody else" } : {})}
          category={category}
          me={me}
          disabled={disabled}
          choose={(agent) => give(agent === null ? {} : { agent_id: agent.id })}
        />
      )}
    </>
  );
}
