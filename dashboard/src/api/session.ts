/** Who is signed in. A key is sent once and exchanged for a cookie that no script can read. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { clearNotices } from "../parts/notices";
import { bodyOf, client, Refused } from "./client";
import type { Session } from "./types";

const KEY = ["session"];
const AGAIN_MS = 5_000;

/** Nobody is signed in; `ended` where somebody was and did not sign out: the key was revoked, or its time was over. */
export interface Nobody {
  readonly ended: boolean;
}

export function isNobody(session: Session | Nobody): session is Nobody {
  return "ended" in session;
}

export function useSession() {
  const queries = useQueryClient();
  return useQuery({
    queryKey: KEY,
    // Whoever signed in in another tab is signed in here when he comes back to it.
    staleTime: ({ state }) => (state.data !== undefined && isNobody(state.data) ? 0 : 60_000),
    refetchInterval: ({ state }) => (state.status === "error" && state.data === undefined ? AGAIN_MS : false),
    queryFn: async (): Promise<Session | Nobody> => {
      try {
        return bodyOf(await client.GET("/session"));
      } catch (error) {
        if (!(error instanceof Refused && error.status === 401)) throw error;
        const before = queries.getQueryData<Session | Nobody>(KEY);
        return { ended: before !== undefined && (!isNobody(before) || before.ended) };
      }
    },
  });
}

/** Where nobody is signed in: nothing of one person is left for the next. */
export function useForgetting(): void {
  const queries = useQueryClient();
  useEffect(() => {
    clearNotices();
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== KEY[0] });
  }, [queries]);
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (key: string) => bodyOf(await client.POST("/session", { body: { key } })),
    onSuccess: (session) => queries.setQueryData(KEY, session),
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await client.DELETE("/session");
    },
    onSuccess: () => queries.setQueryData<Nobody>(KEY, { ended: false }),
  });
}
