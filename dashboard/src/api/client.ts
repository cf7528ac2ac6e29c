/** Calls of the API, typed by its OpenAPI document. The session's cookie goes along by itself. */

import createClient from "openapi-fetch";

import type { paths } from "./schema";
import type { components } from "./schema";

type Problem = components["schemas"]["ProblemDetails"];

/** What the API refused, as its problem details say it; `status` 0 is a connection that failed. */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(
    readonly status: number,
    message: string,
    /** The fields that were refused, by their path joined by dots. */
    readonly fields: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
  }

  /** Whether the same call may well succeed later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const client = createClient<paths>({
  baseUrl: "/",
  credentials: "same-origin",
  querySerializer: { array: { style: "form", explode: true } },
});

client.use({
  async onResponse({ response }) {
    if (response.ok) return;
    const unsaid = `The server answered ${response.status}.`;
    let told: Partial<Problem> | null = null;
    try {
      told = (await response.clone().json()) as Partial<Problem> | null;
    } catch {
      // No problem details: a proxy's own page, perhaps.
    }
    throw new Refused(response.status, told?.detail ?? unsaid, told?.errors ?? []);
  },
  onError({ error }) {
    return error instanceof Refused ? error : new Refused(0, "The server cannot be reached.");
  },
});

/** The body of an answer; whatever is refused was thrown before. */
export function bodyOf<Data>(answer: { data?: Data }): Data {
  if (answer.data === undefined) throw new Refused(0, "The answer was empty.");
  return answer.data;
}

/** For a POST that may be sent again: the same key, the same effect once. */
export function once(): { "idempotency-key": string } {
  return { "idempotency-key": crypto.randomUUID() };
}
