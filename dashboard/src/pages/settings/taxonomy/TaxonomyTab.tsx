import { Button, SimpleGrid, TextInput } from "@mantine/core";
import { useState } from "react";

import { useAgents } from "../../../api/directory";
import { Panel } from "../../../parts/Panel";
import { Empty } from "../../../parts/States";
import { skillsOf } from "../../../pure/agents";
import { type Category, levels, type Taxonomy, taxonomyOf } from "../../../pure/taxonomy";
import { lasting } from "../../../pure/time";
import { Act } from "../Act";
import { DocumentPage } from "../DocumentPage";
import type { Content } from "../documents";
import { type Column, Rows } from "../Rows";
import { ShareInput } from "../ShareInput";
import { CategoryForm } from "./CategoryForm";

const COLUMNS: readonly Column<Category>[] = [
  { label: "Category", plain: true, nowrap: true, cell: ({ name }) => <b>{name}</b> },
  { label: "Description", plain: true, cell: ({ description }) => description },
  { label: "Examples", cell: ({ examples }) => examples.length },
  { label: "Promised", cell: promised },
  { label: "Skills", cell: ({ name, skills }) => levels(skills) || name },
];

/** The categories that triage sorts by: what belongs there, what is promised, what it asks of an agent. */
export function TaxonomyTab() {
  const form = (content: Content, change: ((content: Content) => void) | null) => {
    const taxonomy = taxonomyOf(content);
    return taxonomy === null ? null : <Form taxonomy={taxonomy} change={change} />;
  };
  return <DocumentPage kind="taxonomy" form={form} />;
}

function Form({ taxonomy, change }: { taxonomy: Taxonomy; change: ((content: Content) => void) | null }) {
  const [edited, edit] = useState<number | "new" | null>(null);
  const agents = useAgents().data ?? [];
  const { category: all } = taxonomy;
  const put = (part: Partial<Taxonomy>) => change?.({ ...taxonomy, ...part });
  const close = () => edit(null);
  return (
    <>
      <Panel
        title="Categories"
        said={all.length}
        tools={
          change !== null && (
            <Button size="xs" variant="default" onClick={() => edit("new")}>
              Add category
            </Button>
          )
        }
      >
        {all.length === 0 ? (
          <Empty title="No categories">Triage needs two at least.</Empty>
        ) : (
          <Rows
            rows={all}
            columns={COLUMNS}
            keyOf={(one, index) => `${index} ${one.name}`}
            acts={(one, index) =>
              change !== null && (
                <>
                  <Act label={`Edit ${one.name}`} icon="edit" run={() => edit(index)} />
                  <Act
                    label={`Remove ${one.name}`}
                    icon="remove"
                    run={() => put({ category: all.filter((_, at) => at !== index) })}
                  />
                </>
              )
            }
          />
        )}
      </Panel>
      <Panel title="When triage is not sure">
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput
            size="sm"
            label="Fallback category"
            description="What a ticket is called that nobody is sure of"
            readOnly={change === null}
            value={taxonomy.fallback}
            onChange={(event) => put({ fallback: event.currentTarget.value })}
          />
          <ShareInput
            label="Marked for review below"
            description="A confidence from 0 to 1"
            readOnly={change === null}
            value={taxonomy.review_below}
            change={(below) => below !== null && put({ review_below: below })}
          />
        </SimpleGrid>
      </Panel>
      {edited !== null && (
        <CategoryForm
          item={edited === "new" ? null : (all[edited] ?? null)}
          taken={all.flatMap((one, index) => (index === edited ? [] : [one.name]))}
          known={skillsOf(
            agents,
            all.map((one) => one.name),
          )}
          save={(category) => {
            put({
              category:
                edited === "new" ? [...all, category] : all.map((old, index) => (index === edited ? category : old)),
            });
            close();
          }}
          close={close}
        />
      )}
    </>
  );
}

function promised({ sla }: Category): string {
  const told = [
    sla.first_response_minutes === null ? null : `answer ${lasting(sla.first_response_minutes * 60)}`,
    sla.resolution_minutes === null ? null : `solved ${lasting(sla.resolution_minutes * 60)}`,
  ].filter((part) => part !== null);
  return told.length === 0 ? "–" : told.join(", ");
}
