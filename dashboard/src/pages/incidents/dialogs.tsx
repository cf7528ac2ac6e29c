/** What is asked before an incident is changed. */

import { List, Radio, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client } from "../../api/client";
import { Confirm } from "../../parts/Confirm";
import { merged } from "../../pure/merge";
import { count } from "../../pure/words";
import { type Incident, useChanging, useIncidents } from "./queries";

interface Props {
  incident: Incident;
  opened: boolean;
  close: () => void;
}

export function Resolve({ incident, opened, close }: Props) {
  const changing = useChanging(incident.id);
  const [members, setMembers] = useState<"answer" | "release">("answer");
  const held = count(incident.suppressed, "ticket that was held back", "tickets that were held back");
  return (
    <Confirm
      opened={opened}
      title="Resolve the incident"
      does="Resolve"
      busy={changing.isPending}
      error={changing.error}
      close={close}
      run={() => changing.mutate({ kind: "resolve", members }, { onSuccess: close })}
    >
      <Radio.Group
        label={`What becomes of the ${held}?`}
        value={members}
        onChange={(value) => setMembers(value === "release" ? "release" : "answer")}
      >
        <Stack gap="xs" mt="xs">
          <Radio
            value="answer"
            label="Resolve them too"
            description="But for those that say more than the incident does."
          />
          <Radio
            value="release"
            label="Put them back into the queue"
            description="An agent looks at each, oldest and most urgent first."
          />
        </Stack>
      </Radio.Group>
      <Text size="sm" c="var(--ss-quiet)">
        Reports of the same cause that come within a day are linked to it as recurrences.
      </Text>
    </Confirm>
  );
}

export function Dismiss({ incident, opened, close }: Props) {
  const changing = useChanging(incident.id);
  return (
    <Confirm
      opened={opened}
      title="Dismiss: it is no incident"
      does="Dismiss"
      danger
      busy={changing.isPending}
      error={changing.error}
      close={close}
      run={() => changing.mutate({ kind: "dismiss" }, { onSuccess: close })}
    >
      <Text size="sm">
        Each of its {count(incident.tickets, "ticket")} gets its own life back, and{" "}
        {incident.suppressed.toLocaleString()} of them go to the queue. For a day nothing like it opens as an incident.
        This cannot be undone.
      </Text>
    </Confirm>
  );
}

export function Merge({ incident, opened, close, gone }: Props & { gone: (id: string) => void }) {
  const all = useIncidents().data ?? [];
  const [otherId, setOther] = useState<string | null>(null);
  const [keep, setKeep] = useState<"this" | "other">("this");
  const other = all.find((one) => one.id === otherId);
  const [kept, ends] = keep === "other" && other !== undefined ? [other, incident] : [incident, other];
  const changing = useChanging(kept.id);
  const choices = all.filter((one) => one.id !== incident.id && one.merged_into === null && one.state !== "dismissed");
  const plan = ends === undefined ? null : merged(kept, ends);
  function run(): void {
    if (ends === undefined) return;
    changing.mutate(
      { kind: "merge", other: ends.id },
      {
        onSuccess: () => {
          close();
          if (kept.id !== incident.id) gone(kept.id);
        },
      },
    );
  }
  return (
    <Confirm
      opened={opened}
      title="Merge incidents"
      does="Merge"
      danger
      ready={plan !== null && plan.against === null}
      busy={changing.isPending}
      error={changing.error}
      close={close}
      run={run}
    >
      <Select
        label="Which other incident has the same cause?"
        placeholder={choices.length === 0 ? "There is no other" : "Search by title or id"}
        searchable
        data-autofocus
        disabled={choices.length === 0}
        nothingFoundMessage="No such incident"
        data={choices.map((one) => ({
          value: one.id,
          label: `${one.title} (${one.id}, ${one.state}, ${one.tickets})`,
        }))}
        value={otherId}
        onChange={setOther}
      />
      {other !== undefined && (
        <>
          <SegmentedControl
            fullWidth
            aria-label="Which one goes on"
            value={keep}
            onChange={(value) => setKeep(value === "other" ? "other" : "this")}
            data={[
              { value: "this", label: `${incident.id} goes on` },
              { value: "other", label: `${other.id} goes on` },
            ]}
          />
          {plan !== null && (
            <div role="status">
              {plan.against === null ? (
                <List size="sm" spacing={4}>
                  {plan.says.map((line) => (
                    <List.Item key={line}>{line}</List.Item>
                  ))}
                </List>
              ) : (
                <Text size="sm" c="var(--ss-high)">
                  {plan.against}
                </Text>
              )}
            </div>
          )}
        </>
      )}
    </Confirm>
  );
}

export function LinkTicket({ incident, opened, close }: Props) {
  const changing = useChanging(incident.id);
  const [ticket, setTicket] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 250);
  const found = useQuery({
    queryKey: ["tickets", "free", asked],
    enabled: opened,
    placeholderData: keepPreviousData,
    queryFn: () => free(asked),
  });
  return (
    <Confirm
      opened={opened}
      title="Link a ticket"
      does="Link"
      ready={ticket !== null}
      busy={changing.isPending}
      error={changing.error ?? found.error}
      close={close}
      run={() =>
        ticket !== null &&
        changing.mutate(
          { kind: "link", tickets: [ticket] },
          {
            onSuccess: () => {
              setTicket(null);
              close();
            },
          },
        )
      }
    >
      <Select
        label="Ticket"
        description="Of those that belong to no incident."
        placeholder="Words of its text, or its id"
        searchable
        data-autofocus
        filter={({ options }) => options}
        nothingFoundMessage={found.isFetching ? "Searching…" : "No such ticket without an incident"}
        data={(found.data ?? []).map((row) => ({
          value: row.ticket_id,
          label: `${row.subject || row.excerpt.slice(0, 60)} (${row.ticket_id})`,
        }))}
        value={ticket}
        onChange={setTicket}
        searchValue={text}
        onSearchChange={setText}
      />
      <Text size="sm" c="var(--ss-quiet)">
        A ticket that waits leaves the queue: the incident stands for it.
      </Text>
    </Confirm>
  );
}

const ID = /^(?!\.+$)[A-Za-z0-9._:-]{1,128}$/u;

/** Tickets of no incident that have these words, or this id. */
async function free(asked: string) {
  const none = { incident_id: "-", limit: 20 };
  const [byId, byText] = await Promise.all([
    ID.test(asked) ? client.GET("/v2/tickets", { params: { query: { ...none, id: [asked] } } }) : null,
    client.GET("/v2/tickets", { params: { query: asked === "" ? none : { ...none, text: asked.slice(0, 200) } } }),
  ]);
  const rows = [...(byId === null ? [] : bodyOf(byId).tickets), ...bodyOf(byText).tickets];
  return [...new Map(rows.map((row) => [row.ticket_id, row])).values()];
}
