import { Center, Loader } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Redirect, Route, Router, Switch } from "wouter";

import { isNobody, useSession } from "./api/session";
import { Shell } from "./parts/Shell";
import { Empty, Failed } from "./parts/States";
import { SignIn } from "./pages/SignIn";
import { Tickets } from "./pages/tickets/Tickets";

// Every other page is fetched when somebody goes there; so is uPlot.
const Flood = lazy(() => import("./pages/flood/Flood"));
const Agents = lazy(() => import("./pages/agents/Agents"));
const Settings = lazy(() => import("./pages/settings/Settings"));
const Health = lazy(() => import("./pages/health/Health"));
const Ticket = lazy(() => import("./pages/ticket/Ticket"));
const Incidents = lazy(() => import("./pages/incidents/Incidents"));
const Incident = lazy(() => import("./pages/incidents/Incident"));

function Waiting() {
  return (
    <Center h={240}>
      <Loader aria-label="Loading" />
    </Center>
  );
}

export function App() {
  const session = useSession();
  // Who is known stays signed in while the server is away: what is being typed must not go with it.
  if (session.data === undefined) {
    return session.isError ? <Failed error={session.error} again={() => void session.refetch()} /> : <Waiting />;
  }
  if (isNobody(session.data)) return <SignIn ended={session.data.ended} />;
  return (
    <Router base="/ui">
      <Shell session={session.data}>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path="/">
              <Redirect to="/tickets" replace />
            </Route>
            <Route path="/tickets" component={Tickets} />
            <Route path="/tickets/:id" component={Ticket} />
            <Route path="/incidents" component={Incidents} />
            <Route path="/incidents/:id" component={Incident} />
            <Route path="/flood" component={Flood} />
            <Route path="/agents" component={Agents} />
            <Route path="/settings/*?" component={Settings} />
            <Route path="/health" component={Health} />
            <Route>
              <Empty title="There is no such page">The address may be mistyped, or the page has moved.</Empty>
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </Router>
  );
}
