import { NumberInput, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import type { Category } from "../../../pure/taxonomy";
import { FormDialog } from "../FormDialog";
import { fromSkills, SkillsEditor, toSkills, twice } from "../SkillsEditor";

interface Props {
  item: Category | null;
  /** Names of the others. */
  taken: readonly string[];
  /** Skills that agents have. */
  known: readonly string[];
  save: (category: Category) => void;
  close: () => void;
}

const NEW: Category = {
  name: "",
  description: "",
  examples: [],
  sla: { first_response_minutes: null, resolution_minutes: null },
  skills: {},
};

export function CategoryForm({ item, taken, known, save, close }: Props) {
  const [category, set] = useState(item ?? NEW);
  const [examples, setExamples] = useState(category.examples.join("\n"));
  const [skills, setSkills] = useState(() => toSkills(category.skills));
  const put = (part: Partial<Category>) => set({ ...category, ...part });
  const name = category.name.trim();
  const doubled = taken.some((other) => other.toLowerCase() === name.toLowerCase());
  const lacks =
    name === ""
      ? "It needs a name."
      : doubled
        ? "Another category has this name."
        : twice(skills) === null
          ? null
          : "A skill is there twice.";
  const minutes = (value: string | number) => (typeof value === "number" ? value : null);
  const submit = () =>
    save({
      ...category,
      name,
      examples: examples
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
      skills: fromSkills(skills),
    });
  return (
    <FormDialog
      title={item === null ? "Add a category" : `Edit ${item.name}`}
      lacks={lacks}
      submit={submit}
      close={close}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        value={category.name}
        error={doubled ? "Another category has this name." : undefined}
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      <Textarea
        label="Description"
        description="What belongs here, in a sentence or two; triage reads it."
        autosize
        minRows={2}
        maxRows={6}
        value={category.description}
        onChange={(event) => put({ description: event.currentTarget.value })}
      />
      <Textarea
        label="Examples"
        description="Sentences as customers write them, one a line; triage learns from them at once."
        autosize
        minRows={3}
        maxRows={12}
        value={examples}
        onChange={(event) => setExamples(event.currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <NumberInput
          label="First response within"
          suffix=" minutes"
          placeholder="not promised"
          min={1}
          allowDecimal={false}
          value={category.sla.first_response_minutes ?? ""}
          onChange={(value) => put({ sla: { ...category.sla, first_response_minutes: minutes(value) } })}
        />
        <NumberInput
          label="Resolution within"
          suffix=" minutes"
          placeholder="not promised"
          min={1}
          allowDecimal={false}
          value={category.sla.resolution_minutes ?? ""}
          onChange={(value) => put({ sla: { ...category.sla, resolution_minutes: minutes(value) } })}
        />
      </SimpleGrid>
      <SkillsEditor
        label="Skills it asks for"
        description="None: the category's own name is the skill."
        known={known}
        skills={skills}
        change={setSkills}
      />
    </FormDialog>
  );
}
