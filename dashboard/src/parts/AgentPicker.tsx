import { Loader, Text, TextInput } from "@mantine/core";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";

import { useAgents } from "../api/directory";
import type { Agent } from "../api/types";
import { Icon } from "../icons/icons";
import { found } from "../pure/agents";
import classes from "./AgentPicker.module.css";
import { Failed } from "./States";

interface Props {
  label: string;
  /** Null is nobody: back to the queue. */
  choose: (agent: Agent | null) => void;
  /** What nobody is called; without it he is not offered. */
  nobody?: string;
  /** Whose skill is shown beside the name. */
  category?: string | null;
  /** Who is signed in, if he is one of them. */
  me?: string | null;
  disabled?: boolean;
}

/** Agents to choose from: a box to type in, arrows to move, Enter to take. Whoever has room comes first. */
export function AgentPicker({ label, choose, nobody, category = null, me = null, disabled = false }: Props) {
  const agents = useAgents(true);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo<(Agent | null)[]>(() => {
    const some = found(agents.data ?? [], text, category);
    return nobody !== undefined && text.trim() === "" ? [...some, null] : some;
  }, [agents.data, text, category, nobody]);
  const active = Math.min(at, shown.length - 1);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  function press(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) setAt(Math.max(0, Math.min(shown.length - 1, active + by)));
    else if (event.key === "Enter" && shown[active] !== undefined && !disabled) choose(shown[active]);
    else return;
    event.preventDefault();
  }
  if (agents.isError) return <Failed error={agents.error} again={() => void agents.refetch()} />;
  return (
    <div>
      <TextInput
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        label={label}
        placeholder="Name, id or team"
        leftSection={<Icon name="search" size={16} />}
        rightSection={agents.isFetching ? <Loader size={14} /> : null}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
        data-autofocus
        mb="xs"
      />
      <div ref={list} role="listbox" id={id} aria-label="Agents" className={classes.list}>
        {shown.map((agent, index) => (
          <div
            key={agent?.id ?? ""}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            aria-disabled={disabled}
            className={classes.option}
            onMouseMove={() => setAt(index)}
            onClick={() => !disabled && choose(agent)}
          >
            {agent === null ? <span>{nobody}</span> : <Line agent={agent} category={category} mine={agent.id === me} />}
          </div>
        ))}
      </div>
      {agents.isSuccess && shown.length === 0 && (
        <Text size="sm" c="var(--ss-quiet)" py="sm" ta="center" role="status">
          {agents.data.length === 0 ? "There are no agents yet." : "Nobody is called so."}
        </Text>
      )}
    </div>
  );
}

function Line({ agent, category, mine }: { agent: Agent; category: string | null; mine: boolean }) {
  const skill = category === null ? undefined : (agent.skills[category] ?? 0);
  return (
    <>
      <span className={classes.who}>
        <span className={classes.name}>
          {agent.name ?? agent.id}
          {mine && " (me)"}
        </span>
        <span className={classes.quiet}>
          {[agent.name === null ? null : agent.id, agent.team, agent.absence]
            .filter((part) => part !== null)
            .join(" · ")}
        </span>
      </span>
      {skill !== undefined && (
        <span className={classes.quiet} title={`Skill in ${category}`}>
          {category} {skill.toFixed(1)}
        </span>
      )}
      <span className={classes.load} data-full={agent.free === 0 || undefined}>
        {agent.load} of {agent.capacity}
        {agent.load >= agent.capacity && " · full"}
      </span>
    </>
  );
}
