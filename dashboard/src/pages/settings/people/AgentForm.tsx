import { Autocomplete, NumberInput, Switch, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client } from "../../../api/client";
import type { Agent } from "../../../api/types";
import { done } from "../../../parts/notices";
import { Refusal } from "../../../parts/Refusal";
import { skillsOf, teamsOf } from "../../../pure/agents";
import { AGENTS } from "../../agents/useAgents";
import { Fields } from "../Fields";
import { FormDialog } from "../FormDialog";
import { HoursEditor, usualHours, wrongHours } from "../HoursEditor";
import { fromSkills, SkillsEditor, toSkills, twice } from "../SkillsEditor";

const ID = /^(?!\.+$)[A-Za-z0-9._:-]{1,128}$/u;
const LANGUAGE = /^[a-z]{2}$/u;

interface Props {
  item: Agent | null;
  agents: readonly Agent[];
  categories: readonly string[];
  close: () => void;
}

/** Who an agent is. Status and tickets stay as they are. */
export function AgentForm({ item, agents, categories, close }: Props) {
  const queries = useQueryClient();
  const [id, setId] = useState(item?.id ?? "");
  const [name, setName] = useState(item?.name ?? "");
  const [team, setTeam] = useState(item?.team ?? "");
  const [capacity, setCapacity] = useState(item?.capacity ?? 3);
  const [languages, setLanguages] = useState<string[]>(item?.languages ?? []);
  const [skills, setSkills] = useState(() => toSkills(item?.skills ?? {}));
  const [hours, setHours] = useState(item?.hours ?? null);
  const taken = item === null && agents.some((agent) => agent.id === id.trim());
  const foreign = languages.find((code) => !LANGUAGE.test(code));
  const lacks =
    !ID.test(id.trim()) || taken
      ? "It needs an id of its own."
      : twice(skills) !== null
        ? "A skill is there twice."
        : foreign !== undefined
          ? `${foreign} is no code of a language.`
          : hours === null
            ? null
            : wrongHours(hours);
  const save = useMutation({
    mutationFn: async () =>
      bodyOf(
        await client.PUT("/agents/{agent_id}", {
          params: { path: { agent_id: id.trim() } },
          body: {
            name: name.trim() === "" ? null : name.trim(),
            team: team.trim() === "" ? null : team.trim(),
            capacity,
            languages,
            skills: fromSkills(skills),
            hours,
          },
        }),
      ),
    onSuccess: async (told) => {
      await queries.invalidateQueries({ queryKey: AGENTS });
      done(item === null ? `${told.name ?? told.id} is added, and online` : `${told.name ?? told.id} is changed`);
      close();
    },
  });
  return (
    <FormDialog
      title={item === null ? "Add an agent" : `Edit ${item.name ?? item.id}`}
      act={item === null ? "Add" : "Save"}
      lacks={lacks}
      busy={save.isPending}
      submit={() => save.mutate()}
      close={close}
    >
      <Refusal error={save.error} />
      <Fields>
        <TextInput
          label="Id"
          required
          readOnly={item !== null}
          data-autofocus={item === null || undefined}
          value={id}
          error={
            taken
              ? "Another agent has this id."
              : id !== "" && !ID.test(id.trim())
                ? "Letters, digits, and . _ : - but not dots alone"
                : undefined
          }
          onChange={(event) => setId(event.currentTarget.value)}
        />
        <TextInput
          label="Name"
          data-autofocus={item !== null || undefined}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Autocomplete label="Team" data={teamsOf(agents)} value={team} onChange={setTeam} />
        <NumberInput
          label="Capacity"
          description="Tickets at once"
          inputWrapperOrder={["label", "input", "description", "error"]}
          min={0}
          max={1_000_000}
          allowDecimal={false}
          value={capacity}
          onChange={(value) => setCapacity(typeof value === "number" ? value : 0)}
        />
      </Fields>
      <TagsInput
        label="Languages"
        description="Codes of two letters, such as en, de; none: any"
        data={[...new Set(["en", "de", "fr", "es", "ru", ...agents.flatMap((agent) => agent.languages)])].sort()}
        acceptValueOnBlur
        value={languages}
        error={foreign === undefined ? undefined : `${foreign} is no code of a language; write such as de.`}
        onChange={(codes) => setLanguages([...new Set(codes.map((code) => code.trim().toLowerCase()))])}
      />
      <SkillsEditor
        label="Skills"
        description="Categories or tags; 1 is best, 0 cannot."
        known={skillsOf(agents, categories)}
        skills={skills}
        change={setSkills}
      />
      <Switch
        label="Works at any time"
        checked={hours === null}
        onChange={(event) => setHours(event.currentTarget.checked ? null : { ...usualHours() })}
      />
      {hours !== null && <HoursEditor hours={hours} change={(next) => setHours({ ...next })} />}
    </FormDialog>
  );
}
