import { MultiSelect, Select } from "@mantine/core";

import type { Which } from "../../../pure/rules";
import { plain } from "../../../pure/words";
import { Fields } from "../Fields";
import { ALERT_KINDS, type Known, WEIGHTS } from "./known";
import { MatchFields } from "./MatchFields";

interface Props {
  which: Which;
  known: Known;
  change: (part: Partial<Which>) => void;
}

/** Which alerts are meant. */
export function WhichFields({ which, known, change }: Props) {
  return (
    <>
      <Fields>
        <MultiSelect
          size="sm"
          label="Kinds"
          placeholder={which.kinds.length === 0 ? "all" : ""}
          data={[...new Set([...ALERT_KINDS, ...which.kinds])].map((kind) => ({ value: kind, label: plain(kind) }))}
          searchable
          value={which.kinds}
          onChange={(kinds) => change({ kinds })}
        />
        <Select
          size="sm"
          label="That weigh at least"
          allowDeselect={false}
          data={[...new Set([...WEIGHTS, which.at_least_weight])]}
          value={which.at_least_weight}
          onChange={(weight) => weight !== null && change({ at_least_weight: weight })}
        />
      </Fields>
      <MatchFields
        legend="About such tickets"
        match={which.match}
        categories={known.categories}
        change={(match) => change({ match })}
      />
    </>
  );
}
