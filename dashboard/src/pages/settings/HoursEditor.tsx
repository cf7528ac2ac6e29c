import { Group, Input, Select, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";

import { type Hours, shifts, WEEKDAYS } from "../../pure/hours";
import classes from "./Settings.module.css";

const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const DATE = /^\d{4}-\d{2}-\d{2}$/u;

/** Nine to five in the reader's own zone, to begin with. */
export function usualHours(): Hours {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { zone, ...Object.fromEntries(WEEKDAYS.slice(0, 5).map((day) => [day, "09:00-17:00"])) };
}

/** What is wrong with the hours; null: nothing that is seen here. */
export function wrongHours(hours: Hours): string | null {
  const texts = WEEKDAYS.map((day) => hours[day]).filter(
    (text) => typeof text === "string" && text.trim() !== "",
  ) as string[];
  if (texts.length === 0) return "no day has hours";
  return texts.every((text) => shifts(text) !== null) ? null : "a day's hours cannot be read";
}

/** A week of working hours: zone, shifts of each day, and what is closed besides. */
export function HoursEditor({ hours, change }: { hours: Hours; change: (hours: Hours) => void }) {
  const put = (name: string, value: unknown) => {
    const { [name]: _, ...others } = hours;
    change(
      value === "" || value === null || (Array.isArray(value) && value.length === 0)
        ? others
        : { ...others, [name]: value },
    );
  };
  const text = (name: string) => (typeof hours[name] === "string" ? (hours[name] as string) : "");
  const holidays = Array.isArray(hours["holidays"]) ? hours["holidays"].map(String) : [];
  return (
    <Stack gap="sm">
      <Select
        label="Time zone"
        searchable
        allowDeselect={false}
        data={[...new Set([text("zone"), ...ZONES])].filter((zone) => zone !== "")}
        limit={100}
        value={text("zone") || null}
        onChange={(zone) => put("zone", zone)}
      />
      <Input.Wrapper
        label="Hours of each day"
        description="As in 09:00-12:30, 13:30-18:00; empty: closed."
        labelElement="div"
      >
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing={6} mt={6}>
          {WEEKDAYS.map((day, index) => (
            <TextInput
              key={day}
              size="sm"
              aria-label={NAMES[index]!}
              leftSection={<span className={classes.quiet}>{NAMES[index]!.slice(0, 3)}</span>}
              leftSectionWidth={48}
              placeholder="closed"
              value={text(day)}
              error={shifts(text(day)) === null ? "Times as in 09:00-17:00, in order" : undefined}
              onChange={(event) => put(day, event.currentTarget.value)}
            />
          ))}
        </SimpleGrid>
      </Input.Wrapper>
      <Group grow align="flex-start">
        <TextInput
          label="Public holidays of"
          description="Country, such as DE"
          maxLength={2}
          value={text("country")}
          onChange={(event) => put("country", event.currentTarget.value.toUpperCase())}
        />
        <TextInput
          label="and of its part"
          description="Such as BE; may be empty"
          value={text("subdivision")}
          onChange={(event) => put("subdivision", event.currentTarget.value.toUpperCase())}
        />
      </Group>
      <TagsInput
        label="Closed on"
        description="Dates, such as 2026-12-24"
        value={holidays}
        onChange={(dates) =>
          put(
            "holidays",
            dates.filter((date) => DATE.test(date)),
          )
        }
      />
    </Stack>
  );
}
