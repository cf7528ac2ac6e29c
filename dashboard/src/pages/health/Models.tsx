import { Group, Table, Text, Title } from "@mantine/core";

import type { Schema } from "../../api/types";
import { Loaded } from "../../parts/Loaded";
import { Panel } from "../../parts/Panel";
import { StateMark } from "../../parts/Tags";
import { compared, headline } from "../../pure/models";
import { type Model, useComparison, useModels } from "./data";
import { Drift } from "./Drift";
import classes from "./Health.module.css";

/** The models with what was measured when they were trained, the one in shadow beside the one at work, and drift. */
export function Models({ drift }: { drift: Schema<"DriftOut"> }) {
  const models = useModels();
  const comparison = useComparison(models.data?.some((model) => model.role === "shadow") === true);
  return (
    <Panel title="Models" said="measured on tickets held out from training">
      <Loaded query={models} height={120}>
        {(known) => (
          <div className={classes.models}>
            <div>
              <Table.ScrollContainer minWidth={430} type="native" tabIndex={0} role="region" aria-label="Model figures">
                <Table verticalSpacing={6} fz="sm" className={classes.table ?? ""}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">Model</Table.Th>
                      <Table.Th scope="col" ta="right">
                        Accuracy
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Macro F1
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Calibration
                      </Table.Th>
                      <Table.Th scope="col" ta="right">
                        Error of S
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {known.map((model) => (
                      <ModelRow key={`${model.model} ${model.version}`} model={model} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
              {comparison.data !== undefined && <Comparison found={comparison.data} />}
            </div>
            <Drift drift={drift} />
          </div>
        )}
      </Loaded>
    </Panel>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { accuracy, macroF1, calibrationError, urgencyRmse, rows } = headline(model.figures);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6}>
          <Text size="sm" fw={600}>
            {model.tier}
          </Text>
          {model.at_work && <StateMark tone="good">at work</StateMark>}
          {model.role !== null && model.role !== "active" && (
            <StateMark tone={model.role === "shadow" ? "busy" : undefined}>
              {model.role === "shadow" ? "in shadow" : model.role}
            </StateMark>
          )}
        </Group>
        <Text size="xs" c="var(--ss-quiet)">
          {model.version}
          {rows !== null && ` · ${rows.toLocaleString()} tickets`}
        </Text>
        {model.problem !== null && model.problem !== undefined && (
          <Text size="xs" c="var(--ss-high)">
            Cannot be loaded: {model.problem}
          </Text>
        )}
      </Table.Td>
      <Cell>{accuracy === null ? "–" : `${(100 * accuracy).toFixed(1)} %`}</Cell>
      <Cell>{macroF1?.toFixed(3) ?? "–"}</Cell>
      <Cell>{calibrationError?.toFixed(3) ?? "–"}</Cell>
      <Cell>{urgencyRmse?.toFixed(3) ?? "–"}</Cell>
    </Table.Tr>
  );
}

function Cell({ children }: { children: string }) {
  return (
    <Table.Td ta="right" className={classes.number ?? ""}>
      {children}
    </Table.Td>
  );
}

function Comparison({ found }: { found: Schema<"ComparisonOut"> }) {
  return (
    <div className={classes.compared}>
      <Title order={3} size="h6">
        In shadow: {found.shadow}
      </Title>
      <Text size="sm" c="var(--ss-quiet)">
        {compared(found)}
      </Text>
    </div>
  );
}
