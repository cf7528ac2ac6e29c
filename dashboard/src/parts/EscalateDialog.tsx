import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { useAgents } from "../api/directory";
import { teamsOf } from "../pure/agents";
import type { Target } from "../pure/handover";
import { Dialog } from "./Dialog";

interface Props {
  opened: boolean;
  title: string;
  close: () => void;
  give: (to: Target) => void;
}

/** Asks which team is to have what must not wait. Closes itself once that is said. */
export function EscalateDialog({ opened, title, close, give }: Props) {
  const [team, setTeam] = useState<string | null>(null);
  const teams = teamsOf(useAgents().data ?? []);
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <Stack>
        <Text size="sm">It must not wait: somebody else gets it, before all that were not escalated.</Text>
        <Select
          label="Only this team"
          placeholder={teams.length === 0 ? "No agent has a team" : "Any team"}
          data={teams}
          disabled={teams.length === 0}
          value={team}
          onChange={setTeam}
          clearable
          clearButtonProps={{ "aria-label": "Any team" }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            data-autofocus
            onClick={() => {
              give(team === null ? {} : { team });
              close();
            }}
          >
            Escalate
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
