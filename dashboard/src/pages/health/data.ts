/** What the page reads, and the two things that it does: alerts and tickets that were given up try again. */

import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { bodyOf, client } from "../../api/client";
import type { Schema } from "../../api/types";
import { done, failed } from "../../parts/notices";
import { count } from "../../pure/words";

export type Figures = Schema<"FiguresOut">;
export type WorkerFigures = Schema<"WorkerFiguresOut">;
export type Message = Schema<"MessageOut">;
export type Dead = Schema<"DeadOut">;
export type Model = Schema<"ModelOut">;

const READ_MS = 5_000;
const RARELY_MS = 60_000;
const MOST = 200;
const KEY = ["health"];
const MESSAGES = [...KEY, "messages"];
const DEAD = [...KEY, "dead"];

export function useFigures() {
  return useQuery({
    queryKey: [...KEY, "figures"],
    queryFn: async () => bodyOf(await client.GET("/health/figures")),
    refetchInterval: READ_MS,
  });
}

/** Answers while the database is down too. */
export function useConditions() {
  return useQuery({
    queryKey: [...KEY, "conditions"],
    queryFn: async () => bodyOf(await client.GET("/health")),
    refetchInterval: READ_MS,
  });
}

/** Messages that were given up, and those that failed and are tried again; the newest first. */
export function useUndelivered() {
  return useQuery({
    queryKey: MESSAGES,
    queryFn: async () =>
      bodyOf(await client.GET("/alerts", { params: { query: { state: ["dead", "pending"], limit: MOST } } })),
    refetchInterval: READ_MS,
    select: (found) => found.filter((message) => message.state === "dead" || message.last_error !== null),
  });
}

/** The oldest first. */
export function useDead() {
  return useQuery({
    queryKey: DEAD,
    queryFn: async () => bodyOf(await client.GET("/dead", { params: { query: { limit: MOST } } })),
    refetchInterval: READ_MS,
  });
}

export function useModels() {
  return useQuery({
    queryKey: [...KEY, "models"],
    queryFn: async () => bodyOf(await client.GET("/models")),
    refetchInterval: RARELY_MS,
  });
}

/** The model in shadow beside the one at work; asked for only where there is one. */
export function useComparison(shadow: boolean) {
  return useQuery({
    queryKey: [...KEY, "comparison"],
    queryFn: async () => bodyOf(await client.GET("/models/compare")),
    enabled: shadow,
    refetchInterval: RARELY_MS,
  });
}

/** Null for all. They leave the list at once, and come back where the server refuses. */
export function useRetryMessages() {
  return useRetry<Message>(
    "message",
    MESSAGES,
    (message) => message.id,
    async (ids) => {
      const { retried } = bodyOf(await client.POST("/alerts/retry", { body: { message_ids: ids } }));
      return retried.length;
    },
  );
}

export function useRetryDead() {
  return useRetry<Dead>(
    "ticket",
    DEAD,
    (dead) => dead.ticket_id,
    async (ids) => {
      const { retried } = bodyOf(await client.POST("/dead/retry", { body: { ticket_ids: ids } }));
      return retried.length;
    },
  );
}

function useRetry<Row>(
  what: string,
  queryKey: QueryKey,
  idOf: (row: Row) => string,
  send: (ids: string[] | null) => Promise<number>,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onMutate: async (ids) => {
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueryData<Row[]>(queryKey);
      queries.setQueryData<Row[]>(queryKey, (rows) => rows?.filter((row) => ids !== null && !ids.includes(idOf(row))));
      return { before };
    },
    onSuccess: (retried) => done(`${count(retried, what)} tried again`),
    onError: (error, _, kept) => {
      queries.setQueryData(queryKey, kept?.before);
      failed(`The ${what}s could not be retried`, error);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
