import { Alert } from "@mantine/core";
import { useMemo } from "react";
import { Link, Redirect, useLocation } from "wouter";

import { useMay, useSignedIn } from "../../api/may";
import { PageHead } from "../../parts/PageHead";
import { type Shortcut, useShortcuts } from "../../parts/shortcuts";
import { AlertsTab } from "./alerts/AlertsTab";
import { KeysTab } from "./keys/KeysTab";
import { AgentsTab } from "./people/AgentsTab";
import { RulesTab } from "./rules/RulesTab";
import classes from "./Settings.module.css";
import { TaxonomyTab } from "./taxonomy/TaxonomyTab";

const TABS = [
  { name: "taxonomy", label: "Taxonomy", said: "The categories that triage sorts by", Tab: TaxonomyTab },
  { name: "agents", label: "Agents", said: "Who solves tickets, and what they can", Tab: AgentsTab },
  { name: "rules", label: "Rules", said: "Who gets what, by when, and who is told", Tab: RulesTab },
  { name: "alerts", label: "Alerts", said: "Where alerts go, and whether they arrive", Tab: AlertsTab },
  { name: "keys", label: "API keys", said: "Who may do what", Tab: KeysTab },
] as const;

export default function Settings() {
  const [location, navigate] = useLocation();
  const may = useMay("admin");
  const { scopes } = useSignedIn();
  const shortcuts = useMemo<Shortcut[]>(
    () =>
      TABS.map((tab, index) => ({
        keys: String(index + 1),
        does: tab.label,
        run: () => navigate(`/settings/${tab.name}`),
      })),
    [navigate],
  );
  useShortcuts("Settings", shortcuts);
  const here = TABS.find((tab) => location === `/settings/${tab.name}`);
  if (here === undefined) return <Redirect to="/settings/taxonomy" replace />;
  return (
    <div className={classes.page}>
      <PageHead title={`Settings: ${here.label}`} said={here.said} />
      <nav aria-label="Settings">
        <ul className={classes.tabs}>
          {TABS.map((tab) => (
            <li key={tab.name}>
              <Link href={`/settings/${tab.name}`} aria-current={tab === here ? "page" : undefined}>
                {tab.label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {!may && (
        <Alert color="blue" variant="outline" title="You may look, and change nothing">
          Your key has the {scopes.length === 1 ? "scope" : "scopes"} {scopes.join(", ")}. To change settings takes one
          with admin.
        </Alert>
      )}
      <here.Tab />
    </div>
  );
}
