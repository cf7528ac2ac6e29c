/** What is done with a ticket: shown at once, and put right by the answer. */

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { bodyOf, client, once } from "../../api/client";
import type { components } from "../../api/schema";
import { done, failed } from "../../parts/notices";
import { type Act, expected } from "../../pure/acts";
import { handedWords, type Target } from "../../pure/handover";
import { type Ticket, ticketKey } from "./queries";

type Feedback = components["schemas"]["FeedbackIn"];

const SAID: Readonly<Record<Act, string>> = {
  accept: "Accepted",
  start: "Begun",
  resolve: "Resolved",
  reopen: "Opened again",
  reassign: "Handed over",
  escalate: "Escalated",
  decline: "Declined",
};

async function call(id: string, act: Act, target: Target): Promise<Ticket> {
  const options = { params: { path: { ticket_id: id }, header: once() } };
  switch (act) {
    case "accept":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/accept", { ...options, body: {} }));
    case "start":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/start", { ...options, body: {} }));
    case "resolve":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/resolve", { ...options, body: {} }));
    case "reopen":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/reopen", { ...options, body: {} }));
    case "reassign":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/reassign", { ...options, body: target }));
    case "escalate":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/escalate", { ...options, body: target }));
    case "decline":
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/decline", { ...options, body: {} }));
  }
}

/** Shows a ticket otherwise before the server has answered; when it refuses, what it holds is read again. */
function useGuess(id: string) {
  const queries = useQueryClient();
  const key = [...ticketKey(id), "ticket"];
  return {
    guess: async (change: Partial<Ticket>) => {
      await queries.cancelQueries({ queryKey: key });
      const before = queries.getQueryData<Ticket>(key);
      if (before !== undefined) queries.setQueryData(key, { ...before, ...change });
      return before;
    },
    undo: (before: Ticket | undefined) => queries.setQueryData(key, before),
    again: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ticketKey(id) }),
        queries.invalidateQueries({ queryKey: ["incident"] }),
      ]),
  };
}

export function useActing(id: string) {
  const shown = useGuess(id);
  const mutation = useMutation({
    mutationFn: ({ act, target = {} }: { act: Act; target?: Target }) => call(id, act, target),
    onMutate: ({ act, target = {} }) => {
      const agent = target.agent_id ?? null;
      const state = expected(act, agent);
      return shown.guess(state === "waiting" || agent !== null ? { state, agent_id: agent } : { state });
    },
    onSuccess: (_, { act, target }) => {
      done(
        act === "reassign" ? handedWords(target ?? {}) : SAID[act],
        act === "resolve" ? { label: "Undo", run: () => mutation.mutate({ act: "reopen" }) } : undefined,
      );
    },
    onError: (error, { act }, before) => {
      shown.undo(before);
      failed(`Not done: ${act}`, error);
    },
    onSettled: () => shown.again(),
  });
  return mutation;
}

/** Correct what the model said. What stood there before can be put back: that is feedback, or a link by hand, again. */
export function useCorrecting(id: string) {
  const shown = useGuess(id);
  const link = useMutation({
    mutationFn: async (incident: string) => {
      const params = { path: { incident_id: incident }, header: once() };
      return bodyOf(await client.POST("/incidents/{incident_id}/link", { params, body: { ticket_ids: [id] } }));
    },
    onSuccess: (incident) => done(`Linked to ${incident.id} again`),
    onError: (error) => failed("Not linked", error),
    onSettled: () => shown.again(),
  });
  const mutation = useMutation({
    mutationFn: async ({ body }: { body: Feedback; back?: boolean }) => {
      const params = { path: { ticket_id: id }, header: once() };
      return bodyOf(await client.POST("/v2/tickets/{ticket_id}/feedback", { params, body }));
    },
    onMutate: ({ body }) =>
      shown.guess({
        ...(typeof body.category === "string" ? { category: body.category, confidence: 1, needs_review: false } : {}),
        ...(typeof body.urgency === "number" ? { urgency_score: body.urgency } : {}),
        ...(body.not_duplicate === true ? { incident_id: null } : {}),
      }),
    onSuccess: (_, { body, back = false }, before) => {
      const incident = before?.incident_id;
      if (body.not_duplicate === true) {
        done(
          "Unlinked",
          typeof incident === "string" ? { label: "Undo", run: () => link.mutate(incident) } : undefined,
        );
        return;
      }
      const undo = before === undefined ? null : reverse(body, before);
      const action =
        undo === null || back ? undefined : { label: "Undo", run: () => mutation.mutate({ body: undo, back: true }) };
      done(back ? "Put back" : "Corrected", action);
    },
    onError: (error, _, before) => {
      shown.undo(before);
      failed("Not corrected", error);
    },
    onSettled: () => shown.again(),
  });
  return mutation;
}

/** The feedback that says what was there before; null where there was nothing, or a link was cut. */
function reverse(body: Feedback, before: Ticket): Feedback | null {
  const category = typeof body.category === "string" ? before.category : null;
  const urgency = typeof body.urgency === "number" ? before.urgency_score : null;
  if (typeof category !== "string" && typeof urgency !== "number") return null;
  return { ...(typeof category === "string" ? { category } : {}), ...(typeof urgency === "number" ? { urgency } : {}) };
}
