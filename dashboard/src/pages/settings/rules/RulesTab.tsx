import { useAgents } from "../../../api/directory";
import { skillsOf, teamsOf } from "../../../pure/agents";
import { summary } from "../../../pure/hours";
import { type Calendar, type Routing, routingOf } from "../../../pure/rules";
import { routeWords, ruleWords, silenceWords, slaWords } from "../../../pure/rulewords";
import { absolute } from "../../../pure/time";
import { DocumentPage } from "../DocumentPage";
import type { Content } from "../documents";
import { Items } from "../Items";
import { useTaxonomy } from "../useTaxonomy";
import { CalendarForm, type Named } from "./CalendarForm";
import { Grouping } from "./Grouping";
import type { Known } from "./known";
import { RouteForm } from "./RouteForm";
import { RuleForm } from "./RuleForm";
import { SilenceForm } from "./SilenceForm";
import { SlaForm } from "./SlaForm";
import { useDestinations } from "./useDestinations";

/** Routing rules, promises, calendars, alert routes and silences: one document with one version. */
export function RulesTab() {
  const agents = useAgents().data ?? [];
  const categories = (useTaxonomy().data ?? []).map((one) => one.name);
  const destinations = useDestinations().data ?? [];
  const form = (content: Content, change: ((content: Content) => void) | null) => {
    const routing = routingOf(content);
    if (routing === null) return null;
    const known: Known = {
      categories,
      destinations,
      teams: teamsOf(agents),
      skills: skillsOf(agents),
      agents: agents.map((agent) => agent.id),
      slas: routing.sla.map((sla) => sla.name),
      calendars: Object.keys(routing.calendars),
    };
    return <Forms routing={routing} known={known} change={change} />;
  };
  return <DocumentPage kind="routing" form={form} />;
}

function Forms({
  routing,
  known,
  change,
}: {
  routing: Routing;
  known: Known;
  change: ((content: Content) => void) | null;
}) {
  const put = (part: Partial<Routing>) => change?.({ ...routing, ...part });
  const may = change !== null;
  const { alerts } = routing;
  const calendars = Object.entries(routing.calendars).map(([name, hours]): Named => ({ name, hours }));
  return (
    <>
      <Items
        title="Routing rules"
        one="rule"
        said="All that match are heard in this order: the first to name a team, priority or SLA decides."
        items={routing.rule}
        named={(rule) => rule.name}
        words={ruleWords}
        ordered
        change={may ? (rule) => put({ rule }) : null}
        form={(given) => <RuleForm {...given} known={known} />}
      />
      <Items
        title="Alert routes"
        one="route"
        said="The first that fits takes the alert, unless it goes on. Without any, everybody is told everything."
        items={alerts.route}
        named={(route) => route.name}
        words={routeWords}
        ordered
        change={may ? (route) => put({ alerts: { ...alerts, route } }) : null}
        form={(given) => <RouteForm {...given} known={known} />}
      />
      <Items
        title="Silences"
        one="silence"
        said="What fits is kept from everybody for a while. It is not told when the silence is over."
        items={alerts.silence}
        named={(silence) => silence.name}
        words={(silence) => (
          <>
            {silenceWords(silence, (iso) => absolute(Date.parse(iso)))}
            {Date.parse(silence.until) < Date.now() && <b> · over</b>}
          </>
        )}
        change={may ? (silence) => put({ alerts: { ...alerts, silence } }) : null}
        form={(given) => <SilenceForm {...given} known={known} />}
      />
      <Grouping alerts={alerts} change={may ? (next) => put({ alerts: next }) : null} />
      <Items
        title="SLAs"
        one="SLA"
        said="A ticket gets the one a rule names, else the first that matches, else the minutes of its category."
        items={routing.sla}
        named={(sla) => sla.name}
        words={slaWords}
        ordered
        change={may ? (sla) => put({ sla }) : null}
        form={(given) => <SlaForm {...given} known={known} />}
      />
      <Items
        title="Calendars"
        one="calendar"
        said="Open hours that SLAs count in, and quiet hours of alert routes."
        items={calendars}
        named={(calendar) => calendar.name}
        words={(calendar) => summary(calendar.hours)}
        change={
          may
            ? (all) => put({ calendars: Object.fromEntries(all.map(({ name, hours }) => [name, hours as Calendar])) })
            : null
        }
        form={(given) => (
          <CalendarForm {...given} taken={calendars.flatMap(({ name }) => (name === given.item?.name ? [] : [name]))} />
        )}
      />
    </>
  );
}
