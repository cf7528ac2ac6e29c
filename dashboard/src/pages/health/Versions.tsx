import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";

import { Panel } from "../../parts/Panel";
import type { Figures } from "./data";
import classes from "./Health.module.css";

const DATABASES: Readonly<Record<string, string>> = { sqlite: "SQLite, embedded", postgresql: "PostgreSQL" };

export function Versions({ figures: { versions, database } }: { figures: Figures }) {
  return (
    <Panel title="Versions">
      <dl className={classes.versions}>
        <Row name="Program">{versions.program}</Row>
        <Row name="Database">{DATABASES[database] ?? database}</Row>
        <Row name="Taxonomy">
          <Anchor component={Link} href="/settings/taxonomy" size="sm">
            {versions.taxonomy === 0 ? "as shipped" : `version ${versions.taxonomy}`}
          </Anchor>
        </Row>
        <Row name="Routing">
          <Anchor component={Link} href="/settings/rules" size="sm">
            {versions.routing === 0 ? "as shipped" : `version ${versions.routing}`}
          </Anchor>
        </Row>
        <Row name="Model">{versions.model}</Row>
      </dl>
    </Panel>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
