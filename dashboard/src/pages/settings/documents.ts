/** The versioned documents of a workspace: what holds, and what somebody is changing it to. */

import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { bodyOf, client, Refused } from "../../api/client";
import type { components } from "../../api/schema";
import { done } from "../../parts/notices";

export type Kind = "taxonomy" | "routing";
export type Taxonomy = components["schemas"]["TaxonomyContent"];
export type Content = Readonly<Record<string, unknown>>;

export interface Held {
  /** 0: what comes with the program. */
  readonly version: number;
  readonly at: string | null;
  readonly actor: string | null;
  readonly content: Content;
}

interface Draft {
  /** The version that it was made from: another one holding means that somebody else was faster. */
  readonly base: number;
  readonly content: Content;
}

const PRECONDITION_FAILED = 412;

export const READ: Readonly<Record<Kind, () => Promise<Held>>> = {
  taxonomy: async () => {
    const { taxonomy, ...told } = bodyOf(await client.GET("/config/taxonomy"));
    return { ...told, content: taxonomy };
  },
  routing: async () => {
    const { routing, ...told } = bodyOf(await client.GET("/config/routing"));
    return { ...told, content: routing };
  },
};

async function put(kind: Kind, { base, content }: Draft, dryRun: boolean) {
  const sent = { params: { query: { dry_run: dryRun } }, headers: { "If-Match": `"${base}"` } };
  // What a person wrote goes as it is: the server checks it, and says what is wrong.
  return kind === "taxonomy"
    ? bodyOf(await client.PUT("/config/taxonomy", { ...sent, body: content as Taxonomy }))
    : bodyOf(await client.PUT("/config/routing", { ...sent, body: content }));
}

export const heldKey = (kind: Kind) => ["config", kind] as const;
export const versionsKey = (kind: Kind) => ["versions", kind] as const;
const draftKey = (kind: Kind) => ["draft", kind] as const;

export function useHeld(kind: Kind) {
  return useQuery({ queryKey: heldKey(kind), queryFn: READ[kind] });
}

/** The draft lives beside what was read: it outlives a change of page, and goes with whoever signs out. */
function useDraft(kind: Kind) {
  const { data } = useQuery<Draft | null>({
    queryKey: draftKey(kind),
    queryFn: () => null,
    enabled: false,
    initialData: null,
    gcTime: Infinity,
  });
  return data ?? null;
}

const setDraft = (queries: QueryClient, kind: Kind, draft: Draft | null) => queries.setQueryData(draftKey(kind), draft);

export const pretty = (content: Content) => JSON.stringify(content, null, 2);

/** What holds, the draft on top of it, and what can be done with that; `held` has to be there. */
export function useDocument(kind: Kind, held: Held) {
  const queries = useQueryClient();
  const draft = useDraft(kind);
  const [refused, setRefused] = useState<Error | null>(null);
  const dirty = draft !== null && pretty(draft.content) !== pretty(held.content);
  const again = () =>
    Promise.all([heldKey(kind), versionsKey(kind)].map((queryKey) => queries.invalidateQueries({ queryKey })));
  const onError = async (error: Error) => {
    setRefused(error);
    if (error instanceof Refused && error.status === PRECONDITION_FAILED) await again();
  };
  const content = draft?.content ?? held.content;
  const current = draft ?? { base: held.version, content };
  return {
    content,
    /** Whether the draft differs from what holds. */
    dirty,
    /** Whether another version came to hold since the draft was begun. */
    overtaken: dirty && draft.base !== held.version,
    /** Why the last check or save was refused. */
    refused,
    change: (next: Content) => {
      setRefused(null);
      setDraft(queries, kind, { base: draft?.base ?? held.version, content: next });
    },
    discard: () => {
      setRefused(null);
      setDraft(queries, kind, null);
    },
    /** Save on top of what holds now, whatever that has changed. */
    rebase: () => {
      setRefused(null);
      setDraft(queries, kind, { base: held.version, content });
    },
    check: useMutation({ mutationFn: () => put(kind, current, true), onMutate: () => setRefused(null), onError }),
    save: useMutation({
      mutationFn: () => put(kind, current, false),
      onMutate: () => setRefused(null),
      onError,
      onSuccess: async ({ version, changed }) => {
        await again();
        setDraft(queries, kind, null);
        done(changed ? `Version ${version} holds now` : `Nothing changed: version ${version} holds`);
      },
    }),
  };
}

export type Document = ReturnType<typeof useDocument>;
