import { Text, Title } from "@mantine/core";

import type { Schema } from "../../api/types";
import { Gauge } from "../../parts/Gauge";
import { driftInWords, mix } from "../../pure/models";
import { MUCH_DRIFT } from "../../pure/verdict";
import { percent } from "../../pure/words";
import classes from "./Health.module.css";

/** Whether tickets are still what the model was trained on: each category's share, a mark where it was in training. */
export function Drift({ drift }: { drift: Schema<"DriftOut"> }) {
  const { category_drift: index, confidence_mean: confidence, tickets } = drift;
  const shares = mix(drift.shares, drift.trained);
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        Drift: {driftInWords(index)}
        {index !== null && ` (${index.toFixed(2)})`}
      </Title>
      <Text size="xs" c="var(--ss-quiet)" mb="xs">
        {index === null
          ? `Of ${tickets.toLocaleString()} tickets; 200 with the model's own categories are needed.`
          : `Of the last ${tickets.toLocaleString()} tickets; above ${MUCH_DRIFT} is much.`}
        {confidence !== null && ` Mean confidence ${confidence.toFixed(2)}.`}
      </Text>
      {shares.map(({ category, now, trained }) => (
        <div key={category} className={classes.share}>
          <Text size="sm" truncate>
            {category}
          </Text>
          <Gauge label="Share of the last tickets" value={now} most={1} marks={trained === null ? [] : [trained]} />
          <Text size="xs" ta="right" className={classes.number ?? ""}>
            {tickets === 0 ? "–" : percent(now, 1)}
            <Text span size="xs" c="var(--ss-quiet)">
              {trained === null ? " · not trained" : ` · ${percent(trained, 1)} trained`}
            </Text>
          </Text>
        </div>
      ))}
    </div>
  );
}
