import { ActionIcon, Autocomplete, Button, Group, Input, NumberInput, Stack } from "@mantine/core";

import { Icon } from "../../icons/icons";

export type Skills = readonly (readonly [name: string, level: number])[];

export const toSkills = (table: Readonly<Record<string, number>>): Skills => Object.entries(table);
export const fromSkills = (skills: Skills): Record<string, number> =>
  Object.fromEntries(skills.flatMap(([name, level]) => (name.trim() === "" ? [] : [[name.trim(), level]])));

/** What stands twice; null where nothing does. */
export function twice(skills: Skills): string | null {
  const names = skills.map(([name]) => name.trim()).filter((name) => name !== "");
  return names.find((name, index) => names.indexOf(name) !== index) ?? null;
}

interface Props {
  label: string;
  description: string;
  /** Names that are known, to choose from; others may be written. */
  known: readonly string[];
  skills: Skills;
  change: (skills: Skills) => void;
}

/** Names with a level from 0 to 1. */
export function SkillsEditor({ label, description, known, skills, change }: Props) {
  const put = (at: number, name: string, level: number) =>
    change(skills.map((one, index) => (index === at ? [name, level] : one)));
  const doubled = twice(skills);
  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={doubled === null ? undefined : `${doubled} is there twice.`}
      labelElement="div"
    >
      <Stack gap={6} mt={6}>
        {skills.map(([name, level], index) => (
          <Group key={index} gap="xs" wrap="nowrap">
            <Autocomplete
              flex={1}
              size="sm"
              aria-label={`Skill ${index + 1}`}
              placeholder="Category or tag"
              data={known.filter((one) => one === name || !skills.some(([other]) => other === one))}
              value={name}
              onChange={(next) => put(index, next, level)}
            />
            <NumberInput
              w={88}
              size="sm"
              aria-label={`Level of ${name || `skill ${index + 1}`}, from 0 to 1`}
              min={0}
              max={1}
              step={0.1}
              decimalScale={2}
              clampBehavior="strict"
              value={level}
              onChange={(next) => put(index, name, typeof next === "number" ? next : 0)}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${name || `skill ${index + 1}`}`}
              onClick={() => change(skills.filter((_, at) => at !== index))}
            >
              <Icon name="remove" size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button size="xs" variant="default" w="max-content" onClick={() => change([...skills, ["", 1]])}>
          Add a skill
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
