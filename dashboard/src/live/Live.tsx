/** The stream of events, for pages: around them `Live`, in them `useLive`, `useEvents`, `useFeed` and `useLink`. */

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useSyncExternalStore } from "react";

import { bodyOf, client } from "../api/client";
import type { EventOut } from "../api/types";
import { Gather } from "./gather";
import { type Feed, Hub } from "./hub";
import type { Link } from "./stream";

const GATHER = 500;

const Context = createContext<Hub | null>(null);

export function Live({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const hub = useMemo(
    () =>
      new Hub({
        position: async () => bodyOf(await client.GET("/v2/tickets", { params: { query: { limit: 1 } } })).position,
        refused: () => void queries.invalidateQueries({ queryKey: ["session"] }),
      }),
    [queries],
  );
  useEffect(() => {
    const look = () => hub.seen(!document.hidden);
    hub.start();
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      hub.stop();
    };
  }, [hub]);
  return <Context value={hub}>{children}</Context>;
}

function useHub(): Hub {
  const hub = use(Context);
  if (hub === null) throw new Error("There is no Live around this.");
  return hub;
}

/** For what listens outside React, as the board does. */
export function useFeed(): Feed {
  return useHub();
}

export function useLink(): Link {
  const hub = useHub();
  return useSyncExternalStore(hub.subscribe, hub.link);
}

/** Read these queries again, at most twice a second, when something happens that `matches`. */
export function useLive(matches: (event: EventOut) => boolean, queryKeys: readonly QueryKey[]): void {
  const queries = useQueryClient();
  const feed = useFeed();
  const concerns = useEffectEvent(matches);
  const read = useEffectEvent(() => Promise.all(queryKeys.map((queryKey) => queries.invalidateQueries({ queryKey }))));
  useEffect(() => {
    const gather = new Gather(() => read(), GATHER);
    const joined = feed.join({
      event: (event) => {
        if (concerns(event)) gather.note();
      },
      begun: () => gather.note(),
    });
    return () => {
      joined.leave();
      gather.end();
    };
  }, [feed]);
}
