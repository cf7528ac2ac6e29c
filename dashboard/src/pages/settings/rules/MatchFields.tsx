import { Fieldset, Group, TagsInput } from "@mantine/core";

import { type Match, MATCH_FIELDS } from "../../../pure/rules";
import { Fields } from "../Fields";
import { ShareInput } from "../ShareInput";

const LABELS: Readonly<Record<(typeof MATCH_FIELDS)[number], readonly [label: string, example: string]>> = {
  category: ["Category", ""],
  tags: ["Tags", "shop"],
  customer: ["Customer", "@bank.example"],
  tier: ["Tier", "gold"],
  language: ["Language", "de"],
  channel: ["Channel", "mail"],
};

interface Props {
  legend: string;
  match: Match;
  categories: readonly string[];
  change: (match: Match) => void;
}

/** Which tickets are meant: of each field that is given, one of its values. */
export function MatchFields({ legend, match, categories, change }: Props) {
  return (
    <Fieldset legend={legend}>
      <Fields>
        {MATCH_FIELDS.map((name) => (
          <TagsInput
            key={name}
            size="sm"
            label={LABELS[name][0]}
            placeholder={
              match[name].length > 0 ? "" : LABELS[name][1] === "" ? "any" : `any, or such as ${LABELS[name][1]}`
            }
            data={name === "category" ? [...categories] : []}
            acceptValueOnBlur
            value={match[name]}
            onChange={(values) => change({ ...match, [name]: values })}
          />
        ))}
      </Fields>
      <Group grow mt="xs" align="flex-start">
        <ShareInput
          label="Urgency S from"
          value={match.urgency.at_least}
          change={(from) => change({ ...match, urgency: { ...match.urgency, at_least: from ?? 0 } })}
        />
        <ShareInput
          label="and below"
          placeholder="no bound"
          value={match.urgency.below}
          change={(below) => change({ ...match, urgency: { ...match.urgency, below } })}
        />
      </Group>
    </Fieldset>
  );
}
