/** Who is signed in, for the pages, and what the key opens: what it does not open is not offered. */

import { createContext, use } from "react";

import type { Session } from "./types";

export type Scope = Session["scopes"][number];

const Context = createContext<Session | null>(null);

/** Around all pages, once somebody is signed in. */
export const SignedIn = Context;

export function useSignedIn(): Session {
  const session = use(Context);
  if (session === null) throw new Error("Nobody is signed in.");
  return session;
}

/** Whether the key opens this; `admin` opens everything. */
export function useMay(scope: Scope): boolean {
  return may(useSignedIn(), scope);
}

/** Whether the key is an agent's own: it opens his tickets and what waits, and not what is the whole workspace's. */
export function useIsAgentsOwn(): boolean {
  const session = useSignedIn();
  return session.agent_id !== null && !session.scopes.includes("admin");
}

export function may(session: Session, scope: Scope): boolean {
  return session.scopes.includes("admin") || session.scopes.includes(scope);
}
