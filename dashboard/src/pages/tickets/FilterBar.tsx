import { ActionIcon, Group, RangeSlider, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useState } from "react";

import { bodyOf, client } from "../../api/client";
import { useAgents, useOpenIncidents } from "../../api/directory";
import { Icon } from "../../icons/icons";
import { type Filters, narrowed, NOBODY, NONE, type State, STATES, type Tier, TIERS } from "../../pure/filters";
import { FilterMenu } from "./FilterMenu";

interface Props {
  filters: Filters;
  change: (part: Partial<Filters>) => void;
  search: RefObject<HTMLInputElement | null>;
}

const TYPING_MS = 300;
const MINUTE = 60_000;
/** On a telephone one below the other; else as wide as there is room, and not wider than it takes. */
const W = { flex: { base: "1 1 100%", xs: "1 1 100px" }, miw: 0, maw: { xs: 180 } } as const;

interface Option {
  readonly value: string;
  readonly label: string;
}

/** The options, and what is chosen but not among them. */
function withChosen(options: readonly Option[], chosen: readonly (string | null)[]): Option[] {
  const known = new Set(options.map((one) => one.value));
  const more = chosen.filter((value) => value !== null && !known.has(value)) as string[];
  return [...options, ...more.map((value) => ({ value, label: value }))];
}

type Counts = readonly { value: string; tickets: number }[] | undefined;

function of(counts: Counts, value: string): number | undefined {
  return counts?.find((one) => one.value === value)?.tickets;
}

/** The values that tickets have, and those that are chosen. */
function ticked(counts: Counts, chosen: readonly string[]) {
  const values = [...new Set([...(counts ?? []).map((one) => one.value), ...chosen])];
  return values.map((value) => ({ value, label: value, tickets: of(counts, value) }));
}

export function FilterBar({ filters, change, search }: Props) {
  const [text, setText] = useState(filters.text);
  const [range, setRange] = useState<[number, number]>([filters.from, filters.to]);
  const send = useDebouncedCallback((value: string) => change({ text: value }), TYPING_MS);
  useEffect(() => setText(filters.text), [filters.text]);
  useEffect(() => setRange([filters.from, filters.to]), [filters.from, filters.to]);
  const facets = useQuery({
    queryKey: ["tickets", "facets"],
    staleTime: MINUTE,
    queryFn: async () => bodyOf(await client.GET("/v2/tickets/facets")),
  });
  const agents = useAgents();
  const incidents = useOpenIncidents();
  const states = STATES.map((value) => {
    return { value, label: value.replace("_", " "), tickets: of(facets.data?.states, value) };
  });
  const named = (agents.data ?? []).map((agent) => ({ value: agent.id, label: agent.name ?? agent.id }));
  const open = (incidents.data ?? []).map((one) => ({ value: one.id, label: `${one.id} · ${one.title}` }));
  return (
    <Group gap="xs" align="center" role="search" aria-label="Filter tickets">
      <TextInput
        ref={search}
        size="xs"
        type="search"
        aria-label="Search the text"
        placeholder="Search  ( / )"
        leftSection={<Icon name="search" size={16} />}
        value={text}
        maxLength={200}
        onChange={(event) => {
          setText(event.currentTarget.value);
          send(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        flex={{ base: "1 1 100%", xs: "1 1 140px" }}
        maw={{ xs: 240 }}
      />
      <FilterMenu
        name="Category"
        options={ticked(facets.data?.categories, filters.category)}
        chosen={filters.category}
        change={(category) => change({ category })}
      />
      <FilterMenu
        name="Status"
        options={states}
        chosen={filters.state}
        change={(state) => change({ state: state as State[] })}
      />
      <Select
        size="xs"
        aria-label="Agent"
        placeholder="Agent"
        data={withChosen([{ value: NOBODY, label: "Nobody" }, ...named], [filters.agent])}
        value={filters.agent}
        onChange={(agent) => change({ agent })}
        searchable
        clearable
        {...W}
      />
      <Select
        size="xs"
        aria-label="Incident"
        placeholder="Incident"
        data={withChosen([{ value: NOBODY, label: "In no incident" }, ...open], [filters.incident])}
        value={filters.incident}
        onChange={(incident) => change({ incident })}
        searchable
        clearable
        comboboxProps={{ width: 300, position: "bottom-start" }}
        {...W}
      />
      <FilterMenu
        name="Language"
        options={ticked(facets.data?.languages, filters.language)}
        chosen={filters.language}
        change={(language) => change({ language })}
      />
      <Select
        size="xs"
        aria-label="Model"
        placeholder="Model"
        data={[...TIERS]}
        value={filters.tier}
        onChange={(tier) => change({ tier: tier as Tier | null })}
        clearable
        {...W}
      />
      <Group gap="xs" wrap="nowrap" flex={{ base: "1 1 100%", xs: "0 1 130px" }}>
        <Text size="sm" c="var(--ss-quiet)">
          S
        </Text>
        <RangeSlider
          size="sm"
          flex={1}
          min={0}
          max={1}
          step={0.05}
          minRange={0}
          label={(value) => value.toFixed(2)}
          thumbFromLabel="Lowest S"
          thumbToLabel="Highest S"
          value={range}
          onChange={setRange}
          onChangeEnd={([from, to]) => change({ from, to })}
        />
      </Group>
      {narrowed(filters) && (
        <Tooltip label="Clear filters">
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Clear filters"
            onClick={() => change({ ...NONE, order: filters.order })}
          >
            <Icon name="close" size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}
