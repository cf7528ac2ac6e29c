import { Autocomplete, NumberInput, Select, TagsInput } from "@mantine/core";

import { EVERY, type Rule } from "../../../pure/rules";
import { Fields } from "../Fields";
import { type Entry, EntryForm } from "./EntryForm";
import { MatchFields } from "./MatchFields";

const NEW: Rule = { name: "", match: EVERY, team: null, skills: [], priority: null, never: [], sla: null };

export function RuleForm(given: Entry<Rule>) {
  const { known } = given;
  return (
    <EntryForm
      {...given}
      one="a rule"
      fresh={() => NEW}
      fields={(rule, put) => (
        <>
          <MatchFields
            legend="Tickets that match"
            match={rule.match}
            categories={known.categories}
            change={(match) => put({ match })}
          />
          <Fields>
            <Autocomplete
              size="sm"
              label="Only this team"
              data={[...known.teams]}
              value={rule.team ?? ""}
              onChange={(team) => put({ team: team === "" ? null : team })}
            />
            <TagsInput
              size="sm"
              label="Needs these skills too"
              data={[...known.skills]}
              acceptValueOnBlur
              value={rule.skills}
              onChange={(skills) => put({ skills })}
            />
            <NumberInput
              size="sm"
              label="Priority"
              description="From -10 to 10, added to the rank as S is"
              min={-10}
              max={10}
              step={0.1}
              value={rule.priority ?? ""}
              onChange={(value) => put({ priority: typeof value === "number" ? value : null })}
            />
            <TagsInput
              size="sm"
              label="Never these agents"
              description="By their ids"
              data={[...known.agents]}
              acceptValueOnBlur
              value={rule.never}
              onChange={(never) => put({ never })}
            />
            <Select
              size="sm"
              label="Promises this SLA"
              data={[...known.slas]}
              value={rule.sla}
              onChange={(sla) => put({ sla })}
              clearable
            />
          </Fields>
        </>
      )}
    />
  );
}
